"""A synthetic Moon disk together with its truth."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import fft

from venus_analysis.errors import InputError
from venus_analysis.simulate.sampling import FINER, PLACES, sampled

Array = NDArray[np.float64]

MOON_RADIUS_KM = 1737.4
MEAN_DISTANCE_KM = 384400.0


@dataclass(frozen=True)
class DiskSettings:
    """What to draw: one Moon disk, the camera that looks at it and the sky behind.

    The camera's blur is a Gaussian, a box along the lines (integration while
    scanning), the pixel (exact), and a halo that takes the fraction
    `halo_fraction` of all light; the sampling comes last.

    Parameters
    ----------
    diameter_px
        Diameter across the scan (along a line of pixels), in columns.
    frame_shape
        (lines, columns); None takes 2.5 times the disk's extent both ways.
    phase_angle_deg
        Angle Sun - Moon - observer, 0 (full) to 180 (new).
    sun_direction_deg
        Direction of the Sun on the disk, from +column towards +line, before
        stretch and shear.
    stretch
        Elongation along the lines' axis; this is the oversampling.
    shear
        Columns moved per line.
    centre
        (line, column) of the disk's centre; None takes the frame's middle.
    irradiance
        Truth, W m-2 µm-1: all light of the Moon, halo included, over all space.
    pixel_solid_angle_sr
        Solid angle of a pixel that is not oversampled; None takes the Moon at
        its mean distance.
    psf_sigma_px, psf_box_px
        Gaussian sigma (both axes) and width of the box along the line axis.
    halo_fraction, halo_scale_px, halo_kernel
        Share of the light in the halo and its radial scale s:
        exp(-r/s) / (2 π s²) or a Gaussian of sigma s.
    peak_snr
        Brightest noiseless pixel over the noise's sigma (white, Gaussian);
        None for no noise.
    background
        Added everywhere, W m-2 sr-1 µm-1; not part of the irradiance.
    sky_gradient, sky_gradient_direction_deg
        Zero-mean plane, corner to corner of the frame, as a fraction of the
        peak, and the direction it rises to; not part of the irradiance.
    scattering
        Lommel-Seeliger µ0/(µ0 + µ) or Lambert µ0.
    texture
        Smooth random albedo of about ±25 %, drawn from `seed`.
    seed
        Seed of texture and noise.

    Examples
    --------
    >>> DiskSettings(diameter_px=100.0).phase_angle_deg
    40.0
    """

    diameter_px: float = 300.0
    frame_shape: tuple[int, int] | None = None
    phase_angle_deg: float = 40.0
    sun_direction_deg: float = 30.0
    stretch: float = 1.0
    shear: float = 0.0
    centre: tuple[float, float] | None = None
    irradiance: float = 1e-3
    pixel_solid_angle_sr: float | None = None
    psf_sigma_px: float = 0.7
    psf_box_px: float = 0.0
    halo_fraction: float = 0.0
    halo_scale_px: float = 10.0
    halo_kernel: Literal["exponential", "gaussian"] = "exponential"
    peak_snr: float | None = None
    background: float = 0.0
    sky_gradient: float = 0.0
    sky_gradient_direction_deg: float = 0.0
    scattering: Literal["lommel-seeliger", "lambert"] = "lommel-seeliger"
    texture: bool = True
    seed: int = 0


def simulate_disk(settings: DiskSettings) -> xr.Dataset:
    """Draw a Moon disk whose irradiance, place and shape are known.

    A sphere of radius R = diameter / 2 is seen at
    ``line = centre_line + stretch * R * v``,
    ``column = centre_column + R * u + shear * (line - centre_line)``
    with (u, v) on the unit disk, so that over all space::

        irradiance = sum(radiance of the Moon) * pixel_solid_angle_sr / stretch

    The disk is drawn three times finer than the pixels, so that blur and pixel
    act before the sampling. Light that the blur carries
    out of the frame is not in the image but is in the truth; its amount is
    `irradiance_outside_frame`.

    Parameters
    ----------
    settings
        What to draw.

    Returns
    -------
    xarray.Dataset
        `radiance` (line, column), W m-2 sr-1 µm-1, and the truth as scalar
        variables; no NaN. Attribute `simulated` is 1.

    Raises
    ------
    InputError
        A setting is out of its range, or nothing of the lit disk is in the frame.

    References
    ----------
    Lommel-Seeliger law: Hapke, B. (2012), Theory of Reflectance and Emittance
    Spectroscopy, 2nd ed., doi:10.1017/CBO9781139025683.

    Examples
    --------
    >>> image = simulate_disk(DiskSettings(diameter_px=60.0, stretch=1.5))
    >>> total = float(image.radiance.sum() * image.pixel_solid_angle_sr / image.oversampling)
    >>> abs(total / float(image.irradiance) - 1) < 1e-9
    True
    """
    _check(settings)
    shape, centre = _frame(settings)
    solid_angle = settings.pixel_solid_angle_sr or _moon_pixel(settings.diameter_px)
    moon = _draw(settings, shape, centre)
    inside = float(moon.sum())
    moon *= settings.irradiance * settings.stretch / solid_angle
    peak = float(moon.max())
    image = moon + _sky(settings, shape, peak)
    if settings.peak_snr is not None:
        noise = np.random.default_rng([settings.seed, 1])
        image += noise.normal(0.0, peak / settings.peak_snr, shape)
    return _dataset(settings, image, centre, solid_angle, settings.irradiance * (1.0 - inside))


def _check(settings: DiskSettings) -> None:
    ranges = {
        "diameter_px": (4.0, 1e5),
        "stretch": (0.05, 20.0),
        "phase_angle_deg": (0.0, 179.0),
        "halo_fraction": (0.0, 0.9),
        "halo_scale_px": (1e-3, 1e5),
        "psf_sigma_px": (0.0, 1e3),
    }
    for name, (low, high) in ranges.items():
        value = getattr(settings, name)
        if not low <= value <= high:
            where = f"DiskSettings.{name}"
            raise InputError(where, f"{low:g} to {high:g}", repr(value), "choose a value in range")


def _moon_pixel(diameter_px: float) -> float:
    """Solid angle of a pixel when the Moon at mean distance spans `diameter_px` (sr)."""
    return (2.0 * math.asin(MOON_RADIUS_KM / MEAN_DISTANCE_KM) / diameter_px) ** 2


def _half_extent(settings: DiskSettings) -> tuple[float, float]:
    """Half the height (lines) and width (columns) of the disk's bounding box."""
    radius = settings.diameter_px / 2.0
    height = settings.stretch * radius
    return height, math.hypot(radius, settings.shear * height)


def _frame(settings: DiskSettings) -> tuple[tuple[int, int], tuple[float, float]]:
    half = _half_extent(settings)
    shape = settings.frame_shape or (math.ceil(5.0 * half[0]), math.ceil(5.0 * half[1]))
    middle = ((shape[0] - 1) / 2.0, (shape[1] - 1) / 2.0)
    return shape, settings.centre or middle


def _draw(settings: DiskSettings, shape: tuple[int, int], centre: tuple[float, float]) -> Array:
    """Blurred Moon in the frame, its sum over all space being 1."""
    half = _half_extent(settings)
    blur = 6.0 * settings.psf_sigma_px + settings.psf_box_px + 3.0
    if settings.halo_fraction:
        blur += 9.0 * settings.halo_scale_px
    first = [math.floor(c - h - blur) for c, h in zip(centre, half, strict=True)]
    size = [
        fft.next_fast_len(math.ceil(2.0 * (h + blur)) + 2, real=bool(axis))
        for axis, h in enumerate(half)
    ]
    local = (centre[0] - first[0], centre[1] - first[1])
    fine = _sharp(settings, (size[0], size[1]), local)
    fine *= FINER**2 / fine.sum()
    if settings.psf_sigma_px or settings.psf_box_px or settings.halo_fraction:
        moon = sampled(fine, lambda along, across: _transfer(settings, along, across))
    else:
        moon = fine.reshape(size[0], FINER, size[1], FINER).mean(axis=(1, 3))
    frame = np.zeros(shape)
    rows, columns = (
        (max(f, 0), min(f + n, limit)) for f, n, limit in zip(first, size, shape, strict=True)
    )
    if rows[0] < rows[1] and columns[0] < columns[1]:
        frame[slice(*rows), slice(*columns)] = moon[
            rows[0] - first[0] : rows[1] - first[0],
            columns[0] - first[1] : columns[1] - first[1],
        ]
    return frame


def _transfer(
    settings: DiskSettings, along: NDArray[np.floating[Any]], across: NDArray[np.floating[Any]]
) -> Array:
    """Fourier transform of the blur (line frequency, column frequency)."""
    along, across = along[:, None], across[None, :]
    k2 = (2.0 * np.pi) ** 2 * (along**2 + across**2)
    core = np.exp(-0.5 * settings.psf_sigma_px**2 * k2) * np.sinc(settings.psf_box_px * along)
    if not settings.halo_fraction:
        return np.asarray(core)
    s2k2 = settings.halo_scale_px**2 * k2
    halo = np.exp(-0.5 * s2k2) if settings.halo_kernel == "gaussian" else (1.0 + s2k2) ** -1.5
    return np.asarray((1.0 - settings.halo_fraction) * core + settings.halo_fraction * halo)


def _sharp(settings: DiskSettings, size: tuple[int, int], centre: tuple[float, float]) -> Array:
    """Mean radiance before blur of the parts of each pixel; at the limb by many samples."""
    radius = settings.diameter_px / 2.0
    line, column = (
        (np.arange(n * FINER) + 0.5) / FINER - 0.5 - c for n, c in zip(size, centre, strict=True)
    )
    v = line[:, None] / (settings.stretch * radius)
    u = (column[None, :] - settings.shear * line[:, None]) / radius
    rho = np.hypot(u, v)
    # a part's corner is at most this far from its centre, on the unit disk
    reach = 0.5 / FINER / radius * (1.0 + abs(settings.shear) + 1.0 / settings.stretch)
    moon = np.zeros(rho.shape)
    inner = rho < 1.0 - reach
    moon[inner] = _shade(settings, u[inner], np.broadcast_to(v, rho.shape)[inner])
    rows, columns = np.nonzero(np.abs(rho - 1.0) <= reach)
    for down, right in PLACES / FINER:
        edge_line = line[rows] + down
        edge_u = (column[columns] + right - settings.shear * edge_line) / radius
        edge_v = edge_line / (settings.stretch * radius)
        moon[rows, columns] += _shade(settings, edge_u, edge_v) / len(PLACES)
    return moon


def _shade(settings: DiskSettings, u: Array, v: Array) -> Array:
    """Relative radiance at (u, v) of the unit disk; 0 outside and on the night side."""
    phase, direction = np.deg2rad((settings.phase_angle_deg, settings.sun_direction_deg))
    mu = np.sqrt(np.maximum(1.0 - u * u - v * v, 0.0))
    mu0 = np.sin(phase) * (np.cos(direction) * u + np.sin(direction) * v) + np.cos(phase) * mu
    mu0 = np.where(u * u + v * v <= 1.0, np.maximum(mu0, 0.0), 0.0)
    if settings.scattering == "lommel-seeliger":
        mu0 = mu0 / np.maximum(mu0 + mu, 1e-12)
    return np.asarray(mu0 * _albedo(settings, u, v, mu) if settings.texture else mu0)


def _albedo(settings: DiskSettings, u: Array, v: Array, w: Array) -> Array:
    """Smooth random pattern on the sphere, mean about 1."""
    rng = np.random.default_rng([settings.seed, 0])
    waves = rng.normal(size=(10, 3)) * np.geomspace(2.0, 12.0, 10)[:, None]
    shifts = rng.uniform(0.0, 2.0 * np.pi, 10)
    weights = np.geomspace(1.0, 0.3, 10)
    pattern = np.zeros_like(u)
    for (a, b, c), shift, weight in zip(waves, shifts, weights, strict=True):
        pattern += weight * np.sin(a * u + b * v + c * w + shift)
    return np.asarray(1.0 + 0.3 * np.tanh(pattern))


def _sky(settings: DiskSettings, shape: tuple[int, int], peak: float) -> Array:
    direction = np.deg2rad(settings.sky_gradient_direction_deg)
    down, right = np.sin(direction), np.cos(direction)
    line = np.linspace(-0.5, 0.5, shape[0])[:, None]
    column = np.linspace(-0.5, 0.5, shape[1])[None, :]
    plane = (down * line + right * column) / (abs(down) + abs(right))
    return np.asarray(settings.background + settings.sky_gradient * peak * plane)


def _dataset(
    settings: DiskSettings,
    image: Array,
    centre: tuple[float, float],
    solid_angle: float,
    outside: float,
) -> xr.Dataset:
    radius = settings.diameter_px / 2.0
    truth = {
        "irradiance": (settings.irradiance, "W m-2 um-1"),
        "irradiance_outside_frame": (outside, "W m-2 um-1"),
        "pixel_solid_angle_sr": (solid_angle, "sr"),
        "oversampling": (settings.stretch, "1"),
        "centre_line": (centre[0], "pixel"),
        "centre_column": (centre[1], "pixel"),
        "semi_axis_line_px": (settings.stretch * radius, "pixel"),
        "semi_axis_column_px": (radius, "pixel"),
        "shear": (settings.shear, "1"),
        "sun_direction_deg": (settings.sun_direction_deg, "deg"),
        "phase_angle_deg": (settings.phase_angle_deg, "deg"),
    }
    dataset = xr.Dataset(
        {"radiance": (("line", "column"), image, {"units": "W m-2 sr-1 um-1"})},
        attrs={"simulated": 1},
    )
    for name, (value, unit) in truth.items():
        dataset[name] = ((), float(value), {"units": unit})
    dataset.attrs |= {f"setting_{k}": v for k, v in asdict(settings).items() if v is not None}
    return dataset
