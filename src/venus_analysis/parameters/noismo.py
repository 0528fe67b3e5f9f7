"""NOISMO: coefficients of the noise model, per band and TDI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from venus_analysis.parameters.content import Content, body, frozen
from venus_analysis.parameters.header_read import OpenFile
from venus_analysis.parameters.tdi_table import (
    TABLE_SHAPE,
    Groups,
    Layout,
    check_groups,
    group_equal,
    pick,
    read_table,
    table_dataset,
    write_table,
)
from venus_analysis.parameters.xml_write import double

if TYPE_CHECKING:
    import xarray as xr

LAYOUT = Layout(
    "List_of_Band_Noise_Models",
    "Band_Noise_Model",
    "List_of_TDI_Noise_Models",
    "TDI_Noise_Model",
    ("A_coefficient", "B_coefficient"),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class NoiseModel(Content):
    """Noise coefficients A and B of a NOISMO file.

    The formula they belong to is not public; this object only carries them
    (variance = A^2 + B * counts is an assumption, made elsewhere as a named
    option).

    Parameters
    ----------
    header
        Header of the file.
    a, b
        Coefficients, shape (12, 5) as in `PhysicalGain`, of any sign; NaN
        where the file has no entry.
    groups
        TDI of each entry of each band; found from equal numbers when left out.

    Examples
    --------
    >>> from venus_analysis.parameters.header import new_header
    >>> header = new_header("NOISMO", 2, "2017-08-01", created="2018-01-20")
    >>> NoiseModel(header=header, a=np.full((12, 5), 0.55), b=np.full((12, 5), 0.015)).at("B1", 8)
    (0.55, 0.015)
    """

    file_type: ClassVar[str] = "NOISMO"
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    groups: Groups = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        arrays = [
            frozen(self.a, TABLE_SHAPE, "a", gaps=True),
            frozen(self.b, TABLE_SHAPE, "b", gaps=True),
        ]
        groups = check_groups(arrays, self.groups or group_equal(arrays), "groups")
        for name, value in (("a", arrays[0]), ("b", arrays[1]), ("groups", groups)):
            object.__setattr__(self, name, value)

    @classmethod
    def _decode(cls, opened: OpenFile) -> dict[str, Any]:
        (a, b), groups = read_table(body(opened), LAYOUT, -np.inf)
        return {"a": a, "b": b, "groups": groups}

    def _data_block(self) -> Any:
        texts = [
            lambda row, column, values=values: double(values[row, column], "noise coefficient")
            for values in (self.a, self.b)
        ]
        return write_table(LAYOUT, texts, self.groups)

    def at(self, band: str, tdi: int) -> tuple[float, float]:
        """Return A and B of a band at a TDI; InputError where the file has no entry."""
        where = str(self.header.name)
        return pick(self.a, band, tdi, where), pick(self.b, band, tdi, where)

    def to_dataset(self) -> xr.Dataset:
        """Return `noise_a`, `noise_b` with dims (band, tdi), NaN without entry."""
        arrays = {
            "noise_a": (self.a, "not stated", "noise coefficient A"),
            "noise_b": (self.b, "not stated", "noise coefficient B"),
        }
        dataset: xr.Dataset = table_dataset(arrays, self.attributes())
        return dataset
