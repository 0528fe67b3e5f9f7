"""Coefficient files written here in the published layout, whole and damaged."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.collect.smac_file import LINES, read_smac_coefficients
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_direct
from venus_analysis.compute.desert.smac_coefficients import NAMES, built_in_coefficients
from venus_analysis.errors import InputError

AIR = {"aot_550": 0.2, "water_vapour_g_cm2": 1.5, "ozone_du": 300.0, "pressure_hpa": 1013.0}


def text(coefficients):
    numbers = [repr(float(getattr(coefficients, name))) for name in NAMES]
    lines, start = [], 0
    for count in LINES:
        lines.append(" ".join(numbers[start : start + count]))
        start += count
    return "\n".join(lines) + "\n"


@pytest.fixture
def files(tmp_path):
    bands, coefficients = built_in_coefficients("aatsr")
    paths = [tmp_path / f"coef_{band}_DES.dat" for band in bands]
    for k, path in enumerate(paths):
        path.write_text(text(coefficients.take(k)))
    return paths


def test_bands_in_order_give_the_same_reflectance(files):
    assert sum(LINES) == len(NAMES) == 49
    found = read_smac_coefficients(files)
    expected = built_in_coefficients("aatsr")[1]
    both = [smac_direct(0.4, smac_atmosphere(c, 35, 5, 60, **AIR)) for c in (found, expected)]
    np.testing.assert_array_equal(*both)


def test_gases_stand_where_the_layout_has_them(files):
    """Line by line: water, ozone, oxygen, ..., the Rayleigh depth first on the tenth."""
    lines = files[0].read_text().splitlines()
    found = read_smac_coefficients(files[:1])
    assert float(lines[1].split()[0]) == found.a_o3[0]
    assert float(lines[9].split()[0]) == found.tau_r[0]
    assert float(lines[11].split()[1]) == found.asymmetry[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("\n", " 1\n", 1), "received 3 on line 1"),
        (lambda t: "\n".join(t.splitlines()[:12]), "received 12 lines"),
        (lambda t: t.replace(t.split()[3], "abc"), "expected numbers"),
        (lambda t: t.replace(t.split()[3], "nan"), "finite"),
    ],
)
def test_damaged_files_are_refused_by_place(files, change, message):
    files[1].write_text(change(files[1].read_text()))
    with pytest.raises(InputError, match=message):
        read_smac_coefficients(files)
