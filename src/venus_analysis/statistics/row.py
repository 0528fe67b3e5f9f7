"""A row of the statistics file: a ledger row and what its measurement rests on."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.sample_statistics import SampleStatistics
from venus_analysis.errors import InputError
from venus_analysis.flags import PixelFlag
from venus_analysis.schema import BUDGET_TERMS, EMPTY, STATISTICS, budget_column

if TYPE_CHECKING:
    from venus_analysis.compute.moon.mtf import DirectionMtf, LimbMtf

Row = dict[str, Any]


class Ghost(Protocol):
    """A ghost of another band, as the calibration gives it."""

    @property
    def source_band(self) -> str: ...  # noqa: D102
    @property
    def shift_columns(self) -> float: ...  # noqa: D102
    @property
    def factor(self) -> float: ...  # noqa: D102
    @property
    def u_factor(self) -> float: ...  # noqa: D102
    @property
    def overlaps_disk(self) -> bool: ...  # noqa: D102


def statistics_row(
    row: Mapping[str, Any],
    *,
    disk: SampleStatistics | None = None,
    sky: SampleStatistics | None = None,
    rejected: Mapping[str, int] | None = None,
    outline: Outline | None = None,
    sun_direction_deg: float = math.nan,
    background: float = math.nan,
    u_background: float = math.nan,
    halo_fraction: float = math.nan,
    ghosts: Iterable[Ghost] = (),
    budget: Mapping[str, float] | None = None,
    mtf: LimbMtf | None = None,
    profiles: Mapping[str, Any] | None = None,
) -> Row:
    """Join a ledger row and the statistics of its measurement.

    Parameters
    ----------
    row
        Ledger row, columns of `schema.COLUMNS`; alone it gives what it holds, as
        for images in the GSICS layout or rows that come back from the ledger.
    disk, sky
        Statistics of the pixels of either class, W m-2 sr-1 um-1.
    rejected
        Pixels of the aperture by name of `flags.PixelFlag`; those left out are 0.
        None: not known, NaN.
    outline, sun_direction_deg
        Of the disk; direction on the unit disk.
    background, u_background
        Mean radiance taken off the disk, W m-2 sr-1 um-1.
    halo_fraction, ghosts
        Stray light.
    budget
        Relative standard uncertainties (k = 1) by term; None takes those of the
        row's `budget_text`. Terms outside `schema.BUDGET_TERMS` stay there only.
    mtf
        Sharpness by the limb.
    profiles
        Further columns as they are: profiles of the residuals.

    Returns
    -------
    dict
        Every column of `schema.STATISTICS`; NaN or empty where nothing is known.

    Raises
    ------
    InputError
        A reason in `rejected` that is no `PixelFlag`.

    Examples
    --------
    >>> row = statistics_row({"band": "B7", "ratio": 0.99}, rejected={"SPIKE": 3})
    >>> row["ratio"], row["rejected_spike"], row["rejected_saturated"], row["disk_mean"]
    (0.99, 3.0, 0.0, nan)
    """
    out: Row = {column.name: EMPTY[column.kind] for column in STATISTICS} | dict(row)
    for name, sample in (("disk", disk), ("sky", sky)):
        out |= {} if sample is None else _sample(name, sample)
    out |= {} if rejected is None else _rejected(rejected)
    out |= {} if outline is None else _shape(outline)
    out |= {
        "sun_direction_deg": sun_direction_deg,
        "background": background,
        "u_background": u_background,
        "halo_fraction": halo_fraction,
        "ghosts_text": _ghosts(ghosts),
    }
    terms = _budget_of(row) if budget is None else budget
    out |= {budget_column(name): float(terms[name]) for name in BUDGET_TERMS if name in terms}
    out |= {} if mtf is None else _sharpness(mtf)
    return out | dict(profiles or {})


def _sample(name: str, sample: SampleStatistics) -> Row:
    columns: Row = {
        f"{name}_pixels": float(sample.pixels),
        f"{name}_mean": sample.mean,
        f"{name}_standard_deviation": sample.standard_deviation,
        f"{name}_minimum": sample.minimum,
        f"{name}_maximum": sample.maximum,
    }
    shares = sample.percentiles.items()
    return columns | {f"{name}_percentile_{share:02d}": value for share, value in shares}


def _rejected(rejected: Mapping[str, int]) -> Row:
    names = [flag.name or "" for flag in PixelFlag]
    unknown = sorted(rejected.keys() - set(names))
    if unknown:
        raise InputError("rejected", f"names among {', '.join(names)}", unknown[0], "name the flag")
    return {f"rejected_{name.lower()}": float(rejected.get(name, 0)) for name in names}


def _shape(outline: Outline) -> Row:
    along, across = outline.semi_axis_line_px, outline.semi_axis_column_px
    return {
        "semi_axis_line_px": along,
        "semi_axis_column_px": across,
        "shear": outline.shear,
        "orientation_deg": _orientation(along, across, outline.shear),
    }


def _orientation(along: float, across: float, shear: float) -> float:
    """Direction of the longer axis of x = across u + shear along v, y = along v."""
    xx, yy, xy = across**2 + (shear * along) ** 2, along**2, shear * along**2
    return math.degrees(0.5 * math.atan2(2.0 * xy, xx - yy)) % 180.0


def _ghosts(ghosts: Iterable[Ghost]) -> str:
    names = ("source_band", "shift_columns", "factor", "u_factor", "overlaps_disk")
    found = [{name: getattr(ghost, name) for name in names} for ghost in ghosts]
    plain = [
        {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in one.items()
        }
        for one in found
    ]
    return json.dumps(plain, default=float) if plain else ""


def _budget_of(row: Mapping[str, Any]) -> Mapping[str, float]:
    """Budget that a ledger row carries as JSON; a missing number is NaN."""
    try:
        held = json.loads(row.get("budget_text") or "{}")
        terms = held.get("budget", {})
        return {name: math.nan if one is None else float(one) for name, one in terms.items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def _sharpness(mtf: LimbMtf) -> Row:
    found: Row = {"scan_box_px": mtf.scan_box_px}
    for direction, one in (("across", mtf.across), ("along", mtf.along)):
        found |= _direction(direction, one)
    return found


def _direction(direction: str, one: DirectionMtf) -> Row:
    values = {
        f"psf_sigma_{direction}_px": (one.sigma_px, one.u_sigma_px),
        f"fwhm_{direction}_px": (one.fwhm_px, one.u_fwhm_px),
        f"mtf_half_nyquist_{direction}": (one.mtf_half_nyquist, one.u_mtf_half_nyquist),
        f"mtf_nyquist_{direction}": (one.mtf_nyquist, one.u_mtf_nyquist),
        f"free_mtf_half_nyquist_{direction}": (
            one.free_mtf_half_nyquist,
            one.u_free_mtf_half_nyquist,
        ),
        f"free_mtf_nyquist_{direction}": (one.free_mtf_nyquist, one.u_free_mtf_nyquist),
    }
    return {name: pair[0] for name, pair in values.items()} | {
        f"u_{name}": pair[1] for name, pair in values.items()
    }
