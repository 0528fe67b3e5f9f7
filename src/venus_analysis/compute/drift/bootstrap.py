"""Bootstrap intervals: AR(1) residuals, and moving blocks."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.autocorrelation import correlated_products
from venus_analysis.compute.drift.covariance import (
    covariance_of,
    noise_variance,
    residual_correlation,
)
from venus_analysis.compute.drift.estimate import Estimate
from venus_analysis.compute.drift.intervals import check_confidence, estimate_of, t_quantile
from venus_analysis.compute.drift.models import Fit
from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError

Scheme = Literal["ar1", "blocks"]


def bootstrap(
    fit: Fit,
    *,
    draws: int = 1000,
    confidence: float = 0.95,
    scheme: Scheme = "ar1",
    block_length: int | None = None,
    seed: int = 0,
) -> Estimate:
    """Intervals from redrawn residuals.

    ``ar1``: the innovations u_i = e_i - r e_(i-1) are drawn with replacement, run
    through the AR(1) filter from its stationary state, and the linear estimate is
    computed again; r is freed of its bias as in `ar1_correlation` and the scatter
    as in `intervals`. ``blocks``: moving blocks of residuals, for comparison; they
    cover too little (0.86 at N = 150, 0.75 to 0.81 at N = 40 for r = 0.45).
    For Huber the pseudo-residuals are redrawn, the first-order form of the fast
    and robust bootstrap, which costs one matrix product instead of an iteration
    per draw. Distances from the estimate are enlarged by Student's over the normal
    quantile, since percentiles know nothing of the uncertainty of the scatter.

    Series with the same number of looks use the same draws.

    Parameters
    ----------
    fit
        From `fit_model`.
    draws
        Number of redrawn series, at least 100.
    confidence
        Probability of the intervals.
    scheme
        ``ar1`` or ``blocks``.
    block_length
        Looks in a block; default N^(1/3) rounded up.
    seed
        Of the random numbers; the same seed gives the same interval.

    Returns
    -------
    Estimate
        The standard uncertainty is that of the draws.

    References
    ----------
    Salibián-Barrera & Zamar (2002), doi:10.1214/aos/1021379865; Künsch (1989),
    doi:10.1214/aos/1176347265.

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 30 * np.arange(60)
    >>> noise = 0.01 * np.random.default_rng(1).standard_normal(60)
    >>> fit = fit_model(prepare_series(dates, 1.0 + noise), "linear")
    >>> bool(bootstrap(fit)["slope"].contains(0.0))
    True
    """
    check_confidence(confidence)
    if draws < 100:
        raise InputError("draws", "at least 100", str(draws), "draw more")
    if scheme not in ("ar1", "blocks"):
        raise InputError("scheme", "ar1 or blocks", repr(scheme), "choose one")
    correlation = residual_correlation(fit, "design" if scheme == "ar1" else None)
    source, filtered = _sources(fit, correlation)
    spread = _spread(fit, correlation, source, filtered, draws, block_length, scheme, seed)
    freedom = covariance_of(fit, correlation, scheme == "ar1")[1]
    factor = t_quantile(confidence, freedom)
    student = (factor / t_quantile(confidence, np.full_like(freedom, np.inf)))[:, None]
    ends = np.quantile(spread, [0.5 - 0.5 * confidence, 0.5 + 0.5 * confidence], axis=1)
    return estimate_of(
        fit,
        spread.std(axis=1, ddof=1),
        fit.coefficients - student * ends[1],
        fit.coefficients - student * ends[0],
        factor=factor,
        freedom=freedom,
        correlation=correlation,
        confidence=confidence,
        noise=f"{'AR(1) residual' if scheme == 'ar1' else 'moving block'} bootstrap, {draws} draws",
    )


def _sources(fit: Fit, correlation: Floats) -> tuple[Floats, Floats]:
    """Innovations to draw from, and R⁻¹ Q' L with L the AR(1) filter: (series, look, parameter)."""
    linear, looks = fit.linear, fit.series.count
    good = fit.good
    residual = linear.pseudo_residual
    innovation = residual.copy()
    innovation[:, 1:] -= correlation[:, None] * residual[:, :-1]
    innovation[:, 0] *= np.sqrt(1.0 - correlation**2)
    innovation *= fit.series.valid
    share = 1.0 / np.maximum(looks, 1)[:, None]
    innovation -= innovation.sum(axis=1, keepdims=True) * share * fit.series.valid
    inner = correlated_products(linear.basis, correlation)
    wanted = noise_variance(fit, inner) * (1.0 - correlation**2)
    found = (innovation**2).sum(axis=1) * share[:, 0]
    innovation *= np.sqrt(wanted / np.where(found > 0.0, found, 1.0))[:, None]
    filtered = linear.basis.copy()
    for i in range(filtered.shape[1] - 2, -1, -1):
        filtered[:, i] += correlation[:, None] * filtered[:, i + 1]
    filtered[:, 0] /= np.sqrt(1.0 - correlation**2)[:, None]
    safe = np.where(good[:, None, None], linear.triangle, np.eye(len(fit.names)))
    influence = np.linalg.solve(safe, filtered.transpose(0, 2, 1)).transpose(0, 2, 1)
    influence[~good] = np.nan
    return innovation, np.ascontiguousarray(influence, np.float64)


def _spread(
    fit: Fit,
    correlation: Floats,
    source: Floats,
    filtered: Floats,
    draws: int,
    block_length: int | None,
    scheme: str,
    seed: int,
) -> Floats:
    """Deviations of the redrawn estimates, (series, draw, parameter)."""
    spread = np.empty((len(source), draws, filtered.shape[2]))
    positions: dict[int, NDArray[np.intp]] = {}
    for k, looks in enumerate(fit.series.count):
        n = int(looks)
        if n not in positions:
            generator = np.random.default_rng((seed, n))
            length = 1 if scheme == "ar1" else _block(n, block_length)
            positions[n] = _positions(generator, draws, n, length)
        spread[k] = source[k].take(positions[n]) @ filtered[k, :n]
    return spread


def _block(looks: int, asked: int | None) -> int:
    length = int(np.ceil(looks ** (1.0 / 3.0))) if asked is None else asked
    if asked is not None and asked < 1:
        raise InputError("block_length", "at least 1", str(asked), "leave it out for the default")
    return max(1, min(length, looks))


def _positions(
    generator: np.random.Generator, draws: int, looks: int, length: int
) -> NDArray[np.intp]:
    """(draw, look) indices of the looks to take, in blocks."""
    blocks = -(-looks // length) if looks else 0
    starts = generator.integers(0, max(looks - length + 1, 1), (draws, blocks), dtype=np.int64)
    within = (starts[..., None] + np.arange(length)).reshape(draws, -1)
    return np.ascontiguousarray(within[:, :looks])
