"""The two-slope response of a band's columns as two straight lines in the raw count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.columns import Gaps

Column = NDArray[np.float64]

BEYOND_ANY_COUNT: Final = 65535.0
FULL_SCALE_COUNTS: Final = 1023


@dataclass(frozen=True, eq=False)
class Line:
    """A straight line in the raw count of each column, ``slope * X - offset``; (column,)."""

    slope: NDArray[np.float32]
    offset: NDArray[np.float32]

    def times(self, sign: NDArray[np.float32]) -> Line:
        """Line with both rows multiplied by 1 or -1."""
        return Line(sign * self.slope, sign * self.offset)


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows (column,) of `BandCoefficients.rows` and the gaps to fill.

    `first_above` is the lowest whole count above K. In columns that are
    defective or lack a coefficient `slope` is NaN, `extra` 0 and `first_above`
    beyond any count, as it is where both slopes are the same.

    Below `first_in_doubt` a count lies on the `first` line and from
    `first_on_second` on it lies on the `second`, further from K than rounding
    to single precision could hide. `turn` is 1 where the response is the
    higher of the two lines and -1 where it is the lower one; the turned lines
    are those times `turn`, of which the response is always the higher.
    """

    slope: NDArray[np.float32]
    dark: NDArray[np.float32]
    knee_radiance: NDArray[np.float32]
    extra: NDArray[np.float32]
    first_above: NDArray[np.uint16]
    gaps: Gaps
    first: Line
    second: Line
    first_turned: Line
    second_turned: Line
    turn: NDArray[np.float32]
    first_in_doubt: NDArray[np.uint16]
    first_on_second: NDArray[np.uint16]
    all_first_below: int
    all_second_from: int


def two_slope_rows(slope: Column, dark: Column, extra: Column, knee: Column, gaps: Gaps) -> Rows:
    """Round the response of each column to single precision and whole counts.

    Parameters
    ----------
    slope
        (column,) s, radiance per count below the break; NaN gives NaN.
    dark
        (column,) dark level C, counts.
    extra
        (column,) e = a1/a2 - 1.
    knee
        (column,) raw count K of the break; BEYOND_ANY_COUNT where there is none.
    gaps
        Passed through.

    Examples
    --------
    >>> from venus_analysis.compute.columns import find_gaps
    >>> one = np.ones(1)
    >>> rows = two_slope_rows(one, 10 * one, -0.2 * one, 100.5 * one, find_gaps(one < 0))
    >>> rows.second.slope, rows.second.offset, rows.turn
    (array([0.8], dtype=float32), array([-10.1], dtype=float32), array([-1.], dtype=float32))
    >>> rows.first_in_doubt, rows.first_above, rows.first_on_second
    (array([101], dtype=uint16), array([101], dtype=uint16), array([101], dtype=uint16))
    """
    level = slope * (knee - dark)
    bent = extra != 0.0
    steep = slope * (1.0 + extra)
    doubt = _doubt(dark, extra, knee)
    turn = np.where(extra < 0.0, -1.0, 1.0).astype(np.float32)
    first = Line(slope.astype(np.float32), (slope * dark).astype(np.float32))
    offset = np.where(bent, steep * knee - level, slope * dark)
    second = Line(steep.astype(np.float32), offset.astype(np.float32))
    first_in_doubt = _whole(np.floor(knee - doubt) + 1.0)
    first_on_second = _whole(np.ceil(knee + doubt))
    return Rows(
        first.slope,
        dark.astype(np.float32),
        level.astype(np.float32),
        extra.astype(np.float32),
        _whole(np.floor(knee) + 1.0),
        gaps,
        first,
        second,
        first.times(turn),
        second.times(turn),
        turn,
        first_in_doubt,
        first_on_second,
        int(first_in_doubt.min()),
        int(first_on_second[bent].max(initial=0)),
    )


def _doubt(dark: Column, extra: Column, knee: Column) -> Column:
    """Distance from the break within which rounding may swap the lines, counts.

    The lines part by ``s |e| |X - K|``. In each, slope, product, offset and
    difference are rounded once, each to 2**-24 of itself at most.
    """
    largest = np.abs(1.0 + extra) * (3.0 * FULL_SCALE_COUNTS + 2.0 * (np.abs(knee) + np.abs(dark)))
    first = 3.0 * FULL_SCALE_COUNTS + 2.0 * np.abs(dark)
    bent = extra != 0.0
    # twice the bound, as these sums are rounded too
    error = 2.0**-23 * (first + largest + 2.0 * np.abs(knee))
    return np.where(bent, error / np.where(bent, np.abs(extra), 1.0), 0.0)


def _whole(counts: Column) -> NDArray[np.uint16]:
    return np.clip(counts, 0.0, BEYOND_ANY_COUNT).astype(np.uint16)
