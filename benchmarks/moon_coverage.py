"""Do the stated uncertainties of Moon scenes hold? Errors on SIMULATED scenes unlike each other.

`python -m benchmarks.moon_coverage [--seeds N] [--first SEED] [--scale S] [--attitude U]
[--sharpness]` prints the table. Phase, oversampling, roll, orientation, camera and albedo differ
from seed to seed, the halo's kernel is one of six, three of which neither the simulator nor the
fit knows, and half of the lunar maps are a fractal instead of maria and craters. The attitude
states an oversampling that errs by what `SceneOptions.u_oversampling` says of it, or by
`--attitude`. `--sharpness` adds the point spread.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np

from venus_analysis.calibrate.band_statistics import band_mtf
from venus_analysis.calibrate.scene import calibrate_scene
from venus_analysis.calibrate.scene_options import SceneOptions
from venus_analysis.calibrate.scene_result import SceneResult
from venus_analysis.errors import InputError
from venus_analysis.simulate import moonlight
from venus_analysis.simulate.albedo import AlbedoMap
from venus_analysis.simulate.camera_settings import Detector, Optics
from venus_analysis.simulate.orbit import time_of_phase
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

FIRST_SEED = 1300
PHASES_DEG = (30.0, 45.0, 60.0)
REACH = 40.0
STATED = SceneOptions().u_oversampling
Found = dict[str, list[tuple[float, float]]]


def hankel(profile: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """Transfer function, of the squared frequency, of a kernel given by its profile."""
    from scipy.special import j0

    radius = np.concatenate([np.linspace(0.0, 8.0, 4001)[1:], np.geomspace(8.0, REACH, 2000)[1:]])
    ring = np.gradient(radius) * radius * profile(radius)
    frequency = np.concatenate([[0.0], np.geomspace(1e-3, 200.0, 600)])
    value = np.array([(ring * j0(one * radius)).sum() for one in frequency]) / ring.sum()
    return lambda squared: np.interp(np.sqrt(squared), frequency, value)


STRANGE = {
    "three gaussians": lambda s: (
        0.5 * np.exp(-0.08 * s) + 0.35 * np.exp(-0.5 * s) + 0.15 * np.exp(-2.0 * s)
    ),
    "moffat": hankel(lambda r: (1.0 + 4.0 * r**2) ** -1.25 * np.exp(-((r / 8.0) ** 2))),
    "inverse square": hankel(lambda r: np.exp(-r / 6.0) / (0.05 + r) ** 2),
}
KERNELS = ("exponential", "three gaussians", "power-law", "moffat", "inverse square", "gaussian")


def transfer(kernel: str, squared: np.ndarray) -> np.ndarray:
    """Take the place of `moonlight.halo_transfer`, to which only its own kernels are known."""
    return np.asarray(STRANGE[kernel](squared), squared.dtype)


def fractal(seed: int, height: int = 512) -> AlbedoMap:
    """Lunar map without maria, craters or shores: a power law at all scales."""
    rng = np.random.default_rng(seed)
    down, right = np.fft.fftfreq(height, 1.0 / height), np.fft.rfftfreq(2 * height, 0.5 / height)
    wave = np.fft.rfft2(rng.normal(size=(height, 2 * height)))
    image = np.fft.irfft2(wave * np.maximum(np.hypot(down[:, None], right), 1.0) ** -1.4)
    image = (image - image.mean()) / image.std()
    return AlbedoMap(np.clip(np.exp(0.35 * image), 0.2, 4.0).astype(np.float32))


def settings_of(seed: int, scale: float, attitude: float = STATED) -> SceneSettings:
    """Draw what to plant."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2019-02-01T00:00:00") + np.timedelta64(29 * (seed % 20), "D")
    return SceneSettings(
        time=time_of_phase(PHASES_DEG[seed % 3], start),
        scale=scale,
        oversampling=float(rng.uniform(1.1, 1.6)),
        attitude_sigma=attitude,
        roll_deg=float(rng.uniform(-1.0, 1.0)),
        north_direction_deg=float(rng.uniform(0.0, 360.0)),
        seed=seed,
        camera_seed=seed,
        albedo_seed=seed,
        optics=Optics(
            halo_kernel=KERNELS[seed % len(KERNELS)],
            halo_scale_px=float(rng.uniform(50.0, 150.0)),
        ),
        detector=Detector(cosmic_hits_per_megapixel=10.0 * (seed % 2)),
    )


def scenes(
    first: int, number: int, scale: float, attitude: float = STATED
) -> Iterator[tuple[SceneSettings, dict, Path]]:
    """Write scenes one by one: settings, truth, folder."""
    own = moonlight.halo_transfer
    for seed in range(first, first + number):
        settings = settings_of(seed, scale, attitude)
        kernel = settings.optics.halo_kernel
        used = transfer if kernel in STRANGE else own
        reach = mock.patch.dict(moonlight.HALO_REACH, {kernel: REACH} if used is transfer else {})
        with tempfile.TemporaryDirectory() as name, reach:
            with mock.patch.object(moonlight, "halo_transfer", used):
                albedo = fractal(seed) if seed // 2 % 2 else None
                files = write_scene(simulate_scene(settings, albedo), Path(name))
            yield settings, json.loads(files.truth.read_text())["bands"], Path(name)


def sharpness(result: SceneResult, optics: Optics) -> list[tuple[float, float]]:
    """Error of the point spread and its standard uncertainty, both relative, of each band."""
    pairs = []
    for band in result.bands:
        try:
            found = band_mtf(band, result.sun_direction_deg)
        except InputError:
            found = None
        if found is None:
            continue
        planted = optics.psf_sigma_across_px, optics.psf_sigma_along_px
        for one, true in zip((found.across, found.along), planted, strict=True):
            pairs.append((one.sigma_px / true - 1.0, one.u_sigma_px / true))
    return pairs


def measure(
    first: int, number: int, scale: float, attitude: float = STATED, *, sharp: bool = False
) -> Found:
    """Pairs of error and standard uncertainty, relative, by what they have in common."""
    found: Found = {}
    for settings, truth, folder in scenes(first, number, scale, attitude):
        result = calibrate_scene(next(folder.glob("*.zarr")), next(folder.glob("*_gipp")))
        for row in result.rows:
            error = row["measured"] / truth[row["band"]]["irradiance"] - 1.0
            pair = error, math.hypot(row["u_random"], row["u_systematic_instrument"])
            faint = "B1" if row["band"] == "B1" else "B2 to B12"
            for name in ("all", faint, f"halo: {settings.optics.halo_kernel}"):
                if name in ("all", "B1") or faint != "B1":
                    found.setdefault(name, []).append(pair)
        if sharp:
            pairs = sharpness(result, settings.optics)
            found.setdefault("point spread", []).extend(pairs)
            clear = [pair for pair in pairs if pair[1] < 0.015]
            found.setdefault("point spread, u < 1.5 %", []).extend(clear)
    return found


def print_table(found: Found) -> None:
    """Print errors beside uncertainties."""
    print("| | number | mean error, % | rms error, % | largest, % | mean 2u, % | covered, % |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, pairs in found.items():
        if not pairs:
            continue
        error, doubt = 100.0 * np.array(pairs).T
        print(
            f"| {name} | {error.size} | {error.mean():+.3f} | {np.sqrt((error**2).mean()):.3f} | "
            f"{np.abs(error).max():.2f} | {2.0 * doubt.mean():.3f} | "
            f"{100.0 * (np.abs(error) <= 2.0 * doubt).mean():.1f} |"
        )


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=FIRST_SEED)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--attitude", type=float, default=STATED)
    parser.add_argument("--sharpness", action="store_true")
    given = parser.parse_args()
    found = measure(given.first, given.seeds, given.scale, given.attitude, sharp=given.sharpness)
    print_table(found)


if __name__ == "__main__":
    main()
