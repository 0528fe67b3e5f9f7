"""The identity of a scene: a digest that changes when any part of it does."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from venus_analysis.collect.place import as_place, files_below

if TYPE_CHECKING:
    from hashlib import blake2b

    from venus_analysis.collect.plain_scene import Scene

DIGEST_BYTES: Final = 16
LARGEST_VALUES: Final = 1_000_000
METADATA_NAMES: Final = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")


def chunk_sizes(path: str | Path) -> dict[str, int]:
    """Names and sizes (bytes) of all chunks of a scene, in order of name.

    Parameters
    ----------
    path
        Zarr folder, or a netCDF file, which counts as one chunk without a name.

    Returns
    -------
    dict
        Name relative to the folder, with ``/``, to size.

    Examples
    --------
    >>> chunk_sizes("absent.zarr")
    {}
    """
    path = as_place(path)
    if path.is_file():
        return {"": path.stat().st_size}
    chunks = (
        (name, size)
        for name, (size, _) in files_below(path).items()
        if name.rpartition("/")[2] not in METADATA_NAMES
    )
    return dict(sorted(chunks))


def scene_digest(scene: Scene) -> blake2b:
    """Start the digest of an open scene: metadata, small variables, all chunks' names and sizes.

    Where the folder lies and what it is called does not matter. Update the
    result with the counts that were read, band by band in the scene's order and
    from the first line to the last, and take its ``hexdigest()``.

    Parameters
    ----------
    scene
        From `collect.scene.open_look` or `open_scene`.

    Returns
    -------
    hashlib.blake2b
        To be updated.

    Examples
    --------
    >>> import xarray as xr
    >>> scene = xr.Dataset(attrs={"acquisition_id": "A"})
    >>> scene.encoding["source"] = "absent.zarr"
    >>> len(scene_digest(scene).hexdigest())
    32
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for name in sorted(map(str, scene.variables)):
        variable = scene.variables[name]
        digest.update(f"{name} {variable.dims} {variable.shape} {variable.dtype}\n".encode())
        digest.update(_text(variable.attrs))
        if name != "counts" and variable.size <= LARGEST_VALUES:
            values = np.asarray(variable.values)
            plain = values.astype(str) if values.dtype.kind in "OT" else values
            digest.update(np.ascontiguousarray(plain).tobytes())
    digest.update(_text(scene.attrs))
    sizes = chunk_sizes(scene.encoding["source"])
    digest.update("".join(f"{name} {size}\n" for name, size in sizes.items()).encode())
    return digest


def _text(attributes: dict[str, object]) -> bytes:
    plain = {str(name): np.asarray(value).tolist() for name, value in attributes.items()}
    return repr(sorted(plain.items())).encode()
