"""Band adjustment against adaptive integration, and partners against their wavelengths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from venus_analysis import tables
from venus_analysis.compute.desert.spectrum import centroid_nm
from venus_analysis.compute.sno.partners import NO_PARTNER, SENTINEL_2, partner_bands
from venus_analysis.compute.sno.sbaf import spectral_adjustment
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse, sentinel2_responses, venus_responses

AT = np.arange(400.0, 950.0)
VENUS = {response.band: response for response in venus_responses()}


def triangle(centre):
    return SpectralResponse("T", [centre - 20.0, centre, centre + 20.0], [0.0, 1.0, 0.0])


def test_factor_agrees_with_adaptive_integration():
    def spectrum(x):
        return 0.1 + 1e-6 * (x - 300.0) ** 2

    def sun(x):
        return 2.0 - 0.001 * x

    def mean(centre):
        def over(f):
            def weighed(x):
                return f(x) * sun(x) * (1.0 - abs(x - centre) / 20.0)

            return quad(weighed, centre - 20.0, centre + 20.0, points=[centre])[0]

        return over(spectrum) / over(lambda x: 1.0)

    found = spectral_adjustment(triangle(660.0), triangle(665.5), AT, spectrum(AT), sun(AT))
    assert found.factor == pytest.approx(mean(660.0) / mean(665.5), rel=2e-5)
    assert np.isnan(found.uncertainty)


def test_uncertainty_is_the_scatter_over_spectra():
    slopes = np.array([0.0, 1e-4, 2e-4])
    spectra = 0.3 + slopes[:, None] * (AT - 600.0)
    found = spectral_adjustment(triangle(610.0), triangle(600.0), AT, spectra)
    each = 1.0 + slopes * 10.0 / 0.3
    assert found.factor == pytest.approx(each.mean(), rel=1e-6)
    assert found.uncertainty == pytest.approx(each.std(ddof=1), rel=1e-6)


def test_a_band_against_itself_needs_no_adjustment():
    band = VENUS["B4"]
    found = spectral_adjustment(band, band, AT, 0.1 + 3e-4 * (AT - 400.0))
    assert found.factor == pytest.approx(1.0, abs=1e-12)


def test_spectrum_too_short():
    with pytest.raises(InputError, match="wider spectrum"):
        spectral_adjustment(triangle(405.0), triangle(600.0), AT, AT)
    with pytest.raises(InputError, match="same wavelengths"):
        spectral_adjustment(triangle(605.0), triangle(600.0), AT, AT[1:])


@pytest.mark.parametrize("sensor", ["S2A", "S2B"])
def test_partners_are_the_nearest_bands(sensor):
    partners, reasons = partner_bands("VENUS", sensor)
    others = {response.band: centroid_nm(response) for response in sentinel2_responses(sensor)}
    others.pop("B8")
    for band, response in VENUS.items():
        away = {name: abs(centroid_nm(response) - nm) for name, nm in others.items()}
        nearest = min(away, key=away.get)
        if band in partners:
            assert nearest == partners[band]
            assert away[nearest] < 10.0
        else:
            assert away[nearest] > 15.0
            assert reasons[band]
    assert set(SENTINEL_2) | set(NO_PARTNER) == set(VENUS)


def test_published_centres_of_sentinel_2():
    """Central wavelengths of S2A and S2B that ESA gives in its user guide, nm."""
    published = {
        "S2A": (442.7, 492.4, 559.8, 664.6, 704.1, 740.5, 782.8, 832.8, 864.7),
        "S2B": (442.3, 492.1, 559.0, 665.0, 703.8, 739.1, 779.7, 832.9, 864.0),
    }
    for sensor, centres in published.items():
        found = [centroid_nm(response) for response in sentinel2_responses(sensor)]
        np.testing.assert_allclose(found, centres, atol=0.15)
    assert len(tables.columns("sentinel2_rsr")["band"]) == 400


def test_other_sensors_are_refused():
    with pytest.raises(InputError, match="VENUS with S2A"):
        partner_bands("AATSR", "S2A")
    with pytest.raises(InputError, match="S2A or S2B"):
        sentinel2_responses("S2C")
