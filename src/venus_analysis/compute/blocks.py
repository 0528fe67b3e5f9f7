"""Work on a band in blocks of lines, and the checks of the band at the door."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.errors import InputError

# A block of this many full lines and its scratch stay in cache, and it is long enough that
# two threads seldom wait for Python's lock at once.
BLOCK_LINES: Final = 64

_CACHE_LINE: Final = 64

Work = Callable[[slice, NDArray[np.float32]], None]


def in_blocks(work: Work, shape: tuple[int, ...], threads: int, lines: int = BLOCK_LINES) -> None:
    """Call `work` on every block of lines, each thread with its own scratch.

    Parameters
    ----------
    work
        Takes the slice of lines and a scratch array (BLOCK_LINES, column).
    shape
        (lines, columns) of the band.
    threads
        Number of threads; below 2 none is started.
    lines
        Lines handed over at a time.

    Examples
    --------
    >>> in_blocks(lambda lines, scratch: print(lines, scratch.shape), (80, 7), 1, 64)
    slice(0, 64, None) (64, 7)
    slice(64, 80, None) (64, 7)
    """
    starts = range(0, shape[0], lines)

    def every(first: int) -> None:
        scratch = aligned((BLOCK_LINES, shape[1]), np.float32)
        for start in starts[first::threads]:
            work(slice(start, min(start + lines, shape[0])), scratch)

    threads = max(threads, 1)
    if threads == 1:
        every(0)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(every, range(threads)))


def check_counts(counts: NDArray[Any], coefficients: BandCoefficients) -> None:
    """Refuse what is no (line, column) array of counts with the coefficients' columns.

    Raises
    ------
    InputError
        Another type, no line, or other columns than the coefficients have.

    Examples
    --------
    >>> band = BandCoefficients(1.0, [0.0], [1.0], [1.0], [9.0])
    >>> check_counts(np.zeros((5, 1), np.uint16), band)
    """
    check_count_type(counts.dtype)
    check_shape("counts", counts.shape, coefficients)


def check_count_type(dtype: np.dtype[Any]) -> None:
    """Refuse counts that are no short unsigned integers, which float32 holds exactly.

    Raises
    ------
    InputError
        Any other type.

    Examples
    --------
    >>> check_count_type(np.dtype(float))
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: counts: expected unsigned integers of at most 16 bits, \
received float64; give the raw counts, for example .astype('uint16')
    """
    if dtype.kind != "u" or dtype.itemsize > 2:
        raise InputError(
            "counts",
            "unsigned integers of at most 16 bits",
            str(dtype),
            "give the raw counts, for example .astype('uint16')",
        )


def output(out: NDArray[Any] | None, shape: tuple[int, ...], dtype: type) -> NDArray[Any]:
    """Return the array to write to: the caller's after a check, or a new one.

    Raises
    ------
    InputError
        When `out` has another shape or type.

    Examples
    --------
    >>> output(None, (2, 3), np.float32).dtype
    dtype('float32')
    """
    if out is None:
        return aligned(shape, dtype)
    if out.shape != shape or out.dtype != dtype:
        raise InputError(
            "out",
            f"{np.dtype(dtype)} {shape}",
            f"{out.dtype} {out.shape}",
            "make it like the counts",
        )
    return out


def aligned(shape: tuple[int, ...], dtype: type) -> NDArray[Any]:
    """Uninitialised array that begins at a cache line, on which numpy is up to twice as fast.

    Examples
    --------
    >>> aligned((2, 3), np.float32).ctypes.data % 64
    0
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + _CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % _CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)


def check_shape(where: str, shape: tuple[int, ...], coefficients: BandCoefficients) -> None:
    """Refuse what is not (line, column) with the columns of the coefficients.

    Raises
    ------
    InputError
        Named `where`.

    Examples
    --------
    >>> check_shape("counts", (5, 1), BandCoefficients(1.0, [0.0], [1.0], [1.0], [9.0]))
    """
    if len(shape) != 2 or shape[0] == 0 or shape[1] != coefficients.columns:
        raise InputError(
            where,
            f"shape (line, {coefficients.columns}), at least 1 line",
            str(shape),
            "give one band and the coefficients of its columns",
        )
