"""Simultaneous nadir observations: looks of two sensors in, ledger rows and lines out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import xarray as xr

from venus_analysis.calibrate.desert import sensor_of
from venus_analysis.calibrate.row import Row, configuration_of, software_version
from venus_analysis.calibrate.sno_rows import Compared, compare, mean_of, rows_of
from venus_analysis.calibrate.sno_side import pairs_of, side_of
from venus_analysis.compute.desert.budget import Budget, desert_budget
from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.compute.desert.ratio import Air, Sensor, require_air
from venus_analysis.compute.desert.screen import SIGMAS
from venus_analysis.compute.desert.site_ratio import SiteRatio
from venus_analysis.compute.sno.adjust import Adjustment, adjusted_reflectance, partner_columns
from venus_analysis.compute.sno.consistent import consistent_points
from venus_analysis.compute.sno.matchup import SimultaneousTolerances
from venus_analysis.compute.sno.partners import partner_bands
from venus_analysis.compute.sno.regression import ESTIMATORS, Estimator, Regression, regress
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse

Given = tuple[Looks, Sensor, Looks, Sensor, Pairs]

ALGORITHM_VERSION: Final = 3
LEDGER_NAMES: Final = {"VENUS": "VENUS/VSSC"}
NOT_IN_THE_SPLINE: Final = {"S2A": ("B8",), "S2B": ("B8",)}
"""Broad bands with water vapour in them, that would bend the surface's spectrum."""


@dataclass(frozen=True)
class SnoOptions:
    """Everything that changes the numbers of a calibration by simultaneous looks.

    Parameters
    ----------
    tolerances
        Of the pairs' times and geometry.
    air, aerosol
        Of the ``surface`` adjustment.
    adjustment
        Band adjustment, see `adjusted_reflectance`.
    most_scatter, least_valid
        Of cells, see `screen_cells`. A site as a whole may be less uniform: both
        sensors average over all of it.
    screen_sigmas
        Of looks that come without cloud masks, see `screen_looks`.
    cell_m
        Side of the cells that products are averaged to.
    """

    tolerances: SimultaneousTolerances = SimultaneousTolerances()  # noqa: RUF009  frozen
    air: Air = Air()  # noqa: RUF009  frozen
    aerosol: str = "desert"
    adjustment: Adjustment = "surface"
    most_scatter: float = 0.03
    least_valid: float = 0.95
    screen_sigmas: float = SIGMAS
    cell_m: float = 500.0

    def __post_init__(self) -> None:
        if not 300.0 <= self.cell_m <= 1000.0:
            raise InputError(
                "cell size",
                "300 to 1000 m",
                f"{self.cell_m:g} m",
                "smaller cells feel the registration, larger ones are seldom uniform",
            )
        require_air(self.air)

    def configuration(self) -> tuple[str, str]:
        """Digest and text of the options."""
        plain = {k: v for k, v in vars(self).items() if k not in ("tolerances", "air")}
        air = {f"air_{name}": value for name, value in vars(self.air).items()}
        return configuration_of({**vars(self.tolerances), **air, **plain})


@dataclass(frozen=True, eq=False)
class SnoResult:
    """Rows, the points behind them, and what became of the rest.

    Attributes
    ----------
    rows
        Ledger rows, one for each pair of scenes and band; `run_id`,
        `input_digest` and `committed` are still empty.
    reference, adjustment
        Name of the reference, and the band adjustment used.
    bands, partners
        The target's bands, and the reference band that each is compared with.
    reasons
        Band without partner to why.
    mean
        Mean ratio over the pairs of scenes and its scatter, per band.
    compared
        The points themselves, for figures.
    budget
        Systematic uncertainty by term, per band.
    left_out
        Why to how many: looks of the target screened, points by cell flag,
        looks without a partner.
    """

    rows: list[Row]
    reference: str
    adjustment: Adjustment
    bands: tuple[str, ...]
    partners: Mapping[str, str]
    reasons: Mapping[str, str]
    mean: SiteRatio
    compared: Compared
    budget: Budget | None
    left_out: dict[str, int] = field(default_factory=dict)

    @cached_property
    def lines(self) -> dict[str, dict[str, Regression]]:
        """Band to estimator to line, see `joint_lines`."""
        return joint_lines([self])


def sno_sensor(
    name: str, responses: tuple[SpectralResponse, ...], aerosol: str = "desert"
) -> Sensor:
    """Sensor as `sensor_of` gives it, without bands that would bend the spline.

    Examples
    --------
    >>> from venus_analysis.instrument import sentinel2_responses
    >>> sno_sensor("S2A", sentinel2_responses("S2A")).bands[-2:]
    ('B7', 'B8A')
    """
    whole = sensor_of(name, responses, aerosol)
    kept = [
        k for k, b in enumerate(whole.bands) if b not in NOT_IN_THE_SPLINE.get(name.upper(), ())
    ]
    coefficients = type(whole.coefficients)(
        **{key: np.asarray(value)[kept] for key, value in vars(whole.coefficients).items()}
    )
    return Sensor(
        tuple(whole.bands[k] for k in kept),
        [whole.responses[k] for k in kept],
        coefficients,
        np.broadcast_to(whole.smac_offset, len(whole.bands))[kept],
    )


def calibrate_sno(
    target: xr.Dataset,
    target_sensor: Sensor,
    reference: xr.Dataset,
    reference_sensor: Sensor,
    *,
    instrument: str = "VENUS",
    reference_instrument: str = "S2A",
    reference_name: str | None = None,
    site: str,
    options: SnoOptions | None = None,
) -> SnoResult:
    """Calibrate one sensor against another that saw the same place at nearly the same time.

    Looks or cells are screened, paired by cell, time and geometry, and the
    reference is adjusted to the target's bands. The ratio of a pair of scenes is
    the ratio of the means over its cells.

    Parameters
    ----------
    target, reference
        Observations as `read_observations` gives them, one look a row; or cells
        as `macro_cells` gives them: then ``cell`` (time) names each, and all
        cells of a scene share its ``acquisition_id``. S2A and S2B are two
        references, never mixed in one call.
    target_sensor, reference_sensor
        From `sno_sensor`.
    instrument, reference_instrument
        VENUS with S2A or S2B, AATSR with MERIS.
    reference_name
        Name in the ledger; the instrument's by default.
    site
        As it shall stand in the ledger.
    options
        Everything that changes numbers.

    Returns
    -------
    SnoResult
        Bands without partner have rows with a flag and the reason, no ratio.

    Raises
    ------
    InputError
        As `looks_of`; cells in one of the two only; sensors without a table of
        partners.
    """
    options = options or SnoOptions()
    partners, reasons = partner_bands(instrument, reference_instrument)
    partners = {a: b for a, b in partners.items() if a in target_sensor.bands}
    name = reference_name or reference_instrument
    here = side_of(target, target_sensor, instrument)
    there = side_of(reference, reference_sensor, name)
    here, there = here.screened(options.screen_sigmas), there.screened(options.screen_sigmas)
    pairs = pairs_of(here, there, options.tolerances)
    given: Given = (here.looks, target_sensor, there.looks, reference_sensor, pairs)
    modelled = adjusted_reflectance(
        *given, partners, adjustment=options.adjustment, air=options.air
    )
    limits = (options.most_scatter, options.least_valid)
    columns = partner_columns(target_sensor, reference_sensor, partners)
    bad = here.cell_reasons(*limits)[pairs.target]
    bad |= there.cell_reasons(*limits)[pairs.reference][:, columns]
    compared = compare(pairs, here, there, modelled, np.where(columns < 0, 0, bad).astype(np.uint8))
    budget = _budget(given, options, cells=here.has_cells) if len(pairs) else None
    common = {
        "instrument": LEDGER_NAMES.get(instrument.upper(), instrument),
        "site": site,
        "reference": name,
        "simulated": here.simulated or there.simulated,
        "algorithm_version": ALGORITHM_VERSION,
        "software_version": software_version(),
    }
    common["configuration"], common["configuration_text"] = options.configuration()
    rows = rows_of(
        compared,
        target_sensor.bands,
        common,
        reasons=reasons,
        budget=budget,
        late_minutes=options.tolerances.late_minutes,
    )
    return SnoResult(
        rows,
        name,
        options.adjustment,
        target_sensor.bands,
        partners,
        {band: reasons[band] for band in target_sensor.bands if band in reasons},
        mean_of(rows, target_sensor.bands),
        compared,
        budget,
        here.reasons | compared.left_out(),
    )


def joint_lines(
    results: Sequence[SnoResult], estimators: Sequence[Estimator] = ESTIMATORS
) -> dict[str, dict[str, Regression]]:
    """Lines over the points of several results, as of a dark and a bright site.

    One site seldom has enough contrast to tell gain from offset. Scenes that
    disagree with the rest are left out, see `consistent_points`.

    Parameters
    ----------
    results
        Of the same bands and the same reference sensor.
    estimators
        Wanted ones; ``theil-sen`` takes most of the time.

    Returns
    -------
    dict
        Band to estimator to line; bands without points are not in it.

    Raises
    ------
    InputError
        No result, other bands, or another reference or adjustment.
    """
    kinds = {(one.bands, one.reference, one.adjustment) for one in results}
    if len(kinds) != 1:
        raise InputError(
            "results", "one reference, one adjustment", f"{len(kinds)} kinds", "fit them apart"
        )
    found: dict[str, dict[str, Regression]] = {}
    scene = np.concatenate([one.compared.scene for one in results])
    for b, band in enumerate(results[0].bands):
        x = np.concatenate([one.compared.modelled[:, b] for one in results])
        y = np.concatenate([one.compared.measured[:, b] for one in results])
        good = consistent_points(x, y, scene)
        if good.any():
            points = (x[good], y[good], scene[good])
            found[band] = {name: regress(*points, estimator=name) for name in estimators}
    return found


def _budget(given: Given, options: SnoOptions, *, cells: bool) -> Budget:
    """Terms of the desert budget that do not cancel between simultaneous looks.

    What the coefficients of both sensors miss of 6S is nearly the same in
    partner bands at one geometry; a surface that changes from cell to cell tells
    nothing of its directional behaviour.
    """
    terms = dict(desert_budget(*given, air=options.air).terms)
    terms.pop("smac")
    if cells:
        terms.pop("directional")
    return Budget(terms)
