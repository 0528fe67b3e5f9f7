"""Classes of a condition, alike in number, split by groups such as sites."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST: Final = 5
CLOSEST: Final = 1.0 / 40.0
WIDE: Final = 1.0 / 20.0
MOST_CLASSES: Final = 12


@dataclass(frozen=True, eq=False)
class Classes:
    """What each class of a condition holds of each group.

    Attributes
    ----------
    classes, groups
        (part,) number of the class and of the group.
    parts
        (part,) positions of its values.
    """

    classes: tuple[int, ...]
    groups: tuple[int, ...]
    parts: tuple[NDArray[np.int64], ...]

    @property
    def designs(self) -> tuple[Floats, Floats]:
        """Whether each part is of each group, and of each class.

        Returns
        -------
        tuple
            (part, group) and (part, class), 1 or 0.
        """
        return (
            np.equal.outer(self.groups, np.unique(self.groups)).astype(np.float64),
            np.equal.outer(self.classes, np.unique(self.classes)).astype(np.float64),
        )

    @property
    def contrasts(self) -> int:
        """Differences between classes that are seen within groups.

        Returns
        -------
        int
            0 where no group has two classes: a class cannot be told from a group.
        """
        if not self.parts:
            return 0
        of_group, of_class = self.designs
        together = int(np.linalg.matrix_rank(np.c_[of_group, of_class]))
        return together - int(of_group.shape[1])


def classes_within(x: Floats, group: NDArray[np.int64]) -> Classes:
    """Classes of a condition, and what they hold of each group.

    Parameters
    ----------
    x
        (value,) condition, finite, in ascending order.
    group
        (value,) number of the group, 0 and up.

    Returns
    -------
    Classes
        Group by group; parts with fewer than 5 values are left out.

    Examples
    --------
    >>> found = classes_within(np.arange(20.0), np.repeat([0, 1], 10))
    >>> found.classes, found.groups, found.contrasts
    ((0, 1), (0, 1), 0)
    """
    parts = _parts(x, _most(group))
    found = [
        (k, one, part[group[part] == one])
        for one in range(int(group.max(initial=-1)) + 1)
        for k, part in enumerate(parts)
    ]
    kept = [one for one in found if len(one[2]) >= FEWEST]
    classes, groups, held = zip(*kept, strict=True) if kept else ((), (), ())
    return Classes(classes, groups, held)


def _most(owner: NDArray[np.int64]) -> int:
    """Classes, such that a group of the usual size has values enough in each."""
    number = np.bincount(owner)
    if len(number) < 2:
        return MOST_CLASSES
    usual = int(number @ number) // len(owner)
    return min(max(usual // (2 * FEWEST), 2), MOST_CLASSES)


def _parts(x: Floats, most: int) -> list[NDArray[np.int64]]:
    """Positions of each class in ascending numbers, within groups as many in each."""
    if len(x) < FEWEST:
        return []
    groups = np.split(np.arange(len(x)), _gaps(x, most))
    more = most - len(groups)
    parts = []
    for group in groups:
        classes = 1 + more * len(group) // len(x)
        parts += np.array_split(group, min(classes, len(group) // FEWEST))
    least = CLOSEST * float(x[-1] - x[0])
    middle = np.array([np.median(x[part]) for part in parts])
    starts = [0, *(np.flatnonzero(np.diff(middle) > least) + 1), len(parts)]
    return [np.concatenate(parts[a:b]) for a, b in pairwise(starts)]


def _gaps(x: Floats, most: int) -> list[int]:
    """Positions after wide gaps, such that no group between them is smaller than a class."""
    width = np.diff(x)
    wide = np.argsort(width)[::-1][: most - 1]
    gaps = sorted(int(k) + 1 for k in wide if width[k] > WIDE * float(x[-1] - x[0]))
    while gaps:
        sizes = np.diff([0, *gaps, len(x)])
        smallest = int(np.argmin(sizes))
        if sizes[smallest] >= FEWEST:
            break
        beside = [k for k in (smallest - 1, smallest) if 0 <= k < len(gaps)]
        gaps.pop(min(beside, key=lambda k: width[gaps[k] - 1]))
    return gaps
