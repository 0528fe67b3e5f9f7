"""What the residuals of a scene cost beside its calibration, and how often empty skies cry ghost.

`python -m benchmarks.moon_residuals [--scale S] [--scene FOLDER] [--empty N] [--bounds]` prints a
table row; `--empty` instead calibrates N small SIMULATED scenes without any ghost and counts those
with a global probability below 0.05, and `--share` and `--kernel` say which halo they have: a tenth
of the pixels across, a share of 0.12 stands out as 0.012 does of a full scene. `--bounds` prints
what noise alone allows to be told of each band. Calibration with and without residuals take turns;
the least times are compared.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from pathlib import Path
from typing import get_args

import numpy as np

from benchmarks.moon_scene import in_turns, planted
from venus_analysis.calibrate.scene import SceneOptions, calibrate_scene
from venus_analysis.simulate.camera_settings import HaloKernel, Optics

# A ghost's edge: its blur in the simulator and the optics', columns.
EDGE_SIGMA = 1.6


def bounds(scene: Path, parameters: Path) -> None:
    """Print detection limits and the Cramer-Rao bounds of noise, band by band.

    `h bound`: standard uncertainty with scale, kernel and all else known, of the sky that
    is used; `10 % from h`: halo share that one standard uncertainty is a tenth of.
    `1 column from`: ghost factor whose shift has an uncertainty of one column; `at best`: the
    same by all pixels of a sharp lit limb, F = f^2 L^2 N / (2 sqrt(pi) s) / sigma^2 with N lines,
    edge blur s and noise sigma. `pattern`: relative, of the disk's columns.
    """
    found = calibrate_scene(scene, parameters, options=SceneOptions(residuals=True))
    names = ("band", "h %", "u(h) %", "h bound", "10 % from h", "CT2 limit %", "1 column from %")
    print("  ".join((*names, "at best %", "pattern %", "u %")))
    for one in found.bands:
        left, outline = one.residuals, one.outline
        if left is None or outline is None:
            continue
        ghosts = [
            g for g in left.ghosts if g.residual.significant and not g.residual.source_missing
        ]
        sharp = min((g.factor * g.residual.u_shift_columns for g in ghosts), default=math.nan)
        lit = float(left.noise.signal[-1]) if left.noise.signal.size else math.nan
        sky = math.sqrt(left.noise.a**2 + 1.0 / 12.0)
        lines = 2.0 * outline.semi_axis_line_px
        best = sky / lit * math.sqrt(2.0 * math.sqrt(math.pi) * EDGE_SIGMA / lines)
        halo, disk = left.halo, left.disk_pattern
        numbers = (
            halo.fraction, halo.u_fraction, halo.detection_limit / 3.29, 10.0 * halo.u_fraction,
            left.ghost_limit, sharp, best, disk.rms, disk.u_rms,
        )  # fmt: skip
        print(f"{one.band:4s}", "  ".join(f"{100.0 * x:8.4f}" for x in numbers))


def run(scale: float = 1.0, folder: Path | None = None, turns: int = 5) -> list[dict]:
    """Time a calibration with residuals beside one without."""
    with tempfile.TemporaryDirectory() as temporary:
        scene, parameters = _scene(folder, scale, Path(temporary))
        options = SceneOptions(residuals=True)
        times = in_turns(
            {
                "plain": lambda: calibrate_scene(scene, parameters),
                "residuals": lambda: calibrate_scene(scene, parameters, options=options),
            },
            turns,
        )
    ours, peer = min(times["residuals"])[0], min(times["plain"])[0]
    cpu = [min(c for _, c in times[name]) for name in ("residuals", "plain")]
    print(f"processor time {cpu[0]:.2f} s beside {cpu[1]:.2f} s: + {cpu[0] / cpu[1] - 1:.0%}")
    return [
        {
            "name": "calibration of a scene with all residuals",
            "ours_s": ours,
            "peer": "the calibration alone",
            "peer_s": peer,
            "ratio": peer / ours,
        }
    ]


def _scene(folder: Path | None, scale: float, temporary: Path) -> tuple[Path, Path]:
    if folder is not None:
        return next(folder.glob("*.zarr")), next(folder.glob("*_gipp"))
    scene, parameters, _ = planted(temporary, scale)
    return scene, parameters


def empty(number: int, kernel: HaloKernel, share: float) -> None:
    """Count small empty scenes in which chance alone passes for a ghost.

    The probability is of the whole scene, over all bands, sources and shifts: chance alone
    leaves one scene in twenty below 0.05.
    """
    optics = Optics(ghosts=(), halo_kernel=kernel, halo_fraction=share)
    lowest, started = [], time.perf_counter()
    for seed in range(number):
        with tempfile.TemporaryDirectory() as folder:
            scene, parameters, _ = planted(
                Path(folder), 0.1, seed=seed, camera_seed=seed, albedo_seed=seed, optics=optics
            )
            found = calibrate_scene(scene, parameters, options=SceneOptions(residuals=True))
        ghosts = [g for one in found.bands if one.residuals for g in one.residuals.ghosts]
        lowest.append(min(ghost.residual.probability for ghost in ghosts))
    below = np.mean(np.array(lowest) < 0.05)
    halo = f"{kernel} halo of {share:.1%}, {time.perf_counter() - started:.0f} s"
    print(f"{number} SIMULATED empty scenes, {halo}: {below:.1%} below 0.05")
    print("quantiles of the least probability:", np.quantile(lowest, (0.05, 0.25, 0.5)).round(3))


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--scene", type=Path, default=None)
    parser.add_argument("--empty", type=int, default=0)
    parser.add_argument("--kernel", choices=get_args(HaloKernel), default=Optics().halo_kernel)
    parser.add_argument("--share", type=float, default=Optics().halo_fraction)
    parser.add_argument("--bounds", action="store_true")
    given = parser.parse_args()
    if given.empty:
        empty(given.empty, given.kernel, given.share)
        return
    if given.bounds:
        with tempfile.TemporaryDirectory() as folder:
            bounds(*_scene(given.scene, given.scale, Path(folder)))
        return
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for one in run(given.scale, given.scene):
        print(f"{one['name']} {one['ours_s']:.2f} s, {one['peer']} {one['peer_s']:.2f} s")


if __name__ == "__main__":
    main()
