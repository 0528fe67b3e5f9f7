"""RELSEN: two-slope relative sensitivity of every column of one band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from venus_analysis.parameters.content import ColumnSense, Content, body, column_dataset, per_column
from venus_analysis.parameters.fields import number_rows
from venus_analysis.parameters.header_read import OpenFile
from venus_analysis.parameters.names import COLUMNS
from venus_analysis.parameters.xml_write import branch, number_list

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, kw_only=True, eq=False)
class RelativeSensitivity(Content):
    """Relative sensitivity of one band and set of TDI.

    The file holds three numbers a column, a1, a2 and Zs. That a1 is the slope
    below the break level Zs (counts) and a2 the one above is our reading; the
    public format does not say it.

    Parameters
    ----------
    header
        Header of the file; band and TDI stand in its name.
    first_slope, second_slope, break_level
        a1, a2, Zs of columns 1 to 5200 of the file; finite, of any sign.

    Examples
    --------
    >>> from venus_analysis.parameters.header import new_header
    >>> header = new_header("RELSEN", 9, "2024-01-01", created="2024-02-01", band="B5", tdi=(8,))
    >>> one = np.ones(5200)
    >>> sensitivity = RelativeSensitivity(
    ...     header=header, first_slope=one, second_slope=one, break_level=240 * one)
    >>> list(sensitivity.to_dataset())
    ['first_slope', 'second_slope', 'break_level']
    """

    file_type: ClassVar[str] = "RELSEN"
    first_slope: NDArray[np.float64]
    second_slope: NDArray[np.float64]
    break_level: NDArray[np.float64]

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("first_slope", "second_slope", "break_level"):
            object.__setattr__(self, name, per_column(getattr(self, name), name))

    @classmethod
    def _decode(cls, opened: OpenFile) -> dict[str, Any]:
        block = body(opened)
        where = f"{block.where}/Relative_Sensitivity"
        texts = block.column_texts(
            "List_of_Relative_Sensitivities", "Relative_Sensitivity", COLUMNS
        )
        block.end()
        a1, a2, zs = number_rows(texts, where, 3).T
        return {"first_slope": a1, "second_slope": a2, "break_level": zs}

    def _data_block(self) -> Any:
        columns = np.stack([self.first_slope, self.second_slope, self.break_level], axis=1)
        listed = number_list("List_of_Relative_Sensitivities", "Relative_Sensitivity", columns)
        return branch("Data_Block", listed)

    def to_dataset(self, file_sense: ColumnSense = "image") -> xr.Dataset:
        """Return the three arrays with dims (band, column), in image sense."""
        arrays = {
            "first_slope": (self.first_slope, "1", "relative sensitivity below the break level"),
            "second_slope": (self.second_slope, "1", "relative sensitivity above the break level"),
            "break_level": (self.break_level, "counts", "level at which the slope changes"),
        }
        return column_dataset(self, arrays, file_sense)
