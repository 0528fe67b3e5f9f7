"""Tables with one entry per band and group of TDI, shared by PHGAIN and NOISMO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.fields import Fields
from venus_analysis.parameters.header_read import read_band, read_tdi
from venus_analysis.parameters.header_write import tdi_text
from venus_analysis.parameters.names import BANDS, TDI, band_code, check_tdi
from venus_analysis.parameters.xml_write import branch, item_list, leaf

Groups = tuple[tuple[tuple[int, ...], ...], ...]
"""Of each band in order, the TDI of each of its entries."""
TABLE_SHAPE = (len(BANDS), len(TDI))


class Layout(NamedTuple):
    """Names of the elements of a table, and of the values in an entry."""

    bands: str
    band: str
    entries: str
    entry: str
    values: tuple[str, ...]


def read_table(
    block: Fields, layout: Layout, lowest: float
) -> tuple[list[NDArray[np.float64]], Groups]:
    """Read a table: one array (band, tdi) per value, NaN without entry, and the groups.

    Raises
    ------
    InputError
        When a band or a TDI of a band comes twice, or a number is not finite.
    """
    arrays = [np.full(TABLE_SHAPE, np.nan) for _ in layout.values]
    groups: dict[str, tuple[tuple[int, ...], ...]] = {}
    for position, item in enumerate(block.items(layout.bands, layout.band, 12, 12)):
        band = read_band(item)
        if band in groups:
            raise InputError(item.where, "each band once", f"{band} again", "remove one of them")
        if band != BANDS[position]:
            block.source.warn(f"{item.where}: {band} is out of order")
        groups[band] = _read_band(item, layout, arrays, BANDS.index(band), lowest)
        item.end()
    block.end()
    return arrays, tuple(groups[band] for band in BANDS)


def _read_band(
    item: Fields, layout: Layout, arrays: list[NDArray[np.float64]], row: int, lowest: float
) -> tuple[tuple[int, ...], ...]:
    groups: list[tuple[int, ...]] = []
    for entry in item.items(layout.entries, layout.entry, 1, 5):
        tdi = read_tdi(entry, "TDI_Configuration_Values")
        if any(set(tdi) & set(group) for group in groups):
            raise InputError(entry.where, "each TDI once", f"{tdi} again", "remove one of them")
        for array, value in zip(arrays, layout.values, strict=True):
            array[row, [TDI.index(one) for one in tdi]] = entry.number(value, lowest)
        entry.end()
        groups.append(tdi)
    return tuple(groups)


def write_table(layout: Layout, texts: Sequence[Any], groups: Groups) -> Any:
    """Build the data block; `texts` holds one function (row, column) -> text per value."""
    bands = []
    for row, band in enumerate(BANDS):
        entries = [
            branch(
                layout.entry,
                leaf("TDI_Configuration_Values", tdi_text(group)),
                *(
                    leaf(value, text(row, TDI.index(group[0])))
                    for value, text in zip(layout.values, texts, strict=True)
                ),
            )
            for group in groups[row]
        ]
        bands.append(
            branch(
                layout.band, leaf("Band_Code", band_code(band)), item_list(layout.entries, entries)
            )
        )
    return branch("Data_Block", item_list(layout.bands, bands))


def group_equal(arrays: Sequence[NDArray[np.float64]]) -> Groups:
    """Fewest entries that hold a table: TDI with equal values share one.

    Examples
    --------
    >>> group_equal([np.ones((12, 5))])[0]
    ((1, 4, 8, 16, 32),)
    """
    bands = []
    for row in range(len(BANDS)):
        found: dict[tuple[float, ...], list[int]] = {}
        for column, tdi in enumerate(TDI):
            key = tuple(float(array[row, column]) for array in arrays)
            if not any(np.isnan(key)):
                found.setdefault(key, []).append(tdi)
        bands.append(tuple(tuple(group) for group in found.values()))
    return tuple(bands)


def check_groups(arrays: Sequence[NDArray[np.float64]], groups: Groups, where: str) -> Groups:
    """Refuse groups that do not fit the numbers; the groups, each ascending."""
    fits = len(groups) == len(BANDS)
    checked = tuple(tuple(check_tdi(group, where) for group in band) for band in groups)
    for row, band in enumerate(checked):
        named = [tdi for group in band for tdi in group]
        fits = (
            fits
            and bool(named)
            and len(named) == len(set(named))
            and all(
                {tdi for tdi, value in zip(TDI, array[row], strict=True) if not np.isnan(value)}
                == set(named)
                and all(len({array[row, TDI.index(tdi)] for tdi in group}) == 1 for group in band)
                for array in arrays
            )
        )
    if not fits:
        raise InputError(
            where,
            "in each of 12 bands at least one entry, each TDI once and equal "
            "numbers within an entry",
            "groups that do not fit the numbers",
            "leave the groups out: they are found from the numbers",
        )
    return checked


def table_dataset(
    arrays: dict[str, tuple[NDArray[np.float64], str, str]], attributes: dict[str, Any]
) -> Any:
    """Dataset with dims (band, tdi) of arrays with unit and meaning."""
    import xarray as xr

    return xr.Dataset(
        {
            name: (("band", "tdi"), values, {"units": unit, "long_name": meaning})
            for name, (values, unit, meaning) in arrays.items()
        },
        coords={"band": list(BANDS), "tdi": list(TDI)},
        attrs=attributes,
    )


def pick(array: NDArray[np.float64], band: str, tdi: int, where: str) -> float:
    """Value of one band and TDI; an error where there is no entry."""
    from venus_analysis.parameters.names import band_name

    value = float(array[BANDS.index(band_name(band)), TDI.index(check_tdi([tdi])[0])])
    if np.isnan(value):
        raise InputError(
            where, f"an entry for band {band}, TDI {tdi}", "none", "choose a TDI the file covers"
        )
    return value
