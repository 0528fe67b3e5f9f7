"""The 32 reflectances of ROLO against stated numbers and rimopy."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.moon import rolo
from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.errors import InputError

WAVELENGTHS = [412.3, 441.6, 486.9, 553.8, 665.1, 703.6, 745.3, 774.8, 865.3, 928.4]
# Phase, sub-solar longitude, observer latitude and longitude (deg), reflectances.
CASES = [
    (
        (7.0, 7.0, 0.0, 0.0),
        ".080896 .080942 .088891 .098699 .123357 .119603 .125162 .132671 .138783 .136835",
    ),
    (
        (30.5, -25.0, 5.0, -6.0),
        ".040301 .040692 .045313 .051308 .065713 .064280 .067926 .072075 .076339 .075278",
    ),
    (
        (60.0, 58.0, -6.5, 3.0),
        ".020180 .020790 .023448 .026724 .035071 .034453 .036521 .039197 .041567 .041803",
    ),
]


def geometry(
    phase: float, sun_longitude: float = 0.0, latitude: float = 0.0, longitude: float = 0.0
) -> LunarGeometry:
    return LunarGeometry(phase, sun_longitude, 0.0, longitude, latitude, 1.0, 384400.0)


@pytest.mark.parametrize(("case", "expected"), CASES)
def test_stated_reflectances(case: tuple[float, ...], expected: str) -> None:
    bands = np.isin(rolo.wavelength_nm(), WAVELENGTHS)
    ours = rolo.disk_reflectance(geometry(*case))[bands]
    np.testing.assert_allclose(ours, np.array(expected.split(), float), rtol=0, atol=5e-6)


def test_sign_of_the_phase_is_irrelevant() -> None:
    for case, _ in CASES:
        waxing = geometry(-case[0], *case[1:])
        np.testing.assert_array_equal(
            rolo.disk_reflectance(waxing), rolo.disk_reflectance(geometry(*case))
        )


def test_literal_exchanges_longitude_and_latitude() -> None:
    literal = rolo.disk_reflectance(geometry(30.0, -25.0, latitude=5.0, longitude=-6.0), "literal")
    exchanged = rolo.disk_reflectance(geometry(30.0, -25.0, latitude=-6.0, longitude=5.0))
    np.testing.assert_array_equal(literal, exchanged)


def test_libration_conventions_differ_by_one_per_cent() -> None:
    # Seven years of the real Moon, the model's phases: 1.1 % rms, up to 3.1 %.
    times = np.datetime64("2017-08-02T00", "h") + np.arange(0, 7 * 8766, 7)
    at = lunar_geometry(times, np.zeros(3))
    ratio = rolo.disk_reflectance(at, "literal") / rolo.disk_reflectance(at)
    difference = 100.0 * (ratio[~rolo.phase_outside_model(at.phase_angle_deg), 0] - 1.0)
    assert np.sqrt(np.mean(difference**2)) == pytest.approx(1.1, abs=0.1)
    assert np.abs(difference).max() == pytest.approx(3.1, abs=0.2)


def test_phase_outside_the_model_is_nan_on_both_sides() -> None:
    phases = np.array([-97.01, -97.0, -1.55, -1.54, 0.0, 1.54, 1.55, 97.0, 97.01, np.nan])
    outside = [True, False, False, True, True, True, False, False, True, True]
    assert rolo.phase_outside_model(phases).tolist() == outside
    values = rolo.disk_reflectance(LunarGeometry(phases, 0, 0, 0, 0, 1, 4e5))
    assert np.isnan(values).all(axis=-1).tolist() == outside
    assert np.isnan(values).any(axis=-1).tolist() == outside


def test_shapes_and_one_by_one() -> None:
    many = LunarGeometry([[10.0, 20.0, 30.0]], [[-5.0], [5.0]], 0, 3.0, -4.0, 1.0, 4e5)
    values = rolo.disk_reflectance(many)
    assert values.shape == (2, 3, 32)
    one = rolo.disk_reflectance(LunarGeometry(30.0, -5.0, 0, 3.0, -4.0, 1.0, 4e5))
    np.testing.assert_allclose(values[0, 2], one, rtol=1e-14)


def test_unknown_libration() -> None:
    with pytest.raises(InputError, match=r"libration: expected lon-lat \| literal"):
        rolo.disk_reflectance(geometry(7.0), "lat-lon")  # type: ignore[arg-type]
