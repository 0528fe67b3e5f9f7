"""Laplace extraction on real Moon images, against what the files state."""

from __future__ import annotations

import pytest

from venus_analysis.collect.glod import read_glod
from venus_analysis.compute.moon.disk import find_disk
from venus_analysis.compute.moon.disk_irradiance import disk_irradiance


@pytest.fixture(scope="module")
def extractions(real_data):
    """(instrument, band, stated oversampling and irradiance, disk, result) of every channel.

    In these images the scan runs along columns: the Moon of MTSAT is 1.75 times
    as wide, its shear undone, as it is high.
    """
    found = []
    for path in sorted((real_data / "glod").glob("*.nc")):
        scene = read_glod(path)
        for band in scene.band.values:
            one = scene.sel(band=band)
            radiance = one.radiance.to_numpy()
            stated = float(one.oversampling), float(one.irradiance_stated)
            disk = find_disk(radiance, scan_axis="column")
            result = disk_irradiance(
                radiance,
                disk,
                float(one.pixel_solid_angle_sr),
                oversampling=stated[0],
                background="none",
                halo="none",
            )
            found.append((scene.attrs["instrument"], str(band), *stated, disk, result))
    assert len(found) == 7
    return found


def test_irradiance_is_the_files_within_half_a_percent(extractions):
    for instrument, band, _, stated, _, result in extractions:
        assert result.guard_px <= 6
        assert result.irradiance == pytest.approx(stated, rel=0.005), (instrument, band)


def test_oversampling_from_the_limb(extractions):
    for instrument, band, stated, _, disk, _ in extractions:
        bound = 0.03 if stated > 1.5 else 0.02
        assert disk.oversampling == pytest.approx(stated, rel=bound), (instrument, band)


def test_a_near_ring_would_remove_moonlight_and_the_result_says_so(extractions):
    for _, band, stated, _, _, result in extractions:
        bias = result.sensitivity["background near_ring"]
        assert bias < 0, band
        if stated > 1.5:
            assert -0.03 < bias < -0.01


def test_channels_of_one_file_agree_on_the_moons_place(extractions):
    for first, second in ((1, 2), (4, 5)):
        a, b = extractions[first][4], extractions[second][4]
        assert a.centre == pytest.approx(b.centre, abs=0.25)
