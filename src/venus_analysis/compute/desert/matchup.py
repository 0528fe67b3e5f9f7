"""Pairs of looks of two sensors at one site in nearly the same geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from venus_analysis.compute.desert.looks import Looks
from venus_analysis.errors import InputError

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]
Geometry = Literal["same", "reciprocal", "both"]

_JUST_ABOVE: Final = 1.0 + 1e-12
_BLOCK: Final = 4096


@dataclass(frozen=True)
class Tolerances:
    """How far two looks of a pair may lie apart, limits included.

    Parameters
    ----------
    solar_zenith_deg, viewing_zenith_deg, relative_azimuth_deg
        Largest differences; the azimuth's after folding to 0–180.
    days
        Largest difference of the dates; None for any (deserts are stable).
    geometry
        "same"; "reciprocal", Sun and sensor exchanged; or "both". Reciprocity
        holds for the surface's reflectance alone.

    Raises
    ------
    InputError
        A tolerance that is not above 0, or an unknown geometry.

    Examples
    --------
    >>> Tolerances().relative_azimuth_deg
    10.0
    """

    solar_zenith_deg: float = 5.0
    viewing_zenith_deg: float = 5.0
    relative_azimuth_deg: float = 10.0
    days: float | None = None
    geometry: Geometry = "same"

    def __post_init__(self) -> None:
        for name in ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg", "days"):
            given = getattr(self, name)
            if given is not None and not given > 0.0:
                raise InputError(f"tolerance {name}", "above 0", repr(given), "widen it")
        if self.geometry not in ("same", "reciprocal", "both"):
            raise InputError(
                "tolerance geometry",
                "same, reciprocal or both",
                repr(self.geometry),
                "use one of these",
            )


@dataclass(frozen=True, eq=False)
class Pairs:
    """Positions of the looks of each pair, by target, then reference.

    Attributes
    ----------
    target, reference
        (pair,) positions.
    reciprocal
        (pair,) True where Sun and sensor are exchanged.
    """

    target: Positions
    reference: Positions
    reciprocal: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.target)


def find_pairs(target: Looks, reference: Looks, tolerances: Tolerances | None = None) -> Pairs:
    """All pairs within the tolerances.

    Angles (and days) are divided by their tolerances; pairs are the points of a
    k-d tree within 1 in the largest coordinate, found in n log n.

    Parameters
    ----------
    target, reference
        Looks at one site. Those with a NaN angle are in no pair.
    tolerances
        Defaults 5, 5 and 10 degrees, any date.

    Returns
    -------
    Pairs
        Empty when there are none. A pair that is near in both geometries is
        given once, as the same geometry.

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> day = np.array(["2004-05-01", "2004-05-02"], "M8[us]")
    >>> target = make_looks(day[:1], 30.0, 10.0, 60.0, [[0.4]])
    >>> reference = make_looks(day, [34.0, 36.0], 12.0, 65.0, [[0.4], [0.4]])
    >>> find_pairs(target, reference).reference
    array([0])
    """
    asked = tolerances or Tolerances()
    parts = []
    if asked.geometry != "reciprocal":
        parts.append((*_near(target, reference, asked, swapped=False), False))
    if asked.geometry != "same":
        parts.append((*_near(target, reference, asked, swapped=True), True))
    i = np.concatenate([part[0] for part in parts])
    j = np.concatenate([part[1] for part in parts])
    swapped = np.repeat([part[2] for part in parts], [len(part[0]) for part in parts])
    _, first = np.unique(i * max(len(reference), 1) + j, return_index=True)
    return Pairs(i[first], j[first], swapped[first])


def _near(
    target: Looks, reference: Looks, asked: Tolerances, *, swapped: bool
) -> tuple[Positions, Positions]:
    wanted, kept = _points(target, asked, swapped=False)
    offered, kept_reference = _points(reference, asked, swapped=swapped)
    none = np.zeros(0, np.intp)
    if not (len(wanted) and len(offered)):
        return none, none
    tree = cKDTree(offered)
    found_i, found_j = [none], [none]
    for start in range(0, len(wanted), _BLOCK):
        block = cKDTree(wanted[start : start + _BLOCK])
        close = block.sparse_distance_matrix(tree, _JUST_ABOVE, p=np.inf, output_type="ndarray")
        found_i.append(kept[start + close["i"]])
        found_j.append(kept_reference[close["j"]])
    return np.concatenate(found_i), np.concatenate(found_j)


def _points(looks: Looks, asked: Tolerances, *, swapped: bool) -> tuple[Floats, Positions]:
    """Coordinates in units of the tolerances, and the looks that have them."""
    sun, view = looks.solar_zenith_deg, looks.viewing_zenith_deg
    if swapped:
        sun, view = view, sun
    columns = [
        sun / asked.solar_zenith_deg,
        view / asked.viewing_zenith_deg,
        looks.relative_azimuth_deg / asked.relative_azimuth_deg,
    ]
    if asked.days is not None:
        days = (looks.time - np.datetime64("2000-01-01")) / np.timedelta64(1, "D")
        columns.append(days / asked.days)
    points = np.column_stack(columns)
    kept = np.flatnonzero(np.isfinite(points).all(axis=1))
    return points[kept], kept
