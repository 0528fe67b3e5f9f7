"""Whether a ghost's source is among the bands at all: its place along the scan tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

# A place along the scan counts as another one where chi-square falls by this much.
DECIDED: Final = 9.0
STEP_RADII: Final = 0.08
# Arrays of a tri-detector see the Moon a quarter of its radius apart.
LEAST_RADII: Final = 0.1
REACH_RADII: Final = 2.5


def climb(gain: Callable[[float], float], step: float, reach: float) -> tuple[float, float]:
    """Place of the maximum that is uphill of 0, and the gain there.

    Parameters
    ----------
    gain
        Of a place.
    step, reach
        Between the places tried, refined by a parabola; farthest place.

    Examples
    --------
    >>> place, top = climb(lambda x: 50.0 - (x - 7.0) ** 2, 2.0, 20.0)
    >>> round(place, 6), top
    (7.0, 50.0)
    """
    tried: dict[int, float] = {}

    def at(k: int) -> float:
        if k not in tried:
            tried[k] = gain(k * step)
        return tried[k]

    top = 0
    if at(0) >= max(at(-1), at(1)):
        return 0.0, at(0)
    while abs(top) * step <= reach:
        best = max((top, top - 1, top + 1), key=at)
        if best == top:
            break
        top = best
    left, middle, right = (at(top + k) for k in (-1, 0, 1))
    bend = left - 2.0 * middle + right
    place = top * step + (0.5 * (left - right) / bend * step if bend < 0.0 else 0.0)
    refined = gain(place)
    return (place, refined) if refined > middle else (top * step, middle)


def missing_source(
    gain: Callable[[float], float],
    half_height_px: float,
    absent: Mapping[str, float],
) -> tuple[float, tuple[str, ...]]:
    r"""Lines by which a source's disk must be moved to fit a ghost, and absent bands that fit.

    All bands are read at the same time and see the Moon at lines of their own, so
    a ghost lies at its source's lines. Images of neighbouring bands are alike, and
    a band that is not given can be mistaken for one that is; its lines cannot,
    once the ghost stands out enough. Chi-square tells: a move that lowers it by
    more than 9, and is no finer than the camera's geometry, excludes the band.

    Parameters
    ----------
    gain
        By how much chi-square falls with the source's disk moved by so many lines.
    half_height_px
        Half the disk's height, lines.
    absent
        Bands that are not given: lines from the source's disk to where theirs is
        expected.

    Returns
    -------
    float, tuple of str
            0 where the band itself fits. Absent bands within 9 of the best fit, or where
        it lies: real focal planes differ from the nominal one by some lines.

    Examples
    --------
    >>> missing_source(lambda lines: 80.0 - (lines - 200.0) ** 2 / 900.0, 800.0, {"B6": 198.0})
    (200.0, ('B6',))
    >>> missing_source(lambda lines: 80.0 - lines**2 / 900.0, 800.0, {"B6": 198.0})
    (0.0, ())
    """
    lines, best = climb(gain, STEP_RADII * half_height_px, REACH_RADII * half_height_px)
    elsewhere = abs(lines) > LEAST_RADII * half_height_px and best - gain(0.0) > DECIDED
    lines = lines if elsewhere else 0.0
    off = {name: abs(place - lines) / half_height_px for name, place in absent.items()}
    return lines, tuple(
        name
        for name, place in absent.items()
        if (lines and off[name] < LEAST_RADII) or (off[name] < 2.0 and best - gain(place) < DECIDED)
    )
