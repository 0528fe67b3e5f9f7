"""From light to counts: one band of the simulated camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.coefficients import FULL_SCALE_COUNTS
from venus_analysis.compute.noise import NoiseModel
from venus_analysis.compute.radiometry import radiance_to_counts
from venus_analysis.simulate.columns import Columns
from venus_analysis.simulate.moonlight import Moonlight
from venus_analysis.simulate.scene_settings import BANDS, SceneSettings

Array = NDArray[np.float64]

NOISY_FACTOR: Final = 20.0
HIT_COUNTS: Final = 150.0
HIT_LENGTH_PX: Final = 6


@dataclass(frozen=True, eq=False)
class BandCamera:
    """Everything that makes one band's counts.

    Parameters
    ----------
    settings
        Of the scene.
    columns
        The band's columns.
    light
        The band's own light.
    ghosts
        Factor, shift and (blurred) light of each source.
    lines
        Lines of the scene.
    """

    settings: SceneSettings
    columns: Columns
    light: Moonlight
    ghosts: Sequence[tuple[float, int, Moonlight]]
    lines: int

    def radiance(self, lines: slice) -> NDArray[np.float32]:
        """Radiance in the focal plane, ghosts included, W m-2 sr-1 um-1, (line, column)."""
        number = self.settings.columns
        total = self.light.window(lines, number)
        for factor, shift, light in self.ghosts:
            ghost = light.window(lines, number, shift)
            ghost *= np.float32(factor)
            total += ghost
        return total

    def counts(self, lines: slice) -> NDArray[np.uint16]:
        """Raw counts of a block of lines; the noise belongs to this block."""
        detector, columns = self.settings.detector, self.columns
        row = BANDS.index(columns.band)
        rng = self.settings.noise(row, lines.start)
        signal = self.radiance(lines)
        signal *= (1.0 + columns.residual[: signal.shape[1]]).astype(np.float32)
        signal *= (1.0 + self._row_pattern(row)[lines, None]).astype(np.float32)
        # The drift is charge like any other and goes through the same response.
        signal += (self.dark_drift[lines, None] / columns.absolute_gain).astype(np.float32)
        counts = radiance_to_counts(
            signal,
            columns.coefficients(signal.shape[1]),
            noise=NoiseModel(detector.noise_a, detector.noise_b),
            seed=rng,
        )
        self._add_defects(counts, rng)
        self._add_hits(counts, rng)
        return counts

    def _row_pattern(self, row: int) -> Array:
        rng = self.settings.noise(row, self.lines, 1)
        return self.settings.detector.row_residual * rng.standard_normal(self.lines)

    @property
    def dark_drift(self) -> Array:
        """(line,) rise of the dark level since the first line, equalised counts."""
        return np.linspace(0.0, self.settings.detector.dark_drift_counts, self.lines)

    def _add_defects(self, counts: NDArray[np.uint16], rng: np.random.Generator) -> None:
        sigma = NOISY_FACTOR * self.settings.detector.noise_a
        for kind in ("noisy", "unlisted"):
            where = self.columns.defects[kind]
            wild = counts[:, where] + sigma * rng.standard_normal((len(counts), where.size))
            counts[:, where] = np.clip(np.rint(wild), 0, FULL_SCALE_COUNTS)
        counts[:, self.columns.defects["saturated"]] = FULL_SCALE_COUNTS

    def _add_hits(self, counts: NDArray[np.uint16], rng: np.random.Generator) -> None:
        """Straight tracks of a few pixels."""
        rate = self.settings.detector.cosmic_hits_per_megapixel
        for _ in range(rng.poisson(rate * counts.size * 1e-6)):
            length, angle = rng.integers(1, HIT_LENGTH_PX + 1), rng.uniform(0.0, np.pi)
            start = rng.uniform(size=2) * counts.shape
            track = start + np.outer(np.arange(length), (np.sin(angle), np.cos(angle)))
            track = track[((track >= 0) & (track < counts.shape)).all(axis=1)].astype(np.intp)
            line, column = np.unique(track, axis=0).T
            raised = counts[line, column] + rng.exponential(HIT_COUNTS, line.size)
            counts[line, column] = np.clip(np.rint(raised), 0, FULL_SCALE_COUNTS)
