"""CT2: ghosts of other bands in the sky beside the disk, whichever band and shift they have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.residual_fine import FineSky
from venus_analysis.compute.moon.residual_ghost import SIGNIFICANT, GhostResidual, KnownGhost
from venus_analysis.compute.moon.residual_halo_sender import HaloSender
from venus_analysis.compute.moon.residual_moved import at_lines, moved_columns, touches
from venus_analysis.compute.moon.residual_scan import GhostFilter, GhostScan, global_probability
from venus_analysis.compute.moon.residual_shift import refine_shift
from venus_analysis.compute.moon.residual_sky import SkyMap, SkyProjection, dot
from venus_analysis.compute.moon.residual_source import DECIDED, missing_source

Array = NDArray[np.float64]

# Exponential halos of these scales (radii) are left out of the search, whatever their weights.
# Three of them leave rings of a gaussian halo that pass for ghosts; five of them add up to any
# kernel of 0.04 to 0.5 radii. One of 1.2 % then lifts no significance by more than 0.6.
HALO_SCALES: Final = (0.04, 0.08, 0.15, 0.28, 0.5)
MOST_GHOSTS: Final = 4
LEAST_LIGHT: Final = 0.2
# A source that shows less than this at first shows no ghost once others are taken out.
LEAST_SIGMA: Final = 2.5
# Blocks of lines that do not begin where the source's do blunt the ghost's upper and lower
# limb: planted ghosts of full scenes come back 0.7 % too strong, within 1.5 %.
TEMPLATE_DOUBT: Final = 0.015
LIMIT_SHIFTS: Final = 3
POWER_OF_TEST: Final = 1.645
# A wrong source's best shift is off by less than this.
SIDEWAYS_RADII: Final = 0.5


class GhostSearch:
    """The sky of one band, searched for ghosts of others.

    Halos of any kernel and radial scale, levels of the columns and a drift along
    the scan are left out, so that they are not taken for ghosts.

    Parameters
    ----------
    sky
        Of the band, see `venus_analysis.compute.moon.residual_sky.sky_map`.
    sources
        Of the other bands; one with less than a fifth of its light at the
        band's lines is not searched for.
    fine
        The band's sky, and the sources' light, at every column: for the shift.
    absent
        Bands whose image is not given: line of the scene where the centre of
        their disk is expected.
    """

    def __init__(
        self,
        sky: SkyMap,
        sources: Mapping[str, SkyMap],
        fine: tuple[FineSky, Mapping[str, FineSky]] | None = None,
        absent: Mapping[str, float] | None = None,
    ) -> None:
        self.sky, self._fine, self._sources = sky, fine, sources
        self._absent = dict(absent or {})
        self._outlines = {name: one.outline for name, one in sources.items()}
        self._lights = {name: at_lines(one, sky) for name, one in sources.items()}
        self.templates = {
            name: light
            for name, light in self._lights.items()
            if light.sum() * sky.size[0]
            > LEAST_LIGHT * sources[name].light.sum() * sources[name].size[0]
        }
        self.send = HaloSender(sky)
        self._empty = sky.project([self.send("exponential", scale) for scale in HALO_SCALES])
        self._filters: dict[str, GhostFilter] = {}
        self.known: list[KnownGhost] = []
        self._ghosts: list[Array] = []
        self._refresh(self._empty)

    def _refresh(self, project: SkyProjection) -> None:
        self._project = project
        vector = project(self.sky.value)
        self._rest = project.weighted(vector)
        self.noise = project.noise(vector)

    def _explain(self, ghost: KnownGhost) -> None:
        """Count a ghost among those that are explained away."""
        self.known.append(ghost)
        self._ghosts.append(self.template(ghost.source, ghost.shift, ghost.lines))
        self._refresh(self._project.beside(self._ghosts[-1:]))

    def template(self, source: str, shift_columns: float, moved_lines: float = 0.0) -> Array:
        """Light of a source (i, j), moved along the columns, and along the scan."""
        light = self._lights[source]
        if moved_lines:
            light = at_lines(self._sources[source], self.sky, moved_lines)
        return moved_columns(light, shift_columns / self.sky.size[1])

    def scans(self, sources: Sequence[str] | None = None) -> dict[str, GhostScan]:
        """Scan for every source, or for some; known ghosts are explained away."""
        return {
            name: self._filter(name).scan(self._rest, self.noise)
            for name in self.templates
            if sources is None or name in sources
        }

    def _filter(self, source: str) -> GhostFilter:
        if source not in self._filters:
            self._filters[source] = GhostFilter(self.sky.weight, self.templates[source])
        return self._filters[source]

    def run(
        self, scene: Sequence[GhostScan], first: Mapping[str, GhostScan] | None = None
    ) -> list[GhostResidual]:
        """Find all significant ghosts, the strongest first; then fit them together.

        Parameters
        ----------
        scene
            All scans of the scene, over which significance is counted.
        first
            What `scans` gave before any ghost was known; None scans again.
        """
        scans = dict(first) if first is not None else self.scans()
        likely = [name for name, one in scans.items() if one.significance[one.best] > LEAST_SIGMA]
        while len(self.known) < MOST_GHOSTS:
            scans = self.scans(likely) if self.known else scans
            tops = {name: float(one.significance[one.best]) for name, one in scans.items()}
            if not tops:
                break
            source = max(tops, key=lambda name: tops[name])
            probability = global_probability(tops[source], scene)
            if not probability < SIGNIFICANT:
                break
            scan = scans[source]
            lines, absent = self._place(source, scan)
            others = absent if lines else (*_rivals(tops, source), *absent)
            coarse = self._beside(source, scan, lines)[1] if lines else scan.top * self.sky.size[1]
            rough = self.sky.size[1] / math.sqrt(12.0)
            self._explain(KnownGhost(source, coarse, rough, lines, probability, others))
        if self._fine is not None and self.known:
            self._refine(*self._fine)
        return self._fit()

    def _place(self, source: str, scan: GhostScan) -> tuple[float, tuple[str, ...]]:
        """Lines that a ghost lies off its supposed source, and absent bands that fit it."""
        outline = self._outlines[source]
        absent = {name: line - outline.centre_line for name, line in self._absent.items()}
        return missing_source(
            lambda lines: self._beside(source, scan, lines)[0], outline.semi_axis_line_px, absent
        )

    def _beside(self, source: str, scan: GhostScan, lines: float) -> tuple[float, float]:
        """Gain of a source moved along the scan, and its best shift (columns) about that of a scan.

        `scan` is of the source where it is.
        """
        start = int(scan.shift[scan.best])
        if lines == 0.0:
            return float(scan.significance[scan.best]) ** 2, scan.top * self.sky.size[1]
        light = self.template(source, start * self.sky.size[1], lines)
        lit = np.flatnonzero((light != 0.0).any(axis=0))
        if not lit.size:
            return 0.0, start * float(self.sky.size[1])
        reach = round(SIDEWAYS_RADII * self.sky.outline.across_px / self.sky.size[1])
        near = slice(max(int(lit[0]) - reach, 0), int(lit[-1]) + reach + 1)
        there = GhostFilter(self.sky.weight[:, near], light[:, near], count=False)
        found = there.scan(self._rest[:, near], self.noise)
        top = float(found.significance[found.best])
        return max(top, 0.0) ** 2, (start + found.top) * self.sky.size[1]

    def _refine(self, sky: FineSky, lights: Mapping[str, FineSky]) -> None:
        """Place the known ghosts finely, each with all else that was fitted along with it."""
        level, found = self._project.explained(self.sky.value)
        factors, noise = self._factors()[0].tolist(), self.noise * math.sqrt(self.sky.size[1])
        for number, (ghost, factor) in enumerate(zip(self.known, factors, strict=True)):
            light = lights[ghost.source]
            light = replace(light, first_line=light.first_line + round(ghost.lines))
            model = level + found - factor * self._ghosts[number]
            shift, doubt = refine_shift(sky, light, self.sky, model, ghost.shift, noise)
            self.known[number] = replace(ghost, shift=shift, u_shift=doubt)
            self._ghosts[number] = self.template(ghost.source, shift, ghost.lines)
        self._refresh(self._empty.beside(self._ghosts))

    def _factors(self) -> tuple[Array, Array]:
        """Factors of all known ghosts at once, and their covariance over the noise squared."""
        share, inverse = self._project.shares(self.sky.value)
        halos = len(HALO_SCALES)
        return share[halos:], inverse[halos:, halos:]

    def _fit(self) -> list[GhostResidual]:
        """Factors of all known ghosts, with their uncertainty."""
        found, inverse = self._factors()
        doubts = (self.noise * np.sqrt(np.maximum(np.diag(inverse), 0.0))).tolist()
        return [
            GhostResidual(
                one.source, one.shift, one.u_shift, f, math.hypot(u, TEMPLATE_DOUBT * f), f / u,
                one.probability, self.overlaps(one.source, one.shift, one.lines), one.others,
                one.lines,
            )
            for one, f, u in zip(self.known, found.tolist(), doubts, strict=True)
        ]  # fmt: skip

    def at(
        self,
        source: str,
        shift_columns: float,
        scene: Sequence[GhostScan],
        u_shift_columns: float = 0.0,
    ) -> GhostResidual:
        """Factor of a ghost at a shift that is given; known ghosts explained away.

        NaN where no part of it would lie on the sky.
        """
        vector = self._project(self.template(source, shift_columns))
        power = float(dot(vector, vector))
        if source not in self.templates or not power > 0.0:
            nan = math.nan
            return GhostResidual(source, shift_columns, u_shift_columns, nan, nan, nan, 1.0)
        u_factor = self.noise / math.sqrt(power)
        factor = float(dot(vector, self._project(self.sky.value))) / power
        return GhostResidual(
            source, shift_columns, u_shift_columns, factor, u_factor, factor / u_factor,
            global_probability(factor / u_factor, scene), self.overlaps(source, shift_columns),
        )  # fmt: skip

    def limit(self, source: str, scan: GhostScan, threshold: float) -> float:
        """Factor of equalised counts that 95 of 100 scenes would show as significant.

        Median over shifts beside the disk; what a drift and halos explain of a
        ghost counts as lost. NaN where no shift leaves it beside the disk.
        """
        clear = scan.clear
        if not clear.size:
            return math.nan
        limits = []
        for k in clear[np.linspace(0, clear.size - 1, LIMIT_SHIFTS).astype(np.intp)].tolist():
            shift = float(scan.shift[k] * self.sky.size[1])
            power = self._project.power(self.template(source, shift))
            kept = power * (float(scan.u_factor[k]) / self.noise) ** 2
            step = threshold + POWER_OF_TEST * math.sqrt(kept)
            limits.append(step * float(scan.u_factor[k]) / max(kept, 1e-9))
        return float(np.median(limits))

    def overlaps(self, source: str, shift_columns: float, moved_lines: float = 0.0) -> bool:
        """Whether a ghost lies on the band's own disk in part."""
        outline = self._outlines[source]
        outline = replace(outline, centre_line=outline.centre_line + moved_lines)
        return touches(outline, self.sky.outline, shift_columns)


def _rivals(tops: Mapping[str, float], source: str) -> tuple[str, ...]:
    least = tops[source] ** 2 - DECIDED
    return tuple(
        name for name, top in tops.items() if name != source and top > 0.0 and top**2 > least
    )
