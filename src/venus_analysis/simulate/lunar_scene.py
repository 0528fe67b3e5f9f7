"""Where the bands' disks lie in a scene, how they are lit and how bright they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.compute.moon.spectrum import RoloModel, band_irradiance
from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_bands, venus_responses
from venus_analysis.simulate.orbit import observer_positions
from venus_analysis.simulate.orientation import image_axes, selenographic_axes, unit_vector
from venus_analysis.simulate.scene_settings import ALTITUDE_KM, BANDS, SceneSettings

Array = NDArray[np.float64]

MOON_RADIUS_KM: Final = 1737.4
TRI_DETECTOR_STEP_RAD: Final = float(np.radians(0.42))
ARRAY_STEP_RAD: Final = 2e-3 / 1.75
# Sky before the first and after the last disk, in heights of the disk.
MARGIN: Final = 0.29
# How far the focal plane is off its nominal layout, full-size IFOV (along, across).
LAYOUT_SPREAD_PX: Final = (4.0, 8.0)


@dataclass(frozen=True, eq=False)
class Disk:
    """The Moon's disk in one band.

    A point (u, v) of the unit disk lies at ``line = centre_line + oversampling *
    radius_px * v``, ``column = centre_column + radius_px * u + shear * (line -
    centre_line)``; the projection is orthographic.

    Parameters
    ----------
    band
        Name.
    centre_line, centre_column
        The centre of the first pixel is 0.
    radius_px
        Columns: the angular radius of the Moon over the IFOV.
    oversampling, shear
        Lines per IFOV; columns per line.
    axes
        (3, 3) rows: selenographic unit vectors along +u, +v and to the observer.
    sun
        (3,) selenographic unit vector to the Sun.
    irradiance
        Truth at the observer, W m-2 um-1.
    """

    band: str
    centre_line: float
    centre_column: float
    radius_px: float
    oversampling: float
    shear: float
    axes: Array
    sun: Array
    irradiance: float

    @property
    def half_height(self) -> float:
        """Lines from the centre to the uppermost limb."""
        return self.oversampling * self.radius_px

    @property
    def half_width(self) -> float:
        """Columns from the centre to the leftmost limb."""
        return float(np.hypot(self.radius_px, self.shear * self.half_height))

    @property
    def sun_direction_deg(self) -> float:
        """Direction of the Sun, from +column towards +line, before stretch and shear."""
        u, v, _ = self.axes @ self.sun
        return float(np.degrees(np.arctan2(v, u)))

    def overlaps(self, other: Disk, shift_columns: float) -> bool:
        """Whether the other disk, moved along the columns, covers part of this one."""
        lines = other.centre_line - self.centre_line
        columns = other.centre_column + shift_columns - self.centre_column - self.shear * lines
        gap = np.hypot(columns / self.radius_px, lines / self.half_height)
        return bool(gap < 1.0 + other.radius_px / self.radius_px)


@dataclass(frozen=True, eq=False)
class LunarScene:
    """Geometry of a scene: disks of all twelve bands, whichever the file holds.

    Parameters
    ----------
    settings
        What is simulated.

    Raises
    ------
    InputError
        The phase at the scene's time is outside the lunar model.

    Examples
    --------
    >>> scene = LunarScene(SceneSettings(scale=0.1))
    >>> [band.band for band in sorted(scene.disks, key=lambda disk: disk.centre_line)][:4]
    ['B6', 'B4', 'B3', 'B9']
    """

    settings: SceneSettings

    @property
    def line_period_ns(self) -> float:
        """Time from line to line; a scaled camera is slower."""
        return self.settings.line_period_s / self.settings.scale * 1e9

    @property
    def altitude_km(self) -> float:
        """Height of the orbit."""
        return ALTITUDE_KM[self.settings.phase_of_mission]

    @cached_property
    def _middle_radius_px(self) -> float:
        middle = self.settings.moment
        geometry = lunar_geometry(middle, self.positions(middle))
        return self._radius_px(float(geometry.observer_distance_km))

    def _radius_px(self, distance_km: float) -> float:
        return float(np.arcsin(MOON_RADIUS_KM / distance_km) / self.settings.ifov_rad)

    @cached_property
    def focal_plane_px(self) -> Array:
        """(band, 2) place of each band's array, IFOV (along the scan, across it)."""
        order = np.array([band.time_order - 1 for band in venus_bands()])
        nominal = (order // 3) * TRI_DETECTOR_STEP_RAD + (order % 3) * ARRAY_STEP_RAD
        rng = np.random.default_rng([self.settings.camera_seed, 0])
        scatter = rng.normal(size=(len(BANDS), 2)) * LAYOUT_SPREAD_PX * self.settings.scale
        scatter[:, 0] += nominal / self.settings.ifov_rad
        return scatter

    @cached_property
    def lines(self) -> int:
        """Lines of the scene."""
        if self.settings.lines is not None:
            return self.settings.lines
        height = 2.0 * self._middle_radius_px * (1.0 + 2.0 * MARGIN)
        span = np.ptp(self.focal_plane_px[:, 0])
        return int(np.ceil((height + span) * self.settings.oversampling))

    @cached_property
    def centres(self) -> Array:
        """(band, 2) line and column of each disk's centre."""
        along, across = self.focal_plane_px.T
        middle = (along.max() + along.min()) / 2.0
        line = (self.lines - 1) / 2.0 + (along - middle) * self.settings.oversampling
        line += self.settings.moon_offset_px[0]
        drift = self.settings.shear * (line - (self.lines - 1) / 2.0)
        column = (self.settings.columns - 1) / 2.0 + across + drift
        return np.stack([line, column + self.settings.moon_offset_px[1]], axis=-1)

    def times(self, line: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.datetime64]:
        """UTC of lines, ns."""
        elapsed = (np.asarray(line) - (self.lines - 1) / 2.0) * self.line_period_ns
        return self.settings.moment + np.rint(elapsed).astype("timedelta64[ns]")

    def positions(self, times: NDArray[np.datetime64] | np.datetime64) -> Array:
        """(..., 3) m, GCRS: the observer at these times."""
        return observer_positions(times, self.settings.moment, self.altitude_km)

    @cached_property
    def geometry(self) -> LunarGeometry:
        """Of each band (12,), at the time of its own disk's centre."""
        times = self.times(self.centres[:, 0])
        return lunar_geometry(times, self.positions(times))

    @cached_property
    def planted_ratios(self) -> Array:
        """(band,) planted measured / modelled."""
        if self.settings.band_ratios is not None:
            return np.array(self.settings.band_ratios)
        spread = self.settings.ratio_spread
        return self.settings.ratio * np.linspace(1.0 - spread, 1.0 + spread, len(BANDS))

    @cached_property
    def model(self) -> RoloModel:
        """The lunar model behind the truth."""
        return RoloModel()

    @cached_property
    def modelled_irradiance(self) -> Array:
        """(band,) W m-2 um-1 by `model`."""
        modelled = np.diagonal(band_irradiance(self.geometry, venus_responses(), self.model))
        if np.isnan(modelled).any():
            raise InputError(
                "SceneSettings.time",
                "a phase of 1.55 to 97 deg",
                f"{abs(self.geometry.phase_angle_deg[0]):.2f} deg at {self.settings.moment}",
                "choose another date, for example with --phase",
            )
        return np.asarray(modelled)

    @cached_property
    def disks(self) -> tuple[Disk, ...]:
        """Disks of B1 to B12."""
        irradiance = self.modelled_irradiance * self.planted_ratios
        return tuple(self._disk(row, float(value)) for row, value in enumerate(irradiance))

    def _disk(self, row: int, irradiance: float) -> Disk:
        at, settings = self.geometry, self.settings
        line, column = self.centres[row]
        sun = at.sub_solar_longitude_deg[row], at.sub_solar_latitude_deg[row]
        observer = at.observer_longitude_deg[row], at.observer_latitude_deg[row]
        return Disk(
            band=BANDS[row],
            centre_line=float(line),
            centre_column=float(column),
            radius_px=self._radius_px(float(at.observer_distance_km[row])),
            oversampling=settings.oversampling,
            shear=settings.shear,
            axes=image_axes(*observer, settings.north_direction_deg, settings.mirrored),
            sun=unit_vector(*sun),
            irradiance=irradiance,
        )

    @cached_property
    def scan_rate_rad_per_s(self) -> float:
        """Rate of the line of sight in `scan_rate_frame`, as stated; across the rows of pixels."""
        settings = self.settings
        rate = settings.ifov_rad / (settings.stated_oversampling * self.line_period_ns * 1e-9)
        return rate if settings.scan_rate_frame == "MOON" else rate + self.moon_rate_rad_per_s

    @property
    def moon_rate_rad_per_s(self) -> float:
        """Rate of the Moon's direction along the scan, as the moving observer sees it."""
        middle = self.settings.moment
        times = middle + np.array([-1, 0, 1]) * np.timedelta64(1, "s")
        to_moon = ephemeris.sun_and_moon_gcrs(times)[1] - self.positions(times)
        before, at, after = to_moon / np.linalg.norm(to_moon, axis=-1)[:, None]
        middle_disk = self.disks[int(np.argmin(np.abs(self.centres[:, 0] - self.lines / 2.0)))]
        along = selenographic_axes(middle).T @ middle_disk.axes[1]
        return float((after - before) @ (along - (along @ at) * at) / 2.0)
