"""Fit SMAC's 49 coefficients to runs of 6SV 1.1, band by band, and judge them on a grid.

    python tools/fit_smac.py venus --aerosol desert --runs RUNS --grid GRID.csv
    python tools/fit_smac.py meris --aerosol desert --runs RUNS --responses FOLDER

Runs are kept in the folder RUNS and used again. The coefficients go to the
package's tables; GRID.csv gets the 6S reflectances of the conditions judged on.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares, minimize_scalar
from sixs_runs import (
    AEROSOLS,
    CONDITIONS,
    GASES,
    grid_conditions,
    responses,
    run_band,
    sampled_conditions,
)

from venus_analysis.compute.desert.smac import (
    STANDARD_PRESSURE_HPA,
    Atmosphere,
    rayleigh_phase,
    smac_atmosphere,
    smac_direct,
)
from venus_analysis.compute.desert.smac_coefficients import NAMES, SmacCoefficients
from venus_analysis.compute.desert.two_stream import aerosol_reflectance

Runs = dict[str, np.ndarray]
TABLES = Path(__file__).parents[1] / "src" / "venus_analysis" / "tables"
MERIS = (412, 443, 490, 510, 560, 620, 665, 681, 708, 753, 761, 778, 865, 885, 900)
BAND_NAMES = {"meris": {str(k): str(centre) for k, centre in enumerate(MERIS)}}
BAND_NAMES["aatsr"] = {"0": "555", "1": "660", "2": "865"}
UNUSED = {"meris": {"761", "900"}}
MINOR_GASES = {"o2": "oxygen", "co2": "co2", "ch4": "ch4", "n2o": "no2", "co": "co"}
REFINED = (
    *("a_h2o", "n_h2o", "a0_t", "a1_t", "a2_t", "a3_t", "asymmetry", "albedo"),
    *(
        f"{kind}_{k}"
        for kind, n in (("rayleigh", 3), ("aerosol", 4), ("total", 4))
        for k in range(1, n + 1)
    ),
)
LEAST = {"a_h2o": 1e-5, "n_h2o": 0.1, "asymmetry": 0.1, "albedo": 0.02}
LEAST |= {f"a{k}_t": 0.02 for k in range(4)}
UPPER = {"albedo": 0.9999, "asymmetry": 0.95, "a_h2o": 0.0}
PULL = 3e-3
"""Weight of a coefficient's relative change beside relative reflectance."""


def fit_band(runs: Runs) -> SmacCoefficients:
    """Coefficients of one band."""
    found = dict.fromkeys(NAMES, 0.0)
    found |= fit_gases(runs)
    found |= fit_transmission_and_albedo(runs)
    found |= fit_path(runs)
    return SmacCoefficients(**refine(found, runs))


def refine(found: dict[str, float], runs: Runs) -> dict[str, float]:
    """All terms together on the reflectance over surfaces of 0.2 and 0.5.

    Separate fits leave errors that add; and within a band that absorbs, light is
    scattered where the gas is clear, which only the sum knows. A weak pull
    towards the separate fits keeps terms apart that the sum cannot tell. Conditions
    beyond those asked for in calibration count half.
    """
    start = np.array([found[name] for name in REFINED])
    scale = np.maximum(np.abs(start), [LEAST.get(name, 0.005) for name in REFINED])
    usual = (runs["solar_zenith_deg"] <= 60) & (runs["aot_550"] <= 0.3)
    weight = np.where(usual & (runs["viewing_zenith_deg"] <= 45), 1.0, 0.5)

    def misfit(x: np.ndarray) -> np.ndarray:
        trial = found | dict(zip(REFINED, start + x * scale, strict=True))
        off = reflectance_misfit(SmacCoefficients(**trial), runs)
        return np.concatenate([(off * weight).ravel(), PULL * x])

    bounds = (np.full(len(start), -3.0), np.full(len(start), 3.0))
    for k, name in enumerate(REFINED):
        if name in UPPER:
            bounds[1][k] = min(3.0, max(1e-9, (UPPER[name] - start[k]) / scale[k]))
    moved = least_squares(misfit, np.zeros(len(start)), bounds=bounds).x
    return found | dict(zip(REFINED, map(float, start + moved * scale), strict=True))


def reflectance_misfit(coefficients: SmacCoefficients, runs: Runs) -> np.ndarray:
    """Relative difference (surface, run); with absorption only where 6S has the column asked."""
    sky = atmosphere(coefficients, runs)
    stated = np.prod([runs[gas] for gas in GASES], axis=0)
    sea = runs["altitude_km"] == 0.0
    coupling = runs["toa_reflectance"] / (
        stated * clear_reflectance(runs, runs["surface_reflectance"])
    )
    rows = []
    for rho in (0.2, 0.5):
        wanted = clear_reflectance(runs, rho) * np.where(sea, stated * coupling, 1.0)
        modelled = smac_direct(rho, sky) / np.where(sea, 1.0, sky.gas_transmission)
        rows.append(modelled / wanted - 1.0)
    return np.stack(rows)


def clear_reflectance(runs: Runs, rho: np.ndarray | float) -> np.ndarray:
    """6S's reflectance without absorption."""
    lit = runs["scattering_down"] * runs["scattering_up"] * rho
    return runs["reflectance_I_total"] + lit / (1.0 - runs["spherical_albedo_total"] * rho)


def fit_gases(runs: Runs) -> dict[str, float]:
    """Water and ozone at sea level, where 6S's columns are those asked for."""
    mass = air_mass(runs)
    sea = runs["altitude_km"] == 0.0
    water, ozone = runs["water_vapour_g_cm2"] * mass, runs["ozone_du"] / 1000.0 * mass
    found = {}
    found["a_h2o"], found["n_h2o"] = power_law(runs["water"][sea], water[sea])
    found["a_o3"], found["n_o3"] = power_law(runs["ozone"][sea], ozone[sea])
    pressure = runs["pressure_hpa"] / STANDARD_PRESSURE_HPA
    for gas, column in MINOR_GASES.items():
        names = (f"a_{gas}", f"n_{gas}", f"p_{gas}")
        found |= dict(zip(names, pressure_law(runs[column], mass, pressure), strict=True))
    return found


def power_law(transmission: np.ndarray, amount: np.ndarray) -> tuple[float, float]:
    """Fit exp(a amount^n); 0 and 1 when nothing is absorbed."""
    a, n, _ = pressure_law(transmission, amount, np.ones_like(amount))
    return a, n


def pressure_law(
    transmission: np.ndarray, mass: np.ndarray, pressure: np.ndarray
) -> tuple[float, float, float]:
    """Fit exp(a (pressure^p mass)^n) by least squares on the transmission."""
    if transmission.min() > 1.0 - 3e-5:
        return 0.0, 1.0, 1.0
    free = np.ptp(pressure) > 0.0

    def misfit(x: np.ndarray) -> np.ndarray:
        power = (pressure ** x[2] * mass) ** x[1] if free else mass ** x[1]
        return np.exp(-np.exp(x[0]) * power) - transmission

    start = [np.log(np.median(-np.log(np.clip(transmission, 1e-6, 1 - 1e-6)) / mass)), 0.8, 1.0]
    x = least_squares(misfit, start, bounds=([-30, 0.05, 0.0], [10, 2.0, 4.0])).x
    return float(-np.exp(x[0])), float(x[1]), float(x[2])


def fit_transmission_and_albedo(runs: Runs) -> dict[str, float]:
    """Both are linear in their coefficients."""
    aot, p = runs["aot_550"], runs["pressure_hpa"] / STANDARD_PRESSURE_HPA
    one = np.ones_like(aot)
    albedo = solve([p, aot, aot**2, one], runs["spherical_albedo_total"])
    mu = np.concatenate([cosine(runs, "solar"), cosine(runs, "viewing")])
    aot, p = np.tile(aot, 2), np.tile(p, 2)
    through = np.concatenate([runs["scattering_down"], runs["scattering_up"]])
    path = solve([np.ones_like(mu), aot / mu, p / (1 + mu), 1 / (1 + mu)], through)
    return named("a{}_s", range(4), albedo) | named("a{}_t", range(4), path)


def fit_path(runs: Runs) -> dict[str, float]:
    """Optical depths and phase function as 6S prints them, then what is missed."""
    mu_s, mu_v = cosine(runs, "solar"), cosine(runs, "viewing")
    cos_xi = cos_scattering(runs)
    p, aot = runs["pressure_hpa"] / STANDARD_PRESSURE_HPA, runs["aot_550"]
    dusty = aot > 0.0
    tau_r = float(solve([p], runs["optical_depth_total_rayleigh"])[0])
    s_r = float(solve([p], runs["spherical_albedo_rayleigh"])[0])
    a1_tau = float(solve([aot[dusty]], runs["optical_depth_total_aerosol"][dusty])[0])
    tau, both = a1_tau * aot, a1_tau * aot + tau_r * p
    single = tau_r * rayleigh_phase(cos_xi) / (mu_s * mu_v)
    missed = 0.25 * single * p - runs["reflectance_I_rayleigh"]
    rayleigh = solve(powers(single, 3), missed)
    rayleigh_model = 0.25 * single * p - np.stack(powers(single, 3), 1) @ rayleigh

    degrees = np.rad2deg(np.arccos(cos_xi))
    phase = fit_phase(degrees[dusty], runs["phase_function_I_aerosol"][dusty])
    phase_model = np.stack(powers(degrees, 5), 1) @ phase
    albedo = float(min(runs["albedo_aerosol"][dusty].mean(), 0.9999))
    mass_cosine = air_mass(runs) * cos_xi

    def layer(asymmetry: float) -> np.ndarray:
        return aerosol_reflectance(
            tau, mu_s, mu_v, albedo=albedo, asymmetry=asymmetry, phase=phase_model
        )

    def residual(asymmetry: float) -> tuple[np.ndarray, np.ndarray]:
        missed = layer(asymmetry) - runs["reflectance_I_aerosol"]
        columns = powers(tau * mass_cosine, 4)
        fitted = solve(columns, missed)
        return fitted, missed - np.stack(columns, 1) @ fitted

    asymmetry = bounded_minimum(lambda g: float((residual(g)[1] ** 2).sum()))
    aerosol, _ = residual(asymmetry)
    aerosol_model = layer(asymmetry) - np.stack(powers(tau * mass_cosine, 4), 1) @ aerosol
    rest = runs["reflectance_I_total"] - rayleigh_model - aerosol_model
    total = solve(powers(both * mass_cosine, 4), rest)
    found = {"tau_r": tau_r, "s_r": s_r, "a1_tau": a1_tau, "albedo": albedo}
    found |= {"asymmetry": asymmetry}
    found |= named("phase_{}", range(5), phase) | named("rayleigh_{}", range(1, 4), rayleigh)
    return found | named("aerosol_{}", range(1, 5), aerosol) | named("total_{}", range(1, 5), total)


def fit_phase(degrees: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Quartic in the scattering angle, in scaled degrees for a well-behaved solution."""
    return solve(powers(degrees / 100.0, 5), phase) / 100.0 ** np.arange(5)


def bounded_minimum(function: Callable[[float], float]) -> float:
    """Where a function of one number between 0 and 0.95 is least."""
    return float(minimize_scalar(function, bounds=(0.0, 0.95), method="bounded").x)


def judge(coefficients: SmacCoefficients, runs: Runs) -> np.ndarray:
    """Percent by which SMAC's TOA reflectance differs from 6S's."""
    sky = atmosphere(coefficients, runs)
    return 100.0 * (smac_direct(runs["surface_reflectance"], sky) / runs["toa_reflectance"] - 1.0)


def atmosphere(coefficients: SmacCoefficients, runs: Runs) -> Atmosphere:
    """SMAC under the conditions of the runs."""
    return smac_atmosphere(
        coefficients,
        runs["solar_zenith_deg"],
        runs["viewing_zenith_deg"],
        runs["relative_azimuth_deg"],
        **{name: runs[name] for name in ("aot_550", "water_vapour_g_cm2", "ozone_du")},
        pressure_hpa=runs["pressure_hpa"],
    )


def powers(x: np.ndarray, number: int) -> list[np.ndarray]:
    """1, x, x², ..."""
    return [x**k for k in range(number)]


def solve(columns: list[np.ndarray], values: np.ndarray) -> np.ndarray:
    """Linear least squares."""
    return np.linalg.lstsq(np.stack(columns, axis=1), values, rcond=None)[0]


def named(pattern: str, numbers: range, values: np.ndarray) -> dict[str, float]:
    """Values under their coefficients' names."""
    return {pattern.format(n): float(v) for n, v in zip(numbers, values, strict=True)}


def cosine(runs: Runs, which: str) -> np.ndarray:
    """Cosine of the solar or viewing zenith angle."""
    return np.cos(np.deg2rad(runs[f"{which}_zenith_deg"]))


def air_mass(runs: Runs) -> np.ndarray:
    """Down and up."""
    return 1.0 / cosine(runs, "solar") + 1.0 / cosine(runs, "viewing")


def cos_scattering(runs: Runs) -> np.ndarray:
    """Cosine of the scattering angle; relative azimuth 0 is backscatter."""
    us, uv = cosine(runs, "solar"), cosine(runs, "viewing")
    turn = np.cos(np.deg2rad(runs["relative_azimuth_deg"]))
    return -(us * uv + np.sqrt((1 - us**2) * (1 - uv**2)) * turn)


def write(path: Path, head: str, columns: list[str], rows: list[list[object]]) -> None:
    """Write a table with its source line."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(f"# {head}\n")
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])


def main() -> None:
    """Fit, judge, write."""
    parser = argparse.ArgumentParser(description="Fit SMAC coefficients to 6S.")
    parser.add_argument("instrument", choices=("venus", "meris", "aatsr", "s2a", "s2b"))
    parser.add_argument("--aerosol", choices=tuple(AEROSOLS), default="desert")
    parser.add_argument("--runs", type=Path, required=True, help="folder of 6S runs")
    parser.add_argument("--responses", type=Path, help="folder of DIMITRI's response files")
    parser.add_argument("--grid", type=Path, help="where to write what 6S gives on the grid")
    parser.add_argument("--number", type=int, default=55, help="conditions to fit on")
    parser.add_argument("--step", type=int, default=1, help="every so many conditions of the grid")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    rows, grid = [], []
    for response in responses(given.instrument, given.responses):
        band = BAND_NAMES.get(given.instrument, {}).get(response.band, response.band)
        if band in UNUSED.get(given.instrument, set()) or (given.instrument, band) == (
            "aatsr",
            "3",
        ):
            continue
        stem = f"{given.instrument}_{given.aerosol}_{response.band}"
        parts = {"fit": sampled_conditions(given.number), "grid": grid_conditions()[:: given.step]}
        runs = {
            part: run_band(
                response, given.aerosol, asked, given.runs / f"{stem}_{part}.csv", given.processes
            )
            for part, asked in parts.items()
        }
        found = fit_band(runs["fit"])
        off = judge(found, runs["grid"])
        numbers = [f"{float(getattr(found, name)):.8g}" for name in NAMES]
        rows.append([band, f"{off.mean():.3f}", f"{np.abs(off).max():.3f}", *numbers])
        print(f"{band:>4}  mean {off.mean():+.2f} %  max {np.abs(off).max():.2f} %")
        columns = (*CONDITIONS, "pressure_hpa", "toa_reflectance")
        grid += [
            [band, *(f"{x:.7g}" for x in row)]
            for row in zip(*(runs["grid"][name] for name in columns), strict=True)
        ]
    head = (
        f"SMAC coefficients of {given.instrument} (Rahman & Dedieu 1994, "
        f"doi:10.1080/01431169408954055), fitted by tools/fit_smac.py to 6SV 1.1 "
        f"(Vermote et al. 1997, doi:10.1109/36.581987), {given.aerosol} aerosol. "
        f"off_mean_percent, off_max_percent: TOA reflectance against 6S in {len(parts['grid'])} "
        "conditions that were not fitted."
    )
    columns = ["band", "off_mean_percent", "off_max_percent", *NAMES]
    write(TABLES / f"smac_{given.instrument}_{given.aerosol}.csv", head, columns, rows)
    if given.grid:
        columns = ["band", *CONDITIONS, "pressure_hpa", "toa_reflectance"]
        write(given.grid, "TOA reflectance of 6SV 1.1 by tools/fit_smac.py", columns, grid)


if __name__ == "__main__":
    main()
