"""Gain and offset between two sensors, with intervals from a bootstrap over scenes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from venus_analysis.compute.sno.lines import LINES, Floats, Moments, PairedSlopes, scene_moments
from venus_analysis.errors import InputError

Estimator = Literal["ratio", "rma", "deming", "theil-sen"]
ESTIMATORS: Final[tuple[Estimator, ...]] = get_args(Estimator)


@dataclass(frozen=True)
class Regression:
    """The line target = gain · reference + offset.

    Attributes
    ----------
    estimator
        ``ratio``, ``rma``, ``deming`` or ``theil-sen``.
    gain, offset
        1; the offset of ``ratio`` is 0 by definition.
    u_gain, u_offset
        Standard uncertainties (k = 1) from scene to scene; NaN for one scene.
    gain_interval, offset_interval
        Ends at the asked confidence.
    reference_range
        Smallest and largest reflectance of the reference: a line holds only
        between them, and a short one hardly tells gain from offset.
    scenes, points
        Numbers used.
    """

    estimator: Estimator
    gain: float
    offset: float
    u_gain: float
    u_offset: float
    gain_interval: tuple[float, float]
    offset_interval: tuple[float, float]
    reference_range: tuple[float, float]
    scenes: int
    points: int


def regress(
    reference: ArrayLike,
    target: ArrayLike,
    scene: ArrayLike | None = None,
    *,
    estimator: Estimator = "ratio",
    variance_ratio: float = 1.0,
    draws: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Regression:
    """Fit the target's reflectances to the reference's.

    With means m, variances s² and covariance c over all points:

    - ``ratio``: gain = m_y / m_x, no offset;
    - ``rma`` (reduced major axis): gain = sign(c) s_y / s_x;
    - ``deming``: gain = (q + sqrt(q² + 4 d c²)) / 2c, q = s_y² - d s_x², where d
      is the ratio of the error variances of target and reference; d = 1 is the
      orthogonal line;
    - ``theil-sen``: gain = median of the slopes of all pairs of points, offset =
      median of y - gain x. It ignores errors of x, which flatten it.

    Intervals: whole scenes are drawn with replacement, never single points,
    because the points of a scene share their errors. Distances from the estimate
    are widened by Student's over the normal quantile and sqrt(S / (S - 1)) for S
    scenes, since few scenes tell little of their own scatter.

    Parameters
    ----------
    reference, target
        (point,) reflectances. A point with a NaN is left out.
    scene
        (point,) the scene each point belongs to, any labels; by default each
        point is its own.
    estimator
        See above.
    variance_ratio
        Of ``deming``.
    draws
        Of the bootstrap, at least 100.
    confidence
        Of the intervals.
    seed
        Of the draws.

    Returns
    -------
    Regression
        NaN throughout with no point; NaN for a line through fewer than 3 points
        or one value of the reference.

    Raises
    ------
    InputError
        Shapes that differ, an unknown estimator, too few draws.

    References
    ----------
    Ripley & Thompson (1987), doi:10.1039/AN9871200377, for Deming's line;
    Sen (1968), doi:10.1080/01621459.1968.10480934; Davison & Hinkley (1997),
    doi:10.1017/CBO9780511802843, section 3.8, for drawing whole groups.

    Examples
    --------
    >>> x = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    >>> line = regress(x, 1.02 * x - 0.003, [1, 1, 2, 2, 3, 3], estimator="rma")
    >>> round(line.gain, 6), round(line.offset, 6)
    (1.02, -0.003)
    """
    x, y, of = _checked(reference, target, scene, estimator, draws, confidence)
    _, of = np.unique(of, return_inverse=True)
    scenes = int(of.max()) + 1 if of.size else 0
    if estimator == "theil-sen":
        slopes = PairedSlopes(x, y, of)
        gain, offset = slopes.line(np.ones((1, scenes)))
        weights = _weights(scenes, draws, seed)
        drawn = slopes.line(weights)
    else:
        moments = scene_moments(x, y, of, scenes)
        line = LINES[estimator]
        gain, offset = line(Moments(moments.sum(axis=0, keepdims=True)), variance_ratio)
        weights = _weights(scenes, draws, seed)
        drawn = line(Moments(weights @ moments), variance_ratio)
    at = float(gain[0]), float(offset[0])
    spread = [_spread(d - a, scenes, confidence) for d, a in zip(drawn, at, strict=True)]
    (u_gain, low, high), (u_offset, offset_low, offset_high) = spread
    return Regression(
        estimator,
        *at,
        u_gain,
        u_offset,
        (at[0] - high, at[0] - low),
        (at[1] - offset_high, at[1] - offset_low),
        (float(x.min()), float(x.max())) if x.size else (np.nan, np.nan),
        scenes,
        x.size,
    )


def _weights(scenes: int, draws: int, seed: int) -> Floats:
    """How often each scene is in each draw, (draw, scene)."""
    if scenes == 0:
        return np.zeros((1, 0))
    generator = np.random.default_rng((seed, scenes))
    return generator.multinomial(scenes, np.full(scenes, 1.0 / scenes), draws).astype(np.float64)


def _spread(away: Floats, scenes: int, confidence: float) -> tuple[float, float, float]:
    """Give standard deviation and both ends of the draws' distances, widened for few scenes."""
    known = away[np.isfinite(away)]
    if scenes < 2 or known.size < 2:
        return np.nan, np.nan, np.nan
    few = np.sqrt(scenes / (scenes - 1.0))
    at = 0.5 + 0.5 * confidence
    student = stdtrit(scenes - 1.0, at) / stdtrit(np.inf, at)
    low, high = np.quantile(known, [1.0 - at, at]) * few * student
    return float(known.std() * few), float(low), float(high)


def _checked(
    reference: ArrayLike,
    target: ArrayLike,
    scene: ArrayLike | None,
    estimator: str,
    draws: int,
    confidence: float,
) -> tuple[Floats, Floats, NDArray[np.generic]]:
    x, y = np.asarray(reference, np.float64), np.asarray(target, np.float64)
    of = np.arange(x.size) if scene is None else np.asarray(scene)
    if x.ndim != 1 or x.shape != y.shape or x.shape != of.shape:
        raise InputError(
            "regression",
            "reference, target and scene of one shape (point,)",
            f"{x.shape}, {y.shape} and {of.shape}",
            "give one value a point",
        )
    if estimator not in ESTIMATORS:
        raise InputError("estimator", ", ".join(ESTIMATORS), repr(estimator), "choose one")
    if draws < 100:
        raise InputError("draws", "at least 100", str(draws), "draw more")
    if not 0.0 < confidence < 1.0:
        raise InputError("confidence", "between 0 and 1", f"{confidence:g}", "give 0.95")
    whole = np.isfinite(x) & np.isfinite(y)
    return x[whole], y[whole], of[whole]
