"""What changed from one parameter file, or set of files, to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.content import Content
from venus_analysis.parameters.names import TDI
from venus_analysis.parameters.outord import DEFECT_BITS, DefectiveColumns
from venus_analysis.parameters.parameter_set import ParameterSet
from venus_analysis.parameters.strlgt import Filter, StrayLight


class Change(NamedTuple):
    """One changed quantity.

    For quantities per column `first` and `second` are means over the columns,
    `columns` counts those that changed and `largest` is the largest change of
    one column; otherwise `columns` is None.
    """

    file_type: str
    band: str | None
    tdi: int | None
    quantity: str
    first: float
    second: float
    relative: float
    columns: int | None = None
    largest: float | None = None


@dataclass(frozen=True)
class SetDifference:
    """Differences between two sets.

    Parameters
    ----------
    changes
        Changed quantities, second against first.
    types
        Types with any difference in their content or in which files exist.
    only_first, only_second
        Type and band of files that only one set has.
    """

    changes: tuple[Change, ...]
    types: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def rebasing_exact(self) -> bool:
        """Whether results can be re-based without reading images: only PHGAIN differs.

        As far as the files of both sets tell: a type that neither has is not compared.
        """
        return set(self.types) <= {"PHGAIN"}


def changes(first: Content, second: Content) -> list[Change]:
    """List the quantities that changed from one file to another of the same type and band.

    Parameters
    ----------
    first, second
        Contents to compare; what is equal is left out.

    Returns
    -------
    list of Change
        ``relative`` is second / first - 1, NaN where the first is 0. An entry
        that only one file has shows NaN on the other side.

    Raises
    ------
    InputError
        When type or band differ.

    Examples
    --------
    >>> from venus_analysis.parameters.header import new_header
    >>> from venus_analysis.parameters.phgain import PhysicalGain
    >>> gains = [
    ...     PhysicalGain(
    ...         header=new_header("PHGAIN", serial, "2024-01-01", created="2024-01-01"),
    ...         gain=np.where(np.arange(60).reshape(12, 5) < 1, 1.0 + serial, 2.0))
    ...     for serial in (1, 2)]
    >>> [(c.band, c.tdi, c.first, c.second, c.relative) for c in changes(*gains)]
    [('B1', 1, 2.0, 3.0, 0.5)]
    """
    names = first.header.name, second.header.name
    if type(first) is not type(second) or names[0].band != names[1].band:
        raise InputError(
            "second",
            f"a file of the type and band of {names[0]}",
            str(names[1]),
            "compare files of one series",
        )
    if isinstance(first, StrayLight) and isinstance(second, StrayLight):
        return list(_stray_light(first, second))
    if isinstance(first, DefectiveColumns) and isinstance(second, DefectiveColumns):
        return list(_defects(first, second))
    return list(_numbers(first, second))


def _numbers(first: Content, second: Content) -> Iterator[Change]:
    one, other = first.to_dataset(), second.to_dataset()
    for quantity in map(str, one):
        if "tdi" in one[quantity].dims:
            for band in one["band"].values.tolist():
                for tdi in TDI:
                    at = {"band": band, "tdi": tdi}
                    a, b = float(one[quantity].sel(at)), float(other[quantity].sel(at))
                    if a != b and not (np.isnan(a) and np.isnan(b)):
                        yield Change(first.file_type, band, tdi, quantity, a, b, _relative(a, b))
        else:
            yield from _columns(first, quantity, one[quantity].values, other[quantity].values)
    spikes = [getattr(content, "spikes", ()) for content in (first, second)]
    if spikes[0] != spikes[1]:
        a, b = float(len(spikes[0])), float(len(spikes[1]))
        yield Change(first.file_type, first.header.name.band, None, "spikes", a, b, _relative(a, b))


def _columns(
    content: Content, quantity: str, first: np.ndarray, second: np.ndarray
) -> Iterator[Change]:
    change = second - first
    if change.any():
        means = float(first.mean()), float(second.mean())
        largest = float(change.flat[np.abs(change).argmax()])
        yield Change(
            content.file_type,
            content.header.name.band,
            None,
            quantity,
            *means,
            _relative(*means),
            int((change != 0).sum()),
            largest,
        )


def _defects(first: DefectiveColumns, second: DefectiveColumns) -> Iterator[Change]:
    for tdi in TDI:
        masks = first.mask(tdi), second.mask(tdi)
        for kind, bit in DEFECT_BITS.items():
            one, other = (mask & bit > 0 for mask in masks)
            if (one != other).any():
                a, b = float(one.sum()), float(other.sum())
                yield Change(
                    first.file_type,
                    first.header.name.band,
                    tdi,
                    f"{kind} columns",
                    a,
                    b,
                    _relative(a, b),
                    int((one != other).sum()),
                )


def _stray_light(first: StrayLight, second: StrayLight) -> Iterator[Change]:
    band = first.header.name.band
    parts: dict[str, tuple[Sequence[Filter], Sequence[Filter]]] = {
        "halo filters": (first.halo, second.halo),
        "cross-talk filters": (first.cross_talk, second.cross_talk),
    }
    for quantity, (one, other) in parts.items():
        if _unnamed(one) != _unnamed(other):
            a, b = (float(sum(f.kernel.values.sum() for f in side)) for side in (one, other))
            yield Change(
                first.file_type, band, None, f"{quantity}, sum of kernels", a, b, _relative(a, b)
            )
    if first.overlap_margin != second.overlap_margin:
        a, b = float(first.overlap_margin), float(second.overlap_margin)
        yield Change(first.file_type, band, None, "overlap_margin", a, b, _relative(a, b))


def _unnamed(filters: Sequence[Filter]) -> list[Filter]:
    """Leave out the labels that only tie filters to their files."""
    return [replace(one, kernel=replace(one.kernel, definition="-")) for one in filters]


def _relative(first: float, second: float) -> float:
    return second / first - 1.0 if first else float("nan")


def set_difference(first: ParameterSet, second: ParameterSet) -> SetDifference:
    """Compare two sets by content; files that are one and the same are not opened.

    Examples
    --------
    >>> empty = ParameterSet(np.datetime64("2019-01-01"), {}, {}, ())
    >>> set_difference(empty, empty).rebasing_exact
    True
    """
    found: list[Change] = []
    for key in first.answers.keys() & second.answers.keys():
        one, other = first.answers[key].file, second.answers[key].file
        if one is not other and one.path != other.path:
            found += changes(one.content, other.content)
    lonely = [
        tuple(sorted(" ".join(filter(None, key)) for key in a.answers.keys() - b.answers.keys()))
        for a, b in ((first, second), (second, first))
    ]
    types = {change.file_type for change in found} | {text.split()[0] for text in sum(lonely, ())}
    found.sort(key=lambda change: (change.file_type, int((change.band or "B0")[1:])))
    return SetDifference(tuple(found), tuple(sorted(types)), *lonely)
