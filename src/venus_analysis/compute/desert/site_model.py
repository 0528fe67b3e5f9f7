"""Ross–Li model of one site's surface, fitted to the looks of a reference sensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.desert.directional import KERNELS, directional_regressors
from venus_analysis.compute.desert.looks import Looks
from venus_analysis.compute.drift.autocorrelation import ar1_correlation, lag_products
from venus_analysis.errors import InputError

Floats = NDArray[np.float64]

FEWEST_LOOKS: Final = 10
TERMS: Final = 1 + len(KERNELS)


@dataclass(frozen=True, eq=False)
class SiteModel:
    """Surface reflectance as a function of geometry.

    rho = f0 + fv Ross-thick + fs Li-sparse + fa (sec t_s + sec t_v); the last term
    takes up what an atmosphere a little wrong leaves.

    Attributes
    ----------
    weights
        (band, 4) f0, fv, fs, fa; NaN for a band with fewer than 10 looks.
    covariance
        (band, 4, 4) of the weights, with the correlation of consecutive
        looks as AR(1).
    scatter
        (band,) standard deviation of the looks around the model, relative.
    number
        (band,) looks fitted.
    """

    weights: Floats
    covariance: Floats
    scatter: Floats
    number: NDArray[np.intp]

    def predict(self, looks: Looks) -> tuple[Floats, Floats]:
        """Surface reflectance at the geometry of other looks, and its uncertainty.

        Parameters
        ----------
        looks
            Only their angles are used.

        Returns
        -------
        tuple of ndarray
            (look, band) reflectance and its standard uncertainty (k = 1) from
            the fit; NaN where an angle is. Outside the geometries that were
            fitted nothing but the kernels' shape holds it.
        """
        terms = kernels(looks)
        variance = np.einsum("lp,bpq,lq->lb", terms, self.covariance, terms)
        return terms @ self.weights.T, np.sqrt(variance)


def fit_site_model(looks: Looks, surface: Floats) -> SiteModel:
    """Fit the model by least squares, band by band.

    Parameters
    ----------
    looks
        Screened looks of one sensor at one site, in order of time.
    surface
        (look, band) their surface reflectance, `surface_reflectance`; NaN for none.

    Returns
    -------
    SiteModel

    Raises
    ------
    InputError
        Looks and reflectances of different number.

    References
    ----------
    Wanner, Li & Strahler (1995), doi:10.1029/95JD02371, for kernel models.

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> day = np.datetime64("2004-05-01", "us") + np.arange(40) * np.timedelta64(9, "D")
    >>> looks = make_looks(day, 20.0 + np.arange(40) % 23, np.arange(40) % 17, 60.0,
    ...                    np.full((40, 1), 0.4))
    >>> surface = kernels(looks) @ np.array([[0.4], [0.1], [0.02], [0.01]])
    >>> model = fit_site_model(looks, surface)
    >>> model.weights.round(6), bool(np.allclose(model.predict(looks)[0], surface))
    (array([[0.4 , 0.1 , 0.02, 0.01]]), True)
    """
    if surface.ndim != 2 or len(surface) != len(looks):
        raise InputError(
            "surface reflectance",
            f"({len(looks)}, band)",
            f"shape {surface.shape}",
            "give one row for each look",
        )
    terms = kernels(looks)
    weights = site_weights(terms, surface)
    bands = surface.shape[1]
    covariance, scatter = np.full((bands, TERMS, TERMS), np.nan), np.full(bands, np.nan)
    whole = np.isfinite(surface) & np.isfinite(terms).all(axis=1, keepdims=True)
    number = whole.sum(axis=0)
    for band in np.flatnonzero(number >= FEWEST_LOOKS):
        own, rho = terms[whole[:, band]], surface[whole[:, band], band]
        basis, inverse = _basis(own)
        residual = rho - own @ weights[band]
        variance = (residual**2).sum() / (number[band] - basis.shape[1])
        r = ar1_correlation(residual[None], basis[None], number[band : band + 1])[0]
        lags = lag_products(basis[None], basis[None])[0]
        spread = (lags * r ** np.arange(lags.shape[-1])).sum(axis=-1)
        covariance[band] = variance * inverse @ spread @ inverse.T
        scatter[band] = np.sqrt(variance) / rho.mean()
    return SiteModel(weights, covariance, scatter, number)


def _basis(terms: Floats) -> tuple[Floats, Floats]:
    """Orthonormal basis (look, rank), and what gives weights (4, rank) from it.

    Fewer than four where the looks' geometries cannot tell the kernels apart; what they
    tell nothing of adds nothing, as in the least-squares solution of least norm.
    """
    left, size, right = np.linalg.svd(terms, full_matrices=False)
    told = size > size[0] * np.finfo(np.float64).eps * len(terms)
    return left[:, told], right[told].T / size[told]


def site_weights(terms: Floats, surface: Floats) -> Floats:
    """Weights of the kernels by least squares, (band, 4); NaN for fewer than 10 looks.

    Parameters
    ----------
    terms
        (look, 4) from `kernels`.
    surface
        (look, band); NaN for none.

    Examples
    --------
    >>> terms = np.random.default_rng(1).random((12, 4))
    >>> site_weights(terms, terms @ np.ones((4, 1))).round(9)
    array([[1., 1., 1., 1.]])
    """
    weights = np.full((surface.shape[1], TERMS), np.nan)
    for band, rho in enumerate(surface.T):
        whole = np.isfinite(rho) & np.isfinite(terms).all(axis=1)
        if whole.sum() >= FEWEST_LOOKS:
            weights[band] = np.linalg.lstsq(terms[whole], rho[whole], rcond=None)[0]
    return weights


def kernels(looks: Looks) -> Floats:
    """Give 1, volume kernel, surface kernel and air mass at each look, (look, 4).

    Examples
    --------
    >>> from venus_analysis.compute.desert.looks import make_looks
    >>> day = np.array(["2004-05-01"], "M8[us]")
    >>> bool(np.allclose(kernels(make_looks(day, 0.0, 0.0, 0.0, [[0.4]])), [[1, 0, 0, 2]]))
    True
    """
    terms = directional_regressors(
        looks.solar_zenith_deg, looks.viewing_zenith_deg, looks.relative_azimuth_deg
    )
    return np.stack([np.ones(len(looks)), *(terms[name] for name in KERNELS)], axis=1)
