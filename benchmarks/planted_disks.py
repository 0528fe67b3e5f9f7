"""300 synthetic Moons of known place and irradiance, and how far off the extraction is.

``python -m benchmarks.planted_disks [number] [seed]`` prints the table of errors
by kind of case and the worst cases: with the semi-axis across the scan given, as
distance and field of view give it for a real image, and with nothing given. All
of it is SIMULATED. The full 300 take some minutes on two cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from scipy import ndimage

from venus_analysis.compute.moon.disk import find_disk
from venus_analysis.compute.moon.disk_irradiance import disk_irradiance
from venus_analysis.simulate.disk import DiskSettings, simulate_disk


def draw(number: int, seed: int = 2026, largest_px: float = 1300.0) -> list[DiskSettings]:
    """Cases within the bounds of the requirement, shapes and laws varied."""
    rng = np.random.default_rng(seed)
    cases = []
    for index in range(number):
        diameter = float(np.exp(rng.uniform(np.log(100.0), np.log(largest_px))))
        stretch = float(rng.uniform(0.8, 2.0))
        room = 2.5 * diameter * rng.uniform(1.0, 1.3)
        shape = (int(np.ceil(room * stretch)), int(np.ceil(room)))
        move = rng.uniform(-0.15, 0.15, 2) * diameter
        cases.append(
            DiskSettings(
                diameter_px=diameter,
                frame_shape=shape,
                phase_angle_deg=float(rng.uniform(5.0, 90.0)),
                sun_direction_deg=float(rng.uniform(0.0, 360.0)),
                stretch=stretch,
                centre=(
                    float((shape[0] - 1) / 2.0 + move[0] * stretch),
                    float((shape[1] - 1) / 2.0 + move[1]),
                ),
                psf_sigma_px=float(rng.uniform(0.4, 1.3)),
                psf_box_px=float(rng.choice([0.0, 0.0, rng.uniform(0.5, 2.0)])),
                halo_fraction=float(rng.uniform(0.0, 0.01)),
                halo_scale_px=float(rng.uniform(0.02, 0.2) * diameter / 2.0),
                halo_kernel="gaussian" if rng.random() < 0.5 else "exponential",
                peak_snr=float(np.exp(rng.uniform(np.log(50.0), np.log(300.0)))),
                sky_gradient=float(rng.uniform(0.0, 0.005)),
                sky_gradient_direction_deg=float(rng.uniform(0.0, 360.0)),
                scattering="lambert" if rng.random() < 0.4 else "lommel-seeliger",
                texture=bool(rng.random() < 0.7),
                seed=index,
            )
        )
    return cases


def measure(settings: DiskSettings, known: bool = False) -> dict[str, Any]:
    """Errors of one case; every third image gets wings of 2 % over 2 pixels besides."""
    scene = simulate_disk(settings)
    radiance = scene.radiance.to_numpy()
    if settings.seed % 3 == 0:
        # far outside the noise's own blur: noise is drawn before, so it shrinks by 2 % only
        radiance = 0.98 * radiance + 0.02 * ndimage.gaussian_filter(radiance, 2.0, mode="nearest")
    disk = find_disk(radiance, across_px=settings.diameter_px / 2.0 if known else None)
    solid_angle = float(scene.pixel_solid_angle_sr)
    given = disk_irradiance(radiance, disk, solid_angle, oversampling=settings.stretch)
    truth = (float(scene.centre_line), float(scene.centre_column))
    turn = disk.sun_direction_deg - settings.sun_direction_deg
    return {
        "settings": settings,
        "centre_error_px": float(np.hypot(disk.centre[0] - truth[0], disk.centre[1] - truth[1])),
        "centre_sigma_px": float(np.hypot(disk.u_centre_line, disk.u_centre_column)),
        "irradiance_error": given.irradiance / settings.irradiance - 1.0,
        "irradiance_sigma": given.relative_uncertainty,
        "oversampling_error": disk.oversampling / settings.stretch - 1.0,
        "sun_error_deg": abs((turn + 180.0) % 360.0 - 180.0),
        "flags": int(given.flags),
    }


def summary(results: list[dict[str, Any]]) -> dict[str, float]:
    """Distribution of centre (pixels), irradiance and oversampling errors (relative)."""
    centre = np.array([r["centre_error_px"] for r in results])
    light = np.array([r["irradiance_error"] for r in results])
    along = np.array([r["oversampling_error"] for r in results])
    return {
        "number": len(results),
        "centre_median_px": float(np.median(centre)),
        "centre_95_px": float(np.quantile(centre, 0.95)),
        "centre_worst_px": float(centre.max()),
        "irradiance_bias": float(light.mean()),
        "irradiance_scatter": float(light.std()),
        "irradiance_worst": float(np.abs(light).max()),
        "oversampling_95": float(np.quantile(np.abs(along), 0.95)),
    }


GROUPS: dict[str, Callable[[DiskSettings], bool]] = {
    "all": lambda s: True,
    "Lommel-Seeliger, plain": lambda s: s.scattering.startswith("lo") and not s.texture,
    "Lommel-Seeliger, markings": lambda s: s.scattering.startswith("lo") and s.texture,
    "Lambert, plain": lambda s: s.scattering == "lambert" and not s.texture,
    "Lambert, markings": lambda s: s.scattering == "lambert" and s.texture,
    "diameter < 200 px": lambda s: s.diameter_px < 200,
    "diameter > 500 px": lambda s: s.diameter_px > 500,
    "phase < 12 deg": lambda s: s.phase_angle_deg < 12,
    "phase > 70 deg": lambda s: s.phase_angle_deg > 70,
    "wings": lambda s: s.seed % 3 == 0,
}
HEADING = (
    f"{'case':28s}{'number':>7s}{'centre median':>15s}{'95 %':>7s}{'worst':>7s}"
    f"{'irradiance bias':>17s}{'scatter':>9s}{'worst':>8s}{'oversampling 95 %':>19s}"
)


def main(number: int = 300, seed: int = 2026) -> None:
    """Print the distributions."""
    for known in (True, False):
        with ProcessPoolExecutor(2) as pool:
            run = partial(measure, known=known)
            results = list(pool.map(run, draw(number, seed), chunksize=2))
        print(f"\nSIMULATED disks, {'axis across the scan' if known else 'nothing'} given;", end="")
        print(" centre in pixels, irradiance and oversampling in percent")
        print(HEADING)
        for name, belongs in GROUPS.items():
            part = [r for r in results if belongs(r["settings"])]
            if part:
                print(_line(name, summary(part)))
        for key in ("centre_error_px", "irradiance_error"):
            print(f"worst {key}")
            for r in sorted(results, key=lambda r: -abs(r[key]))[:6]:
                print(_case(r, key))


def _line(name: str, s: dict[str, float]) -> str:
    return (
        f"{name:28s}{s['number']:7d}{s['centre_median_px']:15.3f}{s['centre_95_px']:7.3f}"
        f"{s['centre_worst_px']:7.2f}{100 * s['irradiance_bias']:17.4f}"
        f"{100 * s['irradiance_scatter']:9.4f}{100 * s['irradiance_worst']:8.3f}"
        f"{100 * s['oversampling_95']:19.3f}"
    )


def _case(r: dict[str, Any], key: str) -> str:
    s = r["settings"]
    return (
        f"  {r[key]:.5f} diameter {s.diameter_px:.0f} phase {s.phase_angle_deg:.0f}"
        f" SNR {s.peak_snr:.0f} {s.scattering} markings {s.texture}"
        f" halo {s.halo_fraction:.4f} {s.halo_kernel} Sun {r['sun_error_deg']:.1f} deg off"
        f" own sigma {r['centre_sigma_px']:.2f} px flags {r['flags']}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=300, help="disks")
    parser.add_argument("seed", type=int, nargs="?", default=2026)
    main(**vars(parser.parse_args()))
