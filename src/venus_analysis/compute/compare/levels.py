"""What two methods' absolute levels differ by, and by how much they may."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Final

SHARED_TERMS: Final = ("aerosol", "water_vapour", "ozone", "spectral", "smac")
"""Terms of desert and SNO budgets that act alike on both where the reference is the same:
the same air and the same bands lie between one reference and one target."""


def uncertainty_of_difference(
    first: Mapping[str, float], second: Mapping[str, float], shared: Collection[str] = ()
) -> float:
    """Give the standard uncertainty of a difference whose parts share some causes.

    u² = Σ (u_1t - u_2t)² over shared terms t + Σ (u_1t² + u_2t²) over the others.
    A term is shared where it moves both values the same way, by amounts that are
    known to be u_1t and u_2t.

    Parameters
    ----------
    first, second
        Standard uncertainties (k = 1) by term, one unit; NaN counts as 0, and so
        does a term that is absent.
    shared
        Names of shared terms.

    Examples
    --------
    >>> one, two = {"mean": 0.003, "ozone": 0.010}, {"mean": 0.004, "ozone": 0.010}
    >>> uncertainty_of_difference(one, two, ["ozone"])
    0.005
    """
    total = 0.0
    for name in {**first, **second}:
        a, b = (_known(terms.get(name, 0.0)) for terms in (first, second))
        total += (a - b) ** 2 if name in shared else a * a + b * b
    return math.sqrt(total)


def _known(value: float) -> float:
    return value if math.isfinite(value) else 0.0
