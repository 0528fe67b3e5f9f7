"""What the residuals of a scene cost beside its calibration, and how often empty skies cry ghost.

`python -m benchmarks.moon_residuals [--scale S] [--scene FOLDER] [--empty N]` prints a table row;
`--empty` instead calibrates N small SIMULATED scenes without any ghost and counts those with a
global probability below 0.05. Calibration with and without residuals take turns; the least times
are compared.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.moon_scene import in_turns, planted
from venus_analysis.calibrate.scene import SceneOptions, calibrate_scene


def run(scale: float = 1.0, folder: Path | None = None, turns: int = 5) -> list[dict]:
    """Time a calibration with residuals beside one without."""
    with tempfile.TemporaryDirectory() as temporary:
        if folder is None:
            scene, parameters, _ = planted(Path(temporary), scale)
        else:
            scene, parameters = next(folder.glob("*.zarr")), next(folder.glob("*_gipp"))
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


def empty(number: int) -> None:
    """Count small empty scenes in which chance alone passes for a ghost."""
    from venus_analysis.simulate.camera_settings import Optics

    lowest, started = [], time.perf_counter()
    for seed in range(number):
        with tempfile.TemporaryDirectory() as folder:
            optics = Optics(ghosts=())
            scene, parameters, _ = planted(
                Path(folder), 0.1, seed=seed, camera_seed=seed, albedo_seed=seed, optics=optics
            )
            found = calibrate_scene(scene, parameters, options=SceneOptions(residuals=True))
        ghosts = [g for one in found.bands if one.residuals for g in one.residuals.ghosts]
        lowest.append(min(ghost.residual.probability for ghost in ghosts))
    share = np.mean(np.array(lowest) < 0.05)
    print(f"{number} empty scenes, {time.perf_counter() - started:.0f} s: {share:.1%} below 0.05")
    print("quantiles of the least probability:", np.quantile(lowest, (0.05, 0.25, 0.5)).round(3))


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--scene", type=Path, default=None)
    parser.add_argument("--empty", type=int, default=0)
    given = parser.parse_args()
    if given.empty:
        empty(given.empty)
        return
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for one in run(given.scale, given.scene):
        print(f"{one['name']} {one['ours_s']:.2f} s, {one['peer']} {one['peer_s']:.2f} s")


if __name__ == "__main__":
    main()
