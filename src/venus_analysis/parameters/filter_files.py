"""Filter kernels of STRLGT: float32 TIFF files, read with limits, written plainly."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.xml import read_bytes

LARGEST_KERNEL = 4_000_000
"""Most values of a kernel this package reads (16 MB)."""


def kernel_bytes(kernel: NDArray[np.float32]) -> bytes:
    r"""Make a TIFF of one kernel: one page, one strip, uncompressed little-endian float32.

    Examples
    --------
    >>> kernel_bytes(np.zeros((3, 3), np.float32))[:4]
    b'II*\x00'
    """
    import tifffile

    stream = io.BytesIO()
    tifffile.imwrite(
        stream,
        np.ascontiguousarray(kernel, "<f4"),
        byteorder="<",
        photometric="minisblack",
        metadata=None,
        software=False,
        rowsperstrip=kernel.shape[0],
    )
    return stream.getvalue()


def read_kernel(path: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Kernel of one file.

    Parameters
    ----------
    path
        TIFF file of at most 20 MB.
    shape
        Rows and columns the header states.

    Returns
    -------
    ndarray of float32
        Finite values, (row, column).

    Raises
    ------
    InputError
        When the file is no TIFF with one float32 image of this shape; the
        shape is compared before any pixel is decoded.
    """
    if shape[0] * shape[1] > LARGEST_KERNEL:
        raise InputError(
            path.name, f"a kernel of at most {LARGEST_KERNEL} values", str(shape), "check the file"
        )
    data = read_bytes(path)
    try:
        kernel = _decode(data, shape)
    except InputError as error:
        raise InputError(path.name, error.expected, error.received, error.remedy) from None
    except Exception as error:  # a damaged TIFF makes its library raise nearly anything
        raise InputError(
            path.name, "a TIFF file", f"{type(error).__name__}: {error}"[:200], "fetch it again"
        ) from None
    if not np.isfinite(kernel).all():
        raise InputError(path.name, "finite filter values", "NaN or infinity", "correct the filter")
    return kernel


def _decode(data: bytes, shape: tuple[int, int]) -> NDArray[np.float32]:
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages[0]
        found = (len(tiff.pages), tuple(page.shape), str(page.dtype))
        if found != (1, shape, "float32"):
            raise InputError("", f"one float32 image of {shape}", str(found), "check the file")
        return np.asarray(page.asarray(), np.float32).reshape(shape)
