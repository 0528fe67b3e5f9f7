"""Pairs against brute force, limits included; looks that are no looks."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.compute.desert.matchup import Tolerances, find_pairs
from venus_analysis.errors import InputError


def looks(number, seed, **change):
    random = np.random.default_rng(seed)
    days = random.uniform(0, 2000, number) * 86400e6
    given = {
        "time": np.datetime64("2004-01-01", "us") + days.astype("timedelta64[us]"),
        "solar_zenith_deg": random.uniform(15, 60, number),
        "viewing_zenith_deg": random.uniform(0, 60, number),
        "relative_azimuth_deg": random.uniform(-180, 360, number),
        "reflectance": random.uniform(0.2, 0.5, (number, 2)),
    }
    return make_looks(**(given | change))


@pytest.mark.parametrize("geometry", ["same", "reciprocal", "both"])
@pytest.mark.parametrize("days", [None, 200.0])
def test_pairs_equal_brute_force(geometry, days):
    target, reference = looks(300, 1), looks(400, 2)
    asked = Tolerances(4.0, 6.0, 12.0, days=days, geometry=geometry)
    pairs = find_pairs(target, reference, asked)

    def apart(name, other=None):
        return np.abs(getattr(target, name)[:, None] - getattr(reference, other or name))

    sun, view = "solar_zenith_deg", "viewing_zenith_deg"
    common = apart("relative_azimuth_deg") <= 12.0
    if days is not None:
        common &= apart("time") <= np.timedelta64(int(days * 86400e6), "us")
    same = common & (apart(sun) <= 4.0) & (apart(view) <= 6.0)
    swapped = common & (apart(sun, view) <= 4.0) & (apart(view, sun) <= 6.0)
    wanted = {"same": same, "reciprocal": swapped, "both": same | swapped}[geometry]
    i, j = np.nonzero(wanted)
    assert len(pairs) > 20
    assert pairs.target.tolist() == i.tolist()
    assert pairs.reference.tolist() == j.tolist()
    if geometry == "both":
        assert (pairs.reciprocal == ~same[i, j]).all()


def test_limits_belong_to_the_tolerance_and_azimuths_fold():
    day = np.array(["2004-05-01"], "M8[us]")
    target = make_looks(day, 30.0, 10.0, 5.0, [[0.4]])
    for azimuth, number in ((355.0, 1), (345.0, 1), (-15.0, 1), (344.9, 0)):
        reference = make_looks(day, 35.0, 15.0, azimuth, [[0.4]])
        assert len(find_pairs(target, reference)) == number


def test_looks_without_angles_or_partners_are_in_no_pair():
    target, reference = looks(30, 1), looks(30, 2, solar_zenith_deg=np.nan)
    assert len(find_pairs(target, reference)) == 0
    far = looks(30, 2, viewing_zenith_deg=89.0)
    assert len(find_pairs(target, far)) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"solar_zenith_deg": 95.0}, "solar_zenith_deg: expected 0 to 90"),
        ({"relative_azimuth_deg": np.linspace(0, 3, 30)}, "as in radians"),
        ({"reflectance": np.full((30, 2), 412.0)}, "counts, percent"),
        ({"reflectance": np.full((30, 2), -999.0)}, "NaN for fill values"),
        ({"reflectance": np.full(30, 0.4)}, "reflectance .look, band."),
        ({"ozone_du": -999.0}, "ozone_du"),
        ({"pressure_hpa": 101325.0}, "pressure_hpa: expected 300 to 1200"),
        ({"water_vapour_g_cm2": np.ones(7)}, "one a look"),
    ],
)
def test_bad_looks_are_refused_by_name(change, message):
    with pytest.raises(InputError, match=message):
        looks(30, 1, **change)


def test_a_look_given_twice_is_refused_but_views_of_one_overpass_are_not():
    day = np.array(["2004-05-01", "2004-05-01"], "M8[us]")
    assert len(make_looks(day, 30.0, [10.0, 55.0], 60.0, [[0.4], [0.4]])) == 2
    with pytest.raises(InputError, match="1 of 2 a second time"):
        make_looks(day, 30.0, 10.0, 60.0, [[0.4], [0.4]])


@pytest.mark.parametrize(
    "change", [{"solar_zenith_deg": 0.0}, {"days": -1.0}, {"geometry": "near"}]
)
def test_impossible_tolerances(change):
    with pytest.raises(InputError, match="tolerance"):
        Tolerances(**change)
