"""The noise of a count, and of the radiance it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError

NoiseSignal = Literal["dark-subtracted", "raw"]

QUANTISATION_VARIANCE: Final = 1.0 / 12.0


@dataclass(frozen=True)
class NoiseModel:
    """Variance of a count as a linear function of the signal.

    ``variance = A**2 + B * max(S, 0) + 1/12`` counts², the last term for
    rounding to whole counts. A and B are published, the formula is not: it is
    our inference, and so is the signal S. Where a negative B makes the first
    two terms negative they count as 0.

    Parameters
    ----------
    a, b
        Coefficients A (counts) and B (counts), of any sign; NaN gives NaN.
    signal
        What S is: ``dark-subtracted``, the count less its dark level, or
        ``raw``, the count itself.

    Raises
    ------
    InputError
        An unknown signal, or an infinite coefficient.

    References
    ----------
    Janesick 2007, Photon Transfer, doi:10.1117/3.725073.

    Examples
    --------
    >>> NoiseModel(1.0, 0.02).variance(np.array([60.0]), 10.0).round(4)
    array([2.0833])
    """

    a: float
    b: float
    signal: NoiseSignal = "dark-subtracted"

    def __post_init__(self) -> None:
        if self.signal not in get_args(NoiseSignal):
            choices = " or ".join(get_args(NoiseSignal))
            raise InputError("NoiseModel.signal", choices, repr(self.signal), "choose one of these")
        if np.isinf(self.a) or np.isinf(self.b):
            raise InputError(
                "NoiseModel", "finite coefficients", f"{self.a}, {self.b}", "correct them"
            )

    def variance(
        self, counts: NDArray[Any], dark: ArrayLike, *, quantisation: bool = True
    ) -> NDArray[Any]:
        """Variance of counts (counts²), of the shape and precision of `counts` and `dark`.

        Without `quantisation` it is that of the count before rounding.
        """
        signal = counts - np.asarray(dark) if self.signal == "dark-subtracted" else counts
        variance = self.a**2 + self.b * np.maximum(signal, 0.0)
        return np.asarray(np.maximum(variance, 0.0) + quantisation * QUANTISATION_VARIANCE)


def hidden_by_rounding(variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """RMS, over all true levels, of the error of a mean of rounded counts.

    With normal noise s before rounding the error at a level x is
    ``sum_k (-1)^k sin(2 pi k x) exp(-2 pi² k² s²) / (pi k)``; from s = 0.5 on it
    is below 0.002 counts. What it takes away from the mean variance over all
    levels, ``s² + 1/12 - rms²``, gives s from the variance seen.

    Parameters
    ----------
    variance
        (column,) variance of the rounded counts of each column, counts². NaN
        gives NaN.

    Returns
    -------
    ndarray
        (column,) counts. A column counts as no noisier than the mean of all: a
        quiet one looks noisy where its level lies near a step.

    References
    ----------
    Widrow, Kollár & Liu 1996, IEEE Trans. Instrum. Meas. 45, 353,
    doi:10.1109/19.492748.

    Examples
    --------
    >>> hidden_by_rounding(np.array([0.0, 0.0])).round(2)
    array([0.29, 0.29])
    >>> hidden_by_rounding(np.array([1.0, 1.5])).max() < 0.001
    np.True_
    """
    sigma = np.linspace(0.0, 1.0, 401)
    k2 = np.arange(1, 101) ** 2
    terms = np.exp(-4.0 * np.pi**2 * k2 * sigma[:, None] ** 2) / (2.0 * np.pi**2 * k2)
    hidden = np.sqrt(terms.sum(axis=1))
    seen = sigma**2 + QUANTISATION_VARIANCE - hidden**2
    typical = np.nanmean(np.minimum(variance, 0.5))
    return np.asarray(np.interp(np.minimum(variance, typical), seen, hidden))
