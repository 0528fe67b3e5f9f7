"""The two-slope response of a band's columns in single precision and whole counts."""

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
class Rows:
    """Rows (column,) of `BandCoefficients.rows` and the gaps to fill.

    `knee` is K in single precision and `first_above` the lowest whole count
    above K. In columns that are defective or lack a coefficient `slope` is NaN,
    `extra` 0 and both are beyond any count, as they are where both slopes are
    the same. With `offset` = -C and `bend` = -(C + e K) the response is
    ``slope (X + offset)`` up to the break and ``slope (X + (e max(X, K) + bend))``
    everywhere: `offset` is rounded so that below the break both are the same to
    the last bit.
    """

    slope: NDArray[np.float32]
    dark: NDArray[np.float32]
    knee: NDArray[np.float32]
    knee_radiance: NDArray[np.float32]
    extra: NDArray[np.float32]
    offset: NDArray[np.float32]
    bend: NDArray[np.float32]
    first_above: NDArray[np.uint16]
    gaps: Gaps


def two_slope_rows(slope: Column, dark: Column, extra: Column, knee: Column, gaps: Gaps) -> Rows:
    """Round the response of each column to single precision and whole counts.

    Parameters
    ----------
    slope
        (column,) s, radiance per count below the break; NaN gives NaN.
    dark
        (column,) dark level C, counts.
    extra
        (column,) e = a1/a2 - 1; 0 where there is no break.
    knee
        (column,) raw count K of the break; BEYOND_ANY_COUNT where there is none.
    gaps
        Passed through.

    Examples
    --------
    >>> from venus_analysis.compute.columns import find_gaps
    >>> one = np.ones(1)
    >>> rows = two_slope_rows(one, 10 * one, -0.2 * one, 100.5 * one, find_gaps(one < 0))
    >>> rows.knee, rows.knee_radiance, rows.first_above
    (array([100.5], dtype=float32), array([90.5], dtype=float32), array([101], dtype=uint16))
    """
    single_knee, single_extra = knee.astype(np.float32), extra.astype(np.float32)
    at_knee = single_extra * single_knee
    bend = (-dark - at_knee).astype(np.float32)
    return Rows(
        slope.astype(np.float32),
        dark.astype(np.float32),
        single_knee,
        (slope * (knee - dark)).astype(np.float32),
        single_extra,
        at_knee + bend,
        bend,
        _whole(np.floor(knee) + 1.0),
        gaps,
    )


def _whole(counts: Column) -> NDArray[np.uint16]:
    return np.clip(counts, 0.0, BEYOND_ANY_COUNT).astype(np.uint16)
