"""The lunar albedo map: drawn from a seed, or read from an image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError

Array = NDArray[np.floating[Any]]

CRATERS: Final = 1200
CRATER_RADIUS_DEG: Final = (0.2, 6.0)
CRATER_POWER: Final = 1.8


@dataclass(frozen=True, eq=False)
class AlbedoMap:
    """Relative albedo of the whole Moon on an equirectangular grid.

    Only ratios between places matter: a scene's brightness comes from the lunar
    irradiance model.

    Parameters
    ----------
    values
        (latitude, longitude) from 90 deg N to 90 deg S and from -180 to 180 deg
        E, pixels centred between those limits: the sub-Earth region is in the
        middle. Finite, not negative, not all 0.

    Raises
    ------
    InputError
        Another shape, NaN, negative or no light at all.

    Examples
    --------
    >>> AlbedoMap([[2.0, 2.0], [2.0, 2.0]]).sample(np.eye(3))
    array([2., 2., 2.])
    """

    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float32)
        if values.ndim != 2 or min(values.shape) < 2:
            raise _refused("an image (latitude, longitude)", f"shape {values.shape}")
        if not np.isfinite(values).all() or values.min() < 0.0 or values.max() <= 0.0:
            raise _refused("finite values >= 0, some above 0", "others")
        object.__setattr__(self, "values", values)

    @cached_property
    def _padded(self) -> NDArray[np.float32]:
        """Values with a column more on either side, to close the circle, and a row at the poles."""
        closed = np.pad(self.values, ((0, 0), (1, 1)), mode="wrap")
        return np.pad(closed, ((1, 1), (0, 0)), mode="edge")

    def sample(self, direction: Array) -> Array:
        """Albedo at places given as unit vectors, bilinear.

        Parameters
        ----------
        direction
            (3, ...) selenographic unit vectors, z to the north pole.

        Returns
        -------
        ndarray
            (...), float64.
        """
        from scipy.ndimage import map_coordinates

        x, y, z = direction
        rows, columns = self.values.shape
        row = (0.5 - np.arcsin(np.clip(z, -1.0, 1.0)) / np.pi) * rows + 0.5
        column = (0.5 + np.arctan2(y, x) / (2.0 * np.pi)) * columns + 0.5
        sampled = map_coordinates(self._padded, (row, column), np.float64, 1, mode="nearest")
        return np.asarray(sampled)


def _refused(expected: str, received: str) -> InputError:
    return InputError("albedo map", expected, received, "give a map of the whole Moon")


def read_albedo(path: str | Path) -> AlbedoMap:
    """Read an albedo map from an image file.

    Parameters
    ----------
    path
        PNG, TIFF or what else scikit-image reads, or a ``.npy`` array; laid out
        as `AlbedoMap` says. Colours are averaged, an alpha channel is dropped.

    Returns
    -------
    AlbedoMap

    Raises
    ------
    InputError
        When there is no such image or it is no map.

    Examples
    --------
    >>> read_albedo("absent.png")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.png: expected an image, ...
    """
    path = Path(path)
    try:
        if path.suffix == ".npy":
            image = np.load(path, allow_pickle=False)
        else:
            from skimage import io

            image = io.imread(path)
    except Exception as error:  # image libraries raise nearly anything
        raise InputError(
            path, "an image", f"{type(error).__name__}: {error}"[:200], "check the path"
        ) from error
    image = np.asarray(image, dtype=np.float64)
    if image.ndim == 3:
        image = image[..., :3].mean(axis=-1) if image.shape[-1] > 2 else image[..., 0]
    return AlbedoMap(image.astype(np.float32))


def procedural_albedo(seed: int, height: int = 1024) -> AlbedoMap:
    """Draw a Moon that never was: maria, highlands, craters of many sizes with rims and rays.

    Dark plains with soft shores cover about a third of the sphere; craters
    follow a power law, N(>r) ~ r^-1.8 from 0.2 to 6 deg. One seed gives one
    Moon, whatever the height.

    Parameters
    ----------
    seed
        Seed of the map.
    height
        Rows of the map; it is twice as wide.

    Returns
    -------
    AlbedoMap

    Examples
    --------
    >>> moon = procedural_albedo(seed=1, height=64).values
    >>> moon.shape, bool(moon.max() > 2 * moon.min())
    ((64, 128), True)
    """
    latitude = np.radians(90.0 - (np.arange(height) + 0.5) * 180.0 / height)
    longitude = np.radians(-180.0 + (np.arange(2 * height) + 0.5) * 180.0 / height)
    albedo = _plains(seed, latitude, longitude)
    _add_craters(albedo, seed, latitude, longitude)
    return AlbedoMap(np.clip(albedo, 0.03, 0.5))


def _plains(seed: int, latitude: Array, longitude: Array) -> NDArray[np.float32]:
    """Maria and highlands: plane waves through the sphere, long ones cut off to shores."""
    x, y, z = (
        np.multiply.outer(np.cos(latitude), np.cos(longitude)).astype(np.float32),
        np.multiply.outer(np.cos(latitude), np.sin(longitude)).astype(np.float32),
        np.sin(latitude).astype(np.float32)[:, None],
    )

    def waves(stream: int, low: float, high: float, number: int) -> NDArray[np.float32]:
        rng = np.random.default_rng([seed, stream])
        frequency = rng.normal(size=(number, 3)) * np.geomspace(low, high, number)[:, None]
        total = np.zeros((latitude.size, longitude.size), np.float32)
        for (a, b, c), shift, weight in zip(
            frequency.astype(np.float32),
            rng.uniform(0.0, 2.0 * np.pi, number).astype(np.float32),
            np.geomspace(1.0, 0.3, number).astype(np.float32),
            strict=True,
        ):
            total += weight * np.sin(a * x + b * y + c * z + shift)
        return total

    maria = 0.5 + 0.5 * np.tanh(2.0 * (waves(0, 1.0, 14.0, 16) - 0.6))
    highlands = 0.16 * (1.0 + 0.04 * waves(1, 15.0, 90.0, 8))
    return np.asarray(highlands * (1.0 - 0.5 * maria), np.float32)


def _add_craters(albedo: NDArray[np.float32], seed: int, latitude: Array, longitude: Array) -> None:
    rng = np.random.default_rng([seed, 2])
    low, high = np.radians(CRATER_RADIUS_DEG)
    radii = np.minimum(low * rng.uniform(size=CRATERS) ** (-1.0 / CRATER_POWER), high)
    places = rng.normal(size=(CRATERS, 3))
    places /= np.linalg.norm(places, axis=1)[:, None]
    contrasts = rng.uniform(0.1, 0.6, CRATERS)
    rays = rng.uniform(size=CRATERS) ** 4
    for place, radius, contrast, ray in zip(places, radii, contrasts, rays, strict=True):
        _add_crater(albedo, latitude, longitude, place, radius, contrast, ray)


def _add_crater(
    albedo: NDArray[np.float32],
    latitude: Array,
    longitude: Array,
    place: Array,
    radius: float,
    contrast: float,
    ray: float,
) -> None:
    """Multiply a dark floor, a bright rim and bright ejecta into the map."""
    reach = 4.0 * radius
    middle, turn = np.arcsin(place[2]), np.arctan2(place[1], place[0])
    rows = np.flatnonzero(np.abs(latitude - middle) <= reach)
    if not rows.size:
        return
    widest = np.cos(np.abs(latitude[rows])).min()
    half = np.pi if widest < reach / np.pi else reach / widest
    away = np.abs((longitude - turn + np.pi) % (2.0 * np.pi) - np.pi)
    columns = np.flatnonzero(away <= half)
    phi, lam = latitude[rows][:, None], longitude[columns][None, :] - turn
    cosine = np.sin(phi) * place[2] + np.cos(phi) * np.cos(middle) * np.cos(lam)
    t = np.arccos(np.clip(cosine, -1.0, 1.0)) / radius
    profile = -0.4 * (t < 0.85) + np.exp(-(((t - 1.0) / 0.15) ** 2))
    profile += ray * np.exp(-(t - 1.0)) * ((t > 1.0) & (t < 4.0))
    albedo[np.ix_(rows, columns)] *= (1.0 + contrast * profile).astype(np.float32)
