"""Disk extraction of real Moon images beside a plain scikit-image pipeline.

Needs VENUS_ANALYSIS_REAL_DATA. Ours finds the disk to a fraction of a pixel,
and gives mask, irradiance, budget and sensitivities; the peer is what one
would write first: Otsu threshold, label, regionprops, Canny edges and an
ellipse fit, and the sum over the label.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PEER = "scikit-image: Otsu, label, regionprops, Canny, EllipseModel"


def ours(radiance: Array) -> None:
    """Disk, mask, irradiance, budget and sensitivities."""
    from venus_analysis.compute.moon.disk import find_disk
    from venus_analysis.compute.moon.disk_irradiance import disk_irradiance

    disk = find_disk(radiance, scan_axis="column")
    disk_irradiance(radiance, disk, 1e-9, background="none", halo="none")


def peer(radiance: Array) -> None:
    """Label by Otsu, edges by Canny, one ellipse fit, sum over the label."""
    from skimage.feature import canny
    from skimage.filters import threshold_otsu
    from skimage.measure import EllipseModel, label, regionprops

    labels = label(radiance > threshold_otsu(radiance))
    region = max(regionprops(labels), key=lambda r: r.area)
    edges = np.argwhere(canny(radiance / radiance.max(), sigma=2.0))
    model = EllipseModel.from_estimate(edges[:, ::-1].astype(float))
    float(radiance[labels == region.label].sum())
    assert len(model.center) == len(model.axis_lengths)


def best(
    calls: Sequence[Callable[[Array], None]], radiance: Array, repeats: int = 9
) -> list[float]:
    """Shortest of several runs of each, seconds, taken in turns for a busy machine."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, spent in zip(calls, times, strict=True):
            start = time.perf_counter()
            call(radiance)
            spent.append(time.perf_counter() - start)
    return [min(spent) for spent in times]


def run() -> list[dict[str, object]]:
    """Time one SEVIRI and one MTSAT image; an empty list without the real data."""
    from venus_analysis.collect.glod import read_glod

    folder = os.environ.get("VENUS_ANALYSIS_REAL_DATA")
    if not folder:
        print("disk extraction: left out, VENUS_ANALYSIS_REAL_DATA is not set", file=sys.stderr)
        return []
    rows: list[dict[str, object]] = []
    for name, pattern in (("SEVIRI", "*MSG3*20140318*.nc"), ("MTSAT", "*MTSAT2*.nc")):
        path = next(iter(sorted((Path(folder) / "glod").glob(pattern))))
        radiance = np.nan_to_num(read_glod(path).radiance.to_numpy()[0])
        lines, columns = radiance.shape
        mine, other = best((ours, peer), radiance)
        rows.append(
            {
                "name": f"disk extraction, {name} {lines} x {columns}",
                "ours_s": mine,
                "peer_s": other,
                "ratio": other / mine,
                "peer": PEER,
            }
        )
    return rows


if __name__ == "__main__":
    for row in run():
        print(
            f"{row['name']:40s} ours {row['ours_s']:.3f} s, peer {row['peer_s']:.3f} s,"
            f" ratio {row['ratio']:.2f} ({row['peer']})"
        )
