"""Real Moon images of SEVIRI and MTSAT-2: the files state what must come out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.measure import MeasureOptions, measure
from venus_analysis.calibrate.moon import MoonOptions, with_measured_irradiance
from venus_analysis.collect.glod import read_glod
from venus_analysis.collect.glod_export import write_glod
from venus_analysis.collect.response import read_responses
from venus_analysis.compute.moon.geometry import lunar_geometry
from venus_analysis.compute.moon.observer import observer_gcrs

STATED = MeasureOptions(extraction="stated")
CHANNELS = {"MTSAT2": 1, "EUMG_20130101": 3, "EUMG_20140318": 3}
# measured over ROLO (relative Apollo fit, TSIS) in percent, from the design's physics notes
OVER_ROLO = {
    ("20130101", "VIS006"): 4.1,
    ("20130101", "VIS008"): 11.5,
    ("20140318", "VIS006"): 1.0,
    ("20140318", "VIS008"): 8.7,
}


def glod(real_data: Path, part: str) -> Path:
    (path,) = (real_data / "glod").glob(f"*{part}*.nc")
    return path


@pytest.mark.parametrize("part", CHANNELS)
def test_the_files_own_rule_gives_the_files_own_numbers(real_data: Path, part: str) -> None:
    image = read_glod(glod(real_data, part))
    assert image.sizes["band"] == CHANNELS[part]
    for band in image["band"].values:
        plane = image.sel(band=band)
        found = measure(plane, STATED)
        assert found.irradiance == pytest.approx(float(plane["irradiance_stated"]), rel=1e-8)
        assert found.pixel_number == int(plane["pixel_number_stated"])


@pytest.mark.parametrize("part", CHANNELS)
def test_written_by_us_and_read_by_us(real_data: Path, tmp_path: Path, part: str) -> None:
    image = read_glod(glod(real_data, part))
    again = read_glod(write_glod(tmp_path / "a.nc", with_measured_irradiance(image)))
    for band in image["band"].values:
        stated = float(image.sel(band=band)["irradiance_stated"])
        assert measure(again.sel(band=band), STATED).irradiance == pytest.approx(stated, rel=1e-8)
        assert float(again.sel(band=band)["irradiance_stated"]) == pytest.approx(stated, rel=1e-8)
    np.testing.assert_array_equal(again["observer_position"], image["observer_position"])


def test_the_plane_of_fill_is_left_out(real_data: Path) -> None:
    image = read_glod(glod(real_data, "EUMG_20130101"))
    assert image.attrs["bands_without_image"] == "HRVIS"
    assert image.sizes["line"] == image.sizes["column"] == 147


@pytest.mark.parametrize("extraction", ["laplace", "stated"])
def test_seviri_over_rolo(real_data: Path, extraction: str) -> None:
    (srf,) = (real_data / "srf").glob("*SEVIRI*.nc")
    files = [glod(real_data, "EUMG_20130101"), glod(real_data, "EUMG_20140318")]
    options = MoonOptions(measure=MeasureOptions(extraction=extraction))
    campaign = MoonCampaign(responses=tuple(read_responses(srf)), image=options)
    outcomes = calibrate_inputs(files, campaign)
    rows = [row for outcome in outcomes for row in outcome.rows]
    found = {(f"{row['time']}"[:10].replace("-", ""), row["band"]): row["ratio"] for row in rows}
    for key, percent in OVER_ROLO.items():
        assert (found[key] - 1.0) * 100.0 == pytest.approx(percent, abs=0.7), key


@pytest.mark.parametrize("part", CHANNELS)
def test_frames_of_one_observer_agree(real_data: Path, part: str) -> None:
    image = read_glod(glod(real_data, part))
    time, position = image["time"].values, image["observer_position"]
    assert position.attrs["frame"] == "ITRS"
    fixed = lunar_geometry(time, position.values, "ITRS")
    inertial = observer_gcrs(position.values, "ITRS", time)
    turned = lunar_geometry(time, inertial, "J2000")
    assert float(turned.phase_angle_deg) == pytest.approx(float(fixed.phase_angle_deg), abs=1e-5)
    assert float(turned.observer_distance_km) == pytest.approx(
        float(fixed.observer_distance_km), abs=0.02
    )
    wrong = lunar_geometry(time, position.values, "J2000")
    assert abs(float(wrong.phase_angle_deg - fixed.phase_angle_deg)) > 0.05
