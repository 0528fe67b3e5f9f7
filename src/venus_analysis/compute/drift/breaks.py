"""EXPLORATORY search for unknown breaks; known dates are tested in `updates`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.estimators import MAD_TO_SIGMA
from venus_analysis.compute.drift.models import Fit
from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError


@dataclass(frozen=True)
class ExploratoryBreaks:
    """Dates at which residuals change level; a hint where to look, never a verdict.

    Attributes
    ----------
    dates
        One array of UTC dates per series: the first look after each break.
    label
        The sentence every output of these must carry.
    """

    dates: tuple[NDArray[np.datetime64], ...]
    label: str = (
        "Exploratory: breaks searched without knowing their dates; steps of 0.5 % and less "
        "are invisible to it, and correlated noise makes some that are not there."
    )


def find_breaks(fit: Fit, *, fewest_looks: int = 5, penalty: float = 4.0) -> ExploratoryBreaks:
    """Search the residuals of a fit for changes of level (PELT, squared error).

    A break must lower the sum of squares by penalty · ln N · s² (1 + r)/(1 - r), the
    last factor since correlated noise is otherwise full of breaks. Scatter s and
    correlation r come from differences of residuals one and two looks apart, which
    a few steps hardly touch. Needs the package ruptures (extra ``breaks``).

    Parameters
    ----------
    fit
        From `fit_model`, usually of ``constant`` or ``linear``.
    fewest_looks
        Between two breaks.
    penalty
        See above.

    Returns
    -------
    ExploratoryBreaks

    Raises
    ------
    InputError
        When ruptures is not installed.

    References
    ----------
    Killick et al. (2012), doi:10.1080/01621459.2012.737745; Truong et al. (2020),
    doi:10.1016/j.sigpro.2019.107299.

    Examples
    --------
    >>> from venus_analysis.compute.drift.models import fit_model
    >>> from venus_analysis.compute.drift.series import prepare_series
    >>> dates = np.datetime64("2018-01-01") + 15 * np.arange(100)
    >>> noise = 0.001 * np.random.default_rng(1).standard_normal(100)
    >>> ratio = np.where(np.arange(100) < 60, 0.95, 1.0) + noise
    >>> found = find_breaks(fit_model(prepare_series(dates, ratio), "constant"))
    >>> found.dates[0] == dates[60]
    array([ True])
    """
    try:
        import ruptures  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        raise InputError(
            "break search", "the package ruptures", "none", "install the extra breaks"
        ) from error
    series = fit.series
    found = []
    for k, count in enumerate(series.count):
        signal = fit.linear.pseudo_residual[k, :count]
        cost = penalty * np.log(max(count, 2)) * _long_run_variance(signal)
        if count < 2 * fewest_looks or not cost > 0.0 or fit.reasons[k]:
            found.append(np.empty(0, "datetime64[s]"))
            continue
        search = ruptures.Pelt(model="l2", min_size=fewest_looks, jump=1).fit(signal)
        ends = np.array(search.predict(pen=cost)[:-1], np.intp)
        found.append(series.date_of(series.years[k, ends]))
    return ExploratoryBreaks(tuple(found))


def _long_run_variance(signal: Floats) -> float:
    """s² (1 + r)/(1 - r) from medians of differences: D1 = 2 s² (1 - r), D2 = 2 s² (1 - r²)."""
    if len(signal) < 4:
        return 0.0
    one, two = (
        (MAD_TO_SIGMA * float(np.median(np.abs(signal[lag:] - signal[:-lag])))) ** 2
        for lag in (1, 2)
    )
    correlation = min(max(two / one - 1.0, 0.0), 0.9) if one > 0.0 else 0.0
    return 0.5 * one * (1.0 + correlation) / (1.0 - correlation) ** 2
