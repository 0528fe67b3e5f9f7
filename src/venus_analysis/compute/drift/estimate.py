"""Numbers with their interval."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError


@dataclass(frozen=True)
class Interval:
    """One quantity: value, standard uncertainty (k = 1) and interval, alike in shape."""

    value: Floats
    standard_uncertainty: Floats
    lower: Floats
    upper: Floats

    def contains(self, truth: ArrayLike) -> np.ndarray:
        """Tell where the interval holds `truth`; NaN intervals hold nothing.

        Examples
        --------
        >>> one = np.ones(1)
        >>> Interval(one, one, 0.0 * one, 2.0 * one).contains(2.5)
        array([False])
        """
        given = np.asarray(truth, np.float64)
        return np.asarray((self.lower <= given) & (given <= self.upper))


@dataclass(frozen=True)
class Estimate:
    """Parameters of a fit with intervals.

    Attributes
    ----------
    names
        Of the parameters.
    value, standard_uncertainty, lower, upper
        (..., parameter).
    coverage_factor
        (..., 1) quantile that makes the half width of a standard uncertainty.
    degrees_of_freedom, correlation
        (...) effective degrees of freedom; correlation of consecutive looks.
    confidence
        Probability of the intervals.
    noise
        How the noise was taken into account, for outputs.
    """

    names: tuple[str, ...]
    value: Floats
    standard_uncertainty: Floats
    lower: Floats
    upper: Floats
    coverage_factor: Floats
    degrees_of_freedom: Floats
    correlation: Floats
    confidence: float
    noise: str

    def __getitem__(self, name: str) -> Interval:
        """Interval of one parameter."""
        if name not in self.names:
            raise InputError("parameter", f"one of {', '.join(self.names)}", repr(name), "choose")
        k = self.names.index(name)
        return Interval(
            self.value[..., k],
            self.standard_uncertainty[..., k],
            self.lower[..., k],
            self.upper[..., k],
        )

    def widened(self, **standard_uncertainty: ArrayLike) -> Estimate:
        """Add standard uncertainties that the scatter does not show, in quadrature.

        Parameters
        ----------
        **standard_uncertainty
            Parameter = further standard uncertainty (k = 1), for instance
            ``step_1=0.003`` for a site that wanders by 0.3 %.

        Returns
        -------
        Estimate

        Examples
        --------
        >>> one = np.ones((1, 1))
        >>> given = Estimate(("step_1",), 0 * one, 3 * one, -6 * one, 6 * one, 2 * one,
        ...                  one[0], one[0], 0.95, "")
        >>> given.widened(step_1=4.0)["step_1"].upper
        array([10.])
        """
        more = np.zeros_like(self.value)
        for name, given in standard_uncertainty.items():
            if name not in self.names:
                raise InputError(
                    "parameter", f"one of {', '.join(self.names)}", repr(name), "choose"
                )
            more[..., self.names.index(name)] = given
        reach = self.coverage_factor * more
        return replace(
            self,
            standard_uncertainty=np.hypot(self.standard_uncertainty, more),
            lower=self.value - np.hypot(self.value - self.lower, reach),
            upper=self.value + np.hypot(self.upper - self.value, reach),
        )
