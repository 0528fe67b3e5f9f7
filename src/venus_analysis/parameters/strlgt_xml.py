"""Stray-light filters from and to XML, and the data files they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.archive import unpacked
from venus_analysis.errors import InputError
from venus_analysis.parameters.fields import Fields
from venus_analysis.parameters.filter_files import read_kernel
from venus_analysis.parameters.header_read import OpenFile, read_band
from venus_analysis.parameters.header_write import header_root
from venus_analysis.parameters.names import COLUMNS, band_code
from venus_analysis.parameters.outord import range_element, read_range
from venus_analysis.parameters.strlgt import (
    FILTER_TYPES,
    CrossTalkFilter,
    Filter,
    HaloFilter,
    Kernel,
    StrayLight,
    Strip,
)
from venus_analysis.parameters.xml_write import branch, double, item_list, leaf

LARGEST_SIZE = 2**31 - 1
LARGEST_ARCHIVE = 400_000_000
"""Bytes, unpacked."""


class DataFile(NamedTuple):
    """A data file: its path relative to the header, its definition and its kernel."""

    path: PurePosixPath
    definition: str
    kernel: NDArray[np.float32]


@contextmanager
def data_folder(opened: OpenFile) -> Iterator[Path]:
    """Give the folder of a header's data files: beside it, or unpacked from its archive.

    The sheet names a bzip2 tar; any tar or zip is taken by its content. Whether
    the names inside begin with the folder's own is not public [inf]: both are
    understood. The unpacked folder goes again.

    Raises
    ------
    InputError
        When the archive is damaged, hostile (see
        `venus_analysis.collect.archive.unpacked`) or larger than 400 MB.
    """
    beside, archive = opened.path.with_suffix(".DBL.DIR"), opened.path.with_suffix(".DBL")
    if beside.is_dir() or not archive.is_file():
        yield opened.path.parent
        return
    with unpacked(archive, LARGEST_ARCHIVE) as inside:
        yield inside


def read_organization(opened: OpenFile, folder: Path) -> dict[str, Path]:
    """Definition to path of the data files a header names, in the folder of `data_folder`.

    Raises
    ------
    InputError
        When a path leaves the data folder of the header, or a definition
        comes twice.
    """
    fields = opened.organization
    if fields is None:
        raise InputError(opened.path.name, "a DBL_Organization", "none", "check the file")
    if fields.next_name() == "Unpackaged_DBL_File":
        items = [fields.child("Unpackaged_DBL_File")]
    else:
        items = fields.items("List_of_Packaged_DBL_Files", "Packaged_DBL_File", 1, 10_000)
    fields.end()
    files: dict[str, Path] = {}
    for item in items:
        path = _data_path(item.text("Relative_File_Path"), item.where, opened)
        unnamed = folder.joinpath(*path.parts[1:])
        if item.next_name() == "File_Format":
            item.text("File_Format")
        definition = item.text("File_Definition") if item.next_name() == "File_Definition" else ""
        item.end()
        if definition in files:
            raise InputError(
                item.where,
                "each definition once",
                repr(definition[:60]),
                "give each data file its own File_Definition",
            )
        from_archive = folder != opened.path.parent
        files[definition] = unnamed if from_archive and unnamed.is_file() else folder / path
    return files


def _data_path(text: str, where: str, opened: OpenFile) -> PurePosixPath:
    relative = PurePosixPath(text)
    folders = {f"{opened.path.stem}.DBL.DIR", f"{opened.header.name}.DBL.DIR"}
    if (
        len(relative.parts) < 2
        or relative.parts[0] not in folders
        or ".." in relative.parts
        or not text.isprintable()
        or "\\" in text
    ):
        raise InputError(
            f"{where}/Relative_File_Path",
            f"a path below {sorted(folders)[0]}/",
            repr(text[:100]),
            "data files stay in the header's own folder",
        )
    return relative


def read_correction(opened: OpenFile, files: dict[str, Path]) -> dict[str, Any]:
    """Read the filters of both types, each with its kernel."""
    fields = opened.correction
    if fields is None:
        raise InputError(opened.path.name, "Correction_Parameters", "none", "check the file")
    first, second = fields.child("Type1_Correction"), fields.child("Type2_Correction")
    fields.end()
    margin = first.integer("Overlap_Margin", 0, COLUMNS)
    halo = tuple(
        _halo(item, files) for item in first.items("Type1_Filters", "Type1_Filter", 0, 1000)
    )
    cross = tuple(
        _cross_talk(item, files) for item in second.items("Type2_Filters", "Type2_Filter", 0, 2)
    )
    first.end()
    second.end()
    return {"overlap_margin": margin, "halo": halo, "cross_talk": cross}


def _halo(item: Fields, files: dict[str, Path]) -> HaloFilter:
    columns = read_range(item, 0, COLUMNS - 1)
    kernel = _kernel(item.child("Filter_Array"), files)
    item.end()
    return HaloFilter(*columns, kernel)


def _cross_talk(item: Fields, files: dict[str, Path]) -> CrossTalkFilter:
    source = read_band(item, "CrossTalk_Source_Band")
    kernel = _kernel(item.child("Filter_Array"), files)
    margin = item.integer("Overlap_Margin", 0, COLUMNS)
    strips = item.items("Type2_Vertical_Strips", "Type2_Vertical_Strip", 1, COLUMNS - 1)
    item.end()
    return CrossTalkFilter(source, kernel, margin, tuple(_strip(one) for one in strips))


def _strip(item: Fields) -> Strip:
    columns = read_range(item, 0, COLUMNS - 1)
    factor = item.number("Filter_Factor", 0.0, 10000.0)
    shift = item.integer("Horizontal_Shift", 1 - COLUMNS, COLUMNS - 1)
    item.end()
    return Strip(*columns, factor, shift)


def _kernel(array: Fields, files: dict[str, Path]) -> Kernel:
    kind = array.one_of("Filter_Type", FILTER_TYPES)
    shape = (
        array.integer("Nb_of_Rows", 1, LARGEST_SIZE),
        array.integer("Nb_of_Cols", 1, LARGEST_SIZE),
    )
    stated = array.text("File_Definition") if array.next_name() == "File_Definition" else None
    array.end()
    definition = next(iter(files)) if stated is None and len(files) == 1 else stated
    if definition not in files:
        raise InputError(
            f"{array.where}/File_Definition",
            "the File_Definition of a data file",
            repr(stated),
            "correct the definition",
        )
    return Kernel(read_kernel(files[definition], shape), kind, definition)


def data_files(light: StrayLight) -> list[DataFile]:
    """List the data files to write: one a definition, at least one.

    The format wants a data file even where there is no filter; then it is a
    1 x 1 kernel of zero that nothing refers to.
    """
    name = light.header.name
    folder = PurePosixPath(f"{name}.DBL.DIR")
    files: dict[str, DataFile] = {}
    both: dict[str, Sequence[Filter]] = {"T1": light.halo, "T2": light.cross_talk}
    for stem, filters in both.items():
        for number, one in enumerate(filters, start=1):
            path = folder / f"{name}_{stem}_{number:02d}.DBL.TIF"
            kernel = one.kernel
            files.setdefault(kernel.definition, DataFile(path, kernel.definition, kernel.values))
    if not files:
        empty = np.zeros((1, 1), np.float32)
        return [DataFile(folder / f"{name}_NONE.DBL.TIF", "NO_FILTER", empty)]
    return list(files.values())


def stray_light_root(light: StrayLight, files: list[DataFile]) -> Any:
    """Root of the header document."""
    packaged = [
        branch(
            "Packaged_DBL_File",
            leaf("Relative_File_Path", file.path),
            leaf("File_Format", "TIFF"),
            leaf("File_Definition", file.definition),
        )
        for file in files
    ]
    correction = branch(
        "Correction_Parameters",
        branch(
            "Type1_Correction",
            leaf("Overlap_Margin", light.overlap_margin),
            item_list("Type1_Filters", [_halo_element(one) for one in light.halo]),
        ),
        branch(
            "Type2_Correction",
            item_list("Type2_Filters", [_cross_talk_element(one) for one in light.cross_talk]),
        ),
    )
    organization = branch("DBL_Organization", item_list("List_of_Packaged_DBL_Files", packaged))
    return header_root(light.header, organization, correction)


def _halo_element(one: HaloFilter) -> Any:
    return branch("Type1_Filter", range_element(one.first, one.last), _array_element(one.kernel))


def _cross_talk_element(one: CrossTalkFilter) -> Any:
    strips = [
        branch(
            "Type2_Vertical_Strip",
            range_element(strip.first, strip.last),
            leaf("Filter_Factor", double(strip.factor)),
            leaf("Horizontal_Shift", strip.shift),
        )
        for strip in one.strips
    ]
    return branch(
        "Type2_Filter",
        leaf("CrossTalk_Source_Band", band_code(one.source_band)),
        _array_element(one.kernel),
        leaf("Overlap_Margin", one.overlap_margin),
        item_list("Type2_Vertical_Strips", strips),
    )


def _array_element(kernel: Kernel) -> Any:
    return branch(
        "Filter_Array",
        leaf("Filter_Type", kernel.filter_type),
        leaf("Nb_of_Rows", kernel.values.shape[0]),
        leaf("Nb_of_Cols", kernel.values.shape[1]),
        leaf("File_Definition", kernel.definition),
    )
