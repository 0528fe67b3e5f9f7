"""Columns of the ledger: name, type, unit, sentence; this is the one place.

`key` columns identify what was calibrated and how; together with `run_id`
they identify a row.

To add, remove or rename a column once a version has been released: change
`COLUMNS`, raise `SCHEMA_VERSION`, and name the renamed columns in `RENAMED`.
Rows of older versions then get the new names and the new columns' empty value
when they are read (`venus_analysis.ledger.parts`). A test holds the columns to
the version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from venus_analysis.flags import PIXEL_SENTENCES, PixelFlag

Kind = Literal["text", "float", "integer", "boolean", "time"]

UTC_IN_CSV: Final = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How times stand in CSV files, as in JSON."""


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, unit (empty for none) and meaning."""

    name: str
    kind: Kind
    unit: str
    sentence: str
    key: bool = False


def _text(name: str, sentence: str, *, key: bool = False) -> Column:
    return Column(name, "text", "", sentence, key)


def _number(name: str, unit: str, sentence: str) -> Column:
    return Column(name, "float", unit, sentence)


def _with_uncertainty(name: str, unit: str, sentence: str) -> tuple[Column, Column]:
    uncertainty = f"Standard uncertainty (k = 1) of {name}."
    return _number(name, unit, sentence), _number(f"u_{name}", unit, uncertainty)


def _ghost_columns(number: int) -> tuple[Column, ...]:
    of = f"ct2_{number}"
    which = ("first", "second")[number - 1]
    source = f"CT2: {which} other band of the tri-detector whose ghost was looked for."
    return (
        _text(f"{of}_source", source),
        *_with_uncertainty(
            f"{of}_factor", "1", "CT2: radiance of this ghost over radiance of its source."
        ),
        _number(f"{of}_shift_columns", "pixel", "Columns from source to ghost."),
        _number(
            f"u_{of}_shift_columns",
            "pixel",
            f"Standard uncertainty (k = 1) of {of}_shift_columns; 0 where STRLGT gave the place.",
        ),
        _number(f"{of}_significance", "1", "Factor over its uncertainty by noise, at this shift."),
        _number(
            f"{of}_probability",
            "1",
            "Chance of such a ghost in an empty scene, over all shifts and pairs of bands.",
        ),
    )


_RESIDUAL_COLUMNS: tuple[Column, ...] = (
    *_with_uncertainty("ct1_fraction", "1", "CT1: share of the light in the residual halo."),
    _number("ct1_detection_limit", "1", "Halo share that is found in 95 of 100 looks."),
    *_with_uncertainty("ct1_scale_radii", "disk radii", "Radial scale of the residual halo."),
    *_with_uncertainty("ct1_near", "1", "CT1: share of the light between 1.00 and 1.05 radii."),
    *_with_uncertainty("ct1_far", "1", "CT1: share of the light between 1.05 and 3 radii."),
    *_ghost_columns(1),
    *_ghost_columns(2),
    _number("ct2_detection_limit", "1", "Ghost factor that is found in 95 of 100 scenes."),
    *_with_uncertainty("noise_a", "counts", "Temporal noise: A of A² + B signal + 1/12."),
    *_with_uncertainty("noise_b", "counts", "Temporal noise: B of A² + B signal + 1/12."),
    _number("signal_to_noise_median", "1", "Signal over temporal noise at the disk's median."),
    _number("signal_to_noise_bright", "1", "The same at the level 95 % of the disk stay below."),
    *_with_uncertainty(
        "column_pattern_sky", "counts", "Fixed pattern: spread of column levels on the sky."
    ),
    *_with_uncertainty(
        "column_pattern_disk", "1", "Fixed pattern: relative spread of columns on the disk."
    ),
)

COLUMNS: tuple[Column, ...] = (
    _text("instrument", "Camera that was calibrated, as VENUS/VSSC.", key=True),
    _text("acquisition_id", "Name of the acquisition.", key=True),
    _text("band", "The instrument's own band name.", key=True),
    _text("method", "moon, desert, sno, or an importer's own method.", key=True),
    _text("site", "Place looked at: THE_MOON, Libya 4, ...", key=True),
    _text("reference", "Full name of the model or sensor compared with.", key=True),
    _text("reference_acquisition_id", "Acquisition of the reference; empty for a model.", key=True),
    _text("parameter_digest", "Digest of all parameter file serials in use.", key=True),
    _text("configuration", "Digest of every option that changes numbers.", key=True),
    _text("configuration_text", "The options themselves, as JSON."),
    Column("time", "time", "UTC", "Time of the disk's centre line, or of the overpass."),
    _text("mission_phase", "VM1 ... VM5; empty where it has no meaning."),
    _number("altitude_km", "km", "Height of the orbit above the ellipsoid."),
    _text("parameter_set", "Serial of the absolute gain (Ak) set."),
    *(
        _text(f"serial_{kind}", f"Serial of the {kind.upper()} file in use.")
        for kind in ("phgain", "darkcu", "relsen", "noismo", "outord", "strlgt")
    ),
    _number("absolute_gain", "counts / (W m-2 sr-1 um-1)", "Absolute gain Ak in use."),
    _number(
        "measured",
        "W m-2 um-1 (moon), 1 (desert, sno)",
        "Moon: band irradiance at the observer; desert and SNO: TOA reflectance.",
    ),
    _number("modelled", "as measured", "The same quantity from the model or reference."),
    _number("ratio", "1", "measured / modelled, with the Ak named in this row."),
    _number("stated", "as measured", "The measured quantity as the input states it, if it does."),
    _number("u_random", "1", "Relative standard uncertainty (k = 1), changes from look to look."),
    _number(
        "u_systematic_instrument",
        "1",
        "Relative standard uncertainty (k = 1) of the instrument, common to many looks.",
    ),
    _number("u_model", "1", "Relative standard uncertainty (k = 1) of the model or reference."),
    Column("flags", "integer", "", "Sum of quality flag bits, see venus_analysis.flags."),
    _number("phase_angle_deg", "deg", "Phase angle, negative while the Moon waxes."),
    _number("sub_solar_longitude_deg", "deg", "Selenographic longitude of the Sun."),
    _number("sub_solar_latitude_deg", "deg", "Selenographic latitude of the Sun."),
    _number("observer_longitude_deg", "deg", "Selenographic longitude of the observer."),
    _number("observer_latitude_deg", "deg", "Selenographic latitude of the observer."),
    _number("sun_distance_au", "au", "Distance from the Sun to the Moon."),
    _number("observer_distance_km", "km", "Distance from the observer to the Moon's centre."),
    _number("solar_zenith_deg", "deg", "Solar zenith angle at the site."),
    _number("view_zenith_deg", "deg", "View zenith angle at the site."),
    _number("relative_azimuth_deg", "deg", "Relative azimuth, folded to 0-180."),
    _number("water_vapour_g_cm2", "g cm-2", "Water vapour above the site, as the look states it."),
    _number("ozone_du", "DU", "Ozone above the site, as the look states it."),
    _number("pixel_number", "1", "Pixels in the mask of the Moon."),
    _number("centre_line", "pixel", "Line of the disk's centre; 0.0 is the first line's middle."),
    _number("centre_column", "pixel", "Column of the disk's centre."),
    _number("across_px", "pixel", "Semi-axis of the disk across the scan."),
    *_with_uncertainty(
        "offset_along_px", "pixel", "Band beside the nominal focal plane along the scan."
    ),
    *_with_uncertainty(
        "offset_across_px", "pixel", "Band beside the nominal focal plane across the scan."
    ),
    _number("oversampling", "1", "Along-scan oversampling used."),
    _number("oversampling_limb", "1", "Along-scan oversampling that the limb shows."),
    _number("u_oversampling_limb", "1", "Its standard uncertainty (k = 1), without lunar relief."),
    _number("halo_outside_mask", "1", "Share of the irradiance that was added for the halo."),
    _number("background_removed", "1", "Share of the irradiance that was taken off as background."),
    _number(
        "sensitivity_mask", "1", "Largest relative change of the irradiance with the mask's size."
    ),
    _number(
        "sensitivity_background",
        "1",
        "Relative change if the mean of a ring near the limb were taken off as background.",
    ),
    *_RESIDUAL_COLUMNS,
    _text("budget_text", "Relative uncertainties (k = 1) and sensitivities by term, as JSON."),
    Column("simulated", "boolean", "", "True when the input is synthetic."),
    _text("product", "Folder of pictures of this result; empty for none."),
    Column("algorithm_version", "integer", "", "Raised whenever numbers change."),
    _text("software_version", "Version of venus_analysis that wrote the row."),
    _text("run_id", "Identity of the run that wrote the row."),
    Column("committed", "time", "UTC", "When the row entered the ledger; null before."),
    _text("input_digest", "Digest of the input bytes that were read."),
)

NAMES: tuple[str, ...] = tuple(column.name for column in COLUMNS)
KEY: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.key)
IDENTITY: tuple[str, ...] = (*KEY, "run_id")
MAY_BE_EMPTY: frozenset[str] = frozenset(
    {"reference_acquisition_id", "parameter_digest", "configuration"}
)

SCHEMA_VERSION = 2
RENAMED: dict[int, dict[str, str]] = {}
"""For each older version, its column names that the next version changed: old to new."""

EMPTY: dict[Kind, Any] = {
    "text": "",
    "float": float("nan"),
    "integer": 0,
    "boolean": False,
    "time": None,
}
"""What a cell holds when nothing is known."""

STATISTICS_VERSION = 1
"""Raised whenever `STATISTICS_COLUMNS` change once a version has been released."""

PERCENTILES: tuple[int, ...] = (1, 5, 25, 50, 75, 95, 99)
BUDGET_TERMS: tuple[str, ...] = (
    "noise",
    "background",
    "halo",
    "halo noise",
    "background and halo",
    "halo tail",
    "ghosts",
    "mask",
    "aperture",
    "pixel filter",
    "oversampling",
    "solid angle",
    "geometry",
)
"""Terms of the uncertainty budget that have a column; others stand in `budget_text` only."""

_RADIANCE = "W m-2 sr-1 um-1"
_DIRECTIONS = {"across": "across the scan", "along": "along the scan"}


def budget_column(term: str) -> str:
    """Column of a term of the uncertainty budget.

    Examples
    --------
    >>> budget_column("halo tail")
    'budget_halo_tail'
    """
    return f"budget_{term.replace(' ', '_')}"


def _sample_columns(name: str, what: str) -> tuple[Column, ...]:
    return (
        _number(f"{name}_pixels", "1", f"Number of {what}."),
        _number(f"{name}_mean", _RADIANCE, f"Mean radiance of {what}."),
        _number(f"{name}_standard_deviation", _RADIANCE, f"Standard deviation over {what}."),
        _number(f"{name}_minimum", _RADIANCE, f"Least radiance of {what}."),
        _number(f"{name}_maximum", _RADIANCE, f"Greatest radiance of {what}."),
        *(
            _number(
                f"{name}_percentile_{share:02d}",
                _RADIANCE,
                f"Radiance that {share} % of {what} do not exceed.",
            )
            for share in PERCENTILES
        ),
    )


def _sharpness_columns(direction: str) -> tuple[Column, ...]:
    where = _DIRECTIONS[direction]
    return (
        *_with_uncertainty(
            f"psf_sigma_{direction}_px",
            "pixel",
            f"Sigma of a Gaussian point spread {where}, pixel and scan box taken off.",
        ),
        *_with_uncertainty(
            f"fwhm_{direction}_px",
            "pixel",
            f"Full width at half maximum of the line spread {where}, all included.",
        ),
        *_with_uncertainty(
            f"mtf_half_nyquist_{direction}",
            "1",
            f"Modulation transfer at 0.25 cycles per pixel {where}, all included.",
        ),
        *_with_uncertainty(
            f"mtf_nyquist_{direction}",
            "1",
            f"Modulation transfer at 0.5 cycles per pixel {where}, all included.",
        ),
        *_with_uncertainty(
            f"free_mtf_half_nyquist_{direction}",
            "1",
            f"mtf_half_nyquist_{direction}, not bound to one Gaussian.",
        ),
        *_with_uncertainty(
            f"free_mtf_nyquist_{direction}",
            "1",
            f"mtf_nyquist_{direction}, not bound to one Gaussian.",
        ),
    )


STATISTICS_COLUMNS: tuple[Column, ...] = (
    *(
        _number(
            f"rejected_{(flag.name or '').lower()}",
            "1",
            f"Pixels of the aperture with {flag.name}: {PIXEL_SENTENCES[flag]}",
        )
        for flag in PixelFlag
    ),
    *_sample_columns("disk", "pixels within the outline"),
    *_sample_columns("sky", "pixels of the sky beside the Moon"),
    _number("semi_axis_line_px", "pixel", "Half the height of the outline."),
    _number("semi_axis_column_px", "pixel", "Half the width of the outline, its shear undone."),
    _number("shear", "1", "Columns that the outline moves per line."),
    _number(
        "orientation_deg",
        "deg",
        "Direction of the outline's longer axis, from +column towards +line, 0 to 180.",
    ),
    _number(
        "sun_direction_deg",
        "deg",
        "Direction of the Sun on the unit disk, from +column towards +line.",
    ),
    *_with_uncertainty(
        "background", _RADIANCE, "Mean radiance taken off the disk: dark level, drift and ghosts."
    ),
    _number("halo_fraction", "1", "Share of the light that is in the fitted halo."),
    _text("ghosts_text", "Ghosts of other bands: source, shift, factor, uncertainty, as JSON."),
    *(
        _number(budget_column(term), "1", f"Relative standard uncertainty (k = 1): {term}.")
        for term in BUDGET_TERMS
    ),
    _text("ct1_kernel", "Family of the residual halo: exponential, gaussian or power-law."),
    _text("stray_light", "Correction before the residuals were measured: none, TYPE1, ..."),
    _text("halo_profile_text", "Radiance of the sky by distance in radii, as JSON of <= 64 bins."),
    _text("encircled_energy_text", "Share of the light within radii, as JSON of <= 64 bins."),
    _text("noise_text", "Variance of counts by signal above dark, as JSON of <= 64 bins."),
    *_sharpness_columns("across"),
    *_sharpness_columns("along"),
    _number("scan_box_px", "pixel", "Box along the scan that the point spread has taken off."),
)
"""What a row of the statistics file has besides the ledger's columns."""

STATISTICS: tuple[Column, ...] = (*COLUMNS, *STATISTICS_COLUMNS)
"""All columns of the statistics file."""
