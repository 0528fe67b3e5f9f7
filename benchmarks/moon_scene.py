"""A full scene from files to twelve ratios, beside loading all of its counts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from venus_analysis.calibrate.scene import SceneOptions, calibrate_scene
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

RUNS = 3


def seconds(call: Callable[[], object], runs: int = RUNS) -> float:
    """Least wall time of some runs, after one that warms the file cache."""
    call()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def run(scale: float = 1.0) -> list[dict]:
    """Measure on one scene that is made for it in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_scene(simulate_scene(SceneSettings(scale=scale)), Path(folder))

        def load() -> None:
            with xr.open_zarr(files.scene, consolidated=False) as scene:
                scene["counts"].load()

        apart = SceneOptions(registration="separate")
        loading = seconds(load)
        library = seconds(lambda: calibrate_scene(files.scene, files.parameters))
        separate = seconds(
            lambda: calibrate_scene(files.scene, files.parameters, options=apart), runs=1
        )
        rows = calibrate_scene(files.scene, files.parameters)
        truth = files.truth.read_text()
    import json

    planted = {band: one["planted_ratio"] for band, one in json.loads(truth)["bands"].items()}
    errors = [abs(row["ratio"] / planted[row["band"]] - 1.0) for row in rows]
    return [
        {"what": "counts.load(), s", "value": loading},
        {"what": "files to 12 ratios, s", "value": library},
        {"what": "share of the loading time", "value": library / loading, "target": 0.8},
        {"what": "all bands solved separately, s", "value": separate},
        {"what": "largest error of a ratio, %", "value": 100.0 * max(errors)},
    ]


if __name__ == "__main__":
    for line in run():
        print(line)
