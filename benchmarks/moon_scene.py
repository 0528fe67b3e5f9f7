"""A scene from files to twelve ratios, beside loading all of its counts, in one run.

`python -m benchmarks.moon_scene [--scale S] [--scene FOLDER] [--layouts]` prints
the tables. Both sides take turns and the least and the median time of each is kept, with the
processor's time, which a busy machine changes less. Peers: ``xr.open_zarr(...).counts.load()``
and a plain scikit-image pipeline on whole frames. Errors beside uncertainties on many scenes:
`python -m benchmarks.moon_coverage`.
"""

from __future__ import annotations

import argparse
import compileall
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

import venus_analysis
from venus_analysis.calibrate.scene import SceneOptions, calibrate_scene

TURNS = 5
PEER = "`xr.open_zarr(scene).counts.load()`"
LAYOUTS = {
    "12 bands x 64 lines": (12, 64, 5200),
    "64 lines": (1, 64, 5200),
    "whole bands": (1, 7200, 5200),
}
Timing = dict[str, list[tuple[float, float]]]


def in_turns(calls: dict[str, Callable[[], object]], turns: int = TURNS) -> Timing:
    """Wall and processor seconds of calls that take turns, after one turn to warm up."""
    found: Timing = {name: [] for name in calls}
    for turn in range(turns + 1):
        for name, call in calls.items():
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            if turn:
                found[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return found


def row(
    name: str, ours: list[tuple[float, float]], peer: list[tuple[float, float]], called: str = PEER
) -> dict:
    """One line of the table, by the least wall times."""
    mine, other = min(ours)[0], min(peer)[0]
    return {
        "name": name,
        "ours_s": mine,
        "peer": called,
        "peer_s": other,
        "ratio": other / mine,
        "medians": f"{np.median([w for w, _ in ours]):.2f}/{np.median([w for w, _ in peer]):.2f}",
        "cpu": f"{min(c for _, c in ours):.2f}/{min(c for _, c in peer):.2f}",
    }


def planted(folder: Path, scale: float, **settings: object) -> tuple[Path, Path, Path]:
    """Write a SIMULATED scene; scene, parameters, truth."""
    from venus_analysis.simulate.scene import simulate_scene
    from venus_analysis.simulate.scene_files import write_scene
    from venus_analysis.simulate.scene_settings import SceneSettings

    files = write_scene(simulate_scene(SceneSettings(scale=scale, **settings)), folder)
    return Path(files.scene), Path(files.parameters), Path(files.truth)


def load(scene: Path) -> None:
    """Read all counts."""
    if scene.is_dir():
        with xr.open_zarr(scene, consolidated=False) as opened:
            opened["counts"].load()
    else:
        with xr.open_dataset(scene) as opened:
            opened["counts"].load()


def plain(scene: Path) -> None:
    """Disk of each band by Otsu's threshold and one ellipse through Canny's edges."""
    from skimage.feature import canny
    from skimage.filters import threshold_otsu
    from skimage.measure import EllipseModel, label, regionprops

    with xr.open_zarr(scene, consolidated=False) as opened:
        counts = opened["counts"]
        for number in range(counts.sizes["band"]):
            image = counts[number].values.astype(np.float64)
            image -= np.median(image, axis=0)
            labels = label(image > threshold_otsu(image))
            region = max(regionprops(labels), key=lambda one: one.area)
            edges = np.argwhere(canny(image / image.max(), sigma=2.0))
            EllipseModel.from_estimate(edges[:, ::-1].astype(float))
            float(image[labels == region.label].sum())


def command(scene: Path, parameters: Path) -> float:
    """Run the whole command, with ledger and statistics file, as a user does; its peak, MB."""
    with tempfile.TemporaryDirectory() as folder:
        given = [scene, "--parameters", parameters, "--ledger", f"{folder}/ledger"]
        given += ["--statistics", f"{folder}/statistics.csv"]
        code = (
            "import sys, atexit; sys.argv[0] = 'venus-analysis';"
            "atexit.register(lambda: print(*[x.split()[1] for x in open('/proc/self/status')"
            " if x.startswith('VmHWM')]));"
            "from venus_analysis.cli import main; main()"
        )
        done = [sys.executable, "-c", code, "moon", *map(str, given)]
        text = subprocess.run(done, check=True, capture_output=True, text=True).stdout
    return float(text.split()[-1]) / 1024.0


def errors(scene: Path, parameters: Path, truth: Path) -> dict[str, tuple[float, float]]:
    """Error of the irradiance and its standard uncertainty by band, both relative."""
    known = json.loads(truth.read_text())["bands"]
    found = {}
    for one in calibrate_scene(scene, parameters).rows:
        doubt = math.hypot(one["u_random"], one["u_systematic_instrument"])
        found[one["band"]] = one["measured"] / known[one["band"]]["irradiance"] - 1.0, doubt
    return found


def run(scale: float = 1.0, folder: Path | None = None, layouts: bool = True) -> list[dict]:
    """Measure on one scene, made in a temporary folder unless one is given."""
    compileall.compile_dir(Path(venus_analysis.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory() as temporary:
        if folder is None:
            scene, parameters, truth = planted(Path(temporary), scale)
        else:
            scene = next(folder.glob("*.zarr"))
            parameters, truth = next(folder.glob("*_gipp")), next(folder.glob("*_truth.json"))
        apart = SceneOptions(registration="separate")
        times = in_turns(
            {
                "load": lambda: load(scene),
                "library": lambda: calibrate_scene(scene, parameters),
                "command": lambda: command(scene, parameters),
            }
        )
        peak = command(scene, parameters)
        slow = in_turns({"separate": lambda: calibrate_scene(scene, parameters, options=apart)}, 1)
        rows = [
            row(
                "full Moon scene: scene and parameter files to 12 ratios",
                times["library"],
                times["load"],
            ),
            row(
                "the same as a command: imports, ledger, statistics file",
                times["command"],
                times["load"],
            ),
            row("the same, each band solved by itself", slow["separate"], times["load"]),
        ]
        if layouts:
            rows += [_layout(scene, parameters, Path(temporary), name) for name in LAYOUTS]
            rows.append(_netcdf(scene, parameters, Path(temporary)))
            peer = "scikit-image, every band on whole frames"
            rows.append(
                row(
                    "full Moon scene: scene and parameter files to 12 ratios",
                    times["library"],
                    _once(scene),
                    peer,
                )
            )
        worst = max(abs(error) for error, _ in errors(scene, parameters, truth).values())
    print(f"peak of a process {peak:.0f} MB, largest error {100.0 * worst:.3f} %")
    return rows


def _once(scene: Path) -> list[tuple[float, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    plain(scene)
    return [(time.perf_counter() - wall, time.process_time() - cpu)]


def _layout(scene: Path, parameters: Path, folder: Path, name: str) -> dict:
    """Time the same counts in other chunks."""
    other = folder / "layout.zarr"
    with xr.open_zarr(scene, consolidated=False) as opened:
        chunks = tuple(map(min, LAYOUTS[name], opened["counts"].shape))
        opened = opened.chunk(dict(zip(("band", "line", "column"), chunks, strict=True)))
        for one in opened.variables.values():
            one.encoding = {}
        opened.to_zarr(other, mode="w", consolidated=False, encoding={"counts": {"chunks": chunks}})
    return _beside(other, parameters, f"the same, chunks of {name}")


def _netcdf(scene: Path, parameters: Path, folder: Path) -> dict:
    """Time the same counts in compressed netCDF."""
    other = folder / "layout.nc"
    with xr.open_zarr(scene, consolidated=False) as opened:
        shape = opened["counts"].shape
        chunks = (1, min(512, shape[1]), shape[2])
        for one in opened.variables.values():
            one.encoding = {}
        storage = {"zlib": True, "complevel": 1, "chunksizes": chunks}
        opened.to_netcdf(other, engine="netcdf4", encoding={"counts": storage})
    return _beside(other, parameters, "the same, netCDF, chunks of 512 lines")


def _beside(scene: Path, parameters: Path, name: str) -> dict:
    calls = {
        "load": lambda: load(scene),
        "library": lambda: calibrate_scene(scene, parameters),
    }
    times = in_turns(calls, 2)
    return row(name, times["library"], times["load"])


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--scene", type=Path, default=None)
    parser.add_argument("--layouts", action="store_true")
    given = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; s: ours, peer, ours/peer")
    for one in run(given.scale, given.scene, given.layouts):
        print(
            f"{one['name']:45s} {one['ours_s']:.2f} {one['peer_s']:.2f} "
            f"{one['ours_s'] / one['peer_s']:.2f}  medians {one['medians']}  cpu {one['cpu']}"
        )


if __name__ == "__main__":
    main()
