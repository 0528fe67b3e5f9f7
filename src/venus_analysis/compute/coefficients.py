"""What turns the counts of one band into radiance: gain, dark level, equalisation, defects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.compute.columns import DefectPolicy, find_gaps
from venus_analysis.compute.two_slope import BEYOND_ANY_COUNT, Rows, two_slope_rows
from venus_analysis.compute.two_slope import FULL_SCALE_COUNTS as FULL_SCALE_COUNTS
from venus_analysis.errors import InputError

BreakOn = Literal["equalised", "dark-subtracted"]

_COLUMN_ROWS = ("dark", "first_slope", "second_slope", "break_level")


@dataclass(frozen=True)
class RadiometryOptions:
    """Choices of the radiometric processing that the public format leaves open.

    Parameters
    ----------
    break_on
        What the break level Zs is compared with: ``equalised``, the equalised
        count, so that the first slope holds for ``Y <= a1 * Zs``; or
        ``dark-subtracted``, the dark-subtracted count, ``Y <= Zs``. Both are
        our inference; the ground segment's formula is not public.
    defective
        ``interpolate``: linearly between the nearest good columns, across gaps
        of up to `widest_gap` columns; wider gaps and those at the frame's edge
        are NaN. ``mask``: NaN in all defective columns.
    widest_gap
        Widest gap that is interpolated, columns. The ground segment keeps its
        own figure in RADIOV (Interpolation_Threshold); 3 is our choice.
    saturation_counts
        Counts from which on a pixel is flagged as saturated.

    Examples
    --------
    >>> RadiometryOptions(widest_gap=1).break_on
    'equalised'
    """

    break_on: BreakOn = "equalised"
    defective: DefectPolicy = "interpolate"
    widest_gap: int = 3
    saturation_counts: int = FULL_SCALE_COUNTS

    def __post_init__(self) -> None:
        for name, choices in (("break_on", BreakOn), ("defective", DefectPolicy)):
            if getattr(self, name) not in get_args(choices):
                raise _refused(name, " or ".join(get_args(choices)), repr(getattr(self, name)))
        if self.widest_gap < 0:
            raise _refused("widest_gap", "a number of columns >= 0", str(self.widest_gap))
        if not 0 < self.saturation_counts <= FULL_SCALE_COUNTS:
            wanted = f"1 to {FULL_SCALE_COUNTS}"
            raise _refused("saturation_counts", wanted, str(self.saturation_counts))


def _refused(name: str, expected: str, received: str) -> InputError:
    return InputError(f"RadiometryOptions.{name}", expected, received, "choose one of these")


DEFAULT_OPTIONS: Final = RadiometryOptions()


@dataclass(frozen=True, eq=False)
class BandCoefficients:
    """Coefficients of one band at one TDI, one value per column.

    NaN says that a value is not known: those columns become NaN. What stands in
    defective columns is neither checked nor used; it is kept as NaN.

    Parameters
    ----------
    absolute_gain
        Ak, counts / (W m-2 sr-1 um-1), > 0 or NaN.
    dark
        (column,) dark level C, counts.
    first_slope, second_slope
        (column,) relative sensitivities a1 below and a2 above the break, > 0.
    break_level
        (column,) break level Zs, counts, see `RadiometryOptions.break_on`.
    defect
        (column,) whether a column is defective; any non-zero number says so.
        None: no column is.

    Raises
    ------
    InputError
        Shapes differ or are empty, a gain or a slope is not positive, a number
        is infinite, or all columns are defective.

    Examples
    --------
    >>> band = BandCoefficients(2.0, [10.0, 11.0], [1.0, 1.0], [0.9, 0.9], [200.0, 200.0])
    >>> band.columns, band.defect
    (2, array([False, False]))
    """

    absolute_gain: float
    dark: NDArray[np.float64]
    first_slope: NDArray[np.float64]
    second_slope: NDArray[np.float64]
    break_level: NDArray[np.float64]
    defect: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        rows: dict[str, Any] = {
            name: np.array(getattr(self, name), dtype=np.float64) for name in _COLUMN_ROWS
        }
        shape = rows["dark"].shape
        defect: ArrayLike = np.zeros(shape) if self.defect is None else self.defect
        rows["defect"] = np.asarray(defect) != 0
        self._check_shapes({name: row.shape for name, row in rows.items()})
        good = ~rows["defect"]
        for name in _COLUMN_ROWS:
            rows[name][~good] = np.nan
        if not good.any():
            raise InputError(
                "defect", "at least one good column", "all defective", "check the defect list"
            )
        for name in ("first_slope", "second_slope"):
            _require_positive(name, rows[name])
        _require_positive("absolute_gain", np.array([self.absolute_gain], dtype=np.float64))
        for name in _COLUMN_ROWS:
            if np.isinf(rows[name]).any():
                raise InputError(name, "finite numbers or NaN", "infinity", "correct the value")
        for name, row in rows.items():
            row.flags.writeable = False
            object.__setattr__(self, name, row)

    @staticmethod
    def _check_shapes(shapes: dict[str, tuple[int, ...]]) -> None:
        if len(set(shapes.values())) > 1 or len(shapes["dark"]) != 1 or shapes["dark"][0] == 0:
            raise InputError(
                "coefficients of a band",
                "arrays of one shape (column,), at least 1 column",
                ", ".join(f"{name} {shape}" for name, shape in shapes.items()),
                "give one value for each column",
            )

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.dark)

    @cached_property
    def defective(self) -> NDArray[np.bool_]:
        """(column,) whether a column is defective; never None."""
        return np.asarray(self.defect, dtype=np.bool_)

    @cached_property
    def unknown(self) -> NDArray[np.bool_]:
        """(column,) whether a good column lacks a coefficient (NaN)."""
        values = [getattr(self, name) for name in _COLUMN_ROWS]
        missing = np.isnan(values).any(axis=0) | np.isnan(self.absolute_gain)
        return np.asarray(missing & ~self.defective)

    def break_above_dark(self, break_on: BreakOn) -> NDArray[np.float64]:
        """(column,) dark-subtracted count at which the second slope begins."""
        return self.break_level * (self.first_slope if break_on == "equalised" else 1.0)

    def rows(self, options: RadiometryOptions = DEFAULT_OPTIONS) -> Rows:
        r"""Rows of the two-slope response in the form that is quick to apply.

        .. math:: L_1 = s\,(X - C), \qquad L = L_1 + e \max(L_1 - L_K, 0)

        with s = 1 / (a1 Ak), e = a1/a2 - 1 and L_K = s (K - C), the radiance at
        the count K = C + a1 Zs (or C + Zs, see `RadiometryOptions.break_on`). A break
        beyond full scale is none.
        """
        gaps = find_gaps(self.defective, options.defective, options.widest_gap)
        usable = ~self.defective & ~self.unknown
        slope = np.where(usable, 1.0 / (self.first_slope * self.absolute_gain), np.nan)
        extra = np.where(usable, self.first_slope / self.second_slope - 1.0, 0.0)
        dark = np.where(usable, self.dark, 0.0)
        knee = dark + np.where(usable, self.break_above_dark(options.break_on), 0.0)
        bends = (extra != 0.0) & (knee < FULL_SCALE_COUNTS)
        knee = np.where(bends, knee, BEYOND_ANY_COUNT)
        extra = np.where(bends, extra, 0.0)
        return two_slope_rows(slope, dark, extra, knee, gaps)


def _require_positive(name: str, values: NDArray[np.float64]) -> None:
    wrong = values[(values <= 0.0) | np.isinf(values)]
    if wrong.size:
        raise InputError(
            name, "numbers above 0, or NaN where unknown", f"{wrong[0]:g}", "correct the value"
        )
