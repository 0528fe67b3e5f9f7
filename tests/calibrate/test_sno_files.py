"""From SIMULATED products, or tables, to ratios: through the files, the command and the ledger."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from venus_analysis import ledger as results
from venus_analysis.calibrate import sno_files
from venus_analysis.calibrate.sno import SnoOptions
from venus_analysis.calibrate.sno_files import SnoCampaign, calibrate_sno_files
from venus_analysis.cli import app
from venus_analysis.collect.sentinel2 import SafeRaster
from venus_analysis.collect.venus_raster import VenusRaster
from venus_analysis.flags import Flag
from venus_analysis.simulate.safe_product import SafeScene
from venus_analysis.simulate.sno import SnoScene, write_pair

GAIN = 1.0 + 0.004 * np.arange(-6, 6)
PARTNERED = ("B2", "B3", "B4", "B7", "B8", "B9", "B10", "B11")
TRUE = dict(zip((f"B{k}" for k in range(1, 13)), GAIN, strict=True))


def scene(**safe):
    return SnoScene(gain=GAIN, safe=SafeScene(side_m=6000, **safe), lines=240, columns=240)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Native with S2A before baseline 04.00; MUSCATE with S2B after it, some months later."""
    folder = tmp_path_factory.mktemp("sno")
    later = {"sensor": "S2B", "baseline": "05.09", "time": np.datetime64("2022-06-04T08:40", "us")}
    return (
        write_pair(folder / "a", scene(), "native"),
        write_pair(folder / "b", scene(**later), "muscate"),
    )


@pytest.fixture(scope="module")
def outcome(pairs):
    return calibrate_sno_files(*zip(*pairs, strict=True), SnoCampaign())


def test_ratio_from_files_is_the_planted_one(outcome):
    assert outcome.failed == []
    assert len(outcome.rows) == 2 * 12
    for row in outcome.rows:
        if row["band"] in PARTNERED:
            assert row["ratio"] == pytest.approx(TRUE[row["band"]], rel=0.003)
            assert row["flags"] == 0
        else:
            assert np.isnan(row["ratio"])
            assert row["flags"] == Flag.NOT_CALIBRATABLE


@pytest.mark.parametrize("side", [0, 1])
def test_a_second_product_of_one_name_fails_and_leaves_the_first_alone(pairs, tmp_path, side):
    given = [[str(one)] for one in pairs[0]]
    alone = calibrate_sno_files(*given, SnoCampaign())
    other = write_pair(tmp_path, replace(scene(), gain=1.1, level=0.3), "native")[side]
    given[side].append(str(other))
    found = calibrate_sno_files(*given, SnoCampaign())
    assert found.failed == [
        (str(other), f"the same acquisition as {given[side][0]}; give each acquisition once")
    ]
    for name in ("ratio", "absolute_gain", "input_digest"):
        np.testing.assert_array_equal(
            [row[name] for row in found.rows], [row[name] for row in alone.rows]
        )


def test_lines_from_files(outcome):
    for one in outcome.results:
        for band, lines in one.lines.items():
            assert lines["deming"].gain == pytest.approx(TRUE[band], rel=0.003)
            assert lines["deming"].offset == pytest.approx(0.0, abs=0.001)
            low, high = lines["deming"].reference_range
            assert high > 1.3 * low


def test_spacecraft_are_two_references(outcome):
    assert [one.reference for one in outcome.results] == ["S2A", "S2B"]
    assert {row["reference"] for row in outcome.rows} == {"S2A", "S2B"}
    assert all(row["simulated"] for row in outcome.rows)
    assert {row["site"] for row in outcome.rows} == {"SIMULATED"}


def test_masked_cells_are_left_out(outcome):
    for one in outcome.results:
        assert one.left_out["CLOUD"] > 0
        assert one.left_out["NOT_UNIFORM"] > 0
        for row in one.rows:
            if row["band"] in PARTNERED:
                assert json.loads(row["budget_text"])["cells"] > 60


def test_a_planted_offset_is_told_from_the_gain(tmp_path):
    planted = SnoScene(
        gain=0.97,
        offset=0.006,
        contrast=0.4,
        safe=SafeScene(side_m=6000),
        lines=240,
        columns=240,
    )
    own, other = write_pair(tmp_path, planted)
    found = calibrate_sno_files([own], [other], SnoCampaign()).results[0].lines
    for band in ("B4", "B7", "B8", "B9", "B10", "B11"):
        assert found[band]["deming"].gain == pytest.approx(0.97, rel=0.002)
        assert found[band]["deming"].offset == pytest.approx(0.006, abs=0.001)


def test_native_products_hand_on_their_gain(pairs, outcome):
    product = VenusRaster(pairs[0][0]).product
    native = [row for row in outcome.rows if row["reference"] == "S2A"]
    for row in native:
        assert row["absolute_gain"] == product.absolute_gain[row["band"]]
        assert row["parameter_set"] == product.parameter_set
    assert len({row["input_digest"] for row in outcome.rows}) == 2


def test_a_repeated_run_reads_no_pixel_again(pairs, outcome, tmp_path, monkeypatch):
    given = [*zip(*pairs, strict=True), SnoCampaign(extracts=tmp_path)]
    first = calibrate_sno_files(*given)
    monkeypatch.setattr(sno_files, "macro_cells", None)
    again = calibrate_sno_files(*given)
    assert len(list(tmp_path.iterdir())) == 2
    assert list(map(str, outcome.rows)) == list(map(str, first.rows))
    assert list(map(str, outcome.rows)) == list(map(str, again.rows))


def test_one_bad_file_stops_nothing_else(pairs, tmp_path):
    own, other = pairs[0]
    damaged = tmp_path / other.name
    shutil.copytree(other, damaged)
    next(damaged.rglob("*_B03.jp2")).write_bytes(b"no image")
    found = calibrate_sno_files(
        [own, tmp_path / "absent.HDR"], [damaged, other], SnoCampaign(), scheduler="threads"
    )
    failed = dict(found.failed)
    assert set(failed) == {str(damaged), str(tmp_path / "absent.HDR")}
    assert "complete JPEG 2000 image" in failed[str(damaged)]
    assert len(found.rows) == 12


def test_cells_that_cannot_be_compared_stop_no_other_reference(pairs, monkeypatch):
    """The offset of newer Sentinel-2 products makes dark cells negative."""
    real = sno_files.macro_cells

    def cells(raster, *given):
        found = real(raster, *given)
        if raster.instrument == "S2B":
            found["reflectance"][0] = -0.01
        return found

    monkeypatch.setattr(sno_files, "macro_cells", cells)
    found = calibrate_sno_files(*zip(*pairs, strict=True), SnoCampaign())
    assert {row["reference"] for row in found.rows} == {"S2A"}
    ((path, error),) = found.failed
    assert path == str(pairs[1][0])
    assert "reflectance: expected above 0" in error


def test_products_apart_in_time_or_place_are_no_pair(pairs, tmp_path):
    (own, _), (_, other) = pairs
    assert calibrate_sno_files([own], [other], SnoCampaign()).rows == []
    far = SnoScene(safe=SafeScene(side_m=1200, latitude_deg=29.5), lines=40, columns=40)
    _, away = write_pair(tmp_path, far)
    assert calibrate_sno_files([own], [away], SnoCampaign()).rows == []
    (tmp_path / "table.csv").touch()
    mixed = calibrate_sno_files([own], [tmp_path / "table.csv"], SnoCampaign())
    assert "tables with tables" in mixed.failed[0][1]


def test_tables_hand_on_the_gain_and_the_parameter_set_they_state(tmp_path):
    """Looks three minutes apart; Ak falls by 2 % with the second set, so the ratio rises."""
    days = np.datetime64("2019-03-01T08:30:00") + 20 * np.arange(8) * np.timedelta64(1, "D")
    late = np.arange(8) >= 4
    angles = "solar_zenith_deg,viewing_zenith_deg,relative_azimuth_deg"
    own, other = ((tmp_path / f"{name}.csv") for name in ("venus", "s2a"))
    bands = [f"B{k}" for k in range(1, 13)]
    head = [f"reflectance_{band}" for band in bands] + [f"absolute_gain_{band}" for band in bands]
    lines = [f"time,{angles},{','.join(head)},parameter_set,mission_phase"]
    for day, new in zip(days, late, strict=True):
        cells = [f"{0.3 / (0.98 if new else 1.0)}"] * 12 + [str(1.96 if new else 2.0)] * 12
        lines.append(f"{day}Z,30,4,90,{','.join(cells)},{'00008' if new else '00007'},VM1")
    own.write_text("# SIMULATED\n" + "\n".join(lines))
    bands = [*(f"B{k}" for k in range(1, 9)), "B8A", *(f"B{k}" for k in range(9, 13))]
    lines = [f"time,{angles},{','.join(f'reflectance_{band}' for band in bands)}"]
    lines += [f"{day + np.timedelta64(3, 'm')}Z,30,4,90,{','.join(['0.3'] * 13)}" for day in days]
    other.write_text("# SIMULATED\n" + "\n".join(lines))
    campaign = SnoCampaign(site="Libya 4", options=SnoOptions(adjustment="none"))
    found = calibrate_sno_files([own], [other], campaign)
    assert found.failed == []
    rows = [row for row in found.rows if row["band"] == "B4"]
    assert [row["parameter_set"] for row in rows] == ["00007"] * 4 + ["00008"] * 4
    assert {row["mission_phase"] for row in rows} == {"VM1"}
    # what the sensor does is free of any Ak
    assert [row["ratio"] * row["absolute_gain"] for row in rows] == pytest.approx([2.0] * 8)


def test_old_and_new_baselines_read_the_same_reflectance(tmp_path):
    box = (0.0, 0.0, 1e7, 1e7)
    seen = []
    for baseline in ("02.07", "05.09"):
        one = SnoScene(safe=SafeScene(side_m=1200, baseline=baseline), lines=40, columns=40)
        raster = SafeRaster(write_pair(tmp_path / baseline, one)[1])
        assert raster.product.offsets["B4"] == (0.0 if baseline == "02.07" else -1000.0)
        seen.append(raster.band("B4", box)["reflectance"].values)
    np.testing.assert_allclose(*seen, atol=1e-6)


def test_command_fills_the_ledger_once(pairs, tmp_path):
    own, other = pairs[0]
    ledger, figure = tmp_path / "ledger", tmp_path / "sno.html"
    command = ["sno", str(own), "--reference", str(other), "--ledger", str(ledger)]
    shown = CliRunner().invoke(app, [*command, "--figure", str(figure)])
    assert shown.exit_code == 0, shown.output
    assert "SIMULATED" in shown.stdout
    assert "no value: no Sentinel-2 band" in shown.stdout
    assert "SIMULATED" in figure.read_text()
    again = CliRunner().invoke(app, [*command, "--json"])
    rows = json.loads(again.stdout)["rows"]
    assert [row["band"] for row in rows if row["ratio"] is None] == ["B1", "B5", "B6", "B12"]
    kept = results.load(ledger).frame
    assert len(kept) == 12
    assert set(kept["method"]) == {"sno"}


def test_command_says_what_failed(pairs, tmp_path):
    absent = tmp_path / "absent.SAFE"
    command = ["sno", str(pairs[0][0]), "--reference", str(absent), "--json"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failed"][0]["input"] == str(absent)


def test_simulate_command_writes_both(tmp_path):
    result = CliRunner().invoke(app, ["simulate", "sno", str(tmp_path), "--side", "1200"])
    assert result.exit_code == 0, result.output
    assert result.output.count("SIMULATED product written") == 2
