"""OUTORD: defective columns of one band, per TDI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.content import (
    ColumnSense,
    Content,
    body,
    column_coordinate,
    is_mirrored,
)
from venus_analysis.parameters.fields import Fields
from venus_analysis.parameters.header_read import OpenFile, read_tdi
from venus_analysis.parameters.header_write import tdi_text
from venus_analysis.parameters.names import COLUMNS, TDI, check_tdi, whole
from venus_analysis.parameters.xml_write import branch, item_list, leaf

if TYPE_CHECKING:
    import xarray as xr

DEFECT_BITS = {"BLIND": 1, "NOISY": 2, "FILTER_HOLE": 4}
"""Kinds of defect and their bit in masks; ranges of different kinds may overlap."""


@dataclass(frozen=True)
class Defect:
    """A range of defective columns, 1-based and inclusive as in the file.

    Parameters
    ----------
    first, last
        1 to 5200, first <= last.
    kind
        ``BLIND``, ``NOISY`` or ``FILTER_HOLE``.

    Examples
    --------
    >>> Defect(1733, 1733, "NOISY").last
    1733
    """

    first: int
    last: int
    kind: str

    def __post_init__(self) -> None:
        for name in ("first", "last"):
            object.__setattr__(self, name, whole(getattr(self, name), f"defect: {name}"))
        if not (1 <= self.first <= self.last <= COLUMNS and self.kind in DEFECT_BITS):
            raise InputError(
                "defect",
                f"1 <= first <= last <= {COLUMNS} and one of {', '.join(DEFECT_BITS)}",
                str(self),
                "correct the defect",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class DefectiveColumns(Content):
    """Defective columns of one band.

    Parameters
    ----------
    header
        Header of the file; the band stands in its name.
    defects
        TDI to its defects, in the file's order. A TDI that is absent and one
        with no defects both mean: none known.

    Examples
    --------
    >>> from venus_analysis.parameters.header import new_header
    >>> header = new_header("OUTORD", 4, "2024-01-01", created="2024-02-01", band="B5")
    >>> columns = DefectiveColumns(header=header, defects={8: (Defect(1, 4, "BLIND"),)})
    >>> int((columns.mask(8) > 0).sum())
    4
    """

    file_type: ClassVar[str] = "OUTORD"
    defects: Mapping[int, tuple[Defect, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.defects:
            check_tdi(self.defects, "defects")
        checked = {int(tdi): tuple(ranges) for tdi, ranges in self.defects.items()}
        object.__setattr__(self, "defects", checked)

    @classmethod
    def _decode(cls, opened: OpenFile) -> dict[str, Any]:
        block = body(opened)
        defects: dict[int, tuple[Defect, ...]] = {}
        items = block.items("List_of_TDI_Configuration_Defects", "TDI_Configuration_Defect", 0, 5)
        for item in items:
            tdi = read_tdi(item, "TDI_Configuration_Code")
            if len(tdi) > 1 or tdi[0] in defects:
                raise InputError(item.where, "one TDI, each once", str(tdi), "correct the entries")
            ranges = item.items("List_of_Defects", "Defect", 0, 100_000)
            defects[tdi[0]] = tuple(_defect(one) for one in ranges)
            item.end()
        block.end()
        return {"defects": defects}

    def _data_block(self) -> Any:
        items = [
            branch(
                "TDI_Configuration_Defect",
                leaf("TDI_Configuration_Code", tdi_text((tdi,))),
                item_list("List_of_Defects", [_defect_element(defect) for defect in ranges]),
            )
            for tdi, ranges in self.defects.items()
        ]
        return branch("Data_Block", item_list("List_of_TDI_Configuration_Defects", items))

    def mask(self, tdi: int, file_sense: ColumnSense = "image") -> NDArray[np.uint8]:
        """Bits of `DEFECT_BITS` per column (5200, index 0 = column 1), in image sense."""
        mask = np.zeros(COLUMNS, np.uint8)
        for defect in self.defects.get(check_tdi([tdi])[0], ()):
            mask[defect.first - 1 : defect.last] |= np.uint8(DEFECT_BITS[defect.kind])
        return mask[::-1] if is_mirrored(self.header.name.band or "", file_sense) else mask

    def to_dataset(self, file_sense: ColumnSense = "image") -> xr.Dataset:
        """Return `defect` with dims (band, tdi, column): bits, 0 for a good column."""
        import xarray as xr

        masks = np.stack([self.mask(tdi, file_sense) for tdi in TDI])
        attributes = {
            "long_name": "defects of a column",
            "flag_masks": np.array(list(DEFECT_BITS.values()), np.uint8),
            "flag_meanings": " ".join(DEFECT_BITS),
        }
        return xr.Dataset(
            {"defect": (("band", "tdi", "column"), masks[None], attributes)},
            coords={
                "band": [self.header.name.band],
                "tdi": list(TDI),
                "column": column_coordinate(),
            },
            attrs={**self.attributes(), "file_column_sense": file_sense},
        )


def _defect(item: Fields) -> Defect:
    first, last = read_range(item, 1, COLUMNS)
    kind = item.one_of("Defect_Type", tuple(DEFECT_BITS))
    item.end()
    return Defect(first, last, kind)


def read_range(fields: Fields, lowest: int, highest: int) -> tuple[int, int]:
    """Take a ``Col_Range``; refuses First > Last, which has no one meaning."""
    limits = fields.child("Col_Range")
    first = limits.integer("First", lowest, highest)
    last = limits.integer("Last", lowest, highest)
    limits.end()
    if first > last:
        raise InputError(limits.where, "First <= Last", f"{first} > {last}", "swap them")
    return first, last


def range_element(first: int, last: int) -> Any:
    """Build a ``Col_Range``."""
    return branch("Col_Range", leaf("First", first), leaf("Last", last))


def _defect_element(defect: Defect) -> Any:
    return branch(
        "Defect", range_element(defect.first, defect.last), leaf("Defect_Type", defect.kind)
    )
