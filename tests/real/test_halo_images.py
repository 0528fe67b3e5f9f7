"""Halo of real Moon images: MTSAT's is known by its surroundings, SEVIRI's is near the limb."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.collect.glod import read_glod
from venus_analysis.compute.moon.disk import find_disk
from venus_analysis.compute.moon.residual_image import limb_halo
from venus_analysis.plot.residuals import limb_halos


@pytest.fixture(scope="module")
def halos(real_data):
    found = {}
    for path in sorted((real_data / "glod").glob("*.nc")):
        scene = read_glod(path)
        for band in scene.band.values:
            image = scene.sel(band=band).radiance.to_numpy()
            halo = limb_halo(image, find_disk(image, scan_axis="column"))
            found[f"{path.name[-24:-6]} {band}"] = halo
    assert len(found) == 7
    return found


def test_mtsat_is_surrounded_by_a_halo(halos):
    halo = next(one for name, one in halos.items() if name.endswith("VIS"))
    level = dict(zip(halo.distance_px.tolist(), halo.radiance.tolist(), strict=True))
    assert level[8.0] == pytest.approx(0.5, abs=0.1)
    assert all(value <= 0.1 for distance, value in level.items() if distance > 90.0)
    assert (np.diff(halo.radiance[:9]) < 0.0).all()
    assert halo.share == pytest.approx(0.02, abs=0.004)


def test_seviri_halo_in_the_visible_ends_within_ten_pixels(halos):
    visible = [one for name, one in halos.items() if name.endswith("VIS006")]
    assert len(visible) == 2
    for halo in visible:
        near, far = halo.radiance[0], halo.radiance[3:6]
        assert near > 0.1
        assert (far < 0.05 * near).all()


def test_profiles_can_be_drawn(halos):
    names = [one.label for one in limb_halos(halos) if one.label]
    assert len(set(names) & set(halos)) == 7
