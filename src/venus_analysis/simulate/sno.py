"""SIMULATED pairs of VENuS and Sentinel-2 products that show one ground at one time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.tile_angles import TileAngles, direction
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_direct
from venus_analysis.compute.desert.smac_coefficients import SmacCoefficients, built_in_coefficients
from venus_analysis.compute.sno.sbaf import band_mean
from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse, sentinel2_responses, venus_responses
from venus_analysis.parameters.names import BANDS, TRI_DETECTORS
from venus_analysis.simulate.l1c_product import L1cScene, Layout, write_l1c_product
from venus_analysis.simulate.safe_product import SafeScene, write_safe

Floats = NDArray[np.float64]
WAVELENGTH_NM: Final = np.arange(380.0, 1000.0)
WAVE_M: Final = 12000.0
MOST: Final = {
    "aot_550": 0.2,
    "water_vapour_g_cm2": 1.5,
    "ozone_du": 300.0,
    "pressure_hpa": 1013.25,
}


@dataclass(frozen=True, eq=False)
class SnoScene:
    """What both products show, and how VENuS deviates.

    Parameters
    ----------
    gain, offset
        VENuS reads gain · truth + offset: (band,) or one for all.
    safe
        The Sentinel-2 product.
    minutes
        VENuS looks so much later than Sentinel-2.
    level, contrast
        Surface reflectance at 700 nm: mean, and relative amplitude of waves 12 km
        long; a field of twice this contrast stands in one quarter, so that
        some cells are cut by its edge.
    redness
        Relative rise of the surface's reflectance, 1 / 100 nm.
    noise
        Relative scatter of pixels of both.
    lines, columns, sampling_m
        The VENuS image.
    seed
        Of the noise.
    """

    gain: Floats | float = 1.0
    offset: float = 0.0
    safe: SafeScene = field(default_factory=SafeScene)
    minutes: float = -6.0
    level: float = 0.35
    contrast: float = 0.25
    redness: float = 0.06
    noise: float = 0.005
    lines: int = 440
    columns: int = 440
    sampling_m: float = 30.0
    seed: int = 1

    def gains(self) -> Floats:
        """Give the planted gain of each VENuS band."""
        return np.broadcast_to(np.asarray(self.gain, np.float64), (len(BANDS),))


def write_pair(
    folder: str | Path, scene: SnoScene | None = None, layout: Layout = "muscate"
) -> tuple[Path, Path]:
    """Write a VENuS and a Sentinel-2 product; returns their paths.

    The surface is level(x, y) times a spectrum that rises with wavelength; bands
    see its mean over their response, through SMAC's standard desert air.

    Raises
    ------
    InputError
        The folder has such a Sentinel-2 product already.

    Examples
    --------
    >>> import tempfile
    >>> scene = SnoScene(safe=SafeScene(side_m=1200), lines=40, columns=40)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_pair(folder, scene)]  # doctest: +NORMALIZE_WHITESPACE
    ['VENUS-XS_20190204-083431-000_L1C_SIMULATED_C_V1-0_MTD_ALL.xml',
     'S2A_MSIL1C_20190204T084031_N0207_R000_T00SIM_SIMULATED.SAFE']
    """
    scene = scene or SnoScene()
    earlier = Path(folder) / f"{scene.safe.name}.SAFE"
    if earlier.exists():
        raise InputError(
            earlier, "a name that is free", "a product made earlier", "name another folder"
        )
    return _write_venus(Path(folder), scene, layout), _write_sentinel2(Path(folder), scene)


def _write_sentinel2(folder: Path, scene: SnoScene) -> Path:
    safe = scene.safe
    angles = safe.angles()
    bands, coefficients = built_in_coefficients(safe.sensor.lower())
    responses = {one.band: one for one in sentinel2_responses(safe.sensor)}
    random = np.random.default_rng(scene.seed)

    def image(band: str, x: Floats, y: Floats) -> Floats:
        rho = _seen(
            scene, responses[band], _one(coefficients, bands.index(band)), angles, band, x, y
        )
        return np.asarray(rho * (1.0 + scene.noise * random.standard_normal(x.shape)))

    return write_safe(folder, image, safe)


def _write_venus(folder: Path, scene: SnoScene, layout: Layout) -> Path:
    safe = scene.safe
    product = L1cScene(
        latitude_deg=safe.latitude_deg,
        longitude_deg=safe.longitude_deg,
        time=safe.time + np.timedelta64(round(scene.minutes * 60e6), "us"),
        lines=scene.lines,
        columns=scene.columns,
        sampling_m=scene.sampling_m,
        noise=scene.noise,
        cloud=(300, 300, 12, 12),
        saturated=(200, 40, 4, 5),
        defective=(0, 250, 1, 1),
        seed=scene.seed + 1,
    )
    _, middle_x, middle_y = safe.centre()
    left = middle_x - 0.5 * scene.sampling_m * scene.columns
    top = middle_y + 0.5 * scene.sampling_m * scene.lines
    x, y = np.meshgrid(
        left + scene.sampling_m * (np.arange(scene.columns) + 0.5),
        top - scene.sampling_m * (np.arange(scene.lines) + 0.5),
    )
    angles = _between_corners(product, x, y)
    _, coefficients = built_in_coefficients("venus")
    seen = [
        _seen(scene, response, _one(coefficients, k), angles, response.band, x, y)
        for k, response in enumerate(venus_responses())
    ]
    image = scene.gains()[:, None, None] * np.stack(seen) + scene.offset
    return write_l1c_product(folder, layout, replace(product, image=image))


def _seen(
    scene: SnoScene,
    response: SpectralResponse,
    coefficients: SmacCoefficients,
    angles: TileAngles,
    band: str,
    x: Floats,
    y: Floats,
) -> Floats:
    """TOA reflectance of a band at map coordinates."""
    spectrum = 1.0 + scene.redness * (WAVELENGTH_NM - 700.0) / 100.0
    colour = float(band_mean(response, WAVELENGTH_NM, spectrum, np.ones_like(WAVELENGTH_NM)))
    sun_zenith, sun_azimuth = angles.at(angles.sun, x, y)
    view_zenith, view_azimuth = angles.at(angles.views[band], x, y)
    turn = np.abs(view_azimuth - sun_azimuth) % 360.0
    relative = np.where(turn > 180.0, 360.0 - turn, turn)
    sky = smac_atmosphere(coefficients, sun_zenith, view_zenith, relative, **MOST)
    return smac_direct(colour * _level(scene, x, y), sky)


def _level(scene: SnoScene, x: Floats, y: Floats) -> Floats:
    place = scene.safe.place()
    across = x - place["left"] - scene.safe.side_m / 2
    up = y - place["top"] + scene.safe.side_m / 2
    wave = np.sin(2.0 * np.pi * across / WAVE_M) + np.cos(2.0 * np.pi * up / WAVE_M)
    field_ = np.where((across > 0.0) & (up > 0.0), -2.0 * scene.contrast, 0.0)
    return np.asarray(scene.level * (1.0 + 0.5 * scene.contrast * wave + field_))


def _between_corners(product: L1cScene, x: Floats, y: Floats) -> TileAngles:
    """Directions of the product's corners; between them vectors are bilinear."""
    vectors = {key: direction(at[..., 0], at[..., 1]) for key, at in product.corners.items()}
    step = (y[0, 0] - y[-1, 0], x[0, -1] - x[0, 0])
    views = {band: vectors[number] for number, own in TRI_DETECTORS.items() for band in own}
    return TileAngles(float(x[0, 0]), float(y[0, 0]), step, vectors[0], views)


def _one(coefficients: SmacCoefficients, k: int) -> SmacCoefficients:
    return SmacCoefficients(**{name: np.asarray(v)[k] for name, v in vars(coefficients).items()})


def planted(scene: SnoScene, bands: Sequence[str]) -> dict[str, float]:
    """Give the planted gain by band.

    Examples
    --------
    >>> planted(SnoScene(gain=1.02), ["B3"])
    {'B3': 1.02}
    """
    return {band: float(scene.gains()[BANDS.index(band)]) for band in bands}
