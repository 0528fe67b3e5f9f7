"""Bands and responses of the camera."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse, venus_bands, venus_responses


def test_twelve_bands_in_four_tri_detectors() -> None:
    bands = venus_bands()
    assert [band.band for band in bands] == [f"B{n}" for n in range(1, 13)]
    for tri_detector in (1, 2, 3, 4):
        assert sum(band.tri_detector == tri_detector for band in bands) == 3
    assert sorted(band.time_order for band in bands) == list(range(1, 13))


def test_responses_agree_with_the_band_table() -> None:
    for band, response in zip(venus_bands(), venus_responses(), strict=True):
        assert band.band == response.band
        weight = response.response / response.response.sum()
        assert weight @ response.wavelength_nm == pytest.approx(band.central_wavelength_nm, abs=5)
        above_half = response.wavelength_nm[response.response > response.response.max() / 2]
        assert np.ptp(above_half) == pytest.approx(band.fwhm_nm, abs=6)


def test_response_is_frozen_copied_and_travels() -> None:
    x, y = np.array([600.0, 700.0]), np.array([1.0, 1.0])
    response = SpectralResponse("R", x, y)
    y[0] = -5.0
    assert response.response[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        response.response[0] = 2.0
    assert pickle.loads(pickle.dumps(response)).band == "R"


@pytest.mark.parametrize(
    ("wavelength", "response", "message"),
    [
        ([600.0, 700.0], [1.0], r"received \(2,\) and \(1,\)"),
        ([600.0], [1.0], "at least 2 samples"),
        ([[600.0, 700.0]], [[1.0, 1.0]], r"one shape \(sample,\)"),
        ([600.0, np.nan], [1.0, 1.0], "NaN"),
        ([600.0, 700.0], [1.0, np.inf], "infinity"),
        ([700.0, 600.0], [1.0, 1.0], "strictly increasing"),
        ([600.0, 600.0], [1.0, 1.0], "strictly increasing"),
        ([0.6, 0.7], [1.0, 1.0], "multiply micrometres by 1000"),
        ([600.0, 700.0], [0.0, 0.0], "a positive integral, received 0"),
    ],
)
def test_bad_responses(wavelength: list[float], response: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        SpectralResponse("R", wavelength, response)  # type: ignore[arg-type]
