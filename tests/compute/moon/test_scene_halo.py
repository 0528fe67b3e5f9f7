"""Halos whose kernels the fit does not know: light beyond the aperture within its uncertainty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.signal import fftconvolve

from venus_analysis.compute.moon.column_levels import level_variance
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.halo_prior import common_halo
from venus_analysis.compute.moon.scene_irradiance import OTHER_KERNELS
from venus_analysis.compute.moon.scene_sky import SkyProblem
from venus_analysis.compute.moon.sky_templates import BlockMap

SHAPE, SIZE, OUTLINE = (60, 160), (32, 24), Outline(960.0, 1900.0, 620.0, 1.0)
ALL = BlockMap(np.zeros(SHAPE), np.ones(SHAPE), 0, SIZE)
FRACTION = 0.012
KERNELS = {
    "far tail": lambda r: (r**2 + 80.0**2) ** -1.5,
    "steep": lambda r: np.exp(-0.5 * (r / 120.0) ** 2),
    "cut inverse square": lambda r: np.exp(-r / 600.0) / (r + 20.0) ** 2,
}


def halo_of(light: np.ndarray, kernel: str) -> tuple[np.ndarray, float]:
    """Scattered light in each block, and beyond all blocks (block means)."""
    half = (np.arange(-400, 401) * SIZE[0])[:, None], (np.arange(-500, 501) * SIZE[1])[None, :]
    drawn = KERNELS[kernel](np.hypot(*half))
    drawn[400, 500] = 0.0  # light scattered within a block is no halo
    drawn /= drawn.sum()
    sent = FRACTION * fftconvolve(light, drawn, mode="full")[400:460, 500:660]
    return sent, FRACTION * float(light.sum()) - float(sent.sum())


def error_and_uncertainty(kernel: str, smooth: float) -> tuple[float, float]:
    """Of halo beyond 1.1 radii less dark level inside, relative to the light; mean of the bands."""
    line, column = ALL.centres()
    u, v = OUTLINE.unit(line, column)
    radius = np.hypot(u, v)
    aperture = SIZE[0] * SIZE[1] * (radius < 1.1).astype(float)
    disk = (radius < 1.0) * np.clip(0.4 + u, 0.0, None)
    problems, truths, lights = [], [], []
    for seed, counts in enumerate((300.0, 150.0, 60.0, 15.0)):
        rng = np.random.default_rng([seed, len(kernel)])
        sent, beyond = halo_of(counts * disk, kernel)
        level = rng.normal(0.0, 0.04, SHAPE[1])
        level += smooth * np.sin(np.linspace(0.0, 3.0 * math.pi, SHAPE[1]) + seed)
        drift = np.linspace(0.0, 0.1, SHAPE[0])[:, None]
        value = counts * disk + sent + level + drift + rng.normal(0.0, 0.025, SHAPE)
        problems.append(SkyProblem(BlockMap(value, np.ones(SHAPE), 0, SIZE), OUTLINE))
        outside = (sent * (aperture == 0.0)).sum() + beyond
        truths.append(outside * SIZE[0] * SIZE[1] - ((level + drift) * aperture).sum())
        lights.append(counts * disk.sum() * SIZE[0] * SIZE[1])
    halo = common_halo(problems)
    skies = [one.solve(halo) for one in problems]
    errors = [
        (sky.halo_outside(aperture) - sky.removed(aperture) - truth) / light
        for sky, truth, light in zip(skies, truths, lights, strict=True)
    ]
    doubts = [
        math.hypot(
            sky.u_halo(aperture) / light,
            OTHER_KERNELS * sky.halo_fraction,
            sky.u_sum(aperture) / light,
            sky.halo_unseen / math.sqrt(3.0) / light,
        )
        for sky, light in zip(skies, lights, strict=True)
    ]
    return float(np.mean(errors[:3])), float(np.mean(doubts[:3]))


@pytest.mark.parametrize("smooth", [0.0, 0.02], ids=["independent columns", "waves of dark level"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_unknown_halo_is_extrapolated_within_its_uncertainty(kernel, smooth):
    error, doubt = error_and_uncertainty(kernel, smooth)
    assert abs(error) < 2.0 * doubt
    assert doubt < 0.0008


def test_levels_that_neighbours_share_count_for_less():
    rng = np.random.default_rng(3)
    alone = rng.normal(0.0, 0.2, 640)
    shared = np.repeat(rng.normal(0.0, 0.1, 40), 16)
    known = np.ones(640, np.bool_)
    assert np.median(level_variance(alone, known)) == pytest.approx(0.2**2, rel=0.5)
    assert np.median(level_variance(alone + shared, known)) > 3.0 * 0.2**2


def looks_alike(kernel: str, looks: int) -> tuple[np.ndarray, np.ndarray]:
    """Light beyond the aperture less what is taken off inside (look, band), and its u by noise.

    The camera, its columns and the Moon stay; only the noise of the sky is another.
    """
    line, column = ALL.centres()
    u, v = OUTLINE.unit(line, column)
    radius, counts = np.hypot(u, v), (300.0, 150.0, 60.0, 15.0)
    aperture = SIZE[0] * SIZE[1] * (radius < 1.1).astype(float)
    disk = (radius < 1.0) * np.clip(0.4 + u, 0.0, None)
    columns = np.random.default_rng(7).normal(0.0, 0.04, (len(counts), 1, SHAPE[1]))
    seen = [one * disk + halo_of(one * disk, kernel)[0] for one in counts] + columns
    light = np.array(counts) * disk.sum() * SIZE[0] * SIZE[1]
    found, u_noise = np.empty((2, looks, len(counts)))
    for look in range(looks):
        noise = np.random.default_rng([look, 3]).normal(0.0, 0.025, seen.shape)
        skies = [BlockMap(one, np.ones(SHAPE), 0, SIZE) for one in seen + noise]
        problems = [SkyProblem(one, OUTLINE) for one in skies]
        halo = common_halo(problems)
        for band, sky in enumerate(one.solve(halo) for one in problems):
            found[look, band] = sky.halo_outside(aperture) - sky.removed(aperture)
            u_noise[look, band] = math.hypot(sky.u_sum(aperture), sky.u_halo_noise(aperture))
    return found / light, u_noise / light


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_changes_from_look_to_look_is_told_from_what_stays(kernel):
    found, u_noise = looks_alike(kernel, 25)
    scatter, stated = found.std(axis=0, ddof=1), np.sqrt((u_noise**2).mean(axis=0))
    assert (np.abs(np.log(stated / scatter)) < math.log(1.5)).all()  # 25 looks tell it to 15 %
