"""Times of inputs, for orders that ask for a period."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from venus_analysis.calibrate.job.plan import Candidate
from venus_analysis.collect.archive import is_archive, unpacked
from venus_analysis.collect.glod import read_glod
from venus_analysis.collect.kind import input_kind
from venus_analysis.collect.observations import is_product, read_observations
from venus_analysis.collect.scene import open_scene
from venus_analysis.errors import VenusAnalysisError

Span = tuple[np.datetime64, np.datetime64]


@dataclass(frozen=True)
class Selected:
    """Inputs that the order's periods leave, and those they leave out, with a reason."""

    kept: tuple[Candidate, ...]
    left_out: tuple[tuple[Candidate, str], ...]


def select(candidates: tuple[Candidate, ...]) -> Selected:
    """Apply the periods; an input whose time cannot be read is kept, its reader will say why.

    A table is kept when its first to last look meets them; the task then leaves out the
    rows of looks that do not.
    """
    kept, left_out = [], []
    for one in candidates:
        reason = _reason(one) if one.periods else ""
        if reason:
            left_out.append((one, reason))
        else:
            kept.append(one)
    return Selected(tuple(kept), tuple(left_out))


def _reason(one: Candidate) -> str:
    try:
        start, stop = time_span(one.path, one.role)
    except (VenusAnalysisError, OSError):
        return ""
    if one.selected(start, stop):
        return ""
    span = f"{start}Z" if start == stop else f"{start}Z to {stop}Z"
    return f"{span} is outside the periods of the order"


def time_span(path: Path, role: str) -> Span:
    """UTC of the first and the last look in a file.

    Raises
    ------
    InputError
        As the file's reader.
    """
    if role == "moon":
        return _span(_moon_times(path))
    if is_archive(path):
        with unpacked(path) as folder:
            return time_span(folder, role)
    if path.suffix == ".SAFE":
        from venus_analysis.collect.sentinel2_metadata import open_safe

        return _span(open_safe(path).time)
    if is_product(path):
        from venus_analysis.collect.venus_l1c import open_venus_l1c

        return _span(open_venus_l1c(path).time)
    return _span(read_observations(path)["time"].values)


def _moon_times(path: Path) -> np.ndarray:
    if input_kind(path) == "image":
        return np.asarray(read_glod(path)["time"].values)
    with open_scene(path) as scene:
        return np.asarray(scene["time"].values)


def _span(times: object) -> Span:
    moments = np.asarray(times).astype("datetime64[us]")
    return moments.min(), moments.max()
