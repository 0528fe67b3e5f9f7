"""A planted blur comes back from the limb of SIMULATED Moons; the point spread may be no Gaussian.

The simulator's blur acts before the pixel and the sampling, as in a camera; one
that is no Gaussian is drawn four times finer and averaged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import convolve1d

from venus_analysis.compute.coefficients import RadiometryOptions
from venus_analysis.compute.moon import limb_blur_descent
from venus_analysis.compute.moon.edge_spread import Boxes
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.limb_blur_fit import fit_blur
from venus_analysis.compute.moon.mtf import LimbMtf, limb_mtf
from venus_analysis.compute.radiometry import counts_to_radiance
from venus_analysis.errors import InputError
from venus_analysis.simulate.camera_settings import Optics
from venus_analysis.simulate.disk import DiskSettings, simulate_disk
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_settings import SceneSettings

FINER = 4
PHASE_DEG = 40.0


def moon(
    diameter: float = 300.0,
    sigma: float = 1.0,
    stretch: float = 1.3,
    *,
    sun: float = 30.0,
    phase: float = PHASE_DEG,
    seed: int = 0,
    snr: float = 100.0,
    scattering: str = "lommel-seeliger",
    shear: float = 0.0,
    halo: float = 0.0,
    wings: float = 0.0,
) -> tuple[NDArray[np.float64], Outline]:
    shape = (int(1.3 * diameter * stretch), int(1.3 * diameter))
    centre = ((shape[0] - 1) / 2.0 + 0.3, (shape[1] - 1) / 2.0 - 0.2)
    finer = FINER if wings else 1
    settings = DiskSettings(
        diameter_px=finer * diameter,
        frame_shape=(finer * shape[0], finer * shape[1]),
        centre=(finer * (centre[0] + 0.5) - 0.5, finer * (centre[1] + 0.5) - 0.5),
        psf_sigma_px=finer * sigma,
        psf_box_px=finer * stretch,
        stretch=stretch,
        shear=shear,
        phase_angle_deg=phase,
        sun_direction_deg=sun,
        scattering=scattering,  # type: ignore[arg-type]
        halo_fraction=halo,
        halo_scale_px=finer * 30.0,
        seed=seed,
    )
    fine = simulate_disk(settings).radiance.values
    if wings:
        reach = np.arange(-8 * finer, 8 * finer + 1)
        kernel = np.exp(-np.abs(reach) / (wings * finer))
        for axis in (0, 1):
            fine = convolve1d(fine, kernel / kernel.sum(), axis=axis)
    image = fine.reshape(shape[0], finer, shape[1], finer).mean(axis=(1, 3))
    noise = np.random.default_rng(seed).normal(0.0, image.max() / snr, image.shape)
    outline = Outline(*centre, diameter / 2.0, oversampling=stretch, shear=shear)
    return image + noise, outline


def transfer(sigma: float, box: float, frequency: float) -> float:
    gaussian = math.exp(-2.0 * (math.pi * sigma * frequency) ** 2)
    return gaussian * float(np.sinc(frequency) * np.sinc(box * frequency))


def within(found: float, uncertainty: float, truth: float, times: float = 3.5) -> None:
    assert abs(found - truth) < times * uncertainty, (found, uncertainty, truth)


@pytest.mark.parametrize(
    ("sigma", "stretch", "phase", "seed"),
    [(0.5, 1.0, 30.0, 1), (0.7, 1.3, 45.0, 2), (1.0, 1.6, 60.0, 3), (2.0, 1.1, 30.0, 4)],
)
def test_planted_gaussian_comes_back(sigma: float, stretch: float, phase: float, seed: int) -> None:
    image, outline = moon(340.0, sigma, stretch, phase=phase, seed=seed, sun=45.0)
    found = limb_mtf(image, outline, 45.0, phase_angle_deg=phase)
    for one, box in ((found.across, 0.0), (found.along, stretch)):
        assert one.sigma_px == pytest.approx(sigma, rel=0.03)
        within(one.sigma_px, one.u_sigma_px, sigma)
        assert one.u_sigma_px < 0.03 * sigma
        within(one.mtf_half_nyquist, one.u_mtf_half_nyquist, transfer(sigma, box, 0.25))
        within(one.free_mtf_half_nyquist, one.u_free_mtf_half_nyquist, transfer(sigma, box, 0.25))
        within(one.mtf_nyquist, one.u_mtf_nyquist, transfer(sigma, box, 0.5))
        within(one.free_mtf_nyquist, one.u_free_mtf_nyquist, transfer(sigma, box, 0.5))


def test_uncertainty_covers_the_scatter_of_small_disks() -> None:
    pulls = []
    for seed in range(6):
        image, outline = moon(120.0, 1.0, 1.3, seed=seed)
        found = limb_mtf(image, outline, 30.0, phase_angle_deg=PHASE_DEG)
        pulls += [(one.sigma_px - 1.0) / one.u_sigma_px for one in (found.across, found.along)]
    # a twelve of standard deviations of 1, and some tail of few sectors
    assert 0.3 < float(np.sqrt(np.mean(np.square(pulls)))) < 1.8
    assert abs(float(np.mean(pulls))) < 1.0


@pytest.mark.parametrize("phase_known", [True, False])
def test_another_scattering_law_does_not_pass_for_blur(phase_known: bool) -> None:
    image, outline = moon(300.0, 1.0, 1.2, scattering="lambert", seed=5, sun=50.0)
    found = limb_mtf(image, outline, 50.0, phase_angle_deg=PHASE_DEG if phase_known else None)
    assert found.across.sigma_px == pytest.approx(1.0, rel=0.03)
    assert found.along.sigma_px == pytest.approx(1.0, rel=0.03)


def test_halo_and_shear_do_not_pass_for_blur() -> None:
    image, outline = moon(300.0, 1.0, 1.2, halo=0.012, shear=0.05, seed=6, sun=50.0)
    found = limb_mtf(image, outline, 50.0, phase_angle_deg=PHASE_DEG)
    assert found.across.sigma_px == pytest.approx(1.0, rel=0.03)
    assert found.along.sigma_px == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize("sun", [0.0, 90.0, -135.0])
def test_any_direction_of_the_sun_serves_both_directions(sun: float) -> None:
    image, outline = moon(300.0, 1.0, 1.4, sun=sun, seed=7)
    found = limb_mtf(image, outline, sun, phase_angle_deg=PHASE_DEG)
    for one in (found.across, found.along):
        assert one.sigma_px == pytest.approx(1.0, rel=0.04)
        assert one.pixels > 200


def test_wings_show_in_the_free_curve() -> None:
    image, outline = moon(200.0, 0.6, 1.0, wings=0.8, snr=300.0, seed=10, sun=45.0)
    found = limb_mtf(image, outline, 45.0, phase_angle_deg=PHASE_DEG)

    def truth(frequency: float) -> float:
        # of the kernel as it was drawn
        reach = np.arange(-8 * FINER, 8 * FINER + 1)
        kernel = np.exp(-np.abs(reach) / (0.8 * FINER))
        wave = np.cos(2.0 * np.pi * frequency * reach / FINER)
        return transfer(0.6, 0.0, frequency) * float((kernel * wave).sum() / kernel.sum())

    one = found.across
    fitted = abs(one.mtf_half_nyquist - truth(0.25)) + abs(one.mtf_nyquist - truth(0.5))
    free = abs(one.free_mtf_half_nyquist - truth(0.25)) + abs(one.free_mtf_nyquist - truth(0.5))
    assert free < 0.7 * fitted
    assert free < 0.05
    within(one.free_mtf_half_nyquist, one.u_free_mtf_half_nyquist, truth(0.25), times=2.0)
    assert one.u_free_mtf_half_nyquist < 0.04


def test_curves_belong_together(shown: LimbMtf) -> None:
    one = shown.across
    assert one.edge_response[0] == pytest.approx(1.0, abs=0.01)
    assert one.edge_response[-1] == pytest.approx(0.0, abs=0.01)
    assert one.line_spread.sum() * 0.25 == pytest.approx(1.0, abs=0.02)
    middle = np.interp(0.0, one.distance_px, one.edge_response)
    assert middle == pytest.approx(0.5, abs=0.01)
    assert one.mtf[0] == one.fitted_mtf[0] == 1.0
    half = np.interp(one.fwhm_px / 2.0, one.distance_px, one.fitted_line_spread)
    assert half == pytest.approx(0.5 * one.fitted_line_spread.max(), rel=0.02)


def test_unit_and_sky_level_change_nothing(shown: LimbMtf) -> None:
    image, outline = moon(seed=9)
    again = limb_mtf(-7.0 + 1e4 * image, outline, 30.0, phase_angle_deg=PHASE_DEG)
    assert again.across.sigma_px == pytest.approx(shown.across.sigma_px, rel=1e-6)


def test_rejected_pixels_are_left_out_and_outliers_dropped(shown: LimbMtf) -> None:
    image, outline = moon(seed=9)
    image[:, 300] = np.nan
    rng = np.random.default_rng(1)
    hits = rng.integers(0, image.size, 200)
    image.flat[hits] += 3.0 * np.nanmax(image)
    found = limb_mtf(image, outline, 30.0, phase_angle_deg=PHASE_DEG)
    assert found.across.sigma_px == pytest.approx(shown.across.sigma_px, rel=0.03)


def test_scan_axis_along_columns_turns_the_directions(shown: LimbMtf) -> None:
    image, outline = moon(seed=9)
    turned = Outline(
        outline.centre_column, outline.centre_line, outline.across_px, 1.3, scan_axis="column"
    )
    found = limb_mtf(np.ascontiguousarray(image.T), turned, 60.0, phase_angle_deg=PHASE_DEG)
    assert found.along.sigma_px == pytest.approx(shown.along.sigma_px, rel=1e-3)
    assert found.across.sigma_px == pytest.approx(shown.across.sigma_px, rel=1e-3)


def test_the_scan_box_is_a_named_choice(shown: LimbMtf) -> None:
    image, outline = moon(seed=9)
    without = limb_mtf(image, outline, 30.0, phase_angle_deg=PHASE_DEG, scan_box_px=0.0)
    assert shown.scan_box_px == 1.3
    wider = math.sqrt(shown.along.sigma_px**2 + 1.3**2 / 12.0)
    assert without.along.sigma_px == pytest.approx(wider, rel=0.02)


def test_only_pixels_near_the_limb_are_asked_for() -> None:
    image, outline = moon(200.0, seed=3)
    asked = []

    class Watched:
        shape = image.shape

        def __getitem__(self, key: tuple[NDArray[np.intp], NDArray[np.intp]]) -> object:
            asked.append(key[0].size)
            return image[key]

    limb_mtf(Watched(), outline, 30.0)
    assert 0 < max(asked) < 0.2 * image.size


def test_a_moon_out_of_the_crop_is_an_input_error() -> None:
    image, _ = moon(120.0)
    with pytest.raises(InputError, match="sectors"):
        limb_mtf(image, Outline(-500.0, 20.0, 60.0), 30.0)


def test_no_edge_is_an_input_error_or_says_so_by_its_uncertainty() -> None:
    noise = np.random.default_rng(2).normal(0.0, 1.0, (160, 160))
    try:
        found = limb_mtf(noise, Outline(80.0, 80.0, 50.0), 30.0)
    except InputError:
        return
    assert found.across.u_sigma_px > 0.2 * found.across.sigma_px


@pytest.mark.parametrize(
    "spoil",
    [
        lambda image: 0.0 * image,
        lambda image: np.nan * image,
        lambda image: -image,
        lambda image: np.minimum(image, 0.3 * image.max()),
        lambda image: np.round(3.0 * image / image.max()),
        lambda image: (image > 0.1 * image.max()).astype(np.float32),
        lambda image: 1e30 * image,
        lambda image: image[: len(image) // 2],
    ],
)
@pytest.mark.parametrize(("sun", "phase"), [(30.0, PHASE_DEG), (210.0, None), (30.0, 0.0)])
def test_a_bad_image_is_an_input_error_or_gives_numbers(
    spoil: Callable[[NDArray[np.float64]], NDArray[np.float64]], sun: float, phase: float | None
) -> None:
    image, outline = moon(60.0, snr=60.0)
    try:
        found = limb_mtf(spoil(image), outline, sun, phase_angle_deg=phase)
    except InputError:
        return
    assert math.isfinite(found.across.sigma_px)
    assert found.across.u_sigma_px >= 0.0


@pytest.fixture(scope="module")
def shown() -> LimbMtf:
    image, outline = moon(seed=9)
    return limb_mtf(image, outline, 30.0, phase_angle_deg=PHASE_DEG)


def test_planted_blur_comes_back_from_the_counts_of_a_scene() -> None:
    """Dark level, equalisation, defects, halo, ghosts, markings and noise are all in the way."""
    along, across = 1.5, 1.0
    optics = Optics(psf_sigma_along_px=along, psf_sigma_across_px=across)
    scene = simulate_scene(SceneSettings(scale=0.2, bands=("B7", "B12"), optics=optics))
    disks = {disk.band: disk for disk in scene.geometry.disks}
    for number, band in enumerate(scene.settings.bands):
        disk, columns = disks[band], scene.columns[band]
        true = columns.coefficients(scene.settings.columns)
        defective = true.defective.copy()
        for places in columns.defects.values():
            defective[places] = True
        top = int(disk.centre_line - 1.15 * disk.half_height)
        lines = slice(top, int(disk.centre_line + 1.15 * disk.half_height))
        counts = scene.dataset["counts"][number, lines].to_numpy()
        image = counts_to_radiance(
            counts, replace(true, defect=defective), RadiometryOptions(defective="mask")
        )
        outline = Outline(
            disk.centre_line - top,
            disk.centre_column,
            disk.radius_px,
            oversampling=disk.oversampling,
            shear=disk.shear,
        )
        phase = math.degrees(math.acos(disk.axes[2] @ disk.sun))
        found = limb_mtf(image, outline, disk.sun_direction_deg, phase_angle_deg=phase)
        for one, sigma in ((found.across, across), (found.along, along)):
            within(one.sigma_px, one.u_sigma_px, sigma, times=3.0)
            assert one.u_sigma_px < 0.06 * sigma


def test_a_fit_that_is_stuck_says_so_by_its_uncertainty(monkeypatch: pytest.MonkeyPatch) -> None:
    image, outline = moon(120.0, 1.0, 1.3)
    monkeypatch.setattr(limb_blur_descent, "PARTS", ())  # no step is ever taken
    boxes = Boxes((1.0, 1.3), (1.0,))
    found = fit_blur(image, outline, 30.0, boxes, phase_angle_deg=PHASE_DEG, first_sigma_px=1.4)
    for axis, variance in enumerate(found.variance_px2):
        within(variance, math.sqrt(found.covariance[axis, axis]), 1.0, times=2.0)
