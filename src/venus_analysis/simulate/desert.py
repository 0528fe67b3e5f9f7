"""SIMULATED desert observations of VENµS and of a reference sensor, with planted truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from venus_analysis.calibrate.desert import (
    DesertOptions,
    SiteResult,
    calibrate_site,
    sensor_of,
)
from venus_analysis.collect.dimitri import METEO
from venus_analysis.compute.desert.directional import li_sparse_kernel, ross_thick_kernel
from venus_analysis.compute.desert.ratio import Sensor
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_direct
from venus_analysis.compute.desert.spectrum import centroid_nm
from venus_analysis.instrument import venus_responses
from venus_analysis.simulate.desert_passes import look_angles, look_names, passes
from venus_analysis.simulate.desert_settings import (
    REFERENCES,
    SURFACE,
    SURFACE_NM,
    DesertSeriesSettings,
)
from venus_analysis.simulate.desert_weather import SiteWeather, site_residual, site_weather
from venus_analysis.simulate.mission_truth import (
    Dates,
    Floats,
    gain_sets,
    random_numbers,
    relative_sensitivity,
)

INSTRUMENT: Final = "VENUS/VSSC"
FIRST_SERIAL: Final = 7
SITE_SCATTER: Final = 0.025


@dataclass(frozen=True, eq=False)
class DesertSeries:
    """Two series over one site and what was planted.

    Attributes
    ----------
    target, reference
        Observations as `collect.observations.read_observations` gives them, of
        VENµS (with ``absolute_gain`` (time, band), ``parameter_set`` and
        ``mission_phase`` (time)) and of the reference.
    target_sensor, reference_sensor
        Bands, responses and SMAC coefficients of both.
    truth
        ``planted_ratio`` (time, band), measured / modelled without noise;
        ``residual`` (time, band), ln of the site's noise; ``cloudy`` (time).
    settings
        What they were made by.
    """

    settings: DesertSeriesSettings
    target: xr.Dataset
    reference: xr.Dataset
    target_sensor: Sensor
    reference_sensor: Sensor
    truth: xr.Dataset

    def calibrate(self, options: DesertOptions | None = None) -> SiteResult:
        """Calibrate the target against the reference, as `calibrate_site` does it for files."""
        return calibrate_site(
            self.target,
            self.target_sensor,
            self.reference,
            self.reference_sensor,
            instrument=INSTRUMENT,
            reference_name=REFERENCES[self.settings.reference].name,
            site=self.settings.site,
            options=options,
        )


def simulate_desert(settings: DesertSeriesSettings | None = None) -> DesertSeries:
    """Simulate VENµS and a reference over one desert site.

    rho_TOA = ratio · SMAC(surface(wavelength, geometry), air) · exp(residual), with
    ratio = gain · S(t) · Ak_true / Ak_applied(t) for VENµS and 1 for the reference.

    Parameters
    ----------
    settings
        What to plant; default `DesertSeriesSettings()`.

    Returns
    -------
    DesertSeries

    Notes
    -----
    The atmosphere is the package's own SMAC, so that its error against 6S is not
    in the series. The surface is a spectrum through 15 wavelengths of Libya 4
    with Ross–Li kernels, neither of which the calibration knows; noise is put on
    the reflectances as found on real series. Clouds that pass brighten.

    Examples
    --------
    >>> series = simulate_desert(DesertSeriesSettings(gain=0.98, looks=40, reference_looks=60))
    >>> series.target.reflectance.dims, series.target.attrs["simulated"]
    (('time', 'band'), 1)
    >>> float(series.truth.planted_ratio[0, 0].round(3)) <= 0.98
    True
    """
    settings = settings or DesertSeriesSettings()
    weather = site_weather(settings)
    passing = REFERENCES[settings.reference]
    venus = sensor_of("VENUS", venus_responses())
    other = sensor_of(passing.instrument, passing.responses)
    target, residual, cloudy = _observations(settings, weather, venus, "VENUS")
    reference, *_ = _observations(settings, weather, other, passing.instrument)
    ratio = planted_ratio(settings, target["time"].values)
    target["reflectance"] *= ratio
    target["reflectance_sd"] *= ratio
    _add_parameters(settings, target)
    truth = xr.Dataset(
        {
            "planted_ratio": (("time", "band"), ratio),
            "residual": (("time", "band"), residual),
            "cloudy": ("time", cloudy),
        },
        target.coords,
        {"simulated": 1, "site": settings.site, "seed": settings.mission.seed},
    )
    return DesertSeries(settings, target, reference, venus, other, truth)


def planted_ratio(settings: DesertSeriesSettings, time: Dates) -> Floats:
    """Give measured / modelled as produced, (look, band): gain · S(t) · Ak_true / Ak_applied(t).

    Examples
    --------
    >>> planted_ratio(DesertSeriesSettings(gain=0.97), np.array(["2018-01-01"], "M8[us]"))[0, :2]
    array([0.97, 0.97])
    """
    gains = gain_sets(settings.mission)
    sensor = relative_sensitivity(settings.mission, time) * gains.true_at_start
    return np.asarray(settings.per_band * sensor / gains.applied[gains.number_at(time)])


def surface_spectrum(settings: DesertSeriesSettings, sensor: Sensor) -> Floats:
    """Isotropic part of the site's surface reflectance in the bands of a sensor, (band,).

    The spectrum is that of Libya 4, a few percent brighter or darker and redder
    or bluer at each site.

    Examples
    --------
    >>> venus = sensor_of("VENUS", venus_responses())
    >>> spectrum = surface_spectrum(DesertSeriesSettings(), venus)
    >>> bool((np.diff(spectrum[:4]) > 0.0).all())
    True
    """
    random = random_numbers(settings.mission, "desert surface", settings.site)
    level, slope = 1.0 + 0.05 * random.standard_normal(), 0.05 * random.standard_normal()
    curve = PchipInterpolator(SURFACE_NM, SURFACE)
    found = []
    for response in sensor.responses:
        nm = np.linspace(response.wavelength_nm[0], response.wavelength_nm[-1], 401)
        weight = np.interp(nm, response.wavelength_nm, response.response)
        rho = curve(nm) * level * (nm / 650.0) ** slope
        found.append(np.trapezoid(weight * rho, nm) / np.trapezoid(weight, nm))
    return np.array(found)


def _observations(
    settings: DesertSeriesSettings, weather: SiteWeather, sensor: Sensor, instrument: str
) -> tuple[xr.Dataset, Floats, NDArray[np.bool_]]:
    """Observations of a perfect sensor, the site's noise, and which looks are cloudy."""
    random = random_numbers(settings.mission, "desert looks", settings.site, instrument)
    time, cloudy = passes(settings, weather, instrument, random)
    angles = look_angles(settings, instrument, time, random)
    rho = surface_spectrum(settings, sensor) * _directional(settings, angles)[:, None]
    at = weather.at(time)
    air = {
        "water_vapour_g_cm2": weather.water_vapour_g_cm2[at],
        "ozone_du": weather.ozone_du[at],
        "pressure_hpa": weather.pressure_hpa[at],
    }
    sky = smac_atmosphere(
        sensor.coefficients,
        *(angle[:, None] for angle in angles.values()),
        aot_550=settings.aot_550,
        **{name: amount[:, None] for name, amount in air.items()},
    )
    centre = np.array([centroid_nm(response) for response in sensor.responses])
    residual = site_residual(settings, weather, time, centre, random)
    clouds = np.where(cloudy, random.uniform(0.03, 0.4, len(time)), 0.0)
    toa = smac_direct(rho, sky) * np.exp(residual)
    toa += clouds[:, None] * (0.85 - toa)
    uneven = np.where(cloudy, random.uniform(1.5, 6.0, len(time)), 1.0)
    scatter = (
        toa * SITE_SCATTER * (uneven * np.exp(0.1 * random.standard_normal(len(time))))[:, None]
    )
    air["ozone_du"] = air["ozone_du"] + settings.ozone_error_du * random.standard_normal(len(time))
    water = 1.0 + settings.water_error * random.standard_normal(len(time))
    air["water_vapour_g_cm2"] = air["water_vapour_g_cm2"] * np.maximum(water, 0.2)
    view = angles.pop("view_zenith_deg")
    columns = angles | {"viewing_zenith_deg": view}
    units = dict.fromkeys(columns, "degree") | {name: METEO[name] for name in air}
    dataset = xr.Dataset(
        {
            "reflectance": (("time", "band"), toa, {"units": "1"}),
            "reflectance_sd": (("time", "band"), scatter, {"units": "1"}),
            **{
                name: ("time", values, {"units": units[name]})
                for name, values in (columns | air).items()
            },
            "acquisition_id": ("time", look_names(settings, instrument, time)),
        },
        {"time": time, "band": np.array(sensor.bands, object)},
        {"source": f"SIMULATED {instrument} over {settings.site}", "simulated": 1},
    )
    return dataset, residual, cloudy


def _directional(settings: DesertSeriesSettings, angles: dict[str, Floats]) -> Floats:
    """Factor of the surface's reflectance with geometry, (look,)."""
    given = tuple(angles.values())
    volume, shadow = ross_thick_kernel(*given), li_sparse_kernel(*given)
    return np.asarray(1.0 + settings.volume_weight * volume + settings.surface_weight * shadow)


def _add_parameters(settings: DesertSeriesSettings, target: xr.Dataset) -> None:
    """Official Ak, its serial and the phase of the mission at each look."""
    time, mission = target["time"].values, settings.mission
    gains = gain_sets(mission)
    number = gains.number_at(time)
    starts = np.array([np.datetime64(one.start) for one in mission.phases])
    phases = [mission.phases[k - 1].name for k in np.searchsorted(starts, time, "right")]
    serials = [f"{FIRST_SERIAL + k:05d}" for k in number]
    unit = {"units": "counts / (W m-2 sr-1 um-1)"}
    target["absolute_gain"] = (("time", "band"), gains.official[number], unit)
    target["parameter_set"] = ("time", np.array(serials, object))
    target["mission_phase"] = ("time", np.array(phases, object))
