"""Stray light correction by filters: type 1, the local halo; type 2, ghosts of other bands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError

Array = NDArray[np.floating[Any]]
Scenario = Literal["none", "TYPE1", "TYPE2", "TYPE1_TYPE2", "TYPE2_TYPE1"]
Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
SourceAt = Callable[[Array, str, str], Array]
ITERATIONS: Final = 3


@dataclass(frozen=True, eq=False)
class HaloStrip:
    """Type-1 filter of columns `first` to `last`, inclusive.

    `kernel` (row, column) is the scattered part of the response, lines by
    columns: its sum is the share of the light that is scattered.
    """

    first: int
    last: int
    kernel: Array


@dataclass(frozen=True)
class GhostStrip:
    """Factor and shift of a ghost in columns `first` to `last`, inclusive, of the band it is in."""

    first: int
    last: int
    factor: float
    shift: int


@dataclass(frozen=True, eq=False)
class GhostSource:
    """A band that ghosts: its image at the same lines, its kernel, and where the ghost lies."""

    image: Array
    kernel: Array
    strips: Sequence[GhostStrip]


@dataclass(frozen=True, eq=False)
class GhostFilter:
    """Type-2 filter: which band ghosts, the kernel of its ghost, and where the ghost lies."""

    source_band: str
    kernel: Array
    strips: Sequence[GhostStrip]


@dataclass(frozen=True, eq=False)
class BandFilters:
    """Stray light of one band, as its STRLGT file has it."""

    halo: Sequence[HaloStrip] = ()
    ghosts: Sequence[GhostFilter] = ()


def corrected_bands(
    images: Mapping[str, Array],
    filters: Mapping[str, BandFilters],
    scenario: Scenario,
    *,
    lines: int = 1,
    source_at: SourceAt | None = None,
    do: Map = map,
) -> dict[str, Array]:
    """Bands less the stray light that their filters describe.

    Parameters
    ----------
    images
        (line, column) equalised counts by band, or means of them over `lines` lines.
    filters
        By band; a band without any stays as it is, and a source that is not among
        the images takes nothing off.
    scenario
        What is corrected, and in which order; sources of ghosts are in the state
        that the step before left them in.
    lines
        Lines of an image row.
    source_at
        Takes the image of a source, its name and that of the band it ghosts into;
        gives the source at that band's rows. None where all bands begin at the
        same line.
    do
        Applies a function to all bands, as the ``map`` of a pool of threads.

    Examples
    --------
    >>> source = np.array([[100.0, 0.0, 0.0]])
    >>> ghost = GhostFilter("B8", np.ones((1, 1)), [GhostStrip(0, 2, 0.01, 2)])
    >>> bands = {"B7": np.array([[50.0, 0.0, 1.0]]), "B8": source}
    >>> corrected_bands(bands, {"B7": BandFilters(ghosts=[ghost])}, "TYPE2")["B7"]
    array([[50.,  0.,  0.]])
    """
    now = dict(images)
    for step in steps_of(scenario):

        def apply(band: str, step: str = step, now: Mapping[str, Array] = now) -> Array:
            found = filters.get(band, BandFilters())
            if step == "TYPE1":
                return without_halo(now[band], found.halo, lines=lines) if found.halo else now[band]
            sources = [
                GhostSource(_source(now, one.source_band, band, source_at), one.kernel, one.strips)
                for one in found.ghosts
                if one.source_band in now
            ]
            return without_ghosts(now[band], sources, lines=lines) if sources else now[band]

        now = dict(zip(now, do(apply, list(now)), strict=True))
    return now


def steps_of(scenario: Scenario) -> tuple[str, ...]:
    """Corrections of a scenario, in their order.

    Raises
    ------
    InputError
        No such scenario.

    Examples
    --------
    >>> steps_of("TYPE2_TYPE1"), steps_of("none")
    (('TYPE2', 'TYPE1'), ())
    """
    if scenario not in get_args(Scenario):
        raise InputError("stray light", ", ".join(get_args(Scenario)), repr(scenario), "choose one")
    return () if scenario == "none" else tuple(scenario.split("_"))


def reach_lines(filters: Mapping[str, BandFilters], scenario: Scenario) -> int:
    """Lines on either side of a line that its correction depends on.

    Examples
    --------
    >>> halo = HaloStrip(0, 9, np.full((5, 5), 1e-4))
    >>> reach_lines({"B7": BandFilters([halo])}, "TYPE1")
    6
    """
    halos = [one.kernel.shape[0] // 2 for f in filters.values() for one in f.halo]
    ghosts = [one.kernel.shape[0] // 2 for f in filters.values() for one in f.ghosts]
    reach = {"TYPE1": ITERATIONS * max(halos, default=0), "TYPE2": max(ghosts, default=0)}
    return sum(reach[step] for step in steps_of(scenario))


def _source(images: Mapping[str, Array], source: str, band: str, at: SourceAt | None) -> Array:
    return at(images[source], source, band) if at else images[source]


def without_halo(image: Array, strips: Sequence[HaloStrip], *, lines: int = 1) -> Array:
    r"""Deconvolve a band by its type-1 filters, strip of columns by strip.

    An observed image is ``o = (1 - sum k) t + k * t`` of the true one t, which
    is solved by

    .. math:: t_0 = o, \qquad t_{n+1} = \frac{o - k * t_n}{1 - \sum k}

    Each step gains as many digits as the scattered share has; three do. The
    ground segment's formula is not public: that a kernel holds the scattered
    part only is our inference from sums of about 0.01, and so is the sense of
    the convolution.

    Parameters
    ----------
    image
        (line, column) equalised counts, or means of them over `lines` lines.
    strips
        Filters; columns that none names stay as they are.
    lines
        Lines of an image row.

    Returns
    -------
    ndarray
        Light returned to where it came from; what was scattered out of the frame
        is not found again. NaN is taken for light of its neighbours, and stays NaN.

    Examples
    --------
    >>> true = np.zeros((9, 9))
    >>> true[4, 4] = 100.0
    >>> kernel = np.full((3, 3), 0.01)
    >>> from scipy import signal
    >>> seen = (1.0 - kernel.sum()) * true + signal.convolve(true, kernel, "same")
    >>> found = without_halo(seen, [HaloStrip(0, 8, kernel)])
    >>> bool(np.abs(found - true).max() < 0.01)
    True
    """
    seen = _filled(image)
    true, kernels = seen.copy(), [_by_rows(one.kernel, lines) for one in strips]
    for _ in range(ITERATIONS):
        step = true.copy()
        for one, kernel in zip(strips, kernels, strict=True):
            here = slice(one.first, min(one.last + 1, seen.shape[1]))
            sent = _around(true, kernel, here)
            step[:, here] = (seen[:, here] - sent) / (1.0 - float(kernel.sum()))
        true = step
    return np.where(np.isnan(image), image, true)


def beyond_edges(kernel: Array) -> float:
    r"""Light that a type-1 filter's true kernel would send past the edges of the filter.

    Sums p along either axis are taken to fall on beyond an edge at w as they do
    over its last tenth:

    .. math:: \sum_{\text{4 edges}} p(w)\,\ell, \qquad
              \ell = \frac{0.1\,w}{\ln p(0.9\,w) - \ln p(w)} \le w

    A filter of unit sum has moved it inwards, another has lost it; either way
    so much of the light is not where the correction looks for it.

    Parameters
    ----------
    kernel
        (row, column) filter, see `HaloStrip`.

    Returns
    -------
    float
        Share of the light, in the filter's units; 0 of a filter that ends at 0.

    Examples
    --------
    >>> x = np.hypot(*np.meshgrid(np.arange(-60, 61), np.arange(-60, 61)))
    >>> kernel = 0.01 * np.exp(-x / 10.0) / (2.0 * np.pi * 100.0)
    >>> lost = 0.01 - kernel.sum()
    >>> bool(abs(beyond_edges(kernel) / lost - 1.0) < 0.1)
    True
    """
    return sum(
        _beyond(half)
        for axis in (0, 1)
        for total in (np.asarray(kernel, np.float64).sum(axis=axis),)
        for half in (total[len(total) // 2 :], total[len(total) // 2 :: -1])
    )


def _beyond(half: Array) -> float:
    """Light beyond the end of a row of sums that begins at the middle."""
    last = len(half) - 1
    before = round(0.9 * last)
    if before == last or half[last] <= 0.0:
        return 0.0
    fall = float(np.log(max(half[before] / half[last], 1.0))) / (last - before)
    return float(half[last]) / max(fall, 1.0 / last)


def without_ghosts(image: Array, sources: Sequence[GhostSource], *, lines: int = 1) -> Array:
    r"""Subtract the type-2 cross-talk of other bands.

    .. math:: t_{ij} = o_{ij} - \sum_s f_s(j)\,(k_s * o_s)_{i,\,j - d_s(j)}

    with factor f and shift d of the strip that holds column j, towards larger
    columns. As in `without_halo` this is our reading of the filters.

    Parameters
    ----------
    image
        (line, column) equalised counts, or means of them over `lines` lines.
    sources
        Other bands at the same lines.
    lines
        Lines of an image row.

    Examples
    --------
    >>> source = np.zeros((3, 8))
    >>> source[1, 2] = 100.0
    >>> seen = 0.01 * np.roll(source, 4, axis=1)
    >>> ghost = GhostSource(source, np.ones((1, 1)), [GhostStrip(0, 7, 0.01, 4)])
    >>> float(np.abs(without_ghosts(seen, [ghost])).max())
    0.0
    """
    from scipy import signal

    out = np.array(image, np.float64)
    for one in sources:
        kernel = _by_rows(one.kernel, lines)
        sent = signal.oaconvolve(_filled(one.image), kernel, "same")
        for strip in one.strips:
            last = min(strip.last, out.shape[1] - 1)
            start = max(strip.first, strip.shift, 0)
            stop = min(last, out.shape[1] - 1 + min(strip.shift, 0)) + 1
            if stop > start:
                moved = sent[:, start - strip.shift : stop - strip.shift]
                out[:, start:stop] -= strip.factor * moved
    return out


def _around(image: Array, kernel: Array, columns: slice) -> Array:
    """Convolution (line, `columns`), read from as far as the kernel reaches."""
    from scipy import signal

    reach = kernel.shape[1] // 2 + 1
    start = max(columns.start - reach, 0)
    part = image[:, start : columns.stop + reach]
    # "same" is centred on the first input, which must not be the smaller one
    rows = kernel.shape[0] // 2
    tall = np.pad(part, ((rows, rows), (0, 0)))
    sent = signal.convolve(tall, kernel, "same")
    sent = sent[rows : rows + len(image)]
    return np.asarray(sent[:, columns.start - start : columns.stop - start])


def _by_rows(kernel: Array, lines: int) -> Array:
    """Kernel for rows that are means over `lines` lines."""
    if lines == 1:
        return np.asarray(kernel, np.float64)
    half = kernel.shape[0] // 2
    rows = -(-half // lines)
    place = (np.arange(kernel.shape[0]) - half) / lines
    share = np.maximum(1.0 - np.abs(place[None, :] - np.arange(-rows, rows + 1)[:, None]), 0.0)
    return np.asarray(share @ kernel.astype(np.float64))


def _filled(image: Array) -> Array:
    """Image with NaN columns bridged."""
    out = np.array(image, np.float64)
    place = np.arange(out.shape[1])
    for row in np.flatnonzero(np.isnan(out).any(axis=1)):
        good = ~np.isnan(out[row])
        out[row] = np.interp(place, place[good], out[row, good]) if good.any() else 0.0
    return out
