"""The noise variance of each pixel."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.blocks import check_counts, in_blocks, output
from venus_analysis.compute.coefficients import (
    DEFAULT_OPTIONS,
    FULL_SCALE_COUNTS,
    BandCoefficients,
    RadiometryOptions,
)
from venus_analysis.compute.noise import NoiseModel
from venus_analysis.errors import InputError

NoiseUnit = Literal["counts", "radiance"]


def pixel_noise_variance(
    counts: NDArray[np.unsignedinteger[Any]],
    coefficients: BandCoefficients,
    noise: NoiseModel,
    options: RadiometryOptions = DEFAULT_OPTIONS,
    *,
    unit: NoiseUnit = "radiance",
    out: NDArray[np.float32] | None = None,
    threads: int = 1,
) -> NDArray[np.float32]:
    r"""Variance of the temporal noise of each pixel of one band.

    .. math:: \sigma_X^2 = A^2 + B \max(Y, 0) + 1/12, \qquad
              \sigma_L^2 = \sigma_X^2 \, (dL/dX)^2

    with the slope dL/dX of the response at the pixel's own count. The model is
    our inference, see `NoiseModel`; the measured count stands for its mean.

    Parameters
    ----------
    counts, coefficients, options, out, threads
        As for `counts_to_radiance`.
    noise
        Coefficients A and B.
    unit
        ``counts`` for counts², ``radiance`` for (W m-2 sr-1 um-1)².

    Returns
    -------
    ndarray of float32
        (line, column). NaN where the radiance is NaN. An interpolated pixel has
        the variance of the weighted mean of its neighbours; in counts², where
        that mean does not exist, NaN.

    Raises
    ------
    InputError
        As for `counts_to_radiance`, or an unknown `unit`.

    Examples
    --------
    >>> band = BandCoefficients(2.0, [10.0], [1.0], [0.5], [100.0])
    >>> noise = NoiseModel(1.0, 0.0)
    >>> pixel_noise_variance(np.array([[60], [200]], np.uint16), band, noise).round(4)
    array([[0.2708], [1.0833]], dtype=float32)
    """
    check_counts(counts, coefficients)
    if unit not in get_args(NoiseUnit):
        choices = " or ".join(get_args(NoiseUnit))
        raise InputError("unit", choices, repr(unit), "choose one of these")
    rows = coefficients.rows(options)
    unusable = np.isnan(rows.slope)
    first = rows.slope**2
    second = first * (1.0 + rows.extra) ** 2
    result = output(out, counts.shape, np.float32)

    def work(lines: slice, scratch: NDArray[np.float32]) -> None:
        block, out = counts[lines], result[lines]
        value = scratch[: len(block)]
        np.copyto(value, block)
        out[...] = noise.variance(value, rows.dark)
        out[block > FULL_SCALE_COUNTS] = np.nan
        out[:, unusable] = np.nan
        if unit == "radiance":
            out *= np.where(block >= rows.first_above, second, first)
            rows.gaps.fill_variance(out)

    in_blocks(work, counts.shape, threads)
    return result
