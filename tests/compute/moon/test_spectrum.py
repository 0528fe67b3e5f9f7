"""Spectral connection and band integrals against rimopy, least squares and quadrature."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.typing import NDArray

from venus_analysis import tables
from venus_analysis.compute.moon import rolo
from venus_analysis.compute.moon.geometry import LunarGeometry
from venus_analysis.compute.moon.solar import SolarSpectrum, tsis1
from venus_analysis.compute.moon.spectrum import (
    RoloModel,
    Spectral,
    band_irradiance,
    irradiance_spectrum,
    response_outside_model,
)
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse, venus_responses

SPECTRAL: tuple[Spectral, ...] = ("apollo-relative", "apollo-plain", "rimo-factors", "interpolated")
MODELS = [RoloModel(spectral) for spectral in SPECTRAL]
AT = LunarGeometry(30.5, -25.0, 1.0, -6.0, 5.0, 1.01, 4.0e5)


def random_geometries(count: int) -> LunarGeometry:
    random = np.random.default_rng(11)
    low = [1.6, -97.0, -1.6, -8.0, -7.0, 0.98, 3.5e5]
    high = [97.0, 97.0, 1.6, 8.0, 7.0, 1.02, 4.1e5]
    return LunarGeometry(*random.uniform(low, high, (count, 7)).T)


@pytest.mark.filterwarnings("ignore:`spicedmoon.spicedmoon` is deprecated:FutureWarning")
@pytest.mark.parametrize("spectral", ["rimo-factors", "interpolated"])
def test_random_geometries_agree_with_rimopy(spectral: Spectral) -> None:
    # rimopy 0.4.2 puts c1, c3 on the longitude: our default, lon-lat.
    from rimopy import eli, esi, types

    at = random_geometries(200)
    wavelength = np.sort(np.random.default_rng(12).uniform(350.0, 2383.6, 40))
    sun = tsis1()
    theirs = eli.get_irradiance(
        wavelength,
        mds=types.MoonDatas(
            at.sun_distance_au,
            at.observer_distance_km,
            np.radians(at.sub_solar_longitude_deg),
            at.observer_latitude_deg,
            at.observer_longitude_deg,
            at.phase_angle_deg,
        ),
        esi_calc=esi.ESICalculatorCustom(sun.wavelength_nm, sun.irradiance_w_m2_nm),
        eli_settings=eli.ELISettings(adjust_apollo=spectral == "rimo-factors"),
    )
    ours = irradiance_spectrum(at, wavelength, RoloModel(spectral))
    np.testing.assert_allclose(ours, 1e3 * theirs, rtol=1e-12)


@pytest.mark.parametrize("spectral", ["apollo-relative", "apollo-plain"])
def test_apollo_fit_is_the_least_squares_solution(spectral: Spectral) -> None:
    flat = SolarSpectrum("flat", np.array([300.0, 2500.0]), np.array([1.0, 1.0]))
    soil, breccia = (
        tables.numbers("apollo_soil_breccia", name) for name in ("apollo16_62231_soil", "breccia")
    )
    wavelength = tables.numbers("apollo_soil_breccia", "wavelength_nm")
    mixture = 0.95 * soil + 0.05 * breccia
    nodes, reflectance = rolo.wavelength_nm(), rolo.disk_reflectance(AT)
    m = np.interp(nodes, wavelength, mixture)
    weight = 1.0 / reflectance if spectral == "apollo-relative" else np.ones_like(nodes)
    matrix = np.stack([m, m * nodes], axis=-1) * weight[:, None]
    a, b = np.linalg.lstsq(matrix, reflectance * weight, rcond=None)[0]
    fitted = (a + b * nodes) * m
    distance = (384400.0 / 4.0e5 / 1.01) ** 2
    expected = 1e3 * fitted * 6.4177e-5 / np.pi * distance
    ours = irradiance_spectrum(AT, nodes, RoloModel(spectral, flat))
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


@pytest.mark.parametrize("model", MODELS, ids=SPECTRAL)
def test_band_irradiance_is_the_response_weighted_mean(model: RoloModel) -> None:
    fine = np.arange(390.0, 945.0, 0.005)
    spectrum = irradiance_spectrum(AT, fine, model)
    ours = band_irradiance(AT, venus_responses(), model)
    for value, response in zip(ours, venus_responses(), strict=True):
        weight = np.interp(fine, response.wavelength_nm, response.response)
        expected = np.trapezoid(weight * spectrum) / np.trapezoid(weight)
        assert value == pytest.approx(expected, rel=1e-6)


def test_narrow_band_gives_the_spectrum_and_scale_is_irrelevant() -> None:
    x = np.array([665.3, 665.4, 665.5])
    responses = [SpectralResponse("n", x, s * np.array([0.0, 1.0, 0.0])) for s in (1.0, 250.0)]
    ours = band_irradiance(AT, responses)
    assert ours[0] == pytest.approx(irradiance_spectrum(AT, [665.4])[0], rel=1e-6)
    assert ours[1] == pytest.approx(ours[0], rel=1e-14)


@pytest.mark.parametrize("model", MODELS, ids=SPECTRAL)
def test_shapes_and_one_by_one(model: RoloModel) -> None:
    many = LunarGeometry([[10.0, 120.0, 30.0]], [[-5.0], [5.0]], 0, 3.0, -4.0, 1.0, 4e5)
    ours = band_irradiance(many, venus_responses(), model)
    assert ours.shape == (2, 3, 12)
    assert np.isnan(ours).any(axis=(0, 2)).tolist() == [False, True, False]
    one = LunarGeometry(30.0, 5.0, 0, 3.0, -4.0, 1.0, 4e5)
    np.testing.assert_allclose(ours[1, 2], band_irradiance(one, venus_responses(), model), 1e-13)
    # A band's value does not depend on its company.
    alone = band_irradiance(many, venus_responses()[3:4], model)
    np.testing.assert_allclose(ours[..., 3:4], alone, rtol=1e-14)


def test_distances_follow_the_inverse_square() -> None:
    near, far = (LunarGeometry(7.0, 7.0, 0, 0, 0, *d) for d in ((1.0, 384400.0), (2.0, 768800.0)))
    ratio = band_irradiance(near, venus_responses()) / band_irradiance(far, venus_responses())
    np.testing.assert_allclose(ratio, 16.0, rtol=1e-14)


def test_wavelengths_outside_the_model_are_nan() -> None:
    spectrum = irradiance_spectrum(AT, [349.9, 350.0, 2383.6, 2383.7])
    assert np.isnan(spectrum).tolist() == [True, False, False, True]
    short_sun = SolarSpectrum("short", np.array([400.0, 700.0]), np.array([1.0, 1.0]))
    model = RoloModel(solar=short_sun)
    assert np.isnan(irradiance_spectrum(AT, [390.0, 500.0, 710.0], model)).tolist() == [
        *(True, False, True)
    ]


def gaussian(x: NDArray[np.float64], centre: float, tail: float) -> SpectralResponse:
    return SpectralResponse("g", x, np.exp(-(((x - centre) / 20.0) ** 2)) + tail)


def test_responses_outside_the_model() -> None:
    x = np.arange(300.0, 1300.0)
    clean, tails, wide = (gaussian(x, 640.0, tail) for tail in (0.0, 1e-6, 1e-3))
    infrared = gaussian(x + 8000.0, 8640.0, 0.0)
    edge = gaussian(x, 360.0, 0.0)
    responses = [clean, tails, wide, infrared, edge]
    expected = [False, False, True, True, True]
    assert [response_outside_model(response) for response in responses] == expected
    values = band_irradiance(AT, responses)
    assert np.isnan(values).tolist() == expected
    assert values[1] == pytest.approx(values[0], rel=1e-4)


def test_reference_names_every_choice() -> None:
    sun = SolarSpectrum("Wehrli", np.array([300.0, 2500.0]), np.array([1.0, 1.0]))
    model = RoloModel("rimo-factors", sun, "literal")
    assert model.reference == "ROLO311g/rimo-factors/Wehrli/literal"
    assert RoloModel().reference == "ROLO311g/apollo-relative/TSIS1/lon-lat"
    assert pickle.loads(pickle.dumps(model)).reference == model.reference


def test_choice_of_fit_moves_bands_as_known() -> None:
    # Plain against relative residuals, waning Moon: 0.5 % at 10 deg, 1.3 to 3.1 % at 60 deg.
    at = LunarGeometry([10.0, 60.0], [-10.0, -60.0], 0, 0, 0, 1, 384400.0)
    relative, plain = (band_irradiance(at, venus_responses(), model) for model in MODELS[:2])
    moved = np.abs(plain / relative - 1.0) * 100.0
    np.testing.assert_allclose(moved[0], 0.5, atol=0.05)
    assert moved[1].min() == pytest.approx(1.3, abs=0.05)
    assert moved[1].max() == pytest.approx(3.1, abs=0.05)


def test_bad_options() -> None:
    with pytest.raises(InputError, match="spectral: expected apollo-relative"):
        RoloModel("apollo")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="libration: expected lon-lat"):
        RoloModel(libration="lat-lon")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="divide W m-2 um-1 by 1000"):
        SolarSpectrum("bad", np.array([300.0, 400.0]), np.array([500.0, 1500.0]))
    with pytest.raises(InputError, match="solar spectrum bad: expected strictly increasing"):
        SolarSpectrum("bad", np.array([400.0, 300.0]), np.array([1.0, 1.0]))
