"""Sample parameter files and the real L1 header: the numbers their descriptions state."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.parameters.check import check_folder
from venus_analysis.parameters.difference import changes
from venus_analysis.parameters.names import FileName
from venus_analysis.parameters.product_read import read_product_header
from venus_analysis.parameters.read import read_parameters
from venus_analysis.parameters.registry import Registry

AK_8 = (
    "0.19992 0.69738 1.13370 1.32103 1.65867 1.76989 "
    "1.75224 1.54569 2.25023 1.71965 2.13642 1.90256"
)
PERCENT = "-2.0 -1.5 -0.9 -0.6 -0.5 -0.4 +0.3 +0.5 -0.3 +0.8 -1.0 +1.2"


@pytest.fixture(scope="module")
def samples(real_data):
    found = {}
    for path in sorted((real_data / "gipp").iterdir()):
        if path.suffix in (".EEF", ".HDR"):
            name = FileName.parse(path.stem)
            tail = f"_B{name.band[1:].zfill(2)}" if name.band else ""
            found[f"{name.file_type}_{name.serial:05d}{tail}"] = read_parameters(path)
    return found


@pytest.fixture(scope="module")
def header(real_data):
    (path,) = (real_data / "products").glob("*L1VALD*.HDR")
    return read_product_header(path)


def test_nothing_is_wrong_with_the_samples(real_data, samples):
    assert len(samples) == 8
    assert {problem.severity for problem in check_folder(real_data / "gipp")} == {"note"}


def test_gains(samples, header):
    seven, eight = samples["PHGAIN_00007"], samples["PHGAIN_00008"]
    printed = [header.absolute_gain[f"B{number}"] for number in range(1, 13)]
    np.testing.assert_array_equal(seven.gain, np.repeat(np.array(printed)[:, None], 5, axis=1))
    stated = np.array(AK_8.split(), float)
    np.testing.assert_array_equal(eight.gain, np.repeat(stated[:, None], 5, axis=1))
    ratio = {change.band: change.relative for change in changes(seven, eight)}
    for number, percent in enumerate(map(float, PERCENT.split()), start=1):
        assert 100 * ratio[f"B{number}"] == pytest.approx(percent, abs=0.003)
    assert {len(band) for band in seven.groups} == {1}
    assert [len(band) for band in eight.groups] == [1] * 4 + [2] * 4 + [5] * 4
    assert eight.groups[4] == ((1, 4, 8), (16, 32))


def test_columns(samples):
    dark, sensitivity = samples["DARKCU_00008_B05"], samples["RELSEN_00008_B05"]
    assert (dark.header.name.band, dark.header.name.tdi) == ("B5", (1, 4, 8, 16, 32))
    assert dark.dark[:3].tolist() == [22.525, 22.631, 22.205]
    assert dark.dark[-1] == 24.174
    assert [spike.position for spike in dark.spikes] == [417, 2599, 4732]
    assert dark.spikes[0].polynomial == (1.25, -0.0121, 4.1e-05, -3.2e-08)
    for values in (dark.dark, sensitivity.break_level):
        halves = values[2500:2600].mean(), values[2600:2700].mean()
        scatter = values[2500:2600].std() / 10
        assert abs(halves[1] - halves[0]) > 5 * scatter  # the step between columns 2600 and 2601
    assert (sensitivity.first_slope[4], sensitivity.second_slope[4]) == (1.0, 1.0024)


def test_noise(samples):
    noise = samples["NOISMO_00002"]
    assert set(noise.groups) == {((1, 4), (8, 16, 32))}
    np.testing.assert_allclose(noise.a[:, 0] / noise.a[:, 2], 1.3, rtol=2e-3)
    np.testing.assert_allclose(noise.b[:, 0] / noise.b[:, 2], 1.3, rtol=2e-3)


def test_defects(samples):
    five, eleven = samples["OUTORD_00003_B05"], samples["OUTORD_00003_B11"]
    assert {tdi: len(ranges) for tdi, ranges in five.defects.items()} == {1: 0, 8: 2, 16: 4}
    assert (five.mask(8) > 0).sum() == 5
    assert five.mask(16)[[0, 3, 4, 1732, 3060, 3063, 5197, 5199]].tolist() == [
        1,
        1,
        0,
        2,
        4,
        4,
        1,
        1,
    ]
    assert eleven.defects == {}


def test_stray_light(samples):
    light = samples["STRLGT_00008_B05"]
    assert [one.kernel.values.shape for one in light.halo] == [(15, 15)] * 2
    assert [one.kernel.values.shape for one in light.cross_talk] == [(9, 9)] * 2
    assert [one.source_band for one in light.cross_talk] == ["B1", "B2"]
    sums = [float(one.kernel.values.sum()) for one in (*light.halo, *light.cross_talk)]
    assert sums == pytest.approx([0.012, 0.014, 0.004, 0.006], rel=1e-5)
    assert [strip.shift for one in light.cross_talk for strip in one.strips] == [41, 38, -27]


def test_in_force(real_data):
    registry = Registry(real_data / "gipp")
    serials = {
        date: registry.in_force("PHGAIN", date).file.name.serial
        for date in ("2017-08-01", "2019-05-31T23:59:59", "2019-06-01", "2024-07-01")
    }
    assert list(serials.values()) == [7, 7, 8, 8]


def test_every_sample_survives_rewriting(samples, tmp_path):
    for content in samples.values():
        again = read_parameters(content.write(tmp_path))
        assert again.identical(content)
        assert again.warnings == ()


def test_real_header(header):
    assert (len(header.absolute_gain), len(header.parameter_files)) == (12, 93)
    assert header.serials["PHGAIN"] == "00007"
    assert [round(header.view_zenith_deg(one), 3) for one in (1, 2, 3, 4)] == [
        12.851,
        13.256,
        13.674,
        14.105,
    ]
    assert round(header.sun_zenith_deg(), 3) == 52.456
    assert header.satellite_frame_deg["X"] == pytest.approx(-4.8245, abs=1e-9)
    assert [name for name, done in header.flags.items() if not done] == [
        "Restoration",
        "Remanence",
    ]
    assert (header.quantification, header.lines, header.columns) == (0.001, 7395, 8437)
    assert header.bands == (*(f"B{number}" for number in range(1, 13)), "SAT", "PIX", "CLD")
    assert len(header.quality) == 30
    assert header.warnings == ()
