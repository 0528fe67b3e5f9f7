"""Carrying reflectance between bands: exact where the spectrum is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.interpolate import PchipInterpolator

from venus_analysis.compute.desert.spectrum import BandTransfer, centroid_nm
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse, venus_responses

KNOTS = (412.0, 443.0, 490.0, 560.0, 620.0, 665.0, 753.0, 778.0, 865.0, 885.0)


def triangle(centre, half=6.0):
    return SpectralResponse(f"{centre:g}", [centre - half, centre, centre + half], [0.0, 1.0, 0.0])


REFERENCE = [triangle(knot) for knot in KNOTS]


def test_linear_spectrum_is_carried_exactly_also_beyond_the_ends():
    transfer = BandTransfer(REFERENCE, venus_responses())
    expected = [0.1 + 4e-4 * (centroid_exact(r) - 400.0) for r in venus_responses()]
    given = 0.1 + 4e-4 * (np.array(KNOTS) - 400.0)
    np.testing.assert_allclose(transfer.apply(given), expected, atol=1e-12)
    np.testing.assert_allclose(transfer.apply(given, linear=True), expected, atol=1e-12)


def centroid_exact(response):
    """Integral of the piecewise linear response, in closed form piece by piece."""
    x, r = response.wavelength_nm, response.response
    width = np.diff(x)
    area = width * (r[1:] + r[:-1]) / 2.0
    first = width * (x[:-1] * (2 * r[:-1] + r[1:]) + x[1:] * (r[:-1] + 2 * r[1:])) / 6.0
    return first.sum() / area.sum()


def test_moments_equal_adaptive_quadrature_of_the_spline():
    random = np.random.default_rng(3)
    rho = random.uniform(0.2, 0.6, len(KNOTS))
    target = triangle(640.0, 60.0)
    spline = PchipInterpolator(KNOTS, rho)

    def weight(x):
        return np.interp(x, target.wavelength_nm, target.response)

    points = [x for x in (*KNOTS, 640.0) if 580.0 < x < 700.0]
    top = quad(lambda x: weight(x) * spline(x), 580.0, 700.0, points=points, epsabs=1e-12)[0]
    bottom = quad(weight, 580.0, 700.0, points=points, epsabs=1e-12)[0]
    found = BandTransfer(REFERENCE, [target]).apply(rho)
    assert found[0] == pytest.approx(top / bottom, abs=1e-9)


def test_spline_never_leaves_the_range_of_its_neighbours():
    step = np.where(np.array(KNOTS) < 600.0, 0.2, 0.5)
    targets = [triangle(x) for x in np.arange(425.0, 875.0, 10.0)]
    found = BandTransfer(REFERENCE, targets).apply(step)
    assert found.min() >= 0.2 - 1e-12
    assert found.max() <= 0.5 + 1e-12


def test_venus_bands_that_the_reference_does_not_cover_are_flagged():
    names = np.array([response.band for response in venus_responses()])
    meris = BandTransfer(REFERENCE, venus_responses())
    assert names[meris.extrapolated].tolist() == ["B12"]
    sentinel_2 = [triangle(x) for x in (443.0, 492.0, 560.0, 665.0, 704.0, 740.0, 783.0, 865.0)]
    assert "B1" in names[BandTransfer(sentinel_2, venus_responses()).extrapolated]


def test_order_of_bands_shapes_and_missing_values():
    transfer = BandTransfer(REFERENCE[::-1], [triangle(500.0), triangle(700.0)])
    rho = np.linspace(0.6, 0.2, len(KNOTS)) * np.ones((2, 3, 1))
    rho[1, 2, 4] = np.nan
    found = transfer.apply(rho)
    assert found.shape == (2, 3, 2)
    assert found[0, 0] == pytest.approx(
        BandTransfer(REFERENCE, transfer.target).apply(rho[0, 0, ::-1])
    )
    assert np.isnan(found[1, 2]).all()
    assert np.isfinite(found[1, 1]).all()


def test_equal_bands_and_wrong_shapes_are_refused():
    assert centroid_nm(triangle(500.0)) == pytest.approx(500.0)
    with pytest.raises(InputError, match="distinct wavelengths"):
        BandTransfer([triangle(500.0), triangle(500.0)], [triangle(600.0)])
    with pytest.raises(InputError, match="one value for each reference band"):
        BandTransfer(REFERENCE, [triangle(600.0)]).apply([0.1, 0.2])
