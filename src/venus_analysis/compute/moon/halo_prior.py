"""What all bands together know of the halo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.sky_templates import HALO_PARTS
from venus_analysis.compute.nonnegative import nonnegative_minimum
from venus_analysis.compute.nonnegative_spread import nonnegative_spread

if TYPE_CHECKING:
    from venus_analysis.compute.moon.scene_sky import SkyProblem

Array = NDArray[np.float64]
# Parts of the halo are alike in all bands within 25 %: a limit, not a standard deviation.
BAND_TO_BAND: Final = 0.25 / math.sqrt(3.0)
SMALLEST_SIGMA: Final = 2e-4
# What each part of a halo may weigh before any image is seen; wide parts look like dark level.
# The last, a tail that falls as r**-3, is what dust and roughness scatter: it may hold all of it.
EXPECTED_WEIGHT: Final = (0.01, 0.01, 0.01, 0.005, 0.02)


@dataclass(frozen=True, eq=False)
class HaloPrior:
    """What is expected of the halo's weights in a band.

    `mean` (kernel) and by how much a band may differ from the others (`sigma`);
    `spread` (kernel, kernel) is the mean squared error of the mean itself.
    """

    mean: Array
    sigma: Array
    spread: Array


def common_halo(problems: Sequence[SkyProblem]) -> HaloPrior | None:
    """Halo that fits all bands at once, as a prior for each.

    A band that sees 3 counts of Moon cannot tell a wide halo from the dark level
    of its columns; all bands together can. The halo is taken to be alike in all
    bands within 25 % of each of its parts. Its weights are the most probable
    ones; the spread counts all others that the skies leave possible.

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
    inner, right = np.diag(np.array(EXPECTED_WEIGHT) ** -2.0), np.zeros(HALO_PARTS)
    for one in problems:
        inner, right = inner + one.halo_evidence[0], right + one.halo_evidence[1]
    mean = nonnegative_minimum(inner, right)
    spread = nonnegative_spread(inner, right, mean)
    return HaloPrior(mean, BAND_TO_BAND * mean + SMALLEST_SIGMA, spread)
