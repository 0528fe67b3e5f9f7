"""A synthetic look of the VENµS camera at the Moon, calibrated ratios planted."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from venus_analysis.compute.moon import irradiance
from venus_analysis.compute.moon.ephemeris import sun_and_moon_gcrs
from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.compute.moon.rolo import PHASE_RANGE_DEG, phase_outside_model
from venus_analysis.compute.moon.spectrum import RoloModel, band_irradiance
from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_bands, venus_responses
from venus_analysis.simulate.disk import MOON_RADIUS_KM, DiskSettings, simulate_disk

EARTH_RADIUS_M = 6_378_137.0
PEAK_COUNTS = 800.0
OFFSET_COUNTS = 50.0
NOISE_COUNTS = 1.0
THRESHOLD_SIGMA = 5.0
PLANTED_SPREAD = 0.02


def simulate_look(
    time: str | np.datetime64,
    *,
    diameter_px: float = 200.0,
    oversampling: float = 1.3,
    ratio: float = 0.97,
    altitude_km: float = 720.0,
    seed: int = 1,
) -> xr.Dataset:
    """Simulate a Moon image in the 12 VENµS bands with a known ratio in each.

    The irradiance planted in a band is ``ratio_b * E_ROLO``, with `ratio` in the
    middle of the spectrum and a linear change of ±2 % from the first to the last
    band; all light of the Moon counts, that of the halo (0.5 %) included. Counts
    have an offset of 50, noise of 1 and are whole numbers.

    Parameters
    ----------
    time
        UTC of the look; the phase angle follows from it.
    diameter_px
        Moon's diameter across the scan, pixels.
    oversampling
        Along-scan oversampling.
    ratio
        Planted ratio in the middle of the spectrum.
    altitude_km
        Height of the orbit; the observer stands where the Moon is on its horizon.
    seed
        Seed of noise and surface texture.

    Returns
    -------
    xarray.Dataset
        As `venus_analysis.collect.glod.read_glod` returns it, and ``planted_ratio``
        (band).

    Raises
    ------
    InputError
        When `time` is none, or the phase angle at `time` lies outside the lunar model's range.

    Examples
    --------
    >>> look = simulate_look("2019-02-16T02:00:00", diameter_px=40.0)
    >>> look.sizes["band"], look.attrs["simulated"]
    (12, 1)
    """
    moment = _utc(time)
    position = _observer(moment, altitude_km)
    geometry = lunar_geometry(moment, position, "GCRS")
    if phase_outside_model(geometry.phase_angle_deg):
        raise InputError(
            "time of the look",
            "a phase angle of {} to {} deg, as the lunar model covers".format(*PHASE_RANGE_DEG),
            f"{float(geometry.phase_angle_deg):.2f} deg at {moment}Z",
            "choose another date",
        )
    responses = venus_responses()
    bands = [response.band for response in responses]
    wavelength = np.array([band.central_wavelength_nm for band in venus_bands()])
    slope = (wavelength - wavelength.mean()) / np.ptp(wavelength) * 2.0
    planted = ratio * (1.0 + PLANTED_SPREAD * slope)
    truth = band_irradiance(geometry, responses, RoloModel()) * planted
    planes = [
        _plane(_settings(geometry, e, diameter_px, oversampling, seed), seed + i)
        for i, e in enumerate(np.ravel(truth))
    ]
    image: xr.Dataset = xr.concat(planes, dim="band").assign_coords(band=bands)
    return (
        image.assign(
            planted_ratio=("band", planted),
            irradiance_stated=("band", np.full(len(bands), np.nan)),
            observer_position=("xyz", position, {"units": "m", "frame": "GCRS"}),
        )
        .assign_coords(time=moment)
        .assign_attrs(
            acquisition_id=f"SIMULATED_MOON_{moment.astype('datetime64[s]')}".replace(":", ""),
            instrument="VENUS/VSSC",
            target="THE_MOON",
            scan_axis="line",
            simulated=1,
        )
    )


def _utc(time: str | np.datetime64) -> np.datetime64:
    try:
        moment: np.datetime64 = np.datetime64(time).astype("datetime64[ns]")
    except ValueError as error:
        raise InputError(
            "time of the look", "a UTC time such as 2019-02-16T02:00:00", repr(time), "write it so"
        ) from error
    return moment


def _observer(time: np.datetime64, altitude_km: float) -> np.ndarray:
    """Position on the orbit's sphere from which the Moon stands on the horizon (m)."""
    _, moon = sun_and_moon_gcrs(time)
    across = np.cross(moon, (0.0, 0.0, 1.0))
    return across / np.linalg.norm(across) * (EARTH_RADIUS_M + altitude_km * 1000.0)


def _settings(
    geometry: LunarGeometry, irradiance: float, diameter_px: float, oversampling: float, seed: int
) -> DiskSettings:
    radius_rad = math.asin(MOON_RADIUS_KM / float(geometry.observer_distance_km))
    return DiskSettings(
        diameter_px=diameter_px,
        phase_angle_deg=abs(float(geometry.phase_angle_deg)),
        stretch=oversampling,
        irradiance=irradiance,
        pixel_solid_angle_sr=(2.0 * radius_rad / diameter_px) ** 2,
        psf_sigma_px=0.8,
        halo_fraction=0.005,
        halo_scale_px=diameter_px / 20.0,
        seed=seed,
    )


def _plane(settings: DiskSettings, noise_seed: int) -> xr.Dataset:
    """One band in counts and in the radiance that the counts stand for."""
    disk = simulate_disk(settings)
    radiance = disk["radiance"].values
    gain = PEAK_COUNTS / radiance.max()
    noise = np.random.default_rng(noise_seed).normal(0.0, NOISE_COUNTS, radiance.shape)
    counts = np.rint(radiance * gain + OFFSET_COUNTS + noise).astype(np.int32)
    threshold = np.ceil(OFFSET_COUNTS + THRESHOLD_SIGMA * NOISE_COUNTS)
    pixels = irradiance.threshold_mask(counts, threshold).sum()
    dims = ("line", "column")
    return xr.Dataset(
        {
            "radiance": (dims, (counts - OFFSET_COUNTS) / gain, {"units": "W m-2 sr-1 um-1"}),
            "counts": (dims, counts, {"units": "1", "fill": -999}),
            "pixel_solid_angle_sr": float(disk["pixel_solid_angle_sr"]),
            "oversampling": settings.stretch,
            "counts_threshold": threshold,
            "counts_offset": OFFSET_COUNTS,
            "pixel_number_stated": float(pixels),
        },
        coords={name: np.arange(radiance.shape[i]) for i, name in enumerate(dims)},
    )
