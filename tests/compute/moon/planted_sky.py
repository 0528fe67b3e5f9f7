"""Skies with a planted halo and planted ghosts, made without the code that finds them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import signal

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.residual_fine import FineSky, fine_sky
from venus_analysis.compute.moon.residual_sky import SkyMap, sky_map
from venus_analysis.compute.moon.sky_templates import BlockMap

ACROSS_PX = 620.0
OVERSAMPLING = 1.3
SIZE = (31, 26)
# first line of each band's window, as the focal plane has them
PLACES = {"B6": 0, "B4": 198, "B3": 396, "B9": 1284, "B8": 1482, "B7": 1680}


def disk_light(outline: Outline, shape, first_line: int, width: int, shift: float = 0.0):
    """Lambert's sphere, lit from one side, with dark seas, in cells of SIZE[0] lines."""
    total = 0.0
    for part in (0.25, 0.75):
        line = first_line + (np.arange(shape[0]) + part) * SIZE[0] - 0.5
        column = (np.arange(shape[1]) + 0.5) * width - 0.5 - shift
        u, v = outline.unit(line[:, None], column[None, :])
        square = u**2 + v**2
        mu = np.sqrt(np.maximum(1.0 - square, 0.0))
        lit = np.maximum(0.6 * u + 0.8 * mu, 0.0)
        seas = 1.0 - 0.3 * (np.sin(9.0 * u + 2.0) * np.sin(8.0 * v) > 0.3)
        total = total + 0.5 * np.where(square < 1.0, lit * seas, 0.0)
    return total


def scattered(light: np.ndarray, kernel: str, scale_px: float) -> np.ndarray:
    """Light sent through a kernel, by a sum in plain space over blocks cut in 5 x 5."""
    half = int(9.0 * scale_px / SIZE[1])
    tall = int(9.0 * scale_px * OVERSAMPLING / SIZE[0])
    fine = (np.arange(-2, 3) / 5.0)[:, None]
    down = (np.arange(-tall, tall + 1) + fine) * SIZE[0] / OVERSAMPLING
    across = (np.arange(-half, half + 1) + fine) * SIZE[1]
    distance = np.hypot(down[:, None, :, None], across[None, :, None, :]) / scale_px
    shapes = {
        "exponential": np.exp(-distance),
        "gaussian": np.exp(-0.5 * distance**2),
        "power-law": (1.0 + distance**2) ** -1.5,
    }
    area = SIZE[0] / OVERSAMPLING * SIZE[1]
    values = shapes[kernel].mean(axis=(0, 1)) * area / (2.0 * np.pi * scale_px**2)
    return signal.fftconvolve(light, values, mode="same")


def planted(
    seed: int,
    signals: dict[str, float],
    *,
    halo: tuple[float, str, float] = (0.0, "exponential", 100.0),
    ghosts: tuple[tuple[str, str, float, int], ...] = (),
    columns: int = 200,
    noise: float = 0.65,
    fine: bool = True,
) -> tuple[dict[str, SkyMap], dict[str, FineSky]]:
    """Bands with counts `signals`, as a full scene has them; dark level off, a drift along it.

    `ghosts`: band, source, factor of counts, shift in columns.
    """
    rng = np.random.default_rng(seed)
    shape = (70, columns)
    width = SIZE[1] if not fine else 1
    cells = (70, columns * SIZE[1] // width)
    middle = columns * SIZE[1] / 2.0
    base = Outline(0.0, middle, ACROSS_PX, oversampling=OVERSAMPLING)
    outlines = {
        name: replace(
            base,
            centre_line=1090.0 + PLACES[name] + rng.uniform(-9.0, 9.0),
            centre_column=middle + rng.uniform(-15.0, 15.0),
        )
        for name in signals
    }
    skies, fines = {}, {}
    for name, outline in outlines.items():
        first = PLACES[name]
        light = signals[name] * disk_light(outline, cells, first, width)
        seen = (1.0 - halo[0]) * light
        for band, source, factor, shift in ghosts:
            if band == name:
                lit = disk_light(outlines[source], cells, first, width, shift)
                seen = seen + factor * signals[source] * lit
        if halo[0]:
            coarse = light.reshape(70, columns, -1).mean(axis=2)
            sent = scattered(coarse, halo[1], halo[2])
            seen = seen + halo[0] * np.repeat(sent, SIZE[1] // width, axis=1)
        sigma = np.sqrt(noise**2 + 0.015 * np.maximum(seen, 0.0))
        seen = seen + sigma * rng.standard_normal(cells) / np.sqrt(SIZE[0] * width)
        seen = seen + rng.normal(0.0, 0.2 / np.sqrt(width), cells[1])
        seen = seen + np.linspace(0.0, 0.2, 70)[:, None]
        blocks = BlockMap(seen.reshape(70, columns, -1).mean(axis=2), np.ones(shape), first, SIZE)
        skies[name] = sky_map(blocks, outline)
        if fine:
            fines[name] = fine_sky(seen.astype(np.float32), skies[name])
    return skies, fines
