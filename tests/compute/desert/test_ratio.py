"""Ratios of SIMULATED looks: a planted gain comes back, whatever the geometry and the air."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.compute.desert.matchup import Pairs, find_pairs
from venus_analysis.compute.desert.ratio import Air, Sensor, modelled_reflectance
from venus_analysis.compute.desert.site_ratio import DateRatios, ratios_per_date, site_ratio
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_direct
from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
from venus_analysis.compute.desert.spectrum import BandTransfer
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse, venus_responses

GAIN = 1.03


def meris():
    """MERIS with box responses 10 nm wide."""
    bands, coefficients = built_in_coefficients("meris")
    boxes = [SpectralResponse(b, [float(b) - 5, float(b) + 5], [1.0, 1.0]) for b in bands]
    return Sensor(bands, boxes, coefficients)


def venus():
    bands, coefficients = built_in_coefficients("venus")
    return Sensor(bands, venus_responses(), coefficients)


def simulated(sensor, surface, seed, number=60, gain=1.0, stated=True):
    """SIMULATED looks at a surface that is the same in all directions."""
    random = np.random.default_rng(seed)
    sun, view = random.uniform(20, 50, number), random.uniform(2, 30, number)
    azimuth, ozone = random.uniform(60, 120, number), random.uniform(250, 330, number)
    if not stated:
        ozone[:] = 300.0
    sky = smac_atmosphere(
        sensor.coefficients,
        sun[:, None],
        view[:, None],
        azimuth[:, None],
        aot_550=0.2,
        water_vapour_g_cm2=1.5,
        ozone_du=ozone[:, None],
        pressure_hpa=1013.25,
    )
    days = (np.sort(random.uniform(0, 900, number)) * 86400e6).astype("timedelta64[us]")
    return make_looks(
        np.datetime64("2018-01-01", "us") + days,
        sun,
        view,
        azimuth,
        gain * smac_direct(surface, sky),
        ozone_du=ozone if stated else np.nan,
    )


def test_planted_gain_through_two_atmospheres_and_a_spectrum():
    reference, target = meris(), venus()
    rho = np.linspace(0.2, 0.55, len(reference.bands))
    below = BandTransfer(reference.responses, target.responses).apply(rho)
    seen = simulated(reference, rho, 1)
    looks = simulated(target, below, 2, gain=GAIN)
    pairs = find_pairs(looks, seen)
    assert len(pairs) > 30
    modelled = modelled_reflectance(looks, target, seen, reference, pairs)
    found = site_ratio(ratios_per_date(looks.reflectance, modelled, pairs))
    np.testing.assert_allclose(found.ratio, GAIN, rtol=1e-12)
    assert found.scatter.max() < 1e-12


def test_what_the_target_does_not_state_is_taken_from_the_partner_then_from_the_default():
    sensor = venus()
    rho = np.full(12, 0.4)
    seen = simulated(sensor, rho, 3, stated=False)
    looks = simulated(sensor, rho, 4, stated=False)
    pairs = find_pairs(looks, seen)
    default = modelled_reflectance(looks, sensor, seen, sensor, pairs)
    np.testing.assert_allclose(default, looks.reflectance[pairs.target], rtol=1e-12)
    thick = make_looks(
        seen.time,
        seen.solar_zenith_deg,
        seen.viewing_zenith_deg,
        seen.relative_azimuth_deg,
        seen.reflectance,
        ozone_du=420.0,
    )
    partner = modelled_reflectance(looks, sensor, thick, sensor, pairs)
    stated = modelled_reflectance(looks, sensor, seen, sensor, pairs, air=Air(ozone_du=420.0))
    np.testing.assert_allclose(partner, stated, rtol=1e-14)


def test_missing_reference_band_costs_its_pairs_and_no_others():
    sensor = venus()
    seen, looks = (simulated(sensor, np.full(12, 0.4), seed) for seed in (5, 6))
    seen.reflectance[::2, 3] = np.nan
    pairs = find_pairs(looks, seen)
    modelled = modelled_reflectance(looks, sensor, seen, sensor, pairs)
    assert (np.isnan(modelled).all(axis=1) == (pairs.reference % 2 == 0)).all()
    dates = ratios_per_date(looks.reflectance, modelled, pairs)
    np.testing.assert_allclose(dates.ratio, 1.0, rtol=1e-12)
    usable = pairs.reference % 2 == 1
    assert dates.look.tolist() == np.unique(pairs.target[usable]).tolist()
    assert dates.number.sum() == usable.sum()


def test_median_of_pairs_and_mean_of_dates_hold_against_outliers():
    pairs = Pairs(np.repeat([0, 2], [5, 1]), np.zeros(6, int), np.zeros(6, bool))
    modelled = np.array([[0.40], [0.41], [0.42], [0.43], [4.0], [0.5]])
    dates = ratios_per_date(np.full((3, 1), 0.42), modelled, pairs)
    assert dates.look.tolist() == [0, 2]
    assert dates.number.tolist() == [5, 1]
    np.testing.assert_allclose(dates.ratio[:, 0], [1.0, 0.84])
    assert np.isnan(dates.scatter[1, 0])
    values = np.append(1.02 + 0.01 * np.sin(np.arange(40.0)), 1.5)[:, None]
    counts = np.ones(41, int)
    found = site_ratio(DateRatios(np.arange(41), values, values, values, counts))
    assert found.number[0] == 40
    assert found.ratio[0] == pytest.approx(values[:40].mean())


def test_sensor_whose_parts_do_not_match_is_refused():
    bands, coefficients = built_in_coefficients("aatsr")
    with pytest.raises(InputError, match="12 and 3 for 3"):
        Sensor(bands, venus_responses(), coefficients)
