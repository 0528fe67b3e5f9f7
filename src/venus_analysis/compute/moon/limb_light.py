"""Edge of a sphere in an image: powers of the depth behind a blur, and what light they carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.normal import normal_integral

Array = NDArray[np.float64]
NEAREST, FARTHEST, PER_UNIT = -12.0, 6.0, 200
DEPTHS = np.sqrt((np.arange(40) + 0.5) / 40.0)


def _tables() -> tuple[Array, Array, Array]:
    """Return z and (-z) to the powers 1/2 and -1/2, z < 0, through a Gaussian of unit sigma."""
    z = np.linspace(NEAREST, FARTHEST, int((FARTHEST - NEAREST) * PER_UNIT) + 1)
    nodes, weights = np.polynomial.legendre.leggauss(80)
    # with t = q**2 neither integrand is singular at the edge
    q = 2.25 * (nodes + 1.0)
    kernel = np.exp(-0.5 * (z[:, None] + q**2) ** 2) * (4.5 * weights / np.sqrt(2.0 * np.pi))
    return z, np.asarray(kernel @ q**2), kernel.sum(axis=1)


Z, ROOT, INVERSE_ROOT = _tables()


def blurred_powers(z: Array, highest: int) -> tuple[list[Array], list[Array]]:
    """Half-integer powers of the depth inside an edge, blurred: ``(-z)**(p/2)``, 0 for z > 0.

    With T(p) for the power p/2 through a Gaussian of unit sigma,
    ``T(p + 2) = -z T(p) + p/2 T(p - 2)`` and ``dT(p)/dz = -p/2 T(p - 2)``;
    ``p/2 T(p - 2)`` is the Gaussian itself at p = 0.

    Parameters
    ----------
    z
        Distance from the edge in units of the blur, positive outside; clipped
        to -12 and 6.
    highest
        Highest p, 1 at least.

    Returns
    -------
    list of array, list of array
        T(p) and its derivative in z for p = 0 to `highest`, as `z`.

    Examples
    --------
    >>> power, slope = blurred_powers(np.array([-4.0]), 4)
    >>> [round(float(p[0]), 2) for p in power]
    [1.0, 1.98, 4.0, 8.19, 17.0]
    """
    z = np.clip(z, NEAREST, FARTHEST)
    place = (z - NEAREST) * PER_UNIT
    index = np.minimum(place.astype(np.intp), Z.size - 2)
    part = place - index
    root = ROOT[index] + part * (ROOT[index + 1] - ROOT[index])
    inverse = INVERSE_ROOT[index] + part * (INVERSE_ROOT[index + 1] - INVERSE_ROOT[index])
    # p/2 T(p - 2) for each p, which is also minus the slope
    lower = [np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi), 0.5 * inverse]
    power = [normal_integral(-z), root]
    for p in range(2, highest + 1):
        power.append(lower[p - 2] - z * power[p - 2])
        lower.append(0.5 * p * power[p - 2])
    return power, [-term for term in lower]


def limb_light(angle_deg: Array, phase_angle_deg: float, widest: Array, highest: int = 5) -> Array:
    """Lommel-Seeliger and Lambert radiance near the limb, as powers of the emission cosine.

    Their weighted sum is the lunar-Lambert law. Each is expanded over the
    depths of a window by least squares, every depth counted alike.

    Parameters
    ----------
    angle_deg
        Angle from the Sun's direction along the limb (n), degrees.
    phase_angle_deg
        Phase angle, degrees.
    widest
        Largest emission cosine in the window (n).
    highest
        Highest power.

    Returns
    -------
    array
        (2, n, highest + 1): coefficients of ``(emission cosine / widest)**p``.

    References
    ----------
    McEwen, A. S. (1991), Icarus 92, 298, doi:10.1016/0019-1035(91)90053-V.

    Examples
    --------
    >>> plain = limb_light(np.array([0.0]), 90.0, np.array([0.1]))
    >>> plain[:, 0, 0].round(2).tolist()
    [1.0, 1.0]
    """
    phase, turn = np.deg2rad(phase_angle_deg), np.deg2rad(angle_deg)[:, None]
    cosine = DEPTHS * widest[:, None]
    side = np.sqrt(np.maximum(1.0 - cosine**2, 0.0))
    sunward = np.maximum(np.sin(phase) * np.cos(turn) * side + np.cos(phase) * cosine, 0.0)
    powers = DEPTHS[:, None] ** np.arange(highest + 1)
    ridge = 1e-9 * np.eye(highest + 1)
    solve = np.linalg.solve(powers.T @ powers + ridge, powers.T)
    return np.stack([sunward / (sunward + cosine), sunward]) @ solve.T
