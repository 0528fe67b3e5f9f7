"""Simultaneous looks of two sensors at one place, and which cells of them may be compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SimultaneousTolerances:
    """How far two looks may lie apart, limits included.

    Parameters
    ----------
    minutes
        Largest difference of the times.
    solar_zenith_deg, viewing_zenith_deg
        Largest differences.
    relative_azimuth_deg
        Largest difference of the relative azimuths, folded to 0–180, once
        either sensor looks further off nadir than `azimuth_beyond_deg`: near
        nadir the azimuth means nothing.
    azimuth_beyond_deg
        See there.
    late_minutes
        Pairs further apart in time than this are flagged, not left out.

    Raises
    ------
    InputError
        A limit that is not above 0.

    Examples
    --------
    >>> SimultaneousTolerances().minutes
    30.0
    """

    minutes: float = 30.0
    solar_zenith_deg: float = 3.0
    viewing_zenith_deg: float = 5.0
    relative_azimuth_deg: float = 20.0
    azimuth_beyond_deg: float = 5.0
    late_minutes: float = 10.0

    def __post_init__(self) -> None:
        for name, given in vars(self).items():
            if not given > 0.0:
                raise InputError(f"tolerance {name}", "above 0", repr(given), "widen it")


class CellFlag(IntFlag):
    """Why a cell of one sensor is not compared (bit value, name).

    NOT_UNIFORM: so uneven that a shift of a pixel would change its mean. CLOUD: part of
    it is cloud, shadow or snow by the product's masks. SATURATED: pixels are. NOT_FILLED:
    too few pixels have a value.

    Examples
    --------
    >>> CellFlag.CLOUD | CellFlag.NOT_UNIFORM
    <CellFlag.NOT_UNIFORM|CLOUD: 3>
    """

    NOT_UNIFORM = 1 << 0
    CLOUD = 1 << 1
    SATURATED = 1 << 2
    NOT_FILLED = 1 << 3


def screen_cells(
    reflectance: ArrayLike,
    reflectance_sd: ArrayLike,
    *,
    cloud_share: ArrayLike = 0.0,
    saturated_share: ArrayLike = 0.0,
    valid_share: ArrayLike = 1.0,
    most_scatter: float = 0.03,
    least_valid: float = 0.95,
) -> NDArray[np.uint8]:
    """Reasons not to compare a cell in a band, as sums of `CellFlag`; 0 for a good one.

    Parameters
    ----------
    reflectance, reflectance_sd
        (cell, band) mean and standard deviation within the cell, 1; an unknown
        standard deviation (NaN) passes.
    cloud_share
        (cell, 1) or (cell, band) share of its pixels that the product calls
        cloudy; a single one condemns the cell.
    saturated_share
        (cell, band), likewise.
    valid_share
        (cell, band) share of the cell's area that has a value.
    most_scatter
        Largest relative standard deviation.
    least_valid
        Smallest valid share.

    Returns
    -------
    ndarray
        (cell, band). A NaN reflectance is NOT_FILLED.

    Examples
    --------
    >>> screen_cells([[0.4, 0.4, np.nan]], [[0.02, 0.01, np.nan]])
    array([[1, 0, 8]], dtype=uint8)
    """
    rho = np.asarray(reflectance, np.float64)
    uneven = np.asarray(reflectance_sd, np.float64) > most_scatter * np.abs(rho)
    empty = (np.asarray(valid_share, np.float64) < least_valid) | ~np.isfinite(rho)
    reasons = np.zeros(rho.shape, np.uint8)
    for flag, bad in (
        (CellFlag.NOT_UNIFORM, uneven),
        (CellFlag.CLOUD, np.asarray(cloud_share) > 0.0),
        (CellFlag.SATURATED, np.asarray(saturated_share) > 0.0),
        (CellFlag.NOT_FILLED, empty),
    ):
        reasons |= np.where(bad, flag, 0).astype(np.uint8)
    return reasons


def simultaneous_pairs(
    target: Looks,
    reference: Looks,
    tolerances: SimultaneousTolerances | None = None,
    *,
    target_cell: ArrayLike | None = None,
    reference_cell: ArrayLike | None = None,
) -> Pairs:
    """All pairs of looks at one cell within the tolerances.

    Looks are sorted by cell and time; the candidates of a look are then one
    slice, so that the cost grows with the looks and the pairs found.

    Parameters
    ----------
    target, reference
        Looks; those with a NaN zenith angle are in no pair, nor those beyond
        `azimuth_beyond_deg` with a NaN azimuth.
    tolerances
        Default `SimultaneousTolerances()`.
    target_cell, reference_cell
        (look,) whole number of the cell of a common grid; None for one cell.

    Returns
    -------
    Pairs
        By target, then reference; empty when there are none.

    Raises
    ------
    InputError
        Cells that are not one for each look.

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> time = np.array(["2019-02-04T08:34", "2019-02-04T08:50", "2019-02-04T09:20"], "M8[us]")
    >>> venus = make_looks(time[:1], 40.0, 3.0, 90.0, [[0.4]])
    >>> other = make_looks(time[1:], 39.0, 4.0, 10.0, [[0.4], [0.4]])
    >>> simultaneous_pairs(venus, other).reference
    array([0])
    """
    asked = tolerances or SimultaneousTolerances()
    here = _cells(target, target_cell)
    there = _cells(reference, reference_cell)
    order = np.lexsort((reference.time, there))
    i, j = _within(target.time, here, reference.time[order], there[order], asked.minutes)
    j = order[j]
    near = _same_geometry(target.take(i), reference.take(j), asked)
    i, j = i[near], j[near]
    sort = np.lexsort((j, i))
    return Pairs(i[sort], j[sort], np.zeros(len(i), bool))


def _within(
    time: NDArray[np.datetime64],
    cell: NDArray[np.int64],
    others: NDArray[np.datetime64],
    other_cell: NDArray[np.int64],
    minutes: float,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of looks at one cell within the minutes; the others sorted by cell and time."""
    reach = np.timedelta64(round(minutes * 60e6), "us")
    known = np.unique(np.concatenate([cell, other_cell]))
    moments = np.unique(np.concatenate([others, time - reach, time + reach]))

    def key(cells: NDArray[np.int64], at: NDArray[np.datetime64]) -> NDArray[np.intp]:
        """Ascending with cell, then time: of ranks, as microseconds times cells overflow."""
        place = np.searchsorted(known, cells) * len(moments) + np.searchsorted(moments, at)
        return np.asarray(place, np.intp)

    theirs = key(other_cell, others)
    first = np.searchsorted(theirs, key(cell, time - reach), side="left")
    number = np.searchsorted(theirs, key(cell, time + reach), side="right") - first
    i = np.repeat(np.arange(len(time)), number)
    j = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number - first, number)
    return i, j


def _same_geometry(
    target: Looks, reference: Looks, asked: SimultaneousTolerances
) -> NDArray[np.bool_]:
    def close(name: str) -> NDArray[np.bool_]:
        apart = np.abs(getattr(target, name) - getattr(reference, name))
        return np.asarray(apart <= getattr(asked, name))

    steepest = np.maximum(target.viewing_zenith_deg, reference.viewing_zenith_deg)
    any_azimuth = steepest <= asked.azimuth_beyond_deg
    zeniths = close("solar_zenith_deg") & close("viewing_zenith_deg")
    return np.asarray(zeniths & (any_azimuth | close("relative_azimuth_deg")))


def _cells(looks: Looks, given: ArrayLike | None) -> NDArray[np.int64]:
    cells = np.zeros(len(looks), np.int64) if given is None else np.asarray(given)
    if cells.shape != (len(looks),) or cells.dtype.kind not in "iu":
        raise InputError(
            "cell",
            f"({len(looks)},) whole numbers, one a look",
            f"{cells.dtype} {cells.shape}",
            "number the cells of the common grid",
        )
    return cells.astype(np.int64)
