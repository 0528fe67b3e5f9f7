"""The truth of a synthetic scene as plain numbers, ready for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from venus_analysis.simulate.camera_settings import Ghost
from venus_analysis.simulate.moonlight import psf_transfer
from venus_analysis.simulate.scene import SimulatedScene
from venus_analysis.simulate.scene_settings import BANDS, as_json

BLOCK_LINES = 256


def scene_truth(scene: SimulatedScene) -> dict[str, Any]:
    """All that was planted.

    Returns
    -------
    dict
        ``acquisition_id``, ``simulated``, ``reference`` (the lunar model),
        ``settings``, ``scene`` (common to all bands) and ``bands``: for each its
        irradiance (W m-2 um-1; and the part of it outside the frame), modelled
        irradiance, planted ratio, centre, axes, PSF, halo, ghosts, columns and
        geometry at its disk's centre. Columns count from 0.

    Examples
    --------
    >>> from venus_analysis.simulate.scene import simulate_scene
    >>> from venus_analysis.simulate.scene_settings import SceneSettings
    >>> truth = scene_truth(simulate_scene(SceneSettings(scale=0.02, bands=("B7",))))
    >>> list(truth["bands"]), round(truth["bands"]["B7"]["planted_ratio"], 4)
    (['B7'], 0.9718)
    """
    settings, geometry = scene.settings, scene.geometry
    return {
        "simulated": 1,
        "acquisition_id": scene.acquisition_id,
        "reference": geometry.model.reference,
        "albedo": scene.albedo_source,
        "settings": as_json(settings),
        "scene": {
            "lines": geometry.lines,
            "columns": settings.columns,
            "ifov_rad": settings.ifov_rad,
            "pixel_solid_angle_sr": settings.pixel_solid_angle_sr,
            "altitude_km": geometry.altitude_km,
            "oversampling": settings.oversampling,
            "stated_oversampling": settings.stated_oversampling,
            "moon_rate_rad_per_s": geometry.moon_rate_rad_per_s,
            "dark_drift_counts": settings.detector.dark_drift_counts,
        },
        "bands": {band: _band(scene, band) for band in settings.bands},
    }


def _band(scene: SimulatedScene, band: str) -> dict[str, Any]:
    row = BANDS.index(band)
    geometry, optics = scene.geometry, scene.settings.optics
    disk, columns, at = geometry.disks[row], scene.columns[band], geometry.geometry
    ghosts = [_ghost(scene, ghost) for ghost in scene.ghosts if ghost.band == band]
    return {
        "irradiance": disk.irradiance,
        "irradiance_outside_frame": disk.irradiance - _irradiance_in_frame(scene, band),
        "modelled_irradiance": float(geometry.modelled_irradiance[row]),
        "planted_ratio": float(geometry.planted_ratios[row]),
        "centre_line": disk.centre_line,
        "centre_column": disk.centre_column,
        "semi_axis_line_px": disk.half_height,
        "semi_axis_column_px": disk.radius_px,
        "oversampling": disk.oversampling,
        "shear_columns_per_line": disk.shear,
        "sun_direction_deg": disk.sun_direction_deg,
        "focal_plane_px": [float(place) for place in geometry.focal_plane_px[row]],
        "time": str(geometry.times(np.array(disk.centre_line))),
        "phase_angle_deg": float(at.phase_angle_deg[row]),
        "sub_solar_longitude_deg": float(at.sub_solar_longitude_deg[row]),
        "sub_solar_latitude_deg": float(at.sub_solar_latitude_deg[row]),
        "observer_longitude_deg": float(at.observer_longitude_deg[row]),
        "observer_latitude_deg": float(at.observer_latitude_deg[row]),
        "sun_distance_au": float(at.sun_distance_au[row]),
        "observer_distance_km": float(at.observer_distance_km[row]),
        "psf": _psf(scene),
        "halo_fraction": optics.halo_fraction,
        "halo_scale_columns": optics.halo_scale_px * scene.settings.scale,
        "halo_kernel": optics.halo_kernel,
        "ghosts": ghosts,
        "ghost_overlaps_disk": any(ghost["overlaps_disk"] for ghost in ghosts),
        "absolute_gain": columns.absolute_gain,
        "defective_columns": {k: v.tolist() for k, v in columns.defects.items()},
    }


def _irradiance_in_frame(scene: SimulatedScene, band: str) -> float:
    light, lines = scene.cameras[band].light, scene.geometry.lines
    total = 0.0
    for start in range(0, lines, BLOCK_LINES):
        part = light.window(slice(start, min(start + BLOCK_LINES, lines)), scene.settings.columns)
        total += float(part.sum(dtype=np.float64))
    return total * scene.settings.pixel_solid_angle_sr / scene.settings.oversampling


def _ghost(scene: SimulatedScene, ghost: Ghost) -> dict[str, Any]:
    disks = dict(zip(BANDS, scene.geometry.disks, strict=True))
    source = disks[ghost.source_band]
    overlaps = disks[ghost.band].overlaps(source, ghost.shift_columns)
    return {
        "source_band": ghost.source_band,
        "factor": ghost.factor,
        "shift_columns": ghost.shift_columns,
        "centre_line": source.centre_line,
        "centre_column": source.centre_column + ghost.shift_columns,
        "overlaps_disk": overlaps,
    }


def _psf(scene: SimulatedScene) -> dict[str, Any]:
    """Blur in words and numbers; MTF with the pixel's own width and step in it."""
    settings, optics = scene.settings, scene.settings.optics
    box = settings.oversampling if optics.scan_box_px is None else optics.scan_box_px
    pixel = float(np.sinc(0.5))

    def mtf(along: float, across: float) -> float:
        return float(psf_transfer(optics, box, np.array([along]), np.array([across]))[0, 0]) * pixel

    return {
        "kernel": optics.psf_kernel,
        "sigma_along_px": optics.psf_sigma_along_px,
        "sigma_across_px": optics.psf_sigma_across_px,
        "scan_box_px": box,
        "mtf_nyquist_along": mtf(0.5, 0.0),
        "mtf_nyquist_across": mtf(0.0, 0.5),
    }
