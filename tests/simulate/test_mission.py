"""A simulated mission: its files agree with each other and with what was planted."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from venus_analysis.calibrate.drift.events import break_dates, read_events
from venus_analysis.calibrate.scene import calibrate_scene
from venus_analysis.compute.moon.geometry import lunar_geometry
from venus_analysis.compute.rebase import rebase_ratio, sensor_sensitivity
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.ledger import check, load
from venus_analysis.parameters.check import check_folder
from venus_analysis.parameters.parameter_set import parameter_set
from venus_analysis.parameters.registry import Registry
from venus_analysis.schema import NAMES
from venus_analysis.simulate.mission import (
    MissionFiles,
    mission_rows,
    mission_series,
    simulate_mission,
)
from venus_analysis.simulate.mission_image import image_columns, sharpness_columns
from venus_analysis.simulate.mission_looks import correlated_noise, random_walk
from venus_analysis.simulate.mission_methods import (
    BANDS,
    DesertSettings,
    MoonSettings,
    SnoSettings,
)
from venus_analysis.simulate.mission_scenes import mission_scenes, write_mission_scenes
from venus_analysis.simulate.mission_settings import MissionSettings, PlantedEvent, PlantedUpdate
from venus_analysis.simulate.mission_truth import gain_sets, relative_sensitivity
from venus_analysis.simulate.scene import simulate_scene

QUIET = MissionSettings(
    moon=MoonSettings(
        level=(0.02,) * 12, per_phase_deg=0.0, per_longitude_deg=0.0, per_latitude_deg=0.0,
        common_noise=0.0, band_noise=0.0,
    ),
    desert=DesertSettings(
        noise_blue=0.0, noise_red=0.0, season_blue=0.0, season_red=0.0, wander_per_year=0.0
    ),
    sno=SnoSettings(noise=0.0),
)  # fmt: skip
SERIALS = ("DARKCU", "RELSEN", "NOISMO", "OUTORD", "STRLGT")


def simulate(*arguments):
    command = [sys.executable, "-W", "error", "-m", "venus_analysis", "simulate", "mission"]
    command += map(str, arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The default mission, written by the command line."""
    result = simulate(tmp_path_factory.mktemp("mission") / "demo", "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found.pop("simulated") == 1
    assert found.pop("scenes") == []
    return MissionFiles(rows=found.pop("rows"), **{k: Path(path) for k, path in found.items()})


@pytest.fixture(scope="module")
def rows():
    return mission_rows()


def test_ledger_holds_the_rows_and_nothing_else(files, rows):
    assert check(files.ledger).refused == ()
    frame = load(files.ledger, nan_replaces=True).frame
    assert tuple(frame.columns) == NAMES
    order = ["acquisition_id", "band", "method", "reference"]
    stored = frame.drop(columns="committed").sort_values(order, ignore_index=True)
    made = rows.drop(columns="committed").sort_values(order, ignore_index=True)
    assert stored.equals(made)
    assert len(frame) == files.rows < 60_000
    assert frame["simulated"].all()
    assert frame["acquisition_id"].str.startswith("SIMULATED_").all()


def test_ledger_can_be_read_as_of_a_date(files):
    early = load(files.ledger, as_of="2020-01-01").frame
    assert early["time"].max() < np.datetime64("2019-10-01")
    assert early["time"].max() > np.datetime64("2019-09-01")


def test_seed_decides_everything(rows):
    again, other = mission_rows(MissionSettings()), mission_rows(MissionSettings(seed=2))
    assert again.equals(rows)
    assert not np.isin(other["ratio"].dropna(), rows["ratio"]).any()


def test_parameter_files_are_in_order_and_in_force_as_the_rows_say(files, rows):
    findings = check_folder(files.parameters)
    assert not findings, findings
    registry = Registry(files.parameters)
    chosen = rows.groupby("parameter_set").agg(["first", "last"])["time"].to_numpy().ravel()
    assert len(chosen) == 8
    for time in chosen:
        answer = parameter_set(registry, time, 8)
        assert answer.missing == ()
        for row in rows[rows["time"] == time].to_dict("records"):
            assert row["absolute_gain"] == answer.gain(row["band"])
            assert row["parameter_digest"] == answer.digest
            assert row["parameter_set"] == row["serial_phgain"] == answer.serials["PHGAIN"]
            assert all(row[f"serial_{kind.lower()}"] == answer.serials[kind] for kind in SERIALS)


def test_stated_uncertainties_of_the_image_are_the_scatter_that_is_planted():
    settings = MissionSettings()
    time = np.datetime64("2018-01-01", "us") + np.arange(500) * np.timedelta64(1, "D")
    cells = image_columns(settings, time) | sharpness_columns(settings, time)
    stated = [name for name in cells if name.startswith("u_")]
    assert {"u_ct2_1_factor", "u_ct2_2_factor", "u_mtf_nyquist_along"} <= set(stated)
    for name in stated:
        scatter = cells[name.removeprefix("u_")].std(axis=0)
        assert scatter == pytest.approx(cells[name][0], rel=5.0 / np.sqrt(2.0 * len(time))), name


def test_rebasing_leaves_the_sensor_sensitivity(files, rows):
    """To every set of the folder, all rows: exact to 1e-12, none refused."""
    before = sensor_sensitivity(rows["ratio"], rows["absolute_gain"])
    serials = {kind: rows[f"serial_{kind.lower()}"] for kind in SERIALS}
    registry = Registry(files.parameters)
    row_of_band = rows["band"].map(BANDS.index)
    for date in ("2018-06-01", "2019-06-01", "2021-06-01", "2023-06-01"):
        answer = parameter_set(registry, date, 8)
        gain = np.array([answer.gain(band) for band in BANDS])[row_of_band]
        found = rebase_ratio(rows["ratio"], rows["absolute_gain"], gain, serials, answer.serials)
        assert (found.flags == 0).all()
        np.testing.assert_allclose(sensor_sensitivity(found.ratio, gain), before, rtol=1e-12)


def test_truth_file_tells_what_the_rows_show():
    """Without noise the rows are the truth: level, sensitivity and the Ak really applied."""
    rows, gains = mission_rows(QUIET), gain_sets(QUIET)
    rows = rows[rows["method"] == "moon"]
    band = rows["band"].map(BANDS.index).to_numpy()
    applied = gains.applied[gains.number_at(rows["time"]), band]
    true = (
        gains.true_at_start[band]
        * relative_sensitivity(QUIET, rows["time"])[np.arange(len(rows)), band]
    )
    np.testing.assert_allclose(rows["ratio"] * applied / true, 1.02, rtol=1e-12)
    np.testing.assert_allclose(rows["measured"] / rows["modelled"], rows["ratio"], rtol=1e-12)


def test_a_planted_drift_and_step_are_in_every_method():
    """-1 %/yr and a step of 2 % in all bands, no update: read off the rows by hand."""
    event = PlantedEvent("2021-06-01", "anomaly", "step", dict.fromkeys(BANDS, 0.02))
    settings = replace(QUIET, updates=(), events=(event,), linear=(-0.01,) * 12, decay=(0.0,) * 12)
    rows = mission_rows(settings).dropna(subset="ratio")
    years = (rows["time"] - np.datetime64("2018-01-01")).dt.total_seconds() / (365.25 * 86400)
    after = rows["mission_phase"] == "VM5"
    expected = np.exp(-0.01 * years) * np.where(after, 1.02, 1.0)
    level = (rows["ratio"] / expected).groupby(
        [rows["method"], rows["site"], rows["reference"], rows["band"]]
    )
    assert level.ngroups == 12 + 5 * 11 + 2 * 3 * 8
    assert ((level.max() - level.min()) < 1e-12).all()
    assert set(rows["parameter_set"]) == {"00007"}


def test_an_update_applied_in_part_shows_in_part():
    change = (0.03,) * 12
    half = PlantedUpdate("2019-06-01", change, {"B4": 0.5, "B5": 0.0, "B6": -1.0})
    gains = gain_sets(replace(QUIET, updates=(half,)))
    np.testing.assert_allclose(gains.expected_step[0], 1 / 1.03 - 1, atol=3e-5)
    shown = dict(zip(BANDS, gains.true_step[0] + 1.0, strict=True))
    announced = dict(zip(BANDS, gains.expected_step[0] + 1.0, strict=True))
    assert shown["B1"] == pytest.approx(announced["B1"], rel=1e-12)
    assert shown["B4"] ** 2 == pytest.approx(announced["B4"], rel=1e-12)
    assert shown["B5"] == pytest.approx(1.0, rel=1e-12)
    assert shown["B6"] * announced["B6"] == pytest.approx(1.0, rel=1e-12)


def test_moon_is_looked_at_monthly_near_minus_40(rows):
    moon = rows[(rows["method"] == "moon") & (rows["band"] == "B1")]
    usual = (moon["phase_angle_deg"] + 40.0).abs() < 3.5
    months = (34.0 + 28.5) * 30.44 / 29.53
    assert 0.8 * months < usual.sum() <= months + 1
    assert moon.loc[usual, "time"].diff().dt.days.median() in (28, 29, 30)
    assert (moon["phase_angle_deg"] > 5.0).sum() > 10
    from_centre = lunar_geometry(moon["time"].to_numpy(), [0.0, 0.0, 0.0])
    assert np.abs(moon["observer_distance_km"] - from_centre.observer_distance_km).max() < 7200.0
    assert np.abs(moon["phase_angle_deg"] - from_centre.phase_angle_deg).max() < 1.1


def test_desert_looks_are_clear_days_with_the_noise_of_real_series(rows):
    libya = rows[(rows["site"] == "Libya 4") & (rows["method"] == "desert")]
    days = libya.loc[libya["band"] == "B1", "time"].dt.floor("D")
    early = days[days < np.datetime64("2020-11-01")]
    assert ((early - early.iloc[0]).dt.days % 2 == 0).all()
    assert days[days > np.datetime64("2022-01-01")].diff().dt.days.min() == 1
    assert 450 < len(days) < 600
    assert not days.between("2019-11-05", "2019-11-13").any()
    assert not days.between("2020-11-01", "2022-03-14").any()
    water = libya["band"] == "B12"
    assert libya.loc[water, "ratio"].isna().all()
    assert (libya["flags"] == np.where(water, int(Flag.NOT_CALIBRATABLE), 0)).all()
    assert libya["solar_zenith_deg"].between(5.0, 65.0).all()
    assert libya["relative_azimuth_deg"].between(0.0, 180.0).all()


@pytest.mark.parametrize(("band", "low", "high"), [("B1", 0.010, 0.013), ("B11", 0.007, 0.009)])
def test_desert_noise_and_its_correlation_within_three_days(band, low, high):
    settings = replace(
        MissionSettings(), updates=(), events=(), linear=(0.0,) * 12, decay=(0.0,) * 12,
        desert=DesertSettings(season_blue=0.0, season_red=0.0, wander_per_year=0.0),
    )  # fmt: skip
    spreads, products = [], []
    for site in settings.desert.sites:
        series = mission_series(settings, "desert", band, site=site.site)
        residual = np.log(series.ratio) - np.log(series.ratio).mean()
        near = np.diff(series.time) < np.timedelta64(75, "h")
        spreads.append(residual.std())
        products.append(np.corrcoef(residual[:-1][near], residual[1:][near])[0, 1])
    assert low < np.mean(spreads) < high
    assert 0.28 < np.mean(products) < 0.47


def test_noise_has_the_statistics_it_says():
    random = np.random.default_rng(5)
    days = np.datetime64("2018-01-01") + np.sort(random.choice(100_000, 30_000, replace=False))
    noise = correlated_noise(random, days, 4.0, 2)
    assert noise.std(axis=0) == pytest.approx([1.0, 1.0], abs=0.02)
    six = np.isin(days + 6, days)
    later = noise[np.searchsorted(days, days[six] + 6)]
    assert (noise[six] * later).mean() == pytest.approx(np.exp(-6.0 / 4.0), abs=0.03)
    years = np.linspace(0.0, 4.0, 50)
    walks = random_walk(random, years, 0.001, 4000)
    assert (walks[0] == 0.0).all()
    assert walks[[12, -1]].std(axis=1) == pytest.approx(
        [0.001 * np.sqrt(years[12]), 0.002], rel=0.05
    )


def test_sno_has_two_references_and_only_bands_with_a_partner(rows):
    sno = rows[rows["method"] == "sno"]
    assert set(sno["reference"]) == {"S2A", "S2B"}
    assert set(BANDS) - set(sno["band"]) == {"B1", "B5", "B6", "B12"}
    assert sno["reference_acquisition_id"].str.contains("_S2[AB]_").all()
    levels = sno.groupby(["reference", "band"])["ratio"].mean().unstack("reference")
    assert ((levels["S2A"] - levels["S2B"]).abs() < 0.02).all()


def test_series_are_those_of_the_rows(rows):
    settings = MissionSettings()
    for method, keys in (
        ("moon", {"site": "THE_MOON"}),
        ("desert", {"site": "Niger 2"}),
        ("sno", {"site": "Algeria 3", "reference": "S2B"}),
    ):
        wanted = {} if method == "moon" else keys
        series = mission_series(settings, method, "B4", **wanted)
        chosen = (rows["method"] == method) & (rows["band"] == "B4")
        for name, value in keys.items():
            chosen &= rows[name] == value
        of_band = rows[chosen]
        np.testing.assert_array_equal(series.time, of_band["time"])
        np.testing.assert_array_equal(series.ratio, of_band["ratio"])
        np.testing.assert_array_equal(series.absolute_gain, of_band["absolute_gain"])
        np.testing.assert_array_equal(series.u_random, of_band["u_random"])
    assert mission_series(settings, "sno").ratio.shape[0] == 8


def test_events_and_truth_files(files):
    events = read_events(files.events)
    assert len(events) == len(MissionSettings().events)
    assert all(one.simulated and "SIMULATED" in one.label for one in events)
    assert {one.kind for one in events} >= {"anomaly", "orbit", "tdi", "manoeuvre"}
    assert np.datetime64("2022-03-01") in break_dates(events, ["B5"])
    with xr.open_dataset(files.truth, engine="netcdf4") as truth:
        assert truth.attrs["simulated"] == 1
        assert json.loads(truth.attrs["settings"])["seed"] == 1
        verdicts = truth["verdict"].sel(update=1)
        wrong = verdicts["band"].values[verdicts == "not effective"]
        assert wrong.tolist() == ["B1", "B3"]
        assert float(truth["sensitivity"].sel(band="B1").values[-1]) < 0.96


def test_scenes_carry_the_ratios_of_their_rows(files, rows, tmp_path):
    """Calibrated with the file's Ak they find the row's ratio, and planted processing faults."""
    settings = MissionSettings()
    scenes = write_mission_scenes(settings, tmp_path, 2)
    truth = gain_sets(settings)
    fault = dict(zip(BANDS, truth.applied[-1] / truth.official[-1], strict=True))
    assert fault["B2"] > 1.03
    for scene, healthy in zip(scenes, (True, False), strict=True):
        for row in calibrate_scene(scene, files.parameters).rows:
            same = (rows["acquisition_id"] == row["acquisition_id"]) & (rows["band"] == row["band"])
            of_ledger = rows[same].iloc[0]
            for name in ("absolute_gain", "parameter_digest", "mission_phase", "reference"):
                assert row[name] == of_ledger[name]
            expected = of_ledger["ratio"] * (1.0 if healthy else fault[row["band"]])
            doubt = np.hypot(0.0015, 3.0 * row["u_random"])
            assert row["ratio"] == pytest.approx(expected, rel=doubt), row["band"]


def test_scenes_have_noise_of_their_own():
    scenes = [replace(one, bands=("B7",)) for one in mission_scenes(MissionSettings(), 2)]

    def sky(settings):
        scene = simulate_scene(settings)
        image = scene.dataset["counts"][0, :40].to_numpy().astype(float)
        planted = scene.truth["bands"]["B7"]["defective_columns"].values()
        image = np.delete(image, [column for kind in planted for column in kind], axis=1)
        return (image - image.mean(axis=0)).ravel()

    first, second = map(sky, scenes)
    assert np.array_equal(first, sky(scenes[0]))
    assert abs(np.corrcoef(first, second)[0, 1]) < 5.0 / np.sqrt(first.size)


def test_bad_settings_and_requests(tmp_path):
    with pytest.raises(InputError, match="dates in order"):
        MissionSettings(updates=(PlantedUpdate("2020-01-01"), PlantedUpdate("2019-01-01")))
    with pytest.raises(InputError, match="12 numbers"):
        MissionSettings(updates=(PlantedUpdate("2020-01-01", (0.01,)),))
    with pytest.raises(InputError, match="band"):
        mission_series(MissionSettings(), "sno", "B1")
    with pytest.raises(InputError, match="method"):
        mission_series(MissionSettings(), "star")
    with pytest.raises(InputError, match="site"):
        mission_series(MissionSettings(), "desert", site="Libya 44")
    with pytest.raises(InputError, match="near the usual phase"):
        mission_scenes(MissionSettings(), 1000)
    (tmp_path / "something").touch()
    with pytest.raises(InputError, match="an empty folder"):
        simulate_mission(tmp_path)


def test_a_folder_with_content_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "something").touch()
    result = simulate(tmp_path)
    assert result.returncode == 2
    assert "an empty folder" in result.stderr
    assert "Traceback" not in result.stderr
