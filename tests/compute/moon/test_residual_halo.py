"""CT1: a planted halo comes back with its kernel, fraction and scale, and none where none is."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from venus_analysis.compute.moon.residual_halo import HaloProblem, common_scale
from venus_analysis.compute.moon.residual_profile import halo_energy
from venus_analysis.errors import InputError

PLANTED = Path(__file__).with_name("planted_sky.py")
spec = importlib.util.spec_from_file_location("planted_sky", PLANTED)
planted_sky = importlib.util.module_from_spec(spec)
sys.modules["planted_sky"] = planted_sky
spec.loader.exec_module(planted_sky)

SIGNALS = {"B6": 50.0, "B4": 40.0, "B3": 35.0, "B9": 60.0, "B8": 40.0, "B7": 4.0}


def solve(skies):
    problems = [HaloProblem(sky) for sky in skies.values()]
    prior = common_scale(problems)
    return prior, [one.solve(prior=prior) for one in problems]


@pytest.mark.parametrize(
    ("fraction", "kernel", "scale_px"),
    [
        (0.003, "exponential", 100.0),
        (0.012, "exponential", 100.0),
        (0.02, "exponential", 60.0),
        (0.012, "gaussian", 150.0),
        (0.02, "power-law", 100.0),
    ],
)
def test_planted_halo_comes_back(fraction, kernel, scale_px):
    skies, _ = planted_sky.planted(3, SIGNALS, halo=(fraction, kernel, scale_px), fine=False)
    prior, found = solve(skies)
    assert prior.kernel == kernel
    for one in found:
        # the least of the halos is at the noise of a full scene's single band: 10 % is 1 sigma
        bound = max(0.1 * fraction, 2.5 * one.u_fraction)
        assert abs(one.fraction - fraction) < bound
        assert one.u_fraction < 0.15 * fraction or one is found[-1]
        if np.isfinite(one.scale_radii):
            assert one.scale_radii * planted_sky.ACROSS_PX == pytest.approx(scale_px, rel=0.15)
    assert np.isfinite(found[0].scale_radii)


def test_stated_uncertainty_covers_the_scatter():
    pulls = []
    for seed in range(6):
        skies, _ = planted_sky.planted(
            seed, {"B9": 40.0, "B4": 30.0}, halo=(0.01, "exponential", 100.0), fine=False
        )
        pulls += [(one.fraction - 0.01) / one.u_fraction for one in solve(skies)[1]]
    assert 0.4 < np.sqrt(np.mean(np.square(pulls))) < 1.8


def test_a_scale_common_to_faint_bands_is_stated_as_uncertain_as_it_is():
    """Ten per cent from band to band say nothing of the scale that all of them share."""
    signals, planted_px, pulls = {"B9": 4.0, "B4": 3.0, "B8": 5.0}, 100.0, []
    for seed in range(12):
        halo = (0.012, "exponential", planted_px)
        skies, _ = planted_sky.planted(seed, signals, halo=halo, fine=False)
        for one in solve(skies)[1]:
            if np.isfinite(one.scale_radii):
                off = one.scale_radii - planted_px / planted_sky.ACROSS_PX
                pulls.append(off / one.u_scale_radii)
    assert len(pulls) > 20
    assert 0.5 < np.sqrt(np.mean(np.square(pulls))) < 1.5


def test_no_halo_is_not_found_and_the_limit_is_stated():
    skies, _ = planted_sky.planted(5, SIGNALS, fine=False)
    prior, found = solve(skies)
    assert prior is None
    for one in found:
        assert abs(one.fraction) < 4.0 * one.u_fraction
        assert one.fraction < one.detection_limit
        assert np.isnan(one.scale_radii)
    assert found[3].detection_limit < 0.001 < found[5].detection_limit


def test_energy_beside_the_disk_is_the_planted_one():
    fraction, scale_px = 0.012, 100.0
    skies, _ = planted_sky.planted(
        2, {"B9": 50.0}, halo=(fraction, "exponential", scale_px), fine=False, columns=260
    )
    sky = skies["B9"]
    halo = solve(skies)[1][0]
    # what lies beyond 1.05 radii, from the disk alone, by a sum in plain space
    light = 50.0 * planted_sky.disk_light(sky.outline, sky.value.shape, 1284, 26)
    padded = np.pad(light, ((60, 60), (0, 0)))
    sent = fraction * planted_sky.scattered(padded, "exponential", scale_px)
    line = 1284 + (np.arange(-60, 130) + 0.5) * 31 - 0.5
    column = (np.arange(260) + 0.5) * 26 - 0.5
    radius = np.hypot(*sky.outline.unit(line[:, None], column[None, :]))
    true = sent[(radius > 1.05) & (radius < 3.0)].sum() / light.sum()
    within = [sky.light[sky.radius <= r].sum() * sky.pixels for r in (1.0, 1.05)]
    found = halo_energy(sky, halo, ((1.0, 1.05), within), 8.0)
    assert found.far == pytest.approx(true, rel=0.1)
    assert abs(found.far - true) < 4.0 * found.u_far
    assert (np.diff(found.encircled_energy) > -1e-4).all()
    assert found.encircled_energy[-1] == pytest.approx(1.0, abs=2e-3)
    assert (found.radius > 1.0).all()
    assert found.radiance[0] > found.radiance[-1]
    assert found.encircled_radius.size <= 64 >= found.radius.size


def test_dark_disk_is_refused():
    skies, _ = planted_sky.planted(1, {"B9": 0.0}, fine=False)
    sky = skies["B9"]
    dark = type(sky)(**{**vars(sky), "light": np.zeros_like(sky.light)})
    with pytest.raises(InputError, match="brighter than the sky"):
        HaloProblem(dark)
