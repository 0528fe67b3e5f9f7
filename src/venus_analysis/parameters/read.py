"""Reading a parameter file of any of the six types."""

from __future__ import annotations

from pathlib import Path

from venus_analysis.errors import InputError
from venus_analysis.parameters.content import Content
from venus_analysis.parameters.darkcu import DarkCurrent
from venus_analysis.parameters.header_read import OpenFile, open_file
from venus_analysis.parameters.noismo import NoiseModel
from venus_analysis.parameters.outord import DefectiveColumns
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.relsen import RelativeSensitivity
from venus_analysis.parameters.strlgt import StrayLight

CLASSES: dict[str, type[Content]] = {
    one.file_type: one
    for one in (
        PhysicalGain,
        DarkCurrent,
        RelativeSensitivity,
        NoiseModel,
        DefectiveColumns,
        StrayLight,
    )
}


def read_parameters(path: Path | str) -> Content:
    """Read a parameter file; the class of the result follows the file's type.

    Parameters
    ----------
    path
        ``.EEF`` or ``.HDR`` file of type PHGAIN, DARKCU, RELSEN, NOISMO,
        OUTORD or STRLGT.

    Raises
    ------
    InputError
        The only exception (see `Content.read`).

    Examples
    --------
    >>> sorted(CLASSES)
    ['DARKCU', 'NOISMO', 'OUTORD', 'PHGAIN', 'RELSEN', 'STRLGT']
    """
    return decode(open_file(path))


def decode(opened: OpenFile) -> Content:
    """Content of a file whose header has been read.

    Raises
    ------
    InputError
        As `read_parameters`.
    """
    kind = opened.header.name.file_type
    if kind not in CLASSES:
        raise InputError(
            opened.path.name,
            f"one of {', '.join(CLASSES)}",
            kind,
            "only the header of this type is read: use read_header",
        )
    return CLASSES[kind].decode(opened)
