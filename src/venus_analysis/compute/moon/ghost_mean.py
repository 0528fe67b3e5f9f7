"""Mean of a ghost over many looks, of which only some saw it where it is."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Array = NDArray[np.float64]
STEPS: Final = 60
REACH: Final = 8.0


def censored_mean(
    value: Array, doubt: Array, limit: Array, limit_doubt: Array
) -> tuple[float, float, float]:
    r"""Mean of values, of which some are only known to lie below a limit.

    A look at which a ghost does not stand out gives the factor of the place that
    stands out most, F. Where that is another place, the ghost's own factor was
    below F, and this is what the look says of it:

    .. math:: \ln \mathcal{L}(f) = -\tfrac12 \sum_{\text{seen}}
              \frac{(f_i - f)^2}{\sigma_i^2} + \sum_{\text{elsewhere}}
              \ln \Phi\!\left(\frac{F_i - f}{\sigma_i}\right)

    Leaving these looks out makes the mean of a faint ghost too high, as it is seen
    where noise adds to it.

    Parameters
    ----------
    value, doubt
        (n) values that were seen and their standard uncertainties; at least one.
    limit, limit_doubt
        (m) limits of the others, and the uncertainties of what lies below them.

    Returns
    -------
    float, float, float
        Most likely mean; its standard uncertainty by the likelihood's curvature,
        wider where seen values scatter more than they say; and the significance
        of its being above 0, the root of twice the likelihood's ratio, with the
        sign of the mean.

    References
    ----------
    Tobin, J. (1958), Econometrica 26, 24, doi:10.2307/1907382.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> all_looks, other = rng.normal(3.0, 1.0, 4000), rng.normal(3.0, 0.5, 4000)
    >>> seen = all_looks > other
    >>> one = np.ones(4000)
    >>> mean, u, _ = censored_mean(all_looks[seen], one[seen], other[~seen], one[~seen])
    >>> bool(all_looks[seen].mean() > 3.4), bool(abs(mean - 3.0) < 3.0 * u)
    (True, True)
    """
    weight, pull = doubt**-2.0, limit_doubt**-1.0
    everywhere = np.concatenate([value, limit])
    step = REACH * float(max(doubt.max(), limit_doubt.max(initial=0.0)))
    low, high = float(everywhere.min()) - step, float(everywhere.max()) + step
    for _ in range(STEPS):  # the likelihood's logarithm is concave: its slope falls
        middle = 0.5 * (low + high)
        rising = _slope(middle, value, weight, limit, pull) > 0.0
        low, high = (middle, high) if rising else (low, middle)
    mean = 0.5 * (low + high)
    hazard, z = _hazard(mean, limit, pull)
    curvature = float(weight.sum() + (pull**2 * hazard * (hazard + z)).sum())
    scatter = float((weight * (value - np.average(value, weights=weight)) ** 2).sum())
    wider = math.sqrt(max(1.0, scatter / max(value.size - 1, 1)))
    gain = _log_likelihood(mean, value, weight, limit, pull)
    gain -= _log_likelihood(0.0, value, weight, limit, pull)
    significance = math.copysign(math.sqrt(2.0 * max(gain, 0.0)), mean)
    return mean, wider / math.sqrt(curvature), significance / wider


def _hazard(mean: float, limit: Array, pull: Array) -> tuple[Array, Array]:
    """Return phi(z) / Phi(z), and z."""
    z = (limit - mean) * pull
    return np.exp(-0.5 * z**2 - 0.5 * math.log(2.0 * math.pi) - log_ndtr(z)), z


def _slope(mean: float, value: Array, weight: Array, limit: Array, pull: Array) -> float:
    seen = float((weight * (value - mean)).sum())
    return seen - float((pull * _hazard(mean, limit, pull)[0]).sum())


def _log_likelihood(mean: float, value: Array, weight: Array, limit: Array, pull: Array) -> float:
    seen = -0.5 * float((weight * (value - mean) ** 2).sum())
    return seen + float(log_ndtr((limit - mean) * pull).sum())
