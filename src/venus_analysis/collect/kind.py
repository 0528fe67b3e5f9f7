"""Which kind of Moon input a path holds, told by its content."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from venus_analysis.collect.check import open_netcdf
from venus_analysis.collect.place import as_place, require_local
from venus_analysis.errors import InputError

Kind = Literal["scene", "image"]


def input_kind(path: str | Path) -> Kind:
    """Tell an L1A scene from a lunar observation file.

    Parameters
    ----------
    path
        A folder is taken as a scene in Zarr; a netCDF file with the variable
        ``counts`` is a scene, one with ``rad_obs_imgt`` an image (GLOD).

    Returns
    -------
    str
        ``scene`` or ``image``.

    Raises
    ------
    InputError
        Nothing there, no netCDF file, or neither of the two.

    Examples
    --------
    >>> input_kind("absent.nc")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.nc: expected a file, ...
    """
    path = as_place(path)
    if path.is_dir():
        return "scene"
    require_local(path)
    with open_netcdf(path) as file:
        names = set(file.variables)
    if "counts" in names:
        return "scene"
    if "rad_obs_imgt" in names:
        return "image"
    raise InputError(
        path,
        "an L1A scene (variable counts) or a lunar observation (variable rad_obs_imgt)",
        ", ".join(sorted(names)[:8]) or "no variable at all",
        "give Moon scenes or GLOD files",
    )
