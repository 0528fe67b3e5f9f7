"""The sum over a mask."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.moon.irradiance import masked_irradiance, threshold_mask, touches_frame
from venus_analysis.simulate.disk import DiskSettings, simulate_disk


@pytest.mark.parametrize("oversampling", [1.0, 1.6])
def test_a_planted_irradiance_comes_back(oversampling: float) -> None:
    disk = simulate_disk(DiskSettings(diameter_px=80.0, stretch=oversampling, irradiance=2e-3))
    radiance = disk["radiance"].values
    everywhere = np.ones(radiance.shape, bool)
    measured = masked_irradiance(
        radiance, everywhere, float(disk["pixel_solid_angle_sr"]), oversampling
    )
    assert measured == pytest.approx(2e-3, rel=1e-9)


def test_nan_outside_the_mask_is_ignored_and_inside_is_not() -> None:
    radiance = np.array([[np.nan, 1.0], [2.0, 3.0]])
    mask = np.array([[False, True], [True, True]])
    assert masked_irradiance(radiance, mask, 1.0, 1.0) == 6.0
    assert np.isnan(masked_irradiance(radiance, ~mask, 1.0, 1.0))
    assert np.isnan(masked_irradiance(radiance, np.zeros((2, 2), bool), 1.0, 1.0))


def test_threshold_belongs_to_the_moon_and_nan_gives_nothing() -> None:
    counts = np.array([52, 53, 54, -999], np.int32)
    assert threshold_mask(counts, 53.0).tolist() == [False, True, True, False]
    assert not threshold_mask(counts, float("nan")).any()


def test_only_the_moon_touches_the_frame() -> None:
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    mask[0, 0] = True
    assert not touches_frame(mask)
    mask[5:15, 15:] = True
    assert touches_frame(mask)
    assert not touches_frame(np.zeros((3, 3), bool))
