"""The table of pairs explains the ledger's ratios. All looks are SIMULATED."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from venus_analysis.calibrate.desert import DesertOptions
from venus_analysis.calibrate.desert_pairs import pair_table, write_pairs
from venus_analysis.calibrate.sno import SnoOptions
from venus_analysis.cli import app
from venus_analysis.compute.desert.matchup import Tolerances
from venus_analysis.compute.desert.ratio import Air
from venus_analysis.errors import InputError
from venus_analysis.simulate.desert import simulate_desert
from venus_analysis.simulate.desert_files import write_desert
from venus_analysis.simulate.desert_settings import DesertSeriesSettings

NAMES = {"instrument": "VENUS", "reference_name": "MERIS_3rd", "site": "Libya 4"}
ANGLES = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")


@pytest.fixture(scope="module")
def series():
    return simulate_desert(DesertSeriesSettings(looks=60, reference_looks=120, cloudy_share=0.2))


@pytest.fixture(scope="module")
def arguments(series):
    return series.target, series.target_sensor, series.reference, series.reference_sensor


def test_median_over_kept_pairs_is_the_ratio_in_the_ledger(arguments, series):
    table, found = pair_table(*arguments, **NAMES), series.calibrate()
    kept = table["status"] == "kept"
    assert 0 < kept.sum() < len(kept)
    for row in found.rows:
        if row["band"] != "B12":
            own = kept & (table["target"] == row["acquisition_id"])
            assert row["ratio"] == pytest.approx(np.median(table[f"ratio_{row['band']}"][own]))
    assert {row["acquisition_id"] for row in found.rows} == set(table["target"][kept])


def test_rejected_pairs_say_which_look_and_why(arguments, series):
    table = pair_table(*arguments, **NAMES)
    cloudy = set(series.target.acquisition_id.values[series.truth.cloudy.values])
    by_target = {
        name: {text.startswith("VENUS ") for text in table["status"][table["target"] == name]}
        for name in set(table["target"])
    }
    assert all(len(said) == 1 for said in by_target.values())
    assert sum(by_target[name] == {True} for name in cloudy & set(by_target)) >= 5
    words = " ".join(table["status"])
    assert "VENUS NOT_UNIFORM" in words
    assert "MERIS_3rd " in words


def test_differences_lie_within_the_tolerances(arguments):
    for geometry in ("same", "reciprocal"):
        options = DesertOptions(Tolerances(4.0, 3.0, 9.0, geometry=geometry))
        table = pair_table(*arguments, **NAMES, options=options)
        for name, limit in zip(ANGLES, (4.0, 3.0, 9.0), strict=True):
            assert (np.abs(table[f"d_{name}"]) <= limit).all()
        assert (table["reciprocal"] == (geometry == "reciprocal")).all()


def test_file_holds_all_pairs_of_all_sites(arguments, tmp_path):
    table = pair_table(*arguments, **NAMES)
    path = write_pairs(tmp_path / "new" / "pairs.csv", [table, table], simulated=True)
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# SIMULATED")
    rows = list(csv.DictReader(lines[1:]))
    assert len(rows) == 2 * len(table["site"])
    np.testing.assert_allclose(float(rows[3]["ratio_B7"]), table["ratio_B7"][3], rtol=1e-5)
    assert rows[3]["target_time"].endswith("Z")


def test_command_writes_pairs_and_takes_the_directional_model(tmp_path):
    files = write_desert(tmp_path, DesertSeriesSettings(looks=60, reference_looks=200))
    command = ["desert", str(files.target), "--reference", str(files.reference)]
    command += ["--reference-response", str(files.responses), "--site", "Libya 4", "--json"]
    rows = {}
    for model in ("pairs", "directional"):
        path = tmp_path / f"{model}.csv"
        more = ["--model", model, "--pairs", str(path)]
        result = CliRunner().invoke(app, [*command, *more])
        assert result.exit_code == 0, result.output
        rows[model] = json.loads(result.stdout)["rows"]
        assert path.read_text().startswith("# SIMULATED")
        assert len(path.read_text().splitlines()) > 100
    one, other = (rows[model][0]["configuration"] for model in rows)
    assert one != other
    assert all(row["mission_phase"] == "VM1" for row in rows["pairs"][:12])


@pytest.mark.parametrize("options", [DesertOptions, SnoOptions])
@pytest.mark.parametrize(
    "given",
    [{"aot_550": 90.0}, {"aot_550": -0.1}, {"ozone_du": 0.3}, {"pressure_hpa": 101325.0},
     {"water_vapour_g_cm2": np.nan}],
)  # fmt: skip
def test_air_that_there_is_not_is_refused(options, given):
    with pytest.raises(InputError, match=f"air {next(iter(given))}: expected"):
        options(air=Air(**given))
