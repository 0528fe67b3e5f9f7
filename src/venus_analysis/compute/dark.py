"""The dark level against deep sky: what it is off by and how it drifts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.blocks import check_count_type
from venus_analysis.compute.dark_fit import DarkFit, fit_columns, fit_common, sky_sums
from venus_analysis.compute.noise import hidden_by_rounding
from venus_analysis.errors import InputError

Array = NDArray[np.float64]
DriftModel = Literal["common", "column", "none"]
FewPixels = Literal["nan", "neighbours"]


@dataclass(frozen=True)
class DarkOptions:
    """How the residual dark level is estimated.

    Parameters
    ----------
    drift
        ``common``: one profile along the scan for all columns, free in each
        block of lines, as a change of temperature gives; it is known a hundred
        times better than a drift of single columns. ``column``: a straight
        line in each column. ``none``.
    lines_per_block
        Lines that share one value of the profile.
    clip_sigma
        Distance from the column's mean, in its standard deviations, beyond
        which a pixel is left out. The mean is of the rest: a median of whole
        counts would only know whole and half counts.
    least_pixels
        Columns with fewer sky pixels get no estimate of their own.
    few_pixels
        What those get: ``nan``, or ``neighbours``, the mean of the nearest
        columns with the uncertainty of a value drawn from among them.
    neighbours
        Number of those columns.

    Examples
    --------
    >>> DarkOptions(drift="column").clip_sigma
    5.0
    """

    drift: DriftModel = "common"
    lines_per_block: int = 64
    clip_sigma: float = 5.0
    least_pixels: int = 100
    few_pixels: FewPixels = "nan"
    neighbours: int = 16

    def __post_init__(self) -> None:
        for name, choices in (("drift", DriftModel), ("few_pixels", FewPixels)):
            self._require(
                name, getattr(self, name) in get_args(choices), " or ".join(get_args(choices))
            )
        for name, least in (
            ("lines_per_block", 2),
            ("clip_sigma", 2),
            ("least_pixels", 2),
            ("neighbours", 2),
        ):
            self._require(name, getattr(self, name) >= least, f"a number of at least {least}")

    def _require(self, name: str, fine: bool, expected: str) -> None:
        if not fine:
            received = repr(getattr(self, name))
            raise InputError(f"DarkOptions.{name}", expected, received, "choose one of these")


@dataclass(frozen=True, eq=False)
class ResidualDark:
    """Dark level of deep sky less the one in use; counts, standard uncertainties (k = 1).

    Parameters
    ----------
    residual, u_residual
        (column,) mean over the scan; NaN without an estimate. The uncertainty
        includes the noise, scaled by ``sqrt(chi_square)`` above 1, and what
        rounding to whole counts hides where the noise is too small to blur it.
    line
        (block,) middle line of each block.
    profile, u_profile
        (block,) what is added along the scan in all columns, of mean 0; NaN in
        a block without sky. 0 unless the drift is ``common``.
    slope, u_slope
        (column,) counts from the first line to the last. 0 unless the drift is
        ``column``.
    pixels
        (column,) sky pixels used.
    noise
        (column,) standard deviation of a sky pixel, rounding included, counts.
    filled
        (column,) whether the value comes from neighbours.
    lines
        Number of lines of the scan.
    chi_square
        Reduced chi-square of the block means: well above 1 says that the drift
        is of another kind than the one fitted.
    """

    residual: Array
    u_residual: Array
    line: Array
    profile: Array
    u_profile: Array
    slope: Array
    u_slope: Array
    pixels: NDArray[np.int64]
    noise: Array
    filled: NDArray[np.bool_]
    lines: int
    chi_square: float

    def at(self, lines: ArrayLike) -> Array:
        """Residual dark level at lines, to be subtracted with the dark level; (line, column).

        The profile is linear between the middles of blocks with sky, and
        constant beyond the first and the last.
        """
        line = np.atleast_1d(np.asarray(lines, dtype=np.float64))
        known = np.isfinite(self.profile)
        profile = np.interp(line, self.line[known], self.profile[known])
        t = (line - (self.lines - 1) / 2.0) / max(self.lines - 1, 1)
        return np.asarray(self.residual + profile[:, None] + t[:, None] * self.slope)


DEFAULT_DARK_OPTIONS = DarkOptions()


def residual_dark(
    counts: NDArray[np.unsignedinteger[Any]],
    dark: ArrayLike,
    exclude: NDArray[np.bool_] | None = None,
    options: DarkOptions = DEFAULT_DARK_OPTIONS,
) -> ResidualDark:
    r"""Measure what the dark level is off by, from the sky of one band.

    .. math:: X_{ij} - C_j = r_j + g(i) + q_j t_i + \text{noise}

    by weighted least squares on the means of blocks of lines, with the noise of
    each column found within its blocks. `DarkOptions.drift` says whether g or q
    is there; t runs from -1/2 at the first line to 1/2 at the last. Equalisation
    cannot be seen this way: a relative sensitivity scales light, and the sky has
    none.

    Parameters
    ----------
    counts
        (line, column) raw counts, any array that slices along the lines; a few
        passes read it block by block.
    dark
        (column,) dark level C in use, counts; NaN gives NaN.
    exclude
        (line, column) True for what is no sky: the Moon with its halo, ghosts,
        defective columns. Light left in is taken for dark level.
    options
        See `DarkOptions`.

    Returns
    -------
    ResidualDark

    Raises
    ------
    InputError
        Other types or shapes, no column with enough sky, or, with a common
        drift, sky in groups of lines that share no column.

    References
    ----------
    Rounding: Widrow, Kollár & Liu 1996, IEEE Trans. Instrum. Meas. 45, 353,
    doi:10.1109/19.492748.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(0.0, 1.0, (2000, 3))
    >>> counts = np.rint(50.0 + np.array([0.1, -0.2, 0.3]) + noise).astype(np.uint16)
    >>> found = residual_dark(counts, [50.0, 50.0, 50.0])
    >>> np.abs(found.residual - [0.1, -0.2, 0.3]) < 3 * found.u_residual
    array([ True,  True,  True])
    """
    level = np.asarray(dark, dtype=np.float64)
    _check(counts, level, exclude)
    sums = sky_sums(counts, level, exclude, options.lines_per_block, options.clip_sigma)
    pixels = sums.number.sum(axis=0)
    variance = sums.noise_variance()
    enough = (pixels >= options.least_pixels) & ~np.isnan(level + variance)
    if not enough.any():
        raise InputError(
            "exclude",
            f"a column with {options.least_pixels} sky pixels",
            f"{pixels.max():.0f} at most",
            "exclude less, or ask for fewer pixels",
        )
    sums = dataclasses.replace(sums, number=sums.number * enough, total=sums.total * enough)
    if options.drift == "common":
        fit = fit_common(sums)
    else:
        fit = fit_columns(sums, with_slope=options.drift == "column")
    variance = np.where(enough, variance, np.nan)
    found = _result(fit, sums.line, variance, enough, int(sums.lines.sum()), pixels)
    return _filled(found, options.neighbours) if options.few_pixels == "neighbours" else found


def _check(counts: Any, dark: Array, exclude: Any) -> None:
    check_count_type(counts.dtype)
    shape = tuple(counts.shape)
    if len(shape) != 2 or 0 in shape or dark.shape != shape[1:]:
        raise InputError(
            "counts and dark",
            "shapes (line, column) and (column,), at least 1 pixel",
            f"{shape} and {dark.shape}",
            "give one band and the dark level of its columns",
        )
    if np.isinf(dark).any():
        raise InputError("dark", "finite numbers or NaN", "infinity", "correct the value")
    if exclude is not None and (exclude.shape != shape or exclude.dtype != np.bool_):
        raise InputError(
            "exclude", f"bool {shape}", f"{exclude.dtype} {exclude.shape}", "mask every pixel"
        )


def _result(
    fit: DarkFit,
    line: Array,
    variance: Array,
    enough: NDArray[np.bool_],
    lines: int,
    pixels: Array,
) -> ResidualDark:
    scale = max(1.0, np.nan_to_num(fit.chi_square, nan=1.0))
    unknown = ~enough | ~np.isfinite(fit.residual)
    hidden = hidden_by_rounding(variance)
    u_residual = np.sqrt(scale * fit.variance + hidden**2)
    return ResidualDark(
        residual=np.where(unknown, np.nan, fit.residual),
        u_residual=np.where(unknown, np.nan, u_residual),
        line=line,
        profile=fit.profile,
        u_profile=np.sqrt(scale * fit.profile_variance),
        slope=np.where(unknown, np.nan, fit.slope),
        u_slope=np.where(unknown, np.nan, np.sqrt(scale * fit.slope_variance)),
        pixels=pixels.astype(np.int64),
        noise=np.sqrt(variance),
        filled=np.zeros(len(enough), dtype=np.bool_),
        lines=lines,
        chi_square=fit.chi_square,
    )


def _filled(found: ResidualDark, neighbours: int) -> ResidualDark:
    """Give columns without an estimate the mean of the nearest ones that have it."""
    known = np.flatnonzero(np.isfinite(found.residual))
    values = {name: getattr(found, name).copy() for name in ("residual", "slope")}
    spread = {name: getattr(found, f"u_{name}").copy() for name in values}
    filled = np.isnan(found.residual) if len(known) > 1 else found.filled
    for column in np.flatnonzero(filled):
        nearest = known[np.argsort(np.abs(known - column), kind="stable")[:neighbours]]
        for name, value in values.items():
            drawn = getattr(found, name)[nearest]
            value[column] = drawn.mean()
            spread[name][column] = drawn.std(ddof=1) * np.sqrt(1.0 + 1.0 / len(drawn))
    uncertainties = {f"u_{name}": value for name, value in spread.items()}
    return dataclasses.replace(found, filled=filled, **values, **uncertainties)
