"""Finding the Moon: its parts against shapes that are known, and images that are bad."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from venus_analysis.compute.moon.detect import find_region
from venus_analysis.compute.moon.disk import find_disk
from venus_analysis.compute.moon.disk_irradiance import disk_irradiance
from venus_analysis.compute.moon.ellipse import Outline, fit_outline
from venus_analysis.compute.moon.limb import edge_basis, limb_points
from venus_analysis.compute.moon.sun import sun_direction
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.simulate.disk import DiskSettings, simulate_disk


def image_of(**settings):
    defaults = {"diameter_px": 120.0, "peak_snr": 100.0, "sun_direction_deg": 200.0}
    return simulate_disk(DiskSettings(**(defaults | settings)))


@pytest.mark.parametrize("axis", ["line", "column"])
def test_annulus_holds_exactly_the_pixels_of_a_full_search(axis):
    outline = Outline(40.3, 52.8, 20.0, oversampling=1.6, shear=0.4, scan_axis=axis)
    line, column = np.indices((90, 100)).astype(float)
    distance = outline.distance(line, column)
    expected = {tuple(p) for p in np.argwhere((distance >= -4.0) & (distance <= 3.0))}
    found = list(zip(*(a.tolist() for a in outline.annulus(4.0, 3.0, (90, 100))), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_annulus_stays_in_the_frame():
    rows, columns = Outline(5.0, 5.0, 20.0).annulus(3.0, 3.0, (24, 22))
    assert rows.min() >= 0
    assert rows.max() < 24
    assert columns.max() < 22


def test_outline_goes_to_blocks_and_back():
    outline = Outline(100.0, 80.0, 30.0, oversampling=1.2, shear=0.1)
    assert outline.decimated(4, (8, 12)).restored(4, (8, 12)) == outline


def test_outline_fit_shrugs_off_outliers_and_states_its_uncertainty():
    rng = np.random.default_rng(3)
    truth = Outline(100.0, 90.0, 50.0, oversampling=1.5, shear=-0.2)
    errors = []
    for _ in range(20):
        line, column = truth.boundary(np.linspace(-80.0, 80.0, 60))
        line, column = line + rng.normal(0, 0.05, 60), column + rng.normal(0, 0.05, 60)
        far = replace(truth, across_px=54.0).boundary(np.linspace(-80.0, 80.0, 60))
        line[::12], column[::12] = far[0][::12], far[1][::12]
        start = Outline(101.0, 91.0, 48.0, 1.4)
        fit = fit_outline(line, column, np.full(60, 0.05), start)
        assert not fit.used[::12].any()
        errors.append((fit.outline.centre_line - 100.0) / fit.standard_error[0])
    assert np.std(errors) == pytest.approx(1.0, abs=0.45)


def test_edge_basis_is_the_blurred_edge():
    # oracle: the sharp terms convolved numerically
    t = np.linspace(-60.0, 60.0, 240001)
    kernel = np.exp(-0.5 * (t / 1.3) ** 2) / (1.3 * np.sqrt(2 * np.pi))
    x = np.array([-3.0, -0.4, 0.0, 1.1])
    for index, power in ((2, 0.0), (3, 0.5), (4, 1.0)):
        depth = np.maximum(-(x[:, None] - t), 0.0)
        sharp = depth**power * (depth > 0)
        expected = np.trapezoid(sharp * kernel, t, axis=1)
        assert edge_basis(x, 1.3)[:, index] == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("blur", [0.5, 1.0, 2.0])
def test_the_limb_is_not_shifted_by_the_width_of_the_blur(blur):
    line, column = np.indices((140, 140)).astype(float)
    truth = Outline(70.3, 69.6, 45.0)
    image = 10.0 * ndtr(-truth.distance(line, column) / blur)
    start = Outline(70.0, 70.0, 44.6)
    points = limb_points(image, start, 30.0, blur_px=(blur, blur))
    assert np.abs(truth.distance(points.line, points.column)).max() < 0.02


@pytest.mark.parametrize("spoilt", ["frame", "fill"])
def test_sectors_without_a_pixel_leave_the_others_their_limb(spoilt):
    line, column = np.indices((140, 140)).astype(float)
    truth = Outline(70.3, 36.0 if spoilt == "frame" else 69.6, 45.0)
    image = 10.0 * ndtr(-truth.distance(line, column) / 0.9)
    if spoilt == "fill":
        image[55:85, :40] = np.nan
    points = limb_points(image, truth, 180.0)
    assert 10 <= points.line.size < limb_points(image, truth, 0.0).line.size
    assert np.abs(truth.distance(points.line, points.column)).max() < 0.02


def test_a_moon_whose_sunlit_limb_is_cut_is_found_by_the_rest_of_it():
    ds = image_of(
        frame_shape=(300, 300),
        centre=(150.0, 54.0),
        phase_angle_deg=40.0,
        sun_direction_deg=180.0,
    )
    disk = find_disk(ds.radiance.to_numpy(), across_px=60.0)
    assert disk.centre == pytest.approx((150.0, 54.0), abs=0.3)
    assert disk.flags & Flag.DISK_OUTSIDE_FRAME


@pytest.mark.parametrize("direction", [0.0, 120.0, 275.0])
@pytest.mark.parametrize("phase", [20.0, 60.0, 90.0])
def test_the_suns_direction_is_found_in_the_image(phase, direction):
    ds = image_of(phase_angle_deg=phase, sun_direction_deg=direction, stretch=1.3)
    found = find_disk(ds.radiance.to_numpy()).sun_direction_deg
    assert abs((found - direction + 180.0) % 360.0 - 180.0) < 8.0


def test_known_semi_axis_makes_oversampling_and_centre_sharper():
    ds = image_of(stretch=1.6, phase_angle_deg=70.0)
    free = find_disk(ds.radiance.to_numpy())
    held = find_disk(ds.radiance.to_numpy(), across_px=60.0)
    assert held.outline.across_px == 60.0
    assert held.u_oversampling < free.u_oversampling
    assert held.oversampling == pytest.approx(1.6, rel=0.003)


def test_shear_along_either_scan_axis_comes_back():
    ds = image_of(diameter_px=200.0, stretch=1.0, shear=-0.5)
    disk = find_disk(ds.radiance.to_numpy(), scan_axis="column")
    assert disk.outline.shear == pytest.approx(-0.5, abs=0.01)
    assert disk.oversampling == pytest.approx(1.0, abs=0.01)


# bad images: a flag or an error, never a plain number


@pytest.mark.parametrize("centre", [(20.0, 150.0), (280.0, 150.0), (150.0, 20.0), (150.0, 280.0)])
def test_a_moon_cut_by_the_frame_is_flagged_or_refused(centre):
    ds = image_of(frame_shape=(300, 300), centre=centre, phase_angle_deg=20.0)
    try:
        disk = find_disk(ds.radiance.to_numpy())
        result = disk_irradiance(ds.radiance.to_numpy(), disk, float(ds.pixel_solid_angle_sr))
    except InputError:
        return
    assert result.flags & (Flag.MASK_TOUCHES_FRAME | Flag.DISK_OUTSIDE_FRAME)


def test_a_second_bright_object_is_flagged():
    one = image_of(frame_shape=(400, 500), centre=(120.0, 120.0))
    two = image_of(frame_shape=(400, 500), centre=(280.0, 360.0), diameter_px=70.0)
    disk = find_disk((one.radiance + two.radiance).to_numpy())
    assert disk.flags & Flag.OTHER_BRIGHT_OBJECT
    assert not find_disk(one.radiance.to_numpy()).flags & Flag.OTHER_BRIGHT_OBJECT


def test_saturation_is_flagged():
    ds = image_of()
    level = 0.8 * float(ds.radiance.max())
    clipped = ds.radiance.clip(max=level).to_numpy()
    assert find_disk(clipped, saturation=level).flags & Flag.SATURATED
    assert not find_disk(clipped, saturation=2 * level).flags & Flag.SATURATED


@pytest.mark.parametrize("phase", [105.0, 130.0])
def test_a_crescent_beyond_the_model_is_flagged_or_refused(phase):
    ds = image_of(phase_angle_deg=phase, diameter_px=200.0)
    try:
        disk = find_disk(ds.radiance.to_numpy())
        result = disk_irradiance(ds.radiance.to_numpy(), disk, float(ds.pixel_solid_angle_sr))
    except InputError:
        return
    assert result.flags & Flag.THIN_CRESCENT


def test_missing_pixels_are_flagged_and_do_not_move_the_limb():
    ds = image_of()
    radiance = ds.radiance.to_numpy().copy()
    line, column = round(float(ds.centre_line)), round(float(ds.centre_column))
    radiance[line : line + 3, column - 40 : column - 20] = np.nan
    disk = find_disk(radiance)
    assert disk.centre == pytest.approx(find_disk(ds.radiance.to_numpy()).centre, abs=0.1)
    result = disk_irradiance(radiance, disk, float(ds.pixel_solid_angle_sr))
    assert result.flags & Flag.MISSING_PIXELS


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((200, 200)),
        np.full((200, 200), 3.0),
        np.full((200, 200), np.nan),
        np.random.default_rng(1).normal(0.0, 1.0, (300, 300)),
        np.random.default_rng(2).normal(50.0, 5.0, (900, 700)),
        np.zeros((0, 5)),
        np.zeros(5),
    ],
    ids=["zeros", "constant", "fill", "noise", "large noise", "no pixels", "one dimension"],
)
def test_images_without_a_moon_are_refused(image):
    with pytest.raises(InputError):
        find_disk(image)


def test_hot_pixels_are_not_the_moon():
    image = np.random.default_rng(1).normal(0.0, 1.0, (200, 200))
    image[50, 60] = 1e4
    with pytest.raises(InputError):
        find_region(image)


def test_near_full_moon_a_wrong_first_direction_and_outline_do_not_keep_the_sun_away():
    scene = simulate_disk(
        DiskSettings(diameter_px=640.0, phase_angle_deg=7.0, sun_direction_deg=110.0, peak_snr=80.0)
    )
    beside = Outline(float(scene.centre_line) + 2.0, float(scene.centre_column) - 1.0, 319.0)
    found, even = sun_direction(scene.radiance.to_numpy(), beside, 0.0, 170.0, edge=True)
    assert found == pytest.approx(110.0, abs=10.0)
    assert not even


@pytest.mark.parametrize("shear", [-0.004, 0.003])
def test_a_small_shear_is_fitted_where_the_camera_scans(shear: float) -> None:
    scene = image_of(diameter_px=240.0, stretch=1.3, shear=shear, psf_box_px=1.3, texture=False)
    found = find_disk(scene.radiance.values, across_px=120.0, shear="fit")
    assert found.outline.shear == pytest.approx(shear, abs=0.001)
    assert found.centre[0] == pytest.approx(float(scene.centre_line), abs=0.05)
