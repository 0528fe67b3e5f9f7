"""200 SIMULATED desert series with planted drift through the whole method, and what comes back.

``python -m benchmarks.planted_deserts [number]`` prints, per band, the mean and
the rms of (found - planted) drift, %/yr, and how often the 95 % interval holds
the truth. Each series has its own VENµS and MERIS looks, clouds included, and
goes through screening, match-up, SMAC, spectrum, ratio and a line through the
ratios (Huber, AR(1) intervals). Some two minutes on one core.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.desert import SiteResult
from venus_analysis.compute.drift.intervals import intervals
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.series import prepare_series
from venus_analysis.simulate.desert import simulate_desert
from venus_analysis.simulate.desert_settings import DesertSeriesSettings
from venus_analysis.simulate.mission_methods import BANDS, DesertSettings
from venus_analysis.simulate.mission_settings import MissionSettings, PhaseOfMission

PLANTED_PER_YEAR = -0.01
MERIS_LOOKS = 700
CASES = ((150, 3, 0.0), (300, 5, 0.0), (150, 3, 0.0015))
"""Looks, years, and the site's own wander per year."""


def settings(seed: int, looks: int, years: int, wander: float = 0.0) -> DesertSeriesSettings:
    """One phase of `years` with so many clear looks; a constant relative drift in all bands."""
    phase = PhaseOfMission("VM1", "2018-01-01", f"{2017 + years}-12-31", 720.0, 2)
    mission = MissionSettings(
        seed=seed,
        phases=(phase,),
        updates=(),
        events=(),
        linear=(PLANTED_PER_YEAR,) * len(BANDS),
        decay=(0.0,) * len(BANDS),
        desert=DesertSettings(wander_per_year=wander, clear_share=0.6),
    )
    return DesertSeriesSettings(mission, looks=looks, reference_looks=MERIS_LOOKS, gain=0.98)


def drift_of(found: SiteResult) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Drift without B12, %/yr less the planted one, and whether its interval holds the truth."""
    bands = len(found.bands)
    time = np.array([row["time"] for row in found.rows[::bands]])
    ratio = np.array([row["ratio"] for row in found.rows]).reshape(-1, bands).T[:-1]
    fit = fit_model(prepare_series(time, ratio), "linear")
    planted = PLANTED_PER_YEAR * fit["level"]
    percent = 100.0 * (fit["slope"] - planted) / fit["level"]
    return percent, np.asarray(intervals(fit)["slope"].contains(planted))


def drifts(
    number: int, looks: int, years: int, wander: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """`drift_of` of so many series, (series, band) each."""
    found = [
        drift_of(simulate_desert(settings(seed, looks, years, wander)).calibrate())
        for seed in range(1000, 1000 + number)
    ]
    return np.array([one[0] for one in found]), np.array([one[1] for one in found])


def main(number: int = 200) -> None:
    """Print one table a case."""
    for looks, years, wander in CASES:
        error, inside = drifts(number, looks, years, wander)
        print(f"\n{number} SIMULATED series: {looks} looks, {years} years, wander {wander:.2%}/yr")
        print("band  mean %/yr  its u  rms %/yr  in 95 % interval")
        for k, band in enumerate(BANDS[:-1]):
            rms = np.sqrt((error[:, k] ** 2).mean())
            own = f"{error[:, k].mean():+9.3f}  {rms / np.sqrt(number):5.3f}  {rms:8.3f}"
            print(f"{band:<5} {own}  {inside[:, k].mean():.0%}")
        u = error.mean(axis=1).std() / np.sqrt(number)
        own = f"{error.mean():+9.3f}  {u:5.3f}  {np.sqrt((error**2).mean()):8.3f}"
        print(f"all   {own}  {inside.mean():.0%}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=200, help="series of each case")
    main(**vars(parser.parse_args()))
