"""What all bands together know of the halo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.nonnegative import nonnegative_minimum
from venus_analysis.compute.nonnegative_spread import nonnegative_spread

if TYPE_CHECKING:
    from venus_analysis.compute.moon.scene_sky import SkyProblem

Array = NDArray[np.float64]
# Parts of the halo are alike in all bands within 25 %: a limit, not a standard deviation. It holds
# as far as the skies themselves do not show how alike the bands are.
BAND_TO_BAND: Final = 0.25 / math.sqrt(3.0)
SMALLEST_SIGMA: Final = 2e-4
# What each part of a halo may weigh before any image is seen; wide parts look like dark level.
# The last, a tail that falls as r**-3, is what dust and roughness scatter: it may hold all of it.
EXPECTED_WEIGHT: Final = (0.01, 0.01, 0.01, 0.005, 0.02)
DRAWS: Final = 80


@dataclass(frozen=True, eq=False)
class HaloPrior:
    """What is expected of the halo's weights in a band.

    `mean` (kernel) and by how much a band may differ from the others (`sigma`);
    `spread` (kernel, kernel) is the mean squared error of the mean itself, and
    `noise` the part of it that is another in each look: what the noise of the skies
    makes of the mean. The rest is the same halo taken for the same other one.
    """

    mean: Array
    sigma: Array
    spread: Array
    noise: Array


def common_halo(problems: Sequence[SkyProblem]) -> HaloPrior | None:
    """Halo that fits all bands at once, as a prior for each.

    A band that sees 3 counts of Moon cannot tell a wide halo from the dark level
    of its columns; all bands together can. Its weights are the most probable
    ones; the spread counts all others that the skies leave possible. By how much
    bands may differ is what their skies show, see `band_scatter`.

    Returns
    -------
    HaloPrior or None
        None without any band.

    Examples
    --------
    >>> common_halo([]) is None
    True
    """
    if not problems:
        return None
    seen = np.sum([one.halo_evidence[0] for one in problems], axis=0)
    right = np.sum([one.halo_evidence[1] for one in problems], axis=0)
    inner = seen + np.diag(np.array(EXPECTED_WEIGHT) ** -2.0)
    mean = nonnegative_minimum(inner, right)
    spread = nonnegative_spread(inner, right, mean)
    evidence = np.array(
        [
            [mean @ one.halo_evidence[0] @ mean for one in problems],
            [mean @ one.halo_evidence[1] for one in problems],
        ]
    )
    sigma = np.hypot(band_scatter(*evidence) * mean, SMALLEST_SIGMA)
    return HaloPrior(mean, sigma, spread, _noise(inner, seen, right))


def _noise(inner: Array, seen: Array, right: Array) -> Array:
    """Draw the covariance (kernel, kernel) that the skies' noise alone gives the common weights.

    Weights that come to their limit of zero now and then vary less than normal equations tell.
    """
    rng = Random(1)  # noqa: S311
    size, axes = np.linalg.eigh(seen)
    deviates = np.array([[rng.gauss() for _ in size] for _ in range(DRAWS)])
    drawn = right + deviates * np.sqrt(np.maximum(size, 0.0)) @ axes.T
    return np.asarray(np.cov([nonnegative_minimum(inner, one) for one in drawn], rowvar=False))


def band_scatter(knowledge: Array, product: Array) -> float:
    r"""Relative standard deviation of a band's halo about that of all bands.

    Each sky gives a factor :math:`f_b = p_b / k_b` of the common halo, of variance
    :math:`1 / k_b`. What these factors scatter beyond that, by moments (DerSimonian &
    Laird), and one standard uncertainty of it on top, is the answer: bands that
    are not seen to differ may do so by as much as would not be seen, and at most
    by the limit of 25 % unless they are seen to differ by more.

    Parameters
    ----------
    knowledge, product
        k and p of each band (b): ``w' A w`` and ``w' b`` of the halo's normal
        equations for the common weights w.

    References
    ----------
    DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177,
    doi:10.1016/0197-2456(86)90046-2.

    Examples
    --------
    Twelve bands that agree, each known to 5 %; two of which little is known.

    >>> round(band_scatter(np.full(12, 400.0), np.full(12, 400.0)), 3)
    0.033
    >>> round(band_scatter(np.ones(2), np.ones(2)), 3)
    0.144
    """
    some = knowledge > 0.0
    k, freedom = knowledge[some], int(some.sum()) - 1
    room = float(k.sum() - (k**2).sum() / k.sum()) if freedom > 0 else 0.0
    if not room > 0.0:
        return BAND_TO_BAND
    factor = product[some] / k
    square = float((k * (factor - (k * factor).sum() / k.sum()) ** 2).sum())
    seen = max(square - freedom, 0.0) / room
    unseen = math.sqrt(2.0 * freedom) / room
    return math.sqrt(max(seen, min(seen + unseen, BAND_TO_BAND**2)))
