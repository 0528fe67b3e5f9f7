"""Speed of counts -> radiance beside a plain conversion to float32 and one multiply, in one run.

`python benchmarks/radiometry.py` prints the table. Twelve bands of 2000 lines
and 5200 columns, both sides on two threads, medians of 21 rounds in which both
take turns: the best of a side, on a machine that others share, is now and then a
third below its median. The peer keeps all bands of its result, as ours does.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import xarray as xr

from venus_analysis.compute.scene_radiance import DIMS, scene_radiance

BANDS, LINES, COLUMNS = [f"B{n}" for n in range(1, 13)], 2000, 5200
THREADS = 2


def run() -> list[dict[str, object]]:
    """Rows of the table: name, ours_s, peer_s, ratio (peer / ours, above 1 is faster), peer."""
    given = parameters()
    rows = []
    for name, draw in SCENES.items():
        counts = draw()

        def ours(counts: xr.DataArray = counts) -> object:
            return scene_radiance(counts, given, quality=False, threads=THREADS)

        def peer(counts: xr.DataArray = counts) -> object:
            return _plain(counts.values)

        def with_flags(counts: xr.DataArray = counts) -> object:
            return scene_radiance(counts, given, threads=THREADS)

        ours_s, peer_s, flags_s = _medians((ours, peer, with_flags), 21)
        title = f"counts -> radiance, {len(BANDS)} x {LINES} x {COLUMNS}, {name}"
        for label, seconds in ((title, ours_s), (f"{title}, with quality", flags_s)):
            rows.append(
                {
                    "name": label,
                    "ours_s": seconds,
                    "peer_s": peer_s,
                    "ratio": peer_s / seconds,
                    "peer": "astype(float32) and one multiply, 2 threads",
                }
            )
    return rows


def extra_memory_bands() -> float:
    """Peak of memory beyond counts and result, in bands of float32."""
    counts, given = moon(), parameters()
    tracemalloc.start()
    result = scene_radiance(counts, given, quality=False, threads=THREADS)
    peak = tracemalloc.get_traced_memory()[1] - result.radiance.nbytes
    tracemalloc.stop()
    return peak / (LINES * COLUMNS * 4)


def parameters() -> xr.Dataset:
    """Invented coefficients with a few defective columns."""
    random = np.random.default_rng(1)
    shape, dims = (len(BANDS), COLUMNS), ("band", "column")
    defect = np.zeros(shape, np.uint8)
    defect[:, [17, 1200, 1201, 3999]] = 1
    return xr.Dataset(
        {
            "dark": (dims, random.normal(50.0, 2.0, shape)),
            "first_slope": (dims, random.normal(1.0, 0.02, shape)),
            "second_slope": (dims, random.normal(0.98, 0.02, shape)),
            "break_level": (dims, random.normal(300.0, 5.0, shape)),
            "defect": (dims, defect),
            "absolute_gain": ("band", np.linspace(0.2, 2.2, len(BANDS))),
        },
        {"band": BANDS},
    )


def moon() -> xr.DataArray:
    """Draw dark sky and a disk of 1300 pixels of which half lies above the break."""
    line, column = np.ogrid[:LINES, :COLUMNS]
    disk = (line - 1000) ** 2 + (column - 2600) ** 2 < 650**2
    level = 50.0 + disk * np.clip((column - 1950) * 0.55, 0.0, 750.0)
    return _repeated(level)


def bright() -> xr.DataArray:
    """Draw an even scene above every break level."""
    return _repeated(np.full((LINES, COLUMNS), 600.0))


def mixed() -> xr.DataArray:
    """Draw counts on both sides of the break in every column of every block of lines."""
    return _repeated(np.random.default_rng(3).uniform(100.0, 600.0, (LINES, COLUMNS)))


SCENES: dict[str, Callable[[], xr.DataArray]] = {
    "Moon in the sky": moon,
    "every pixel above the break": bright,
    "both sides of the break in every column": mixed,
}


def _repeated(level: np.ndarray) -> xr.DataArray:
    random = np.random.default_rng(2)
    band = np.clip(random.normal(level, 1.5), 0, 1023).astype(np.uint16)
    return xr.DataArray(np.stack([band] * len(BANDS)), {"band": BANDS}, DIMS)


def _plain(counts: np.ndarray) -> list[np.ndarray]:
    def one(band: np.ndarray) -> np.ndarray:
        return np.asarray(band.astype(np.float32) * np.float32(1.3))

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, counts))


def _medians(functions: tuple[Callable[[], Any], ...], rounds: int) -> list[float]:
    seconds = np.zeros((rounds, len(functions)))
    for k in range(-1, rounds):  # the first round is not counted
        for i, function in enumerate(functions):
            start = time.perf_counter()
            result = function()
            seconds[k, i] = time.perf_counter() - start
            del result
    return [float(one) for one in np.median(seconds, axis=0)]


if __name__ == "__main__":
    print(f"{'what':72}{'ours':>8}{'peer':>8}{'ratio':>7}  peer")
    for row in run():
        print(
            f"{row['name']:72}{row['ours_s'] * 1e3:5.0f} ms{row['peer_s'] * 1e3:5.0f} ms"
            f"{row['ratio']:7.2f}  {row['peer']}"
        )
    print(f"memory beyond counts and result: {extra_memory_bands():.2f} bands of float32")
