"""A dark level to propose, from the one in use and what it is off by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ProposedDark:
    """A dark level to propose, (column,).

    Parameters
    ----------
    dark
        Counts, never negative.
    changed
        Whether it differs from the current one.
    clipped
        Whether it would have been negative and was set to 0.
    """

    dark: Array
    changed: NDArray[np.bool_]
    clipped: NDArray[np.bool_]


def proposed_dark(
    current_dark: ArrayLike,
    residual: ArrayLike,
    u_residual: ArrayLike | None = None,
    *,
    significance: float = 0.0,
) -> ProposedDark:
    """Dark level that takes up a residual: ``max(current + residual, 0)``.

    The file format knows no negative dark level, and none that drifts: the
    proposal is for the mean of the scan.

    Parameters
    ----------
    current_dark
        (column,) dark level in use, counts, >= 0.
    residual
        (column,) from `residual_dark`, counts; NaN leaves a column as it is.
    u_residual
        (column,) its standard uncertainty, counts.
    significance
        Leave columns as they are whose residual is below this many standard
        uncertainties.

    Returns
    -------
    ProposedDark

    Raises
    ------
    InputError
        Shapes differ, a current level that is negative or no number, or a
        significance without uncertainties.

    Examples
    --------
    >>> proposed_dark([50.0, 0.1, 3.0], [0.25, -0.2, float("nan")]).dark
    array([50.25,  0.  ,  3.  ])
    """
    current, change = (np.asarray(a, dtype=np.float64) for a in (current_dark, residual))
    u = np.zeros_like(change) if u_residual is None else np.asarray(u_residual, dtype=np.float64)
    if current.ndim != 1 or not current.shape == change.shape == u.shape:
        raise InputError(
            "dark level and residual",
            "arrays of one shape (column,)",
            f"{current.shape}, {change.shape} and {u.shape}",
            "give one value for each column",
        )
    wrong = current[~((current >= 0.0) & np.isfinite(current))]
    if wrong.size:
        raise InputError("current_dark", "numbers >= 0", f"{wrong[0]:g}", "correct the dark level")
    if significance > 0.0 and u_residual is None:
        raise InputError(
            "u_residual", "uncertainties, to judge significance", "none", "give them, or ask for 0"
        )
    taken = np.isfinite(change) & (np.abs(change) >= significance * u)
    wanted = np.where(taken, current + np.where(taken, change, 0.0), current)
    dark = np.maximum(wanted, 0.0)
    return ProposedDark(dark, dark != current, wanted < 0.0)
