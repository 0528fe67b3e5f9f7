"""Looks of several bands as arrays, ready for the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Looks:
    """Values of several bands, padded with NaT and NaN to the length of the longest.

    Attributes
    ----------
    bands
        Names, (band,).
    time
        (band, look) UTC.
    value, u
        (band, look) value above 0, and its relative standard uncertainty.
    gain
        (band, look) Ak recorded.
    row
        (band, look) position of the look in the rows, -1 for padding and for medians.
    regressors
        Name to (band, look).
    monthly
        Whether the values are monthly medians.
    """

    bands: tuple[str, ...]
    time: NDArray[np.datetime64]
    value: Floats
    u: Floats
    gain: Floats
    row: NDArray[np.int64]
    regressors: dict[str, Floats]
    monthly: bool = False

    @property
    def count(self) -> NDArray[np.int64]:
        """(band,) number of looks."""
        return np.asarray(np.isfinite(self.value).sum(axis=1), np.int64)

    def of(self, members: Sequence[int] | NDArray[np.intp]) -> Looks:
        """Give some bands, without regressors that do not vary in one of them."""
        rows = np.asarray(members, np.intp)
        varying = {
            name: given[rows]
            for name, given in self.regressors.items()
            if (np.nanmax(given[rows], axis=1) > np.nanmin(given[rows], axis=1)).all()
        }
        return replace(
            self,
            bands=tuple(self.bands[k] for k in rows),
            time=self.time[rows],
            value=self.value[rows],
            u=self.u[rows],
            gain=self.gain[rows],
            row=self.row[rows],
            regressors=varying,
        )

    def scaled(self, factor: Floats) -> Looks:
        """Multiply the values of each band by a factor, (band,) or (band, look)."""
        shape = (-1, 1) if np.ndim(factor) == 1 else self.value.shape
        return replace(self, value=self.value * np.reshape(factor, shape))


def group_of(rows: pd.DataFrame) -> NDArray[np.object_]:
    """Site and reference of each row, as one text."""
    return np.asarray(rows["site"].astype(object) + " " + rows["reference"].astype(object))
