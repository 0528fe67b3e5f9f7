"""Surface reflectance of one sensor's bands carried to another's, by a monotone spline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse

Floats = NDArray[np.float64]

EXTRAPOLATED_SHARE: Final = 0.5
"""Share of a response beyond the reference's outer bands from which the band is flagged."""


GAUSS_3: Final = np.polynomial.legendre.leggauss(3)


@dataclass(frozen=True, eq=False)
class BandTransfer:
    """From surface reflectance in reference bands to that in target bands.

    The spectrum is the shape-preserving cubic (PCHIP) through the reference
    bands' reflectances at their centroids, so that it never overshoots; beyond
    the outer centroids it goes on with the slope it has there. A target band is
    its mean over the response, integral(R rho) / integral(R).

    Parameters
    ----------
    reference, target
        Spectral responses, in the order of the reflectances; at least 2 of the
        reference, their centroids distinct.

    Raises
    ------
    InputError
        Fewer than 2 reference bands, or two with one centroid.

    References
    ----------
    Fritsch & Butland (1984), doi:10.1137/0905021, for the spline.

    Examples
    --------
    >>> box = lambda nm: SpectralResponse("R", [nm - 5.0, nm + 5.0], [1.0, 1.0])
    >>> transfer = BandTransfer([box(500.0), box(600.0), box(800.0)], [box(650.0), box(900.0)])
    >>> transfer.apply([0.2, 0.3, 0.5]).round(3)
    array([0.35, 0.6 ])
    >>> transfer.extrapolated
    array([False,  True])
    """

    reference: Sequence[SpectralResponse]
    target: Sequence[SpectralResponse]

    def __post_init__(self) -> None:
        given = np.array([centroid_nm(response) for response in self.reference])
        if given.size < 2 or (np.diff(np.sort(given)) <= 0.0).any():
            raise InputError(
                "reference responses",
                "at least 2 bands of distinct wavelengths",
                f"centroids {given.round(1).tolist()} nm",
                "leave one of two equal bands out",
            )

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Reference bands by ascending centroid."""
        return np.argsort([centroid_nm(response) for response in self.reference])

    @cached_property
    def knots_nm(self) -> Floats:
        """(reference band,) centroids, ascending, nm."""
        return np.array([centroid_nm(self.reference[k]) for k in self.order])

    @cached_property
    def extrapolated_share(self) -> Floats:
        """(target band,) share of each response beyond the outer centroids."""
        return np.array([self._moments(response)[1] for response in self.target])

    @property
    def extrapolated(self) -> NDArray[np.bool_]:
        """(target band,) True where more than `EXTRAPOLATED_SHARE` lies outside."""
        return self.extrapolated_share > EXTRAPOLATED_SHARE

    def apply(self, reflectance: ArrayLike, *, linear: bool = False) -> Floats:
        """Reflectance in the target bands.

        Parameters
        ----------
        reflectance
            (..., reference band), 1. A look with a NaN gives NaN in all bands.
        linear
            Straight lines instead of the spline: the difference of both tells
            how much hangs on the shape between the bands.

        Returns
        -------
        ndarray
            (..., target band), 1.
        """
        values = np.asarray(reflectance, np.float64)
        if values.shape[-1:] != self.knots_nm.shape:
            raise InputError(
                "reflectance",
                f"(..., {len(self.knots_nm)}), one value for each reference band",
                f"shape {values.shape}",
                "select the bands in the order of the responses",
            )
        looks = values.reshape(-1, values.shape[-1])[:, self.order]
        result = np.full((len(looks), len(self.target)), np.nan)
        whole = np.isfinite(looks).all(axis=1)
        pieces = self._pieces(looks[whole].T, linear)
        moments = np.stack([self._moments(response)[0] for response in self.target])
        result[whole] = np.einsum("tpk,kpl->lt", moments, pieces, optimize=True)
        return result.reshape(*values.shape[:-1], len(self.target))

    def _pieces(self, values: Floats, linear: bool) -> Floats:
        """Polynomials (power, piece, look), powers ascending; straight pieces at both ends."""
        x = self.knots_nm
        slope = np.diff(values, axis=0) / np.diff(x)[:, None]
        pieces = np.zeros((4, len(x) + 1, values.shape[1]))
        pieces[0, 0], pieces[0, 1:] = values[0], values
        if linear:
            pieces[1, 1:-1] = slope
            first, last = slope[0], slope[-1]
        else:
            spline = PchipInterpolator(x, values)
            pieces[:, 1:-1] = spline.c[::-1]
            first, last = spline.derivative()(x[[0, -1]])
        pieces[1, 0], pieces[1, -1] = first, last
        return pieces

    def _moments(self, response: SpectralResponse) -> tuple[Floats, float]:
        """Weights (piece, power) of a target band, and its share beyond the knots."""
        x = self.knots_nm
        edges = np.unique(np.concatenate([response.wavelength_nm, x]))
        edges = edges[(edges >= response.wavelength_nm[0]) & (edges <= response.wavelength_nm[-1])]
        node, weight = GAUSS_3
        half = 0.5 * np.diff(edges)[:, None]
        at = edges[:-1, None] + half * (1.0 + node)
        heavy = half * weight * np.interp(at, response.wavelength_nm, response.response)
        piece = np.searchsorted(x, at)
        base = np.concatenate([x[:1], x])[piece]
        moments = np.zeros((len(x) + 1, 4))
        for power in range(4):
            np.add.at(moments[:, power], piece, heavy * (at - base) ** power)
        moments /= heavy.sum()
        return moments, float(moments[0, 0] + moments[-1, 0])


def centroid_nm(response: SpectralResponse) -> float:
    """Wavelength weighted with the response, nm.

    Examples
    --------
    >>> centroid_nm(SpectralResponse("R", [600.0, 650.0, 700.0], [0.0, 1.0, 0.0]))
    650.0
    """
    x, r = response.wavelength_nm, response.response
    return float(np.trapezoid(r * x, x) / np.trapezoid(r, x))
