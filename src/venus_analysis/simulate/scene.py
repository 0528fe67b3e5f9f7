"""A synthetic L1A scene of the Moon in all bands, with its full truth."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final
from uuid import uuid4

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.instrument import venus_bands
from venus_analysis.simulate.albedo import AlbedoMap, procedural_albedo
from venus_analysis.simulate.camera import BandCamera
from venus_analysis.simulate.camera_settings import Ghost
from venus_analysis.simulate.columns import Columns, draw_columns
from venus_analysis.simulate.ghosts import draw_ghosts, ghost_profile
from venus_analysis.simulate.lunar_scene import LunarScene
from venus_analysis.simulate.moonlight import Moonlight, moonlight
from venus_analysis.simulate.scene_settings import BANDS, SceneSettings

THREADS: Final = 2
CHUNK_LINES: Final = 512
# Exponent of the albedo map at the shortest and the longest band: maria fade to the red.
CONTRAST: Final = (1.1, 0.9)


@dataclass(frozen=True, eq=False)
class SimulatedScene:
    """A synthetic scene: lazy counts, the camera behind them and the truth.

    Parameters
    ----------
    settings
        What was asked for.
    geometry
        Places and light of the disks.
    columns
        Band to its columns.
    cameras
        Band of the file to what makes its counts.
    ghosts
        Planted ghosts of all bands.
    albedo_source
        Where the lunar map comes from, in words.
    """

    settings: SceneSettings
    geometry: LunarScene
    columns: Mapping[str, Columns]
    cameras: Mapping[str, BandCamera]
    ghosts: tuple[Ghost, ...]
    albedo_source: str

    @property
    def acquisition_id(self) -> str:
        """Identifier; begins with SIMULATED."""
        second = str(self.settings.moment.astype("datetime64[s]"))
        moment = second.replace("-", "").replace(":", "")
        return f"SIMULATED_MOON_{self.settings.phase_of_mission}_{moment}_{self.settings.seed:03d}"

    @property
    def chunks(self) -> tuple[int, int, int]:
        """Usual chunks: one band, up to 512 lines (fewer in a scaled scene), all columns."""
        lines = max(16, round(CHUNK_LINES * self.settings.scale))
        return 1, min(lines, self.geometry.lines), self.settings.columns

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The scene as its format says, counts lazy: each block is made when it is read."""
        import dask.array as da

        bands, lines = self.settings.bands, self.geometry.lines
        _, step, columns = self.chunks
        starts = range(0, lines, step)
        sizes = tuple(min(step, lines - start) for start in starts)
        cameras = [self.cameras[band] for band in bands]

        def block(block_id: tuple[int, int, int] | None = None) -> NDArray[np.uint16]:
            band, part, _ = block_id or (0, 0, 0)
            return cameras[band].counts(slice(starts[part], starts[part] + sizes[part]))[None]

        counts = da.map_blocks(  # type: ignore[no-untyped-call]
            block,
            chunks=((1,) * len(bands), sizes, (columns,)),
            dtype=np.uint16,
            meta=np.empty((0, 0, 0), np.uint16),
            name=f"simulated-counts-{uuid4().hex}",
        )
        times = self.geometry.times(np.arange(lines))
        return xr.Dataset(
            {
                "counts": (("band", "line", "column"), counts, {"units": "1"}),
                "observer_position": (
                    ("line", "xyz"),
                    self.geometry.positions(times),
                    {"units": "m", "frame": "GCRS"},
                ),
            },
            coords={
                "band": ("band", np.array(bands, dtype=object)),
                "time": ("line", times, {"long_name": "UTC time tag of the line"}),
            },
            attrs=self._attributes(times),
        )

    def _attributes(self, times: NDArray[np.datetime64]) -> dict[str, Any]:
        settings = self.settings
        stages = settings.tdi_stages
        attributes: dict[str, Any] = {
            "acquisition_id": self.acquisition_id,
            "platform": "VENUS",
            "instrument": "VSSC",
            "level": "L1A",
            "target": "THE_MOON",
            "mission_phase": settings.phase_of_mission,
            "acquisition_time": f"{times[(len(times) - 1) // 2].astype('datetime64[us]')}Z",
            "line_period_s": self.geometry.line_period_ns * 1e-9,
            "scan_rate_rad_per_s": self.geometry.scan_rate_rad_per_s,
            "scan_rate_frame": settings.scan_rate_frame,
            "tdi_stages": list(stages) if isinstance(stages, tuple) else stages,
            "simulated": 1,
        }
        if settings.scale != 1.0:
            attributes["ifov_rad"] = settings.ifov_rad
        return attributes

    @cached_property
    def truth(self) -> dict[str, Any]:
        """All that was planted, as plain numbers and texts (see `scene_truth.scene_truth`)."""
        from venus_analysis.simulate.scene_truth import scene_truth

        return scene_truth(self)


def simulate_scene(
    settings: SceneSettings | None = None, albedo: AlbedoMap | None = None
) -> SimulatedScene:
    """Draw the Moon in all bands and prepare the camera; counts are made when read.

    A band's irradiance is its planted ratio times ROLO's irradiance at the time
    of its own disk, all light of the Moon counted, halo included and ghosts not.
    With the true dark level C, the equalisation of RELSEN, the gain Ak of
    PHGAIN, residual patterns p (column) and r (line) and dark drift D::

        Z = Ak * (L + sum of ghosts) * (1 + p) * (1 + r) + D
        counts = round(C + two-slope response of Z + noise), 0 to 1023

    A ghost is ``factor * (L_source blurred by the ghost's kernel)`` at the
    source's own lines, moved by `shift_columns`.

    Parameters
    ----------
    settings
        Default: `SceneSettings()`, a full scene.
    albedo
        Map of the Moon; None draws one from `albedo_seed`.

    Returns
    -------
    SimulatedScene
        Holds the bands' light on cut-outs, some 0.3 GB for a full scene; a block
        of counts needs some 0.1 GB while it is made.

    Raises
    ------
    InputError
        The Moon's phase at that time is outside the lunar model.

    Examples
    --------
    >>> from venus_analysis.simulate.scene_settings import SceneSettings
    >>> scene = simulate_scene(SceneSettings(scale=0.02, bands=("B7", "B8")))
    >>> scene.dataset.counts.dims, scene.dataset.counts.dtype
    (('band', 'line', 'column'), dtype('uint16'))
    """
    settings = settings or SceneSettings()
    geometry = LunarScene(settings)
    ghosts = draw_ghosts(settings)
    source = f"drawn from seed {settings.albedo_seed}" if albedo is None else "a given map"
    albedo = albedo or procedural_albedo(settings.albedo_seed, _map_height(geometry))
    wanted = [ghost for ghost in ghosts if ghost.band in settings.bands]
    lights, blurred = _draw_lights(geometry, albedo, {ghost.source_band for ghost in wanted})
    columns = {band: draw_columns(settings, band) for band in BANDS}
    cameras = {
        band: BandCamera(
            settings,
            columns[band],
            lights[band],
            [
                (ghost.factor, ghost.shift_columns, blurred[ghost.source_band])
                for ghost in wanted
                if ghost.band == band
            ],
            geometry.lines,
        )
        for band in settings.bands
    }
    return SimulatedScene(settings, geometry, columns, cameras, ghosts, source)


def _draw_lights(
    geometry: LunarScene, albedo: AlbedoMap, sources: set[str]
) -> tuple[dict[str, Moonlight], dict[str, Moonlight]]:
    """Light of the bands of the file and of the ghosts' sources; and the latter blurred."""
    settings = geometry.settings
    drawn = [band for band in BANDS if band in sources | set(settings.bands)]
    ghosting = [band for band in drawn if band in sources]
    with ThreadPoolExecutor(THREADS) as pool:
        lights = pool.map(lambda band: _light(geometry, band, albedo), drawn)
        light_of = dict(zip(drawn, lights, strict=True))
        blurred = pool.map(lambda band: _ghost_light(light_of[band], settings), ghosting)
        return light_of, dict(zip(ghosting, blurred, strict=True))


def _map_height(geometry: LunarScene) -> int:
    """Rows of the map: as fine as the pixels in the disk's middle, 2048 at most."""
    return int(np.clip(3.2 * geometry.disks[0].radius_px, 128, 2048))


def _light(geometry: LunarScene, band: str, albedo: AlbedoMap) -> Moonlight:
    settings, row = geometry.settings, BANDS.index(band)
    wavelengths = [one.central_wavelength_nm for one in venus_bands()]
    contrast = np.interp(wavelengths[row], (min(wavelengths), max(wavelengths)), CONTRAST)
    return moonlight(
        geometry.disks[row],
        settings.optics,
        albedo,
        float(contrast),
        scale=settings.scale,
        pixel_solid_angle_sr=settings.pixel_solid_angle_sr,
    )


def _ghost_light(light: Moonlight, settings: SceneSettings) -> Moonlight:
    """Blur the disk as its ghosts are; the halo is too smooth to change."""
    from scipy.ndimage import correlate1d

    profile = ghost_profile(settings.optics.ghost_sigma_px)
    room = len(profile) // 2
    core = np.pad(light.core, room)
    for axis in (0, 1):
        core = correlate1d(core, profile, axis=axis, mode="constant")
    return replace(light, core=core, first=(light.first[0] - room, light.first[1] - room))
