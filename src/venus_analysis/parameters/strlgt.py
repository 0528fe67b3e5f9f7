"""STRLGT: stray-light filters of one band, a header with kernels in a folder beside it.

Type 1 is the local halo, a filter on the band itself; type 2 the cross-talk of
another band. Columns of this file type are 0-based.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.content import ColumnSense, Content, is_mirrored
from venus_analysis.parameters.filter_files import kernel_bytes
from venus_analysis.parameters.header import require_writable
from venus_analysis.parameters.header_read import OpenFile
from venus_analysis.parameters.names import COLUMNS, TRI_DETECTORS, band_name, whole
from venus_analysis.parameters.xml_write import document, write_new, write_new_folder

if TYPE_CHECKING:
    import xarray as xr

FILTER_TYPES = ("SPATIAL", "FREQUENTIAL", "WAVELET")


@dataclass(frozen=True, eq=False)
class Kernel:
    """One filter array.

    Parameters
    ----------
    values
        float32, (row, column), finite.
    filter_type
        ``SPATIAL``, ``FREQUENTIAL`` or ``WAVELET``.
    definition
        The text that ties the kernel to its data file; given on writing when
        empty. Kernels with one definition share one file.

    Examples
    --------
    >>> Kernel(np.ones((3, 3))).values.dtype
    dtype('float32')
    """

    values: NDArray[np.float32]
    filter_type: str = "SPATIAL"
    definition: str = ""

    def __post_init__(self) -> None:
        values = np.array(self.values, np.float32)
        if values.ndim != 2 or not values.size or not np.isfinite(values).all():
            raise InputError(
                "kernel",
                "finite values (row, column)",
                f"shape {values.shape}",
                "correct the kernel",
            )
        if self.filter_type not in FILTER_TYPES:
            raise InputError(
                "kernel",
                " or ".join(FILTER_TYPES),
                repr(self.filter_type),
                "correct the filter type",
            )
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Kernel)
            and (self.filter_type, self.definition) == (other.filter_type, other.definition)
            and np.array_equal(self.values, other.values)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class HaloFilter:
    """Type-1 filter of columns `first` to `last` (0-based, inclusive)."""

    first: int
    last: int
    kernel: Kernel

    def __post_init__(self) -> None:
        _make_whole(self, "first", "last")
        _check_range(self.first, self.last)


@dataclass(frozen=True)
class Strip:
    """Factor and shift of the cross-talk in columns `first` to `last` (0-based, inclusive).

    `factor` is 0 to 10000; `shift` is -5199 to 5199 columns, towards larger
    columns by our reading (its sign is not public).
    """

    first: int
    last: int
    factor: float
    shift: int

    def __post_init__(self) -> None:
        _make_whole(self, "first", "last")
        _check_range(self.first, self.last)
        _make_whole(self, "shift")
        if not (0.0 <= self.factor <= 10000.0 and -COLUMNS < self.shift < COLUMNS):
            raise InputError(
                "strip",
                "a factor 0 to 10000 and a shift -5199 to 5199",
                str(self),
                "correct the strip",
            )


@dataclass(frozen=True)
class CrossTalkFilter:
    """Type-2 filter: the source band, its kernel, overlap margin and 1 to 5199 strips."""

    source_band: str
    kernel: Kernel
    overlap_margin: int
    strips: tuple[Strip, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "source_band", band_name(self.source_band, "source_band"))
        object.__setattr__(self, "strips", tuple(self.strips))
        _make_whole(self, "overlap_margin")
        _check_margin(self.overlap_margin)
        if not 1 <= len(self.strips) < COLUMNS:
            raise InputError("strips", "1 to 5199", str(len(self.strips)), "complete the strips")


Filter = HaloFilter | CrossTalkFilter


@dataclass(frozen=True, kw_only=True, eq=False)
class StrayLight(Content):
    """Stray-light filters of one band.

    Parameters
    ----------
    header
        Header of the file; the band stands in its name.
    overlap_margin
        Margin of the type-1 correction, 0 to 5200.
    halo
        Type-1 filters, 0 to 1000.
    cross_talk
        Type-2 filters, 0 to 2, each source band once.

    Examples
    --------
    >>> from venus_analysis.parameters.header import new_header
    >>> header = new_header("STRLGT", 9, "2024-01-01", created="2024-02-01", band="B5")
    >>> light = StrayLight(header=header, halo=(HaloFilter(0, 5199, Kernel(np.eye(3))),))
    >>> light.halo[0].kernel.definition
    'TYPE1_FILTER_1'
    """

    file_type: ClassVar[str] = "STRLGT"
    overlap_margin: int = 0
    halo: tuple[HaloFilter, ...] = ()
    cross_talk: tuple[CrossTalkFilter, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        _make_whole(self, "overlap_margin")
        _check_margin(self.overlap_margin)
        sources = [one.source_band for one in self.cross_talk]
        if len(self.halo) > 1000 or len(sources) > 2 or len(set(sources)) < len(sources):
            raise InputError(
                "filters",
                "at most 1000 of type 1 and 2 of type 2, each source once",
                f"{len(self.halo)} and {sources}",
                "correct the filters",
            )
        object.__setattr__(self, "halo", _defined(self.halo, "TYPE1_FILTER"))
        object.__setattr__(self, "cross_talk", _defined(self.cross_talk, "TYPE2_FILTER"))
        self.kernels()

    def kernels(self) -> dict[str, Kernel]:
        """Kernels by definition; refuses one definition for two different kernels."""
        found: dict[str, Kernel] = {}
        filters: list[Filter] = [*self.halo, *self.cross_talk]
        for one in filters:
            kernel = found.setdefault(one.kernel.definition, one.kernel)
            if not np.array_equal(kernel.values, one.kernel.values):
                raise InputError(
                    "kernels",
                    "one definition for one kernel",
                    one.kernel.definition,
                    "give each kernel its own definition",
                )
        return found

    @classmethod
    def _decode(cls, opened: OpenFile) -> dict[str, Any]:
        from venus_analysis.parameters.strlgt_xml import (
            data_folder,
            read_correction,
            read_organization,
        )

        with data_folder(opened) as folder:
            values = read_correction(opened, read_organization(opened, folder))
        _warn_sources(opened, values["cross_talk"])
        return values

    def _data_block(self) -> Any:
        raise NotImplementedError("stray-light filters have no data block")

    def write(self, folder: Path | str) -> Path:
        """Write the kernels' folder, then the header (see `Content.write`)."""
        from venus_analysis.parameters.strlgt_xml import data_files, stray_light_root

        require_writable(self.header)
        folder, name = Path(folder), str(self.header.name)
        files = data_files(self)
        data = document(stray_light_root(self, files))
        path, data_folder = folder / f"{name}.HDR", folder / f"{name}.DBL.DIR"
        if path.exists():
            return write_new(path, data)  # says that the name is taken
        write_new_folder(data_folder, {one.path.name: kernel_bytes(one.kernel) for one in files})
        try:
            return write_new(path, data)
        except InputError:
            shutil.rmtree(data_folder)  # made above: without its header it would block the name
            raise

    def in_image_sense(self, file_sense: ColumnSense) -> StrayLight:
        """Return the filters with columns in image sense (see `ColumnSense`).

        Where the file counts columns in camera sense, bands B7 to B12 are
        mirrored: column ranges, kernels and the sign of shifts.
        """
        if not is_mirrored(self.header.name.band or "", file_sense):
            return self
        halo = tuple(
            HaloFilter(*_mirrored(one.first, one.last), _flipped(one.kernel)) for one in self.halo
        )
        cross_talk = tuple(
            replace(
                one,
                kernel=_flipped(one.kernel),
                strips=tuple(
                    Strip(*_mirrored(strip.first, strip.last), strip.factor, -strip.shift)
                    for strip in one.strips
                ),
            )
            for one in self.cross_talk
        )
        return replace(self, halo=halo, cross_talk=cross_talk)

    def to_dataset(self) -> xr.Dataset:
        """Return factors and shifts per column, with dims (source_band, column).

        ``factor`` (0 where no strip lies) and ``shift`` in columns, both as the
        file states them, in its own column sense (see `in_image_sense`); kernels
        stay in the object.
        """
        import xarray as xr

        shape = (len(self.cross_talk), COLUMNS)
        factor, shift = np.zeros(shape), np.zeros(shape, np.int32)
        for row, one in enumerate(self.cross_talk):
            for strip in one.strips:
                factor[row, strip.first : strip.last + 1] = strip.factor
                shift[row, strip.first : strip.last + 1] = strip.shift
        dims = ("source_band", "column")
        return xr.Dataset(
            {
                "factor": (dims, factor, {"units": "1", "long_name": "cross-talk factor"}),
                "shift": (dims, shift, {"units": "columns", "long_name": "cross-talk shift"}),
            },
            coords={
                "source_band": [one.source_band for one in self.cross_talk],
                "column": np.arange(COLUMNS),
            },
            attrs={**self.attributes(), "band": self.header.name.band},
        )


def _defined(filters: tuple[Any, ...], stem: str) -> tuple[Any, ...]:
    return tuple(
        one
        if one.kernel.definition
        else replace(one, kernel=replace(one.kernel, definition=f"{stem}_{number}"))
        for number, one in enumerate(filters, start=1)
    )


def _warn_sources(opened: OpenFile, cross_talk: tuple[CrossTalkFilter, ...]) -> None:
    band = opened.header.name.band
    mates = next(bands for bands in TRI_DETECTORS.values() if band in bands)
    for one in cross_talk:
        if one.source_band not in mates or one.source_band == band:
            opened.warnings.append(
                f"{opened.path.name}: cross-talk source {one.source_band} is not another band "
                f"of the tri-detector of {band}"
            )


def _mirrored(first: int, last: int) -> tuple[int, int]:
    return COLUMNS - 1 - last, COLUMNS - 1 - first


def _flipped(kernel: Kernel) -> Kernel:
    return replace(kernel, values=kernel.values[:, ::-1])


def _make_whole(filter_part: object, *names: str) -> None:
    for name in names:
        object.__setattr__(filter_part, name, whole(getattr(filter_part, name), name))


def _check_range(first: int, last: int) -> None:
    if not 0 <= first <= last < COLUMNS:
        raise InputError(
            "columns",
            "0 <= first <= last <= 5199",
            f"{first} to {last}",
            "correct the range; stray-light columns count from 0",
        )


def _check_margin(margin: int) -> None:
    if not 0 <= margin <= COLUMNS:
        raise InputError("overlap_margin", "0 to 5200", str(margin), "correct the margin")
