"""Columns of the models: constant, linear, ageing, known steps, a slope per segment."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from venus_analysis.compute.drift.series import Floats
from venus_analysis.errors import InputError

MODELS: Final = (
    "constant",
    "linear",
    "exponential",
    "ageing",
    "step",
    "step_linear",
    "step_slopes",
    "step_ageing",
)
STEPPED: Final = MODELS[4:]
AGEING: Final = ("ageing", "step_ageing")
AGEING_YEARS: Final = 1.5
"""Time constant T of ageing."""


def model_names(model: str, breaks: int) -> tuple[str, ...]:
    """Names of a model's parameters, regressors not counted.

    Parameters
    ----------
    model
        One of `MODELS`.
    breaks
        Number of known step dates.

    Raises
    ------
    InputError
        An unknown model, or one with steps but no date.

    Examples
    --------
    >>> model_names("step_slopes", 1)
    ('level', 'slope_1', 'slope_2', 'step_1')
    """
    if model not in MODELS:
        raise InputError("model", f"one of {', '.join(MODELS)}", repr(model), "choose one of them")
    if model in STEPPED and breaks == 0:
        raise InputError(f"model {model}", "at least one step date", "none", "give break_times")
    steps = tuple(f"step_{k}" for k in range(1, breaks + 1))
    slopes = tuple(f"slope_{k}" for k in range(1, breaks + 2))
    return {
        "constant": ("level",),
        "linear": ("level", "slope"),
        "exponential": ("start", "change", "time_constant_years"),
        "ageing": ("level", "slope", "loss"),
        "step": ("level", *steps),
        "step_linear": ("level", "slope", *steps),
        "step_slopes": ("level", *slopes, *steps),
        "step_ageing": ("level", "slope", "loss", *steps),
    }[model]


def model_columns(model: str, years: ArrayLike, breaks: ArrayLike = ()) -> Floats:
    """Columns of a model that is linear in its parameters.

    With t in years since the epoch and breaks b_k: `level` is the model's
    value at t = 0; `slope` is per year; `step_k` is the discontinuity at b_k, a
    look at b_k itself counts as after it; `slope_k` holds between b_(k-1) and
    b_k, so that every number of interest is a parameter with its own interval;
    `loss` is a factor of exp(-t/T) - 1, T = 1.5 years.

    Parameters
    ----------
    model
        One of `MODELS` but ``exponential``.
    years
        (..., look) years since the epoch.
    breaks
        Years of the known steps, ascending.

    Returns
    -------
    ndarray
        (..., look, parameter).

    Examples
    --------
    >>> model_columns("step_slopes", [-1.0, 0.0, 3.0], [1.0])[:, 1:]
    array([[-1.,  0.,  0.],
           [ 0.,  0.,  0.],
           [ 1.,  2.,  1.]])
    """
    t = np.asarray(years, np.float64)[..., None]
    b = np.asarray(breaks, np.float64)
    one = np.ones_like(t)
    after = (t >= b).astype(np.float64) - (b <= 0.0)
    if model == "constant":
        return one
    if model == "linear":
        return np.concatenate([one, t], axis=-1)
    if model == "step":
        return np.concatenate([one, after], axis=-1)
    if model in AGEING:
        loss = np.expm1(-np.maximum(t / AGEING_YEARS, -50.0))
        smooth = np.concatenate([one, t, loss], axis=-1)
        return np.concatenate([smooth, after], axis=-1) if model in STEPPED else smooth
    if model == "step_linear":
        return np.concatenate([one, t, after], axis=-1)
    edges = np.concatenate([[-np.inf], b, [np.inf]])
    low, high = edges[:-1], edges[1:]
    segments = np.clip(t, low, high) - np.clip(0.0, low, high)
    return np.concatenate([one, segments, after], axis=-1)


def segment_counts(years: Floats, valid: np.ndarray, breaks: Floats) -> np.ndarray:
    """(series, segment) number of different dates in each segment.

    Examples
    --------
    >>> years = np.array([[0.0, 0.0, 1.0, 2.0]])
    >>> segment_counts(years, np.ones((1, 4), bool), np.array([1.5]))
    array([[2, 1]])
    """
    new = valid.copy()
    new[:, 1:] &= years[:, 1:] != years[:, :-1]
    segment = np.searchsorted(breaks, years, side="right")
    return np.stack([(new & (segment == k)).sum(axis=1) for k in range(len(breaks) + 1)], axis=1)
