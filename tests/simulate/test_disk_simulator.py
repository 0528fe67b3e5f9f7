"""The synthetic Moon against what can be known of it without the simulator."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.errors import InputError
from venus_analysis.simulate.disk import DiskSettings, simulate_disk


def irradiance(image):
    return float(image.radiance.sum() * image.pixel_solid_angle_sr / image.oversampling)


@pytest.mark.parametrize("stretch", [0.8, 1.0, 1.75])
@pytest.mark.parametrize("halo_kernel", ["exponential", "gaussian"])
def test_energy_over_all_space_is_the_stated_irradiance(stretch, halo_kernel):
    image = simulate_disk(
        DiskSettings(
            diameter_px=80.0,
            stretch=stretch,
            shear=0.1,
            halo_fraction=0.05,
            halo_scale_px=3.0,
            halo_kernel=halo_kernel,
            irradiance=2.5e-6,
        )
    )
    assert irradiance(image) == pytest.approx(2.5e-6, rel=1e-6)
    assert image.attrs["simulated"] == 1
    assert bool(np.isfinite(image.radiance).all())


def test_light_outside_the_frame_is_accounted_for():
    image = simulate_disk(
        DiskSettings(diameter_px=60.0, frame_shape=(90, 80), halo_fraction=0.05, halo_scale_px=12.0)
    )
    outside = float(image.irradiance_outside_frame)
    assert outside > 0.001 * float(image.irradiance)
    assert irradiance(image) + outside == pytest.approx(1e-3, rel=1e-9)


def test_full_moon_of_lommel_seeliger_is_a_flat_disk_of_the_right_area_and_moments():
    settings = DiskSettings(
        diameter_px=101.3,
        phase_angle_deg=0.0,
        texture=False,
        psf_sigma_px=0.0,
        stretch=1.3,
        shear=0.2,
        centre=(170.3, 140.8),
        frame_shape=(340, 290),
    )
    image = simulate_disk(settings)
    radiance = image.radiance.to_numpy()
    radius = 101.3 / 2
    assert radiance.sum() / radiance.max() == pytest.approx(np.pi * radius**2 * 1.3, rel=2e-4)
    weight = radiance / radiance.sum()
    line, column = np.indices(weight.shape)
    centre = (weight * line).sum(), (weight * column).sum()
    assert centre == pytest.approx((170.3, 140.8), abs=0.01)
    dl, dc = line - centre[0], column - centre[1]
    # second moments of a uniform sheared ellipse
    height = 1.3 * radius
    assert (weight * dl**2).sum() == pytest.approx(height**2 / 4, rel=1e-3)
    assert (weight * dl * dc).sum() == pytest.approx(0.2 * height**2 / 4, rel=1e-3)
    across = (radius**2 + (0.2 * height) ** 2) / 4
    assert (weight * dc**2).sum() == pytest.approx(across, rel=1e-3)


def test_lambert_brightness_against_phase_follows_the_known_integral():
    # Lambert sphere: disk integral goes as (sin g + (π - g) cos g) / π; the flat
    # brightness at the sub-solar point makes the peak a common scale.
    def relative(phase):
        image = simulate_disk(
            DiskSettings(
                diameter_px=200.0,
                phase_angle_deg=phase,
                scattering="lambert",
                texture=False,
                psf_sigma_px=0.0,
            )
        )
        return float(image.radiance.sum() / image.radiance.max())

    for phase in (20.0, 50.0, 80.0):
        g = np.deg2rad(phase)
        expected = (np.sin(g) + (np.pi - g) * np.cos(g)) / np.pi
        assert relative(phase) / relative(0.0) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("direction", [0.0, 70.0, 180.0, 250.0])
def test_the_sun_lights_the_side_it_stands_on(direction):
    image = simulate_disk(
        DiskSettings(
            diameter_px=60.0, phase_angle_deg=90.0, sun_direction_deg=direction, texture=False
        )
    )
    weight = image.radiance / image.radiance.sum()
    line = float((weight * (weight.line - image.centre_line)).sum())
    column = float((weight * (weight.column - image.centre_column)).sum())
    found = np.rad2deg(np.arctan2(line, column)) % 360
    assert (found - direction + 180) % 360 - 180 == pytest.approx(0.0, abs=0.5)


def test_noise_background_and_gradient_are_what_was_asked():
    base = DiskSettings(diameter_px=60.0)
    clean = simulate_disk(base).radiance
    peak = float(clean.max())
    noisy = simulate_disk(DiskSettings(diameter_px=60.0, peak_snr=50.0)).radiance
    assert float((noisy - clean).std()) == pytest.approx(peak / 50.0, rel=0.03)
    sky = simulate_disk(
        DiskSettings(
            diameter_px=60.0, background=2.0, sky_gradient=0.01, sky_gradient_direction_deg=30.0
        )
    ).radiance
    plane = sky - clean
    assert float(plane.mean()) == pytest.approx(2.0, rel=1e-9)
    assert float(plane.max() - plane.min()) == pytest.approx(0.01 * peak, rel=1e-9)
    assert float(plane[0, 0]) < float(plane[-1, 0]) < float(plane[-1, -1])


def test_the_same_seed_draws_the_same_image_and_another_does_not():
    draw = [simulate_disk(DiskSettings(diameter_px=40.0, peak_snr=80.0, seed=s)) for s in (1, 1, 2)]
    assert bool((draw[0].radiance == draw[1].radiance).all())
    assert not bool((draw[0].radiance == draw[2].radiance).all())


def test_a_moon_partly_outside_the_frame_is_cut():
    image = simulate_disk(
        DiskSettings(diameter_px=60.0, frame_shape=(100, 100), centre=(5.0, 50.0))
    )
    assert float(image.irradiance_outside_frame) > 0.2e-3


@pytest.mark.parametrize(
    ("name", "value"), [("stretch", 0.0), ("phase_angle_deg", 200.0), ("diameter_px", -1.0)]
)
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(InputError, match=name):
        simulate_disk(DiskSettings(**{name: value}))
