"""The synthetic scene against what can be known of it without the simulator."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import typer
import xarray as xr
from typer.testing import CliRunner

from venus_analysis import cli_simulate
from venus_analysis.collect.scene import open_scene, oversampling, read_counts
from venus_analysis.compute.moon.geometry import lunar_geometry
from venus_analysis.compute.moon.spectrum import band_irradiance
from venus_analysis.compute.scene_radiance import scene_radiance
from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_bands, venus_responses
from venus_analysis.parameters.parameter_set import parameter_set
from venus_analysis.parameters.registry import Registry
from venus_analysis.simulate.albedo import AlbedoMap, procedural_albedo, read_albedo
from venus_analysis.simulate.camera_settings import Detector, Ghost, Optics
from venus_analysis.simulate.lunar_scene import LunarScene
from venus_analysis.simulate.moonlight import moonlight
from venus_analysis.simulate.orbit import observer_positions, time_of_phase
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import scene_parameters, write_scene
from venus_analysis.simulate.scene_settings import BANDS, SceneSettings
from venus_analysis.simulate.sharp_disk import sharp_disk

FLAT = AlbedoMap(np.ones((2, 2)))
PERFECT = Detector(
    dark_error_counts=0.0,
    dark_drift_counts=0.0,
    column_residual=0.0,
    row_residual=0.0,
    noise_a=0.0,
    noise_b=0.0,
)
SMALL = SceneSettings(scale=0.1, bands=("B3", "B7", "B1"))


@pytest.fixture(scope="module")
def scene():
    return simulate_scene(SMALL)


@pytest.fixture(scope="module")
def counts(scene):
    return scene.dataset["counts"].to_numpy()


@pytest.fixture(scope="module")
def written(scene, tmp_path_factory):
    return write_scene(scene, tmp_path_factory.mktemp("scene"))


def full_moon(disk):
    return replace(disk, sun=disk.axes[2])


def light_of(disk, optics, albedo=FLAT, scale=0.1):
    ifov = SceneSettings(scale=scale).ifov_rad
    return moonlight(disk, optics, albedo, 1.0, scale=scale, pixel_solid_angle_sr=ifov**2)


def moments(image, line, column):
    """Centre and second moments of an image whose pixels lie at `line`, `column`."""
    weight = image.astype(float) / image.sum(dtype=float)
    line, column = np.broadcast_arrays(line[:, None], column[None, :])
    centre = (weight * line).sum(), (weight * column).sum()
    dl, dc = line - centre[0], column - centre[1]
    return centre, ((weight * dl**2).sum(), (weight * dl * dc).sum(), (weight * dc**2).sum())


@pytest.mark.parametrize("kernel", ["gaussian", "exponential"])
@pytest.mark.parametrize("sampling", [1.1, 1.6])
def test_the_sum_of_all_light_is_the_irradiance(kernel, sampling):
    disk = LunarScene(SceneSettings(scale=0.1, oversampling=sampling)).disks[6]
    optics = Optics(psf_kernel=kernel, halo_kernel=kernel, halo_fraction=0.05)
    moved = replace(disk, centre_line=1500.0, centre_column=1200.0)
    window = light_of(moved, optics).window(slice(0, 3000), 2400)
    total = window.sum(dtype=np.float64) * SMALL.pixel_solid_angle_sr / sampling
    assert total == pytest.approx(disk.irradiance, rel=3e-6)


def test_light_outside_the_frame_is_accounted_for():
    settings = replace(SMALL, bands=("B7",), moon_offset_px=(0.0, 255.0))
    scene = simulate_scene(settings)
    truth = scene.truth["bands"]["B7"]
    image = scene.cameras["B7"].light.window(slice(0, scene.geometry.lines), 520)
    inside = image.sum(dtype=float) * settings.pixel_solid_angle_sr / settings.oversampling
    assert truth["irradiance_outside_frame"] > 0.1 * truth["irradiance"]
    assert inside + truth["irradiance_outside_frame"] == pytest.approx(truth["irradiance"])


def test_irradiance_is_rolo_times_the_planted_ratio_at_the_time_of_each_disk(scene):
    data = scene.dataset
    for band in SMALL.bands:
        truth, row = scene.truth["bands"][band], BANDS.index(band)
        line = truth["centre_line"]
        whole = int(line)
        steps = data.time.to_numpy()[[whole, whole + 1]].astype("int64")
        time = np.datetime64(round(steps[0] + (line - whole) * (steps[1] - steps[0])), "ns")
        places = data.observer_position.to_numpy()[[whole, whole + 1]]
        place = places[0] + (line - whole) * (places[1] - places[0])
        at = lunar_geometry(time, place)
        modelled = float(band_irradiance(at, [venus_responses()[row]])[0])
        assert truth["irradiance"] / modelled == pytest.approx(truth["planted_ratio"], rel=1e-7)
        radius = np.arcsin(1737.4 / float(at.observer_distance_km)) / (13e-6 / 1.75 * 10.0)
        assert truth["semi_axis_column_px"] == pytest.approx(radius, rel=1e-7)
        assert truth["phase_angle_deg"] == pytest.approx(float(at.phase_angle_deg), abs=1e-6)


def test_full_moon_has_its_centre_and_shape_where_the_truth_says():
    settings = SceneSettings(scale=0.1, roll_deg=8.0)
    for disk in LunarScene(settings).disks[:3]:
        optics = Optics(psf_sigma_along_px=1.0, psf_sigma_across_px=0.8, halo_fraction=0.0)
        light = light_of(full_moon(disk), optics)
        lines = slice(0, 700)
        image = light.window(lines, 520)
        centre, (ll, lc, cc) = moments(image, np.arange(700.0), np.arange(520.0))
        assert centre == pytest.approx((disk.centre_line, disk.centre_column), abs=0.002)
        height, shear = disk.half_height, np.tan(np.radians(8.0)) / 1.3
        blur = 1.0 + (1.3**2 + 1.0) / 12  # Gaussian, detector's height, one line's step
        # the limb's 8 x 8 samples are good for 1e-4 of a moment on this small disk
        assert ll - height**2 / 4 == pytest.approx(blur, abs=0.1)
        assert lc == pytest.approx(shear * height**2 / 4, rel=2e-3)
        across = (disk.radius_px**2 + (shear * height) ** 2) / 4
        assert cc - across == pytest.approx(0.8**2 + 1 / 12, abs=0.1)


def test_brightness_against_phase_follows_lommel_seeliger():
    disk = LunarScene(SMALL).disks[0]

    def total(phase):
        g = np.radians(phase)
        sun = np.cos(g) * disk.axes[2] + np.sin(g) * disk.axes[0]
        first = int(disk.centre_line) - 100, int(disk.centre_column) - 100
        return sharp_disk(replace(disk, sun=sun), FLAT, 1.0, first, (200, 200)).sum()

    for phase in (20.0, 60.0, 90.0):
        half = np.radians(phase) / 2
        expected = 1 - np.sin(half) * np.tan(half) * np.log(1 / np.tan(half / 2))
        assert total(phase) / total(0.0) == pytest.approx(expected, rel=1e-3)


def spot(longitude, latitude, height=360):
    """Return an albedo map with one bright spot of 2 degrees on a grey Moon, and its place."""
    lat = 90 - (np.arange(height) + 0.5) * 180 / height
    lon = -180 + (np.arange(2 * height) + 0.5) * 180 / height
    near = np.abs(lat - latitude)[:, None] < 2
    near = near & (np.abs(lon - longitude) * np.cos(np.radians(latitude)) < 2)
    return AlbedoMap(np.where(near, 1.0, 1e-6))


@pytest.mark.parametrize(("north", "mirrored"), [(-90.0, False), (20.0, False), (20.0, True)])
def test_features_lie_where_the_sub_observer_point_puts_them(north, mirrored):
    settings = SceneSettings(scale=0.1, north_direction_deg=north, mirrored=mirrored, roll_deg=0.0)
    scene = LunarScene(settings)
    disk, at = full_moon(scene.disks[6]), scene.geometry
    middle = float(at.observer_longitude_deg[6]), float(at.observer_latitude_deg[6])

    def place(longitude, latitude):
        light = light_of(disk, Optics(halo_fraction=0.0), spot(longitude, latitude))
        centre, _ = moments(light.core, np.arange(len(light.core)), np.arange(light.core.shape[1]))
        v = (centre[0] + light.first[0] - disk.centre_line) / disk.half_height
        u = (centre[1] + light.first[1] - disk.centre_column) / disk.radius_px
        return np.hypot(u, v), np.degrees(np.arctan2(v, u))

    for longitude, latitude in [(0.0, 40.0), (40.0, 0.0), (-30.0, -30.0)]:
        # orthographic projection, Snyder 1987, eq. 20-3 and 20-4
        turn, phi, phi_0 = np.radians((longitude - middle[0], latitude, middle[1]))
        east = np.cos(phi) * np.sin(turn)
        up = np.cos(phi_0) * np.sin(phi) - np.sin(phi_0) * np.cos(phi) * np.cos(turn)
        distance, direction = place(longitude, latitude)
        assert distance == pytest.approx(np.hypot(east, up), abs=0.01)
        clockwise = np.degrees(np.arctan2(east, up)) * (-1.0 if mirrored else 1.0)
        assert (direction - north - clockwise + 180) % 360 - 180 == pytest.approx(0.0, abs=1.0)


def test_the_sun_stands_where_the_image_is_bright(scene):
    truth = scene.truth["bands"]["B7"]
    disk = scene.geometry.disks[6]
    light = light_of(replace(disk, shear=0.0), Optics(halo_fraction=0.0))
    centre, _ = moments(light.core, np.arange(len(light.core)), np.arange(light.core.shape[1]))
    v = (centre[0] + light.first[0] - disk.centre_line) / disk.half_height
    u = (centre[1] + light.first[1] - disk.centre_column) / disk.radius_px
    assert np.degrees(np.arctan2(v, u)) == pytest.approx(truth["sun_direction_deg"], abs=0.3)


@pytest.mark.parametrize("kernel", ["gaussian", "exponential", "power-law"])
@pytest.mark.parametrize("scale_px", [100.0, 600.0])
def test_halo_equals_the_direct_sum_over_the_disk(kernel, scale_px):
    disk = LunarScene(SMALL).disks[6]
    optics = Optics(halo_fraction=0.1, halo_kernel=kernel, halo_scale_px=scale_px)
    with_halo, without = light_of(disk, optics), light_of(disk, replace(optics, halo_fraction=0.0))
    first = int(disk.centre_line) - 120, int(disk.centre_column) - 120
    sharp = sharp_disk(disk, FLAT, 1.0, first, (240, 240))
    sharp *= without.core.sum(dtype=float) / sharp.sum()
    rows, columns = np.indices(sharp.shape)
    s = scale_px / 10.0
    for line, column in [(250, 100), (310, 255), (330, 330), (400, 300)]:
        down = (rows + first[0] - line) / disk.oversampling
        r = np.hypot(down, columns + first[1] - column)
        shape = {
            "gaussian": np.exp(-0.5 * (r / s) ** 2) / (2 * np.pi * s**2),
            "exponential": np.exp(-r / s) / (2 * np.pi * s**2),
            "power-law": s / (2 * np.pi * (r**2 + s**2) ** 1.5),
        }[kernel]
        expected = 0.1 * (sharp * shape).sum() / disk.oversampling
        window = slice(line, line + 1)
        found = with_halo.window(window, 520) - 0.9 * without.window(window, 520)
        # the mirror images of a kernel that never ends bring some more
        tolerance = 0.03 if kernel == "power-law" else 0.006
        assert found[0, column] == pytest.approx(expected, rel=tolerance, abs=1e-7)


def test_ghosts_are_the_sources_light_at_its_own_lines(scene):
    camera, lines = scene.cameras["B3"], slice(0, scene.geometry.lines)
    ghosts = camera.radiance(lines) - camera.light.window(lines, 520)
    planted = scene.truth["bands"]["B3"]["ghosts"]
    assert {ghost["source_band"] for ghost in planted} == {"B4", "B6"}
    expected = np.zeros_like(ghosts)
    for ghost in planted:
        source = simulate_scene(replace(SMALL, bands=(ghost["source_band"],)))
        image = source.cameras[ghost["source_band"]].light.window(lines, 520)
        shifted, shift = np.zeros_like(image), ghost["shift_columns"]
        inside = slice(max(shift, 0), 520 + min(shift, 0))
        shifted[:, inside] = image[:, max(-shift, 0) : 520 - max(shift, 0)]
        expected += ghost["factor"] * shifted
        assert 0.002 <= ghost["factor"] <= 0.004
    column = np.arange(520.0)
    row = np.arange(float(scene.geometry.lines))
    (line, place), (ll, lc, cc) = moments(ghosts, row, column)
    (line_0, place_0), (ll_0, lc_0, cc_0) = moments(expected, row, column)
    assert (line, place) == pytest.approx((line_0, place_0), abs=0.05)
    assert ghosts.sum() == pytest.approx(expected.sum(), rel=1e-3)
    assert (lc - lc_0) == pytest.approx(0.0, abs=5.0)
    blur = 1.5**2
    assert (ll - ll_0, cc - cc_0) == pytest.approx((blur, blur), abs=5.0)
    assert [ghost["overlaps_disk"] for ghost in planted] == [True, False]


def test_overlap_of_a_ghost_is_what_the_pixels_say():
    ghosts = [Ghost("B4", "B6", 0.3, shift) for shift in (0, 60, 120, 135, -135, -120)]
    found = []
    for ghost in ghosts:
        settings = replace(SMALL, bands=("B4",), optics=Optics(ghosts=(ghost,), halo_fraction=0))
        scene = simulate_scene(settings, FLAT)
        source = scene.geometry.disks[BANDS.index("B6")]
        own = scene.geometry.disks[BANDS.index("B4")]
        size = (scene.geometry.lines, 520)
        covers = [
            sharp_disk(full_moon(disk), FLAT, 1.0, (0, 0), size) > 0.0
            for disk in (
                own,
                replace(source, centre_column=source.centre_column + ghost.shift_columns),
            )
        ]
        found.append(scene.truth["bands"]["B4"]["ghost_overlaps_disk"])
        assert found[-1] == bool((covers[0] & covers[1]).any())
    assert set(found) == {True, False}


def test_counts_have_defects_noise_and_levels_as_planted(scene, counts):
    assert counts.dtype == np.uint16
    assert counts.shape == (3, scene.geometry.lines, 520)
    assert counts.max() <= 1023
    for row, band in enumerate(SMALL.bands):
        truth = scene.truth["bands"][band]
        planted, image = truth["defective_columns"], counts[row].astype(float)
        dead, noisy, saturated = (planted[kind] for kind in ("dead", "noisy", "saturated"))
        assert np.flatnonzero((image == 0).all(axis=0)).tolist() == dead
        assert np.flatnonzero((image == 1023).all(axis=0)).tolist() == saturated
        sky = image[-60:] if truth["centre_line"] < 350 else image[:60]
        spread = sky.std(axis=0)
        assert spread[noisy] == pytest.approx(12.0, rel=0.35)
        good = np.setdiff1d(np.arange(520), dead + noisy + saturated)
        assert np.median(spread[good]) == pytest.approx(np.sqrt(0.36 + 1 / 12), rel=0.08)
        dark = sky.mean(axis=0)[good]
        assert dark[good < 260].mean() == pytest.approx(60.1, abs=0.4)
        assert dark[good >= 260].mean() == pytest.approx(64.1, abs=0.4)


def test_noise_grows_with_the_signal():
    quiet = replace(PERFECT, noise_a=0.6, noise_b=0.5)
    settings = replace(SMALL, bands=("B9",), detector=quiet)
    first, second = (
        simulate_scene(replace(settings, seed=seed)).dataset["counts"].to_numpy()[0].astype(float)
        for seed in (1, 2)
    )
    signal = first - np.median(first, axis=0)
    lit = (signal > 30) & (signal < 150)
    variance = ((first - second)[lit] ** 2).mean() / 2
    expected = 0.36 + 0.5 * signal[lit].mean() + 1 / 12
    assert variance == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize("phase", [30.0, 45.0, -60.0])
def test_b1_is_faint(phase):
    time = time_of_phase(phase, "2019-03-01")
    scene = simulate_scene(replace(SMALL, time=time, bands=("B1",)))
    truth = scene.truth["bands"]["B1"]
    assert truth["phase_angle_deg"] == pytest.approx(phase, abs=1.5)
    disk = scene.geometry.disks[0]
    shape = (scene.geometry.lines, 520)
    lit = sharp_disk(disk, FLAT, 1.0, (0, 0), shape) > 0.0
    level = 0.204 * scene.cameras["B1"].light.window(slice(0, shape[0]), 520)[lit].mean()
    assert 1.5 < level < 4.5


def test_dark_error_drift_and_residual_patterns(scene):
    detector = replace(PERFECT, dark_drift_counts=40.0, equalisation_spread=0.0)
    quiet = simulate_scene(replace(SMALL, bands=("B7",), detector=detector))
    image = quiet.dataset["counts"].to_numpy()[0].astype(float)
    rise = np.median(image[-1] - image[0])
    assert rise == pytest.approx(40.0, abs=1.0)
    columns = scene.columns["B7"]
    assert np.std(columns.dark_in_file - columns.dark) == pytest.approx(0.2, rel=0.05)
    assert np.std(columns.first_slope) == pytest.approx(0.02, rel=0.05)
    strong = replace(PERFECT, column_residual=0.1, equalisation_spread=0.0)
    patterned = simulate_scene(replace(SMALL, bands=("B7",), detector=strong), FLAT)
    smooth = replace(strong, column_residual=0.0)
    plain = simulate_scene(replace(SMALL, bands=("B7",), detector=smooth), FLAT)
    disk = patterned.geometry.disks[6]
    middle = slice(int(disk.centre_line) - 20, int(disk.centre_line) + 20)
    bad = np.concatenate(list(patterned.columns["B7"].defects.values()))
    good = np.setdiff1d(np.arange(240, 280), bad)
    dark = patterned.columns["B7"].dark[good]
    first, second = (
        one.cameras["B7"].counts(middle)[:, good].astype(float).mean(axis=0) - dark
        for one in (patterned, plain)
    )
    expected = patterned.columns["B7"].residual[good]
    assert first / second - 1.0 == pytest.approx(expected, abs=0.01)


def test_blocks_are_made_one_by_one_and_do_not_depend_on_the_scheduler(scene, counts):
    lazy = scene.dataset["counts"]
    step = lazy.chunks[1][0]
    assert lazy.chunks[0] == (1, 1, 1)
    assert lazy.chunks[2] == (520,)
    part = lazy[1, step : 2 * step].data
    assert len(part.__dask_graph__().cull(part.__dask_keys__())) <= 3
    assert np.array_equal(part.compute(scheduler="synchronous"), counts[1, step : 2 * step])
    again = simulate_scene(SMALL).dataset["counts"][0].data.compute(scheduler="synchronous")
    assert np.array_equal(again, counts[0])
    other = simulate_scene(replace(SMALL, seed=2)).dataset["counts"][0].to_numpy()
    assert (other != counts[0]).mean() > 0.2


def test_bands_see_the_moon_one_after_the_other():
    settings = SceneSettings(oversampling=1.6)
    disks = LunarScene(settings).disks
    order = [disk.band for disk in sorted(disks, key=lambda disk: disk.centre_line)]
    assert order == ["B6", "B4", "B3", "B9", "B8", "B7", "B11", "B12", "B10", "B1", "B2", "B5"]
    line = {disk.band: disk.centre_line for disk in disks}
    ifov = 13e-6 / 1.75
    assert (line["B9"] - line["B6"]) / 1.6 * ifov == pytest.approx(np.radians(0.42), rel=0.02)
    assert (line["B4"] - line["B6"]) / 1.6 * ifov == pytest.approx(2e-3 / 1.75, rel=0.1)
    sizes = [2 * disk.radius_px for disk in disks]
    assert 1142 <= min(sizes) <= max(sizes) <= 1338


def test_a_usual_full_scene_has_6900_lines():
    assert LunarScene(SceneSettings()).lines == pytest.approx(6900, abs=150)


def test_roll_carries_the_moon_along_the_columns():
    still, rolled = (
        LunarScene(SceneSettings(scale=0.1, roll_deg=roll)).disks for roll in (0.0, 2.0)
    )
    moved = [b.centre_column - a.centre_column for a, b in zip(still, rolled, strict=True)]
    lines = [disk.centre_line for disk in still]
    slope = np.polyfit(lines, moved, 1)[0]
    assert slope == pytest.approx(np.tan(np.radians(2.0)) / 1.3, rel=1e-6)


def test_attitude_may_state_another_oversampling():
    true = LunarScene(SceneSettings(scale=0.1))
    stated = [
        LunarScene(SceneSettings(scale=0.1, attitude_sigma=0.01, seed=seed)) for seed in range(200)
    ]
    errors = [true.scan_rate_rad_per_s / one.scan_rate_rad_per_s - 1.0 for one in stated]
    assert abs(np.mean(errors)) < 0.003
    assert np.std(errors) == pytest.approx(0.01, rel=0.2)
    # the image is what it was
    assert stated[3].disks[0].half_height == true.disks[0].half_height
    truth = simulate_scene(replace(stated[3].settings, scale=0.02, bands=("B7",))).truth
    assert truth["scene"]["oversampling"] == truth["bands"]["B7"]["oversampling"] == 1.3
    assert truth["scene"]["stated_oversampling"] == pytest.approx(1.3 * (1.0 + errors[3]))


def test_inertial_rate_differs_by_the_moons_motion():
    moon, inertial, turned = (
        LunarScene(SceneSettings(scan_rate_frame=frame, north_direction_deg=north))
        for frame, north in (("MOON", 10.0), ("INERTIAL", 10.0), ("INERTIAL", 190.0))
    )
    rate = moon.scan_rate_rad_per_s
    assert rate == pytest.approx(13e-6 / 1.75 / (1.3 * 0.8e-3), rel=1e-12)
    change = inertial.scan_rate_rad_per_s - rate
    assert 0.0 < abs(change) < 0.005 * rate
    assert turned.scan_rate_rad_per_s - rate == pytest.approx(-change, rel=1e-3)
    # no more than the satellite's parallax and the Moon's own 13 deg a day
    assert abs(change) < 7.6 / 350e3 + np.radians(15.0) / 86400


def test_the_observer_flies_a_sun_synchronous_orbit():
    look = np.datetime64("2019-02-22T16:00:00")
    times = look + np.arange(0, 6000, 10) * np.timedelta64(1, "s")
    place = observer_positions(times, look, 720.0)
    assert np.linalg.norm(place, axis=-1) == pytest.approx(7098137.0)
    period = 2 * np.pi * np.sqrt(7098137.0**3 / 3.986004418e14)
    speed = np.linalg.norm(np.diff(place, axis=0), axis=-1) / 10
    assert speed == pytest.approx(2 * np.pi * 7098137.0 / period, rel=1e-4)
    pole = np.cross(place[0], place[60])
    inclination = np.degrees(np.arccos(pole[2] / np.linalg.norm(pole)))
    assert inclination == pytest.approx(98.28, abs=0.05)


def test_official_parameters_and_a_plain_sum_give_the_irradiance_back(tmp_path):
    optics = Optics(halo_fraction=0.0, ghosts=())
    detector = replace(PERFECT, break_level_counts=20.0, noise_a=0.6, noise_b=0.015)
    settings = replace(SMALL, tdi_stages=(4, 8, 16), optics=optics, detector=detector)
    scene = simulate_scene(settings)
    files = write_scene(scene, tmp_path)
    opened = open_scene(files.scene)
    stages = dict(zip(BANDS, [8] * 12, strict=True))
    stages |= dict(zip(opened.band.to_numpy(), opened.tdi_stages.to_numpy().tolist(), strict=True))
    chosen = parameter_set(Registry(files.parameters), opened.time[0].to_numpy(), stages)
    assert not chosen.missing
    radiance = scene_radiance(opened["counts"], chosen.to_dataset(), quality=False)["radiance"]
    assert float(opened.attrs["ifov_rad"]) == pytest.approx(13e-6 / 1.75 * 10)
    for band in settings.bands:
        disk = scene.geometry.disks[BANDS.index(band)]
        line, column = np.indices(radiance.shape[1:])
        down = (line - disk.centre_line) / disk.half_height
        near = np.hypot(down, (column - disk.centre_column) / disk.radius_px) < 1.15
        image = radiance.sel(band=band).to_numpy()
        found = image[near].sum() * opened.attrs["ifov_rad"] ** 2 / oversampling(opened)
        tolerance = 0.02 if band == "B1" else 2e-3  # noise of some 1e4 pixels
        assert found == pytest.approx(disk.irradiance, rel=tolerance)


def test_outord_lists_what_was_planted_and_strlgt_removes_the_ghost(scene):
    files = {(c.file_type, c.header.name.band): c for c in scene_parameters(scene)}
    planted = scene.truth["bands"]["B3"]["defective_columns"]
    mask = files["OUTORD", "B3"].mask(8)
    assert np.flatnonzero(mask & 1).tolist() == sorted(planted["dead"] + planted["saturated"])
    assert np.flatnonzero(mask & 2).tolist() == planted["noisy"]
    camera, lines = scene.cameras["B3"], slice(0, scene.geometry.lines)
    gain = {band.band: band.absolute_gain_2019_02 for band in venus_bands()}
    level = gain["B3"] * camera.radiance(lines).astype(float)  # equalised counts Z
    for one in files["STRLGT", "B3"].cross_talk:
        source = simulate_scene(replace(SMALL, bands=(one.source_band,)))
        z = gain[one.source_band] * source.cameras[one.source_band].light.window(lines, 520)
        from scipy.signal import fftconvolve

        kernel = one.kernel.values[::-1, ::-1].astype(float)
        strip = one.strips[0]
        ghost = strip.factor * fftconvolve(np.pad(z, ((0, 0), (200, 200))), kernel, mode="same")
        level -= np.roll(ghost, strip.shift, axis=1)[:, 200:-200]
    clean = gain["B3"] * camera.light.window(lines, 520)
    assert np.abs(level - clean).max() < 2e-4 * clean.max() * 0.003 * 10


@pytest.mark.parametrize("file_format", ["zarr", "zarr2", "netcdf"])
def test_files_hold_the_scene_as_the_format_says(scene, counts, tmp_path, written, file_format):
    target = tmp_path / file_format
    files = write_scene(
        scene, target, file_format=file_format, parameters=written.parameters, chunks=(1, 64, 520)
    )
    assert files.scene.name.startswith("SIMULATED_MOON_VM1_20190222T160000")
    engine = "netcdf4" if file_format == "netcdf" else "zarr"
    options = {} if file_format == "netcdf" else {"consolidated": False}
    with xr.open_dataset(files.scene, engine=engine, **options) as plain:
        assert plain["counts"].dims == ("band", "line", "column")
        assert plain["counts"].dtype == np.uint16
        assert np.array_equal(plain["counts"], counts)
        assert [str(band) for band in plain["band"].to_numpy()] == list(SMALL.bands)
        assert plain["time"].dtype == np.dtype("datetime64[ns]")
        steps = np.diff(plain["time"].to_numpy()).astype(int)
        assert set(steps) == {8_000_000}
        assert plain["observer_position"].attrs["frame"] == "GCRS"
        assert plain.attrs["simulated"] == 1
        expected = {
            "acquisition_id", "platform", "instrument", "level", "target", "mission_phase",
            "acquisition_time", "line_period_s", "scan_rate_rad_per_s", "scan_rate_frame",
            "tdi_stages",
        }  # fmt: skip
        assert expected <= set(plain.attrs)
    opened = open_scene(files.scene)
    assert np.array_equal(read_counts(opened, "B7", slice(100, 300)), counts[1, 100:300])
    assert oversampling(opened) == pytest.approx(1.3)
    truth = json.loads(files.truth.read_text())
    assert truth["simulated"] == 1
    assert list(truth["bands"]) == list(SMALL.bands)
    with pytest.raises(InputError, match="no such file"):
        write_scene(scene, target, file_format=file_format)


def test_scenes_of_one_camera_share_their_parameters(written, tmp_path):
    few = replace(SMALL, bands=("B7",))
    time = np.datetime64("2019-02-23T16:00:00")
    write_scene(simulate_scene(replace(few, time=time, seed=5)), tmp_path / "a",
                parameters=written.parameters)  # fmt: skip
    with pytest.raises(InputError, match="another folder"):
        write_scene(simulate_scene(replace(few, camera_seed=2)), tmp_path / "b",
                    parameters=written.parameters)  # fmt: skip


def test_cosmic_hits_are_few_bright_and_optional():
    settings = replace(SMALL, bands=("B7",))
    hit = replace(settings, detector=Detector(cosmic_hits_per_megapixel=50.0))
    images = [simulate_scene(one).dataset["counts"][0].to_numpy() for one in (settings, hit)]
    changed = np.abs(images[0].astype(int) - images[1]) > 20
    noisy = simulate_scene(settings).columns["B7"].defects["noisy"]
    changed[:, noisy] = False
    assert 5 < changed.sum() < 400


def test_procedural_moon_is_one_per_seed_and_rich_in_scales():
    moon = procedural_albedo(3, 256).values
    assert np.array_equal(moon, procedural_albedo(3, 256).values)
    assert not np.array_equal(moon, procedural_albedo(4, 256).values)
    spectrum = np.abs(np.fft.rfft(moon[64:192] - moon.mean(), axis=1)).mean(axis=0)
    assert spectrum[3] > 0
    assert spectrum[100] > 1e-3 * spectrum[3]


@pytest.mark.parametrize("suffix", ["png", "tif", "npy"])
def test_a_map_of_ones_own(tmp_path, suffix):
    from skimage import io

    grey = np.linspace(10, 200, 40 * 80).reshape(40, 80).astype(np.uint8)
    path = tmp_path / f"moon.{suffix}"
    if suffix == "npy":
        np.save(path, grey)
    else:
        io.imsave(path, np.stack([grey] * 3, axis=-1), check_contrast=False)
    assert np.array_equal(read_albedo(path).values, grey.astype(np.float32))


@pytest.mark.parametrize(
    "values", [np.zeros((4, 8)), -np.ones((4, 8)), np.full((4, 8), np.nan), np.ones(8)]
)
def test_what_is_no_map_is_refused(values):
    with pytest.raises(InputError, match="albedo map"):
        AlbedoMap(values)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"oversampling": 0.0}, "oversampling"),
        ({"scale": 2.0}, "scale"),
        ({"bands": ("B7", "B7")}, "bands"),
        ({"bands": ("B13",)}, "bands"),
        ({"tdi_stages": 3}, "tdi_stages"),
        ({"tdi_stages": (8, 8)}, "tdi_stages"),
        ({"time": "yesterday"}, "time"),
        ({"scan_rate_frame": "SUN"}, "scan_rate_frame"),
        ({"mission_phase": "VM9"}, "mission_phase"),
        ({"optics": Optics(halo_fraction=1.0)}, "halo_fraction"),
    ],
)
def test_settings_out_of_range_name_themselves(changes, name):
    with pytest.raises(InputError, match=name):
        SceneSettings(**changes)


def test_a_phase_outside_the_model_is_refused():
    with pytest.raises(InputError, match="phase of"):
        simulate_scene(replace(SMALL, time="2019-03-06T00:00"))


def test_command_writes_scene_parameters_and_truth(tmp_path):
    app = typer.Typer()
    app.command()(cli_simulate.simulate_scene)
    options = "--scale 0.05 --band B7 --phase 45 --json"
    result = CliRunner().invoke(app, [str(tmp_path / "out"), *options.split()])
    assert result.exit_code == 0, result.output
    paths = json.loads(result.output)
    assert paths["simulated"] == 1
    assert open_scene(paths["scene"]).sizes["column"] == 260
    assert len(Registry(paths["parameters"]).files) == 50
    truth = json.loads((tmp_path / "out").joinpath(paths["truth"]).read_text())
    assert truth["bands"]["B7"]["phase_angle_deg"] == pytest.approx(45.0, abs=1.5)
