"""A scan rate in inertial space is freed from the Moon's motion as the observer sees it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from venus_analysis.calibrate.scene import calibrate_scene
from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.scan_rate import apparent_motion, rate_along_lines
from venus_analysis.simulate.lunar_scene import LunarScene
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("north_deg", [-70.0, 20.0, 150.0])
def test_rate_follows_the_image_as_it_lies_on_the_sky(mirrored, north_deg):
    """The Sun's direction and the side the image is seen from give the planted rate."""
    planted = LunarScene(SceneSettings(scale=0.1, mirrored=mirrored, north_direction_deg=north_deg))
    disk, moment = planted.disks[6], planted.settings.moment
    times = moment + np.array([-1, 0, 1]) * np.timedelta64(1, "s")
    sun, moon = ephemeris.sun_and_moon_gcrs(times)
    motion = apparent_motion(moon - planted.positions(times), 1.0)
    rates = rate_along_lines(*motion, sun[1] - moon[1], disk.sun_direction_deg)
    # the planted axes are those of another band's time: a minute's libration
    assert rates[int(mirrored)] == pytest.approx(planted.moon_rate_rad_per_s, rel=2e-3)


@pytest.mark.parametrize(("mirrored", "north_deg"), [(False, -70.0), (True, 20.0)])
def test_inertial_rate_is_corrected_within_its_uncertainty(tmp_path, mirrored, north_deg):
    settings = SceneSettings(
        scale=0.1,
        bands=("B7",),
        scan_rate_frame="INERTIAL",
        mirrored=mirrored,
        north_direction_deg=north_deg,
    )
    files = write_scene(simulate_scene(settings), tmp_path)
    truth = json.loads(Path(files.truth).read_text())["bands"]["B7"]
    (row,) = calibrate_scene(files.scene, files.parameters).rows
    doubt = json.loads(row["budget_text"])["budget"]["oversampling"]
    assert doubt < 0.002
    assert abs(row["oversampling"] / truth["oversampling"] - 1.0) < 2.0 * doubt
    u = math.hypot(row["u_random"], row["u_systematic_instrument"])
    assert u < 0.003
    assert row["ratio"] == pytest.approx(truth["planted_ratio"], rel=3.0 * u)
