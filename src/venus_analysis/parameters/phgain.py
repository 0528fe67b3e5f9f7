"""PHGAIN: absolute gains Ak of all bands, per TDI."""

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
from venus_analysis.parameters.xml_write import decimal

if TYPE_CHECKING:
    import xarray as xr

LAYOUT = Layout(
    "List_of_Band_Physical_Gains",
    "Band_Physical_Gain",
    "List_of_TDI_Physical_Gains",
    "TDI_Physical_Gain",
    ("Physical_Gain",),
)
DECIMALS = 5
"""Decimals of Ak: product headers carry at most these."""
UNIT = "counts / (W m-2 sr-1 um-1)"


@dataclass(frozen=True, kw_only=True, eq=False)
class PhysicalGain(Content):
    """Absolute gains of a PHGAIN file: radiance = equalised counts / Ak.

    The unit is not public; it follows from the numbers and the bands'
    saturation radiances.

    Parameters
    ----------
    header
        Header of the file.
    gain
        Ak, shape (12, 5): bands B1 to B12, TDI 1, 4, 8, 16, 32; NaN where the
        file has no entry. Zero passes the format and is warned of on reading.
    groups
        TDI of each entry of each band, as in the file; found from equal
        numbers when left out.

    Examples
    --------
    >>> from venus_analysis.parameters.header import new_header
    >>> header = new_header("PHGAIN", 9, "2024-01-01", created="2024-02-01")
    >>> gain = PhysicalGain(header=header, gain=np.full((12, 5), 1.329))
    >>> gain.at("B4", tdi=8), gain.groups[0]
    (1.329, ((1, 4, 8, 16, 32),))
    """

    file_type: ClassVar[str] = "PHGAIN"
    gain: NDArray[np.float64]
    groups: Groups = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        gain = frozen(self.gain, TABLE_SHAPE, "gain", lowest=0.0, gaps=True)
        groups = check_groups([gain], self.groups or group_equal([gain]), "groups")
        object.__setattr__(self, "gain", gain)
        object.__setattr__(self, "groups", groups)

    @classmethod
    def _decode(cls, opened: OpenFile) -> dict[str, Any]:
        (gain,), groups = read_table(body(opened), LAYOUT, 0.0)
        if (gain == 0.0).any():
            opened.warnings.append(f"{opened.path.name}: an Ak of 0 gives no radiance")
        return {"gain": gain, "groups": groups}

    def _data_block(self) -> Any:
        def text(row: int, column: int) -> str:
            return decimal(self.gain[row, column], DECIMALS, "Physical_Gain")

        return write_table(LAYOUT, [text], self.groups)

    def at(self, band: str, tdi: int) -> float:
        """Ak of a band at a TDI; InputError where the file has no entry."""
        return pick(self.gain, band, tdi, str(self.header.name))

    def to_dataset(self) -> xr.Dataset:
        """Return `absolute_gain` with dims (band, tdi), NaN without entry."""
        meaning = "absolute gain Ak: radiance = equalised counts / Ak"
        arrays = {"absolute_gain": (self.gain, UNIT, meaning)}
        dataset: xr.Dataset = table_dataset(arrays, self.attributes())
        return dataset
