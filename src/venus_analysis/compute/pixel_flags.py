"""The quality of each pixel as a plane of small integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.blocks import check_counts, in_blocks, output
from venus_analysis.compute.coefficients import (
    DEFAULT_OPTIONS,
    FULL_SCALE_COUNTS,
    BandCoefficients,
    RadiometryOptions,
)
from venus_analysis.flags import PixelFlag


def pixel_flags(
    counts: NDArray[np.unsignedinteger[Any]],
    coefficients: BandCoefficients,
    options: RadiometryOptions = DEFAULT_OPTIONS,
    *,
    out: NDArray[np.uint8] | None = None,
    threads: int = 1,
) -> NDArray[np.uint8]:
    """Quality bits of one band, see `venus_analysis.flags.PixelFlag`.

    A defective column's own counts mean nothing: where it is interpolated it
    has the bits of both neighbours, where it is masked only that bit.

    Parameters
    ----------
    counts, coefficients, options, out, threads
        As for `counts_to_radiance`.

    Returns
    -------
    ndarray of uint8
        (line, column).

    Raises
    ------
    InputError
        As for `counts_to_radiance`.

    Examples
    --------
    >>> from venus_analysis.flags import decode
    >>> band = BandCoefficients(1.0, *np.full((4, 3), 1.0), defect=[0, 1, 0])
    >>> bits = pixel_flags(np.array([[9, 0, 1023]], np.uint16), band)
    >>> [decode(value, PixelFlag) for value in bits[0]]
    [[], ['DEFECTIVE_INTERPOLATED', 'SATURATED'], ['SATURATED']]
    """
    check_counts(counts, coefficients)
    gaps = coefficients.rows(options).gaps
    column = np.where(coefficients.unknown, np.uint8(PixelFlag.NO_COEFFICIENTS), np.uint8(0))
    result = output(out, counts.shape, np.uint8)

    def work(lines: slice, _scratch: NDArray[np.float32]) -> None:
        block, bits = counts[lines], result[lines]
        bits[...] = column
        if block.max() >= options.saturation_counts:
            _set(bits, block >= options.saturation_counts, PixelFlag.SATURATED)
            _set(bits, block > FULL_SCALE_COUNTS, PixelFlag.INVALID_COUNT)
        if block.min() == 0:
            _set(bits, block == 0, PixelFlag.ZERO_COUNT)
        gaps.fill_bits(bits)
        bits[:, gaps.column] |= np.uint8(PixelFlag.DEFECTIVE_INTERPOLATED)
        bits[:, gaps.masked] = PixelFlag.DEFECTIVE_MASKED

    in_blocks(work, counts.shape, threads)
    return result


def _set(bits: NDArray[np.uint8], where: NDArray[np.bool_], flag: PixelFlag) -> None:
    bits |= where * np.uint8(flag)
