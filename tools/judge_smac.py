"""Judge the shipped SMAC coefficients on 6S conditions that nothing was fitted to or chosen by.

    python tools/judge_smac.py venus --seed 2026 --runs RUNS --table TABLE.csv

Conditions are drawn afresh for each seed; one that has been looked at while the
fit was changed is no longer blind. TABLE.csv gets the conditions and what 6S
gives in each band, so that the test needs no 6S.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from fit_smac import BAND_NAMES, UNUSED, judge, write
from scipy.stats import qmc
from sixs_runs import AEROSOLS, CONDITIONS, responses, run_band

from venus_analysis.compute.desert.smac_coefficients import SETS, built_in_coefficients

LOW, HIGH = (0.0, 0.0, 0.0, 0.0, 0.3, 230.0, 0.15), (60.0, 45.0, 180.0, 0.3, 4.0, 430.0, 0.6)


def fresh_conditions(number: int, seed: int) -> np.ndarray:
    """Scrambled Sobol points over the range asked for, at sea level, where columns are exact."""
    points = qmc.scale(qmc.Sobol(7, seed=seed).random(number), LOW, HIGH)
    return np.insert(points, 6, 0.0, axis=1)


def main() -> None:
    """Run 6S, compare, write the table."""
    parser = argparse.ArgumentParser(description="Judge SMAC coefficients on fresh 6S runs.")
    parser.add_argument("instrument", choices=tuple(SETS))
    parser.add_argument("--aerosol", choices=tuple(AEROSOLS), nargs="+", default=list(AEROSOLS))
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--number", type=int, default=32, help="a power of two")
    parser.add_argument("--runs", type=Path, required=True, help="folder of 6S runs")
    parser.add_argument("--responses", type=Path, help="folder of DIMITRI's response files")
    parser.add_argument("--table", type=Path, help="where to write what 6S gives")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    conditions = fresh_conditions(given.number, given.seed)
    table: list[list[object]] = []
    for aerosol in given.aerosol:
        bands, coefficients = built_in_coefficients(given.instrument, aerosol)
        seen = {}
        for response in responses(given.instrument, given.responses):
            band = BAND_NAMES.get(given.instrument, {}).get(response.band, response.band)
            if band not in bands or band in UNUSED.get(given.instrument, set()):
                continue
            name = f"{given.instrument}_{aerosol}_{response.band}_seed{given.seed}.csv"
            runs = run_band(response, aerosol, conditions, given.runs / name, given.processes)
            off = judge(coefficients.take(bands.index(band)), runs)
            print(f"{aerosol} {band:>4}  mean {off.mean():+.2f} %  max {np.abs(off).max():.2f} %")
            seen[band] = runs
        first = seen[bands[0]]
        columns = [first[name] for name in (*CONDITIONS, "pressure_hpa")]
        columns += [seen[band]["toa_reflectance"] for band in bands]
        table += [[aerosol, *(f"{x:.6g}" for x in row)] for row in zip(*columns, strict=True)]
    if given.table:
        head = (
            f"TOA reflectance of 6SV 1.1 in the bands of {given.instrument}, by "
            f"tools/judge_smac.py with seed {given.seed}: conditions that no coefficient was "
            "fitted to and no option chosen by."
        )
        names = ["aerosol", *CONDITIONS, "pressure_hpa", *bands]
        write(given.table, head, names, table)


if __name__ == "__main__":
    main()
