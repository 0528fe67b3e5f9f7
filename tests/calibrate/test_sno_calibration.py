"""SIMULATED cells of VENuS and Sentinel-2: planted gain and offset, reasons, rows."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from venus_analysis.calibrate.sno import SnoOptions, calibrate_sno, joint_lines, sno_sensor
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_direct
from venus_analysis.compute.desert.spectrum import BandTransfer
from venus_analysis.compute.sno.matchup import SimultaneousTolerances
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.instrument import sentinel2_responses, venus_responses
from venus_analysis.schema import NAMES

GAIN, OFFSET = 1.021, 0.004
SCENES, CELLS = 8, 30
VENUS = sno_sensor("VENUS", venus_responses())
S2A = sno_sensor("S2A", sentinel2_responses("S2A"))
WITHOUT = ("B1", "B5", "B6", "B12")


def seen(sensor, surface, angles):
    sky = smac_atmosphere(
        sensor.coefficients,
        *(angle[:, None] for angle in angles),
        aot_550=0.2,
        water_vapour_g_cm2=1.5,
        ozone_du=300.0,
        pressure_hpa=1013.25,
    )
    return smac_direct(surface, sky)


def dataset(rho, bands, time, angles, scene, cell, **more):
    names = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")
    none = np.full(len(time), np.nan)
    return xr.Dataset(
        {
            "reflectance": (("time", "band"), rho),
            "reflectance_sd": (("time", "band"), 0.005 * rho),
            **{name: ("time", angle) for name, angle in zip(names, angles, strict=True)},
            **dict.fromkeys(("ozone_du", "water_vapour_g_cm2", "pressure_hpa"), ("time", none)),
            "acquisition_id": ("time", scene),
            **({} if cell is None else {"cell": ("time", cell)}),
            **more,
        },
        {"time": time, "band": np.array(bands, object)},
        {"simulated": 1},
    )


@pytest.fixture
def both():
    """Both sensors over the same cells, the target 6 min later, noise of a scene 0.05 %."""
    random = np.random.default_rng(2)
    number = SCENES * CELLS
    day = np.repeat(np.arange(SCENES), CELLS)
    time = np.datetime64("2019-02-04T08:30", "us") + day * np.timedelta64(10, "D")
    angles = np.repeat(random.uniform([[30], [2], [80]], [[50], [8], [110]], (3, SCENES)), CELLS, 1)
    later = angles + np.array([[0.8], [1.5], [6.0]])
    level = random.uniform(0.15, 0.75, (number, 1))
    surface = level * np.linspace(0.6, 1.1, len(S2A.bands))
    below = BandTransfer(S2A.responses, VENUS.responses).apply(surface)
    common = np.repeat(1 + 5e-4 * random.standard_normal((SCENES, 12)), CELLS, axis=0)
    noise = common + 5e-4 * random.standard_normal((number, 12))
    measured = (GAIN * seen(VENUS, below, later) + OFFSET) * noise
    cell = np.array([f"{k}" for k in np.tile(np.arange(CELLS), SCENES)], object)
    own, other = (np.array([f"{name}_{d}" for d in day], object) for name in ("VE", "S2A"))
    target = dataset(measured, VENUS.bands, time + np.timedelta64(6, "m"), later, own, cell)
    reference = dataset(seen(S2A, surface, angles), S2A.bands, time, angles, other, cell)
    return target, reference


def calibrate(target, reference, **options):
    return calibrate_sno(target, VENUS, reference, S2A, site="Field", options=SnoOptions(**options))


def test_planted_gain_and_offset_come_back(both):
    found = calibrate(*both)
    assert set(found.lines) == set(VENUS.bands) - set(WITHOUT)
    for band, lines in found.lines.items():
        for estimator in ("rma", "deming", "theil-sen"):
            assert lines[estimator].gain == pytest.approx(GAIN, rel=0.002), band
            assert lines[estimator].offset == pytest.approx(OFFSET, abs=0.001), band
        assert lines["deming"].scenes == SCENES


def test_rows_hold_the_ratio_of_each_scene(both):
    target, reference = both
    found = calibrate(target, reference)
    assert len(found.rows) == SCENES * 12
    assert all(set(row) == set(NAMES) for row in found.rows)
    row = next(row for row in found.rows if row["band"] == "B3")
    first = target["acquisition_id"].values == "VE_0"
    assert row["measured"] == pytest.approx(
        float(target["reflectance"].sel(band="B3")[first].mean())
    )
    assert row["ratio"] == pytest.approx(GAIN + OFFSET / row["modelled"], rel=0.002)
    assert (row["method"], row["reference"]) == ("sno", "S2A")
    assert row["instrument"] == "VENUS/VSSC"
    assert (row["acquisition_id"], row["reference_acquisition_id"]) == ("VE_0", "S2A_0")
    assert row["simulated"] is True
    assert row["flags"] == 0
    assert 0.0 < row["u_random"] < 0.02
    assert 0.0 < row["u_model"] < 0.02
    assert json.loads(row["budget_text"])["minutes_apart"] == 6.0


def test_a_look_whose_view_is_not_known_is_left_out_by_name(both):
    sites = [one.drop_vars("cell").isel(time=slice(0, None, CELLS)) for one in both]
    sites[0]["viewing_zenith_deg"][2] = np.nan
    found = calibrate(*sites)
    named = {row["acquisition_id"] for row in found.rows}
    assert named == {f"VE_{k}" for k in range(SCENES)} - {"VE_2"}
    assert found.left_out["MISSING"] == 1


def test_a_drift_of_the_sensor_is_not_taken_for_scatter_from_scene_to_scene(both):
    drift = xr.DataArray(np.linspace(1.0, 0.99, 3 * SCENES).repeat(CELLS), dims="time")
    steady, reference = (_three_times(one) for one in both)
    noise = np.random.default_rng(4).normal(1.0, 0.002, (3 * SCENES, 12)).repeat(CELLS, axis=0)
    steady["reflectance"] = steady["reflectance"] * noise
    drifting = steady.copy()
    drifting["reflectance"] = steady["reflectance"] * drift
    u = [
        {row["band"]: row["u_random"] for row in calibrate(one, reference).rows}
        for one in (steady, drifting)
    ]
    for band in set(VENUS.bands) - set(WITHOUT):
        assert u[1][band] == pytest.approx(u[0][band], rel=0.3), band


def _three_times(cells):
    """The same scenes again and once more, under other names and 80 days later each time."""
    later = [
        cells.assign_coords(time=cells["time"] + np.timedelta64(80 * k, "D")).assign(
            acquisition_id=("time", np.array([f"{n}_{k}" for n in cells["acquisition_id"].values]))
        )
        for k in range(3)
    ]
    return xr.concat(later, "time", data_vars="all")


def test_bands_without_partner_have_no_value_and_say_why(both):
    found = calibrate(*both)
    assert tuple(found.reasons) == WITHOUT
    for row in found.rows:
        if row["band"] in WITHOUT:
            assert np.isnan([row["ratio"], row["modelled"]]).all()
            assert row["flags"] == Flag.NOT_CALIBRATABLE
            assert json.loads(row["budget_text"])["no_value"] == found.reasons[row["band"]]
        else:
            assert np.isfinite(row["ratio"])


def test_late_looks_are_flagged_and_later_ones_left_out(both):
    target, reference = both
    late = calibrate(target, reference, tolerances=SimultaneousTolerances(late_minutes=5.0))
    assert all(row["flags"] & Flag.TIME_APART for row in late.rows)
    none = calibrate(target, reference, tolerances=SimultaneousTolerances(minutes=5.0))
    assert none.rows == []
    assert none.lines == {}
    assert none.left_out["without a partner"] == SCENES * CELLS


def test_bad_cells_do_not_count(both):
    target, reference = both
    number = SCENES * CELLS
    spoilt = target.copy(deep=True)
    bad = np.arange(number) % 5 == 0
    spoilt["reflectance"].values[bad] += 0.2
    spoilt["cloud_share"] = ("time", np.where(bad, 0.02, 0.0))
    saturated = np.zeros((number, 12))
    saturated[1::5, 2] = 0.01
    spoilt["reflectance"].values[1::5, 2] = 0.9
    spoilt["saturated_share"] = (("time", "band"), saturated)
    found = calibrate(spoilt, reference)
    assert found.left_out["CLOUD"] == bad.sum()
    assert found.left_out["SATURATED"] == number // 5
    lines = found.lines
    assert lines["B3"]["deming"].gain == pytest.approx(GAIN, rel=0.002)
    assert lines["B3"]["deming"].points == 3 * number // 5
    assert lines["B4"]["deming"].points == 4 * number // 5


def test_uneven_cells_do_not_count_but_an_uneven_site_does(both):
    target, reference = both
    uneven = target.assign(reflectance_sd=0.04 * target["reflectance"])
    assert np.isnan([row["ratio"] for row in calibrate(uneven, reference).rows]).all()
    one = target["cell"].values == "0"
    site = [each.isel(time=one).drop_vars("cell") for each in (uneven, reference)]
    found = calibrate(*site)
    assert np.isfinite([row["ratio"] for row in found.rows if row["band"] == "B4"]).all()


def test_a_clouded_scene_does_not_move_the_line(both):
    target, reference = both
    target["reflectance"].values[:CELLS] += 0.05
    found = calibrate(target, reference).lines["B4"]["deming"]
    assert found.scenes == SCENES - 1
    assert found.gain == pytest.approx(GAIN, rel=0.002)


def test_what_is_given_twice_is_taken_once(both):
    target, reference = both
    twice = xr.concat([target, target], "time", data_vars="all")
    assert calibrate(twice, reference).rows == calibrate(target, reference).rows


def test_other_options_are_another_configuration(both):
    a, b = (calibrate(*both, adjustment=name).rows[0] for name in ("surface", "none"))
    assert a["configuration"] != b["configuration"]
    assert '"adjustment": "none"' in b["configuration_text"]


def test_what_cannot_be_compared_is_refused(both):
    target, reference = both
    with pytest.raises(InputError, match="cells of images on both sides"):
        calibrate(target, reference.drop_vars("cell"))
    with pytest.raises(InputError, match="300 to 1000 m"):
        SnoOptions(cell_m=10.0)
    with pytest.raises(InputError, match="surface, toa, none"):
        calibrate(target, reference, adjustment="other")
    with pytest.raises(InputError, match="one adjustment"):
        joint_lines([calibrate(*both, adjustment=name) for name in ("surface", "none")])
