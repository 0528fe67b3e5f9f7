"""What the six readers have in common: a header, exact comparison, reading and writing."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.fields import Fields
from venus_analysis.parameters.header import Header
from venus_analysis.parameters.header_read import OpenFile, open_file
from venus_analysis.parameters.header_write import file_root
from venus_analysis.parameters.instants import readable
from venus_analysis.parameters.names import COLUMNS
from venus_analysis.parameters.xml_write import document, write_new

if TYPE_CHECKING:
    import xarray as xr

ColumnSense = Literal["image", "camera"]
"""How the columns of a file run in bands B7 to B12, whose image is the camera's
mirrored. The public format does not say it; `image` is our assumption."""

MIRRORED_BANDS = ("B7", "B8", "B9", "B10", "B11", "B12")


@dataclass(frozen=True, kw_only=True, eq=False)
class Content(ABC):
    """A parameter file in memory: its header and, in each type's own class, its numbers.

    Objects do not change; `dataclasses.replace` makes others.
    """

    file_type: ClassVar[str]
    header: Header

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read a file of this type.

        Parameters
        ----------
        path
            ``.EEF`` file (``.HDR`` for STRLGT).

        Raises
        ------
        InputError
            The only exception: the document is refused (see `xml`), or its
            structure is broken, or two readings of it would give different
            numbers (NaN, a band or TDI twice, missing columns).
        """
        return cls.decode(open_file(path, cls.file_type))

    @classmethod
    def decode(cls, opened: OpenFile) -> Self:
        """Build the object from an opened file."""
        values = cls._decode(opened)
        return cls(header=opened.header.with_warnings(opened.warnings), **values)

    @classmethod
    @abstractmethod
    def _decode(cls, opened: OpenFile) -> dict[str, Any]:
        """Read the body into the constructor's arguments."""

    @abstractmethod
    def _data_block(self) -> Any:
        """Body of the file as an element."""

    @abstractmethod
    def to_dataset(self) -> xr.Dataset:
        """Return the content as xarray."""

    def __post_init__(self) -> None:
        if self.header.name.file_type != self.file_type:
            raise InputError(
                "header",
                f"a {self.file_type} header",
                str(self.header.name),
                f"make one with new_header({self.file_type!r}, ...)",
            )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences on what was odd on reading."""
        return self.header.warnings

    def write(self, folder: Path | str) -> Path:
        """Write the file under its own name; an existing file is never touched.

        Parameters
        ----------
        folder
            Existing folder.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        InputError
            When the header breaks a rule, or the name is taken.
        """
        name = self.header.name
        data = document(file_root(self.header, self._data_block()))
        return write_new(Path(folder) / f"{name}{name.extension}", data)

    def identical(self, other: Content) -> bool:
        """Whether header (without warnings) and every number are the same."""
        return type(self) is type(other) and all(
            _same(getattr(self, part.name), getattr(other, part.name))
            for part in dataclasses.fields(self)
        )

    def attributes(self) -> dict[str, Any]:
        """Attributes of the dataset: name, serial, validity, issue, warnings."""
        header = self.header
        return {
            "parameter_file": str(header.name),
            "serial": f"{header.name.serial:05d}",
            "validity_start": readable(header.start),
            "validity_stop": readable(header.stop),
            "issued": readable(header.creation),
            "warnings": "; ".join(header.warnings),
        }


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, np.ndarray):
        return bool(np.array_equal(first, second, equal_nan=True))
    return bool(first == second)


def body(opened: OpenFile) -> Fields:
    """Return the data block of an opened file."""
    if opened.data_block is None:
        raise InputError(opened.path.name, "a Data_Block", "none", "check the file")
    return opened.data_block


def frozen(
    values: ArrayLike,
    shape: tuple[int, ...],
    where: str,
    *,
    lowest: float = -np.inf,
    gaps: bool = False,
) -> NDArray[np.float64]:
    """Return a checked, read-only copy of an array.

    Parameters
    ----------
    values, shape
        Array and the shape it must have.
    where
        Name for the error.
    lowest
        Least value allowed.
    gaps
        Whether NaN (no entry) is allowed.

    Examples
    --------
    >>> frozen([1, 2], (2,), "example")
    array([1., 2.])
    """
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise InputError(where, f"shape {shape}", str(array.shape), "give one value per place")
    numbers = array[~np.isnan(array)] if gaps else array
    bad = ~np.isfinite(numbers) | (numbers < lowest)
    if bad.any():
        limit = "" if lowest == -np.inf else f" of at least {lowest:g}"
        raise InputError(
            where,
            f"finite numbers{limit}",
            f"{int(bad.sum())} others, as {numbers[bad].flat[0]}",
            "correct the numbers",
        )
    array.setflags(write=False)
    return array


def per_column(values: ArrayLike, where: str, *, lowest: float = -np.inf) -> NDArray[np.float64]:
    """Return a checked, read-only copy of one number per column (5200)."""
    return frozen(values, (COLUMNS,), where, lowest=lowest)


def is_mirrored(band: str, file_sense: ColumnSense) -> bool:
    """Whether columns of a file must be reversed to run in image sense.

    Examples
    --------
    >>> is_mirrored("B7", "camera"), is_mirrored("B7", "image"), is_mirrored("B5", "camera")
    (True, False, False)
    """
    return file_sense == "camera" and band in MIRRORED_BANDS


def column_dataset(
    content: Content, arrays: dict[str, tuple[NDArray[Any], str, str]], file_sense: ColumnSense
) -> xr.Dataset:
    """Dataset with dims (band, column) of one band's arrays.

    Parameters
    ----------
    content
        Object the arrays belong to.
    arrays
        Name to array (5200), unit and meaning.
    file_sense
        How the file's columns run; the result runs in image sense.
    """
    import xarray as xr

    band = content.header.name.band or ""
    step = -1 if is_mirrored(band, file_sense) else 1
    return xr.Dataset(
        {
            name: (("band", "column"), values[None, ::step], {"units": unit, "long_name": meaning})
            for name, (values, unit, meaning) in arrays.items()
        },
        coords={"band": [band], "column": column_coordinate()},
        attrs={**content.attributes(), "file_column_sense": file_sense},
    )


def column_coordinate() -> Any:
    """Coordinate of the 5200 columns; the centre of the first is 0."""
    return (
        "column",
        np.arange(COLUMNS),
        {"long_name": "detector column, image sense, 0-based (files count from 1)"},
    )
