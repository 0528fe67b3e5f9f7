"""Counts to radiance and back, for one band."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.blocks import BLOCK_LINES, check_counts, check_shape, in_blocks, output
from venus_analysis.compute.coefficients import (
    DEFAULT_OPTIONS,
    FULL_SCALE_COUNTS,
    BandCoefficients,
    RadiometryOptions,
)
from venus_analysis.compute.noise import NoiseModel
from venus_analysis.compute.two_slope import Rows
from venus_analysis.errors import InputError

_ALIGNED: Final = 16
# The columns with counts above the break are looked for in this many lines at once.
STRIPE_LINES: Final = 2 * BLOCK_LINES


def counts_to_radiance(
    counts: NDArray[np.unsignedinteger[Any]],
    coefficients: BandCoefficients,
    options: RadiometryOptions = DEFAULT_OPTIONS,
    *,
    out: NDArray[np.float32] | None = None,
    threads: int = 1,
) -> NDArray[np.float32]:
    r"""Radiance of one band from its raw counts.

    With the dark-subtracted count Y = X - C of a column,

    .. math:: L = Z / A_k, \qquad Z = Y / a_1 \text{ for } Y \le a_1 Z_s,
              \qquad Z = Z_s + (Y - a_1 Z_s) / a_2 \text{ above}

    which is continuous at the break. The format of the official parameters
    publishes the coefficients but not the formula: the equation, the direction
    of Ak and what the break is compared with (`RadiometryOptions.break_on`)
    are our inference.

    Parameters
    ----------
    counts
        (line, column) unsigned integers of at most 16 bits, 0 to 1023.
    coefficients
        Of the same columns.
    options
        See `RadiometryOptions`.
    out
        (line, column) float32 to write to; None makes one.
    threads
        Threads over blocks of lines; the result does not depend on it.

    Returns
    -------
    ndarray of float32
        (line, column), W m-2 sr-1 um-1. NaN in defective columns that are not
        interpolated, in columns without coefficients, for counts above 1023,
        and where a value is interpolated from NaN. `pixel_flags` says which.

    Raises
    ------
    InputError
        Counts that are no unsigned integers, are empty or have other columns;
        an `out` of another shape or type.

    Notes
    -----
    Computed as ``(X + (e max(X, K) - (C + e K))) / (a1 Ak)`` with e = a1/a2 - 1
    and K the raw count of the break, which takes one pass less over the pixels
    than adding ``e max(X - K, 0)``. In columns that stay below the break for a
    stripe of lines the inner bracket is a constant, rounded alike, so that the
    result does not depend on the blocks.

    Single precision keeps a count to 1e-7 of itself and of e K, some 1e-5 of a
    count. No temporary is larger than a block of lines.

    Examples
    --------
    >>> one = np.ones(3)
    >>> band = BandCoefficients(2.0, 10 * one, one, 0.5 * one, 100 * one)
    >>> counts_to_radiance(np.array([[10, 110, 111]], dtype=np.uint16), band)
    array([[ 0., 50., 51.]], dtype=float32)
    """
    check_counts(counts, coefficients)
    result = output(out, counts.shape, np.float32)
    rows = coefficients.rows(options)

    def work(lines: slice, scratch: NDArray[np.float32]) -> None:
        _stripe(counts[lines], result[lines], scratch, rows)

    in_blocks(work, counts.shape, threads, STRIPE_LINES)
    return result


def _stripe(
    counts: NDArray[np.unsignedinteger[Any]],
    out: NDArray[np.float32],
    scratch: NDArray[np.float32],
    rows: Rows,
) -> None:
    highest = counts.max(axis=0)
    bent = _bent_columns(highest, rows)
    straight = (slice(bent.start), slice(bent.stop, None))
    knee, extra, bend = rows.knee[bent], rows.extra[bent], rows.bend[bent]
    for start in range(0, len(counts), len(scratch)):
        block = slice(start, start + len(scratch))
        value = out[block]
        np.copyto(value, counts[block])
        for columns in straight:
            value[:, columns] += rows.offset[columns]
        part = value[:, bent]
        offset = scratch.reshape(-1)[: part.size].reshape(part.shape)
        np.maximum(part, knee, out=offset)
        offset *= extra
        offset += bend
        part += offset
        value *= rows.slope
    if highest.max() > FULL_SCALE_COUNTS:
        out[counts > FULL_SCALE_COUNTS] = np.nan
    rows.gaps.fill(out)


def _bent_columns(highest: NDArray[np.unsignedinteger[Any]], rows: Rows) -> slice:
    """Columns from the first to the last with a count above the break, from a cache line on."""
    columns = np.flatnonzero(highest > rows.knee)
    if not columns.size:
        return slice(0, 0)
    return slice(columns[0] // _ALIGNED * _ALIGNED, columns[-1] + 1)


def radiance_to_counts(
    radiance: NDArray[np.floating[Any]],
    coefficients: BandCoefficients,
    options: RadiometryOptions = DEFAULT_OPTIONS,
    *,
    noise: NoiseModel | None = None,
    seed: int | np.random.Generator | None = None,
) -> NDArray[np.uint16]:
    """Raw counts that a radiance gives: the inverse of `counts_to_radiance`.

    Parameters
    ----------
    radiance
        (line, column), W m-2 sr-1 um-1.
    coefficients, options
        As for `counts_to_radiance`.
    noise
        Normal noise of this variance, before rounding; None adds none.
    seed
        Seed or generator, needed with `noise`.

    Returns
    -------
    ndarray of uint16
        (line, column) rounded to whole counts and clipped to 0 to 1023; 0 in
        defective columns and in those without coefficients.

    Raises
    ------
    InputError
        Another shape, NaN in a good column, or noise without a seed.

    Examples
    --------
    >>> one = np.ones(3)
    >>> band = BandCoefficients(2.0, 10 * one, one, 0.5 * one, 100 * one)
    >>> radiance_to_counts(np.array([[0.0, 50.0, 51.0]]), band)
    array([[ 10, 110, 111]], dtype=uint16)
    """
    check_shape("radiance", radiance.shape, coefficients)
    if noise is not None and seed is None:
        raise InputError("seed", "a seed or a generator", "none", "noise has to be repeatable")
    generator = np.random.default_rng(seed)
    good = ~(coefficients.defective | coefficients.unknown)
    result = np.zeros(radiance.shape, np.uint16)
    for start in range(0, len(radiance), BLOCK_LINES):
        lines = slice(start, start + BLOCK_LINES)
        counts = _undo(radiance[lines].astype(np.float64), coefficients, options)
        if noise is not None:
            sigma = np.sqrt(noise.variance(counts, coefficients.dark, quantisation=False))
            counts += np.where(good, sigma, 0.0) * generator.standard_normal(counts.shape)
        if np.isnan(counts[:, good]).any():
            raise InputError("radiance", "numbers", "NaN", "fill the missing pixels first")
        counts = np.where(good, counts, 0.0)
        result[lines] = np.rint(np.clip(counts, 0.0, FULL_SCALE_COUNTS))
    return result


def _undo(
    radiance: NDArray[np.float64], coefficients: BandCoefficients, options: RadiometryOptions
) -> NDArray[np.float64]:
    """Give the counts before noise and rounding."""
    a1 = coefficients.first_slope
    knee = coefficients.break_above_dark(options.break_on)
    level = radiance * coefficients.absolute_gain
    above = np.maximum(level - knee / a1, 0.0)
    below = level - above
    return np.asarray(coefficients.dark + a1 * below + coefficients.second_slope * above)
