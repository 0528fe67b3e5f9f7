"""CT2: ghosts of other bands in the sky beside the disk, whichever band and shift they have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.residual_halo import HaloSender
from venus_analysis.compute.moon.residual_scan import GhostScan, global_probability, scan_ghost
from venus_analysis.compute.moon.residual_shift import FineSky, refine_shift
from venus_analysis.compute.moon.residual_sky import SkyMap, SkyProjection, block_noise

Array = NDArray[np.float64]

# Halos of these scales (radii) are left out of the search, whatever their weights.
HALO_SCALES: Final = (0.06, 0.16, 0.42)
SIGNIFICANT: Final = 0.05
MOST_GHOSTS: Final = 4
LEAST_LIGHT: Final = 0.2
# A source that shows less than this at first shows no ghost once others are taken out.
LEAST_SIGMA: Final = 2.5
DECIDED: Final = 9.0
# Blocks of lines that do not begin where the source's do blunt the ghost's upper and lower
# limb: planted ghosts of full scenes come back 0.7 % too strong, within 1.5 %.
TEMPLATE_DOUBT: Final = 0.015
LIMIT_SHIFTS: Final = 5
POWER_OF_TEST: Final = 1.645
TOUCHING_RADII: Final = 2.02


@dataclass(frozen=True)
class GhostResidual:
    """One ghost that was looked for.

    Parameters
    ----------
    source_band
        Where its light comes from.
    shift_columns, u_shift_columns
        From the source's disk to the ghost, and its standard uncertainty.
    factor, u_factor
        Of equalised counts, ghost over source; may be negative where there is none.
        The uncertainty holds the noise and 1.5 % for the template.
    significance
        Factor over its uncertainty by noise, at this shift.
    probability
        Chance of such a one anywhere in an empty scene, over all shifts and pairs.
    overlaps_disk
        Whether part of it lies on the band's own disk, where it cannot be seen.
    other_sources
        Bands that fit nearly as well (chi-square within 9).
    """

    source_band: str
    shift_columns: float
    u_shift_columns: float
    factor: float
    u_factor: float
    significance: float
    probability: float
    overlaps_disk: bool = False
    other_sources: tuple[str, ...] = ()

    @property
    def significant(self) -> bool:
        """Whether chance reaches it in less than one empty scene of twenty."""
        return self.probability < SIGNIFICANT


class GhostSearch:
    """The sky of one band, searched for ghosts of others.

    Halos of any radial scale, levels of the columns and a drift along the scan
    are left out, so that they are not taken for ghosts.

    Parameters
    ----------
    sky
        Of the band, see `venus_analysis.compute.moon.residual_sky.sky_map`.
    sources
        Of the other bands; one with less than a fifth of its light at the
        band's lines is not searched for.
    fine
        The band's sky, and the sources' light, at every column: for the shift.
    """

    def __init__(
        self,
        sky: SkyMap,
        sources: Mapping[str, SkyMap],
        fine: tuple[FineSky, Mapping[str, FineSky]] | None = None,
    ) -> None:
        self.sky, self._fine = sky, fine
        self._outlines = {name: one.outline for name, one in sources.items()}
        self._lights = {name: _at_lines(one, sky) for name, one in sources.items()}
        self.templates = {
            name: light
            for name, light in self._lights.items()
            if light.sum() * sky.size[0]
            > LEAST_LIGHT * sources[name].light.sum() * sources[name].size[0]
        }
        send = HaloSender(sky)
        self._halos = [send("exponential", scale) for scale in HALO_SCALES]
        self.known: list[tuple[str, float, float]] = []
        self._refresh()

    def _refresh(self) -> None:
        ghosts = [self.template(source, shift) for source, shift, _ in self.known]
        self._project: SkyProjection = self.sky.project([*self._halos, *ghosts])
        self._rest = self._project.rest(self.sky.value)
        self.noise = block_noise(self._rest, self.sky.weight)

    def template(self, source: str, shift_columns: float) -> Array:
        """Light of a source (i, j), moved along the columns."""
        return moved_columns(self._lights[source], shift_columns / self.sky.size[1])

    def scans(self, sources: Sequence[str] | None = None) -> dict[str, GhostScan]:
        """Scan for every source, or for some; known ghosts are explained away."""
        return {
            name: scan_ghost(self._rest, self.sky.weight, template, self.noise)
            for name, template in self.templates.items()
            if sources is None or name in sources
        }

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
        notes: list[tuple[float, tuple[str, ...]]] = []
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
            others = _rivals(tops, source)
            self.known.append((source, *self._shift(source, scans[source])))
            notes.append((probability, others))
            self._refresh()
        return self._fit(notes)

    def _shift(self, source: str, scan: GhostScan) -> tuple[float, float]:
        """Shift in columns, and its uncertainty."""
        block = self.sky.size[1]
        coarse = float(scan.shift[scan.best] * block)
        if self._fine is None:
            return coarse, block / math.sqrt(12.0)
        model = self.sky.value - self._rest_value()
        return refine_shift(self._fine[0], self._fine[1][source], self.sky, model, coarse)

    def _rest_value(self) -> Array:
        """Sky (i, j) less all that is explained; not weighted."""
        level, found = self._project.explained(self.sky.value)
        return self.sky.value - np.nan_to_num(level)[None, :] - found

    def _fit(self, notes: Sequence[tuple[float, tuple[str, ...]]]) -> list[GhostResidual]:
        """Factors of all known ghosts at once."""
        if not self.known:
            return []
        plain = self.sky.project(self._halos)
        vectors = np.stack([plain(self.template(name, shift)) for name, shift, _ in self.known])
        inverse = np.linalg.pinv(vectors @ vectors.T, hermitian=True)
        factors = inverse @ vectors @ plain(self.sky.value)
        doubts = self.noise * np.sqrt(np.maximum(np.diag(inverse), 0.0))
        return [
            GhostResidual(
                name, shift, u_shift, float(f), math.hypot(u, TEMPLATE_DOUBT * f), float(f / u),
                probability,
                self.overlaps(name, shift), others,
            )
            for (name, shift, u_shift), f, u, (probability, others) in zip(
                self.known, factors, doubts, notes, strict=True
            )
        ]  # fmt: skip

    def at(self, source: str, shift_columns: float, scene: Sequence[GhostScan]) -> GhostResidual:
        """Factor of a ghost at a shift that is given; known ghosts explained away.

        NaN where no part of it would lie on the sky.
        """
        vector = self._project(self.template(source, shift_columns))
        power = float(vector @ vector)
        if source not in self.templates or not power > 0.0:
            nan = math.nan
            return GhostResidual(source, shift_columns, 0.0, nan, nan, nan, 1.0)
        u_factor = self.noise / math.sqrt(power)
        factor = float(vector @ self._project(self.sky.value)) / power
        return GhostResidual(
            source, shift_columns, 0.0, factor, u_factor, factor / u_factor,
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
            vector = self._project(self.template(source, shift))
            kept = float(vector @ vector) * (float(scan.u_factor[k]) / self.noise) ** 2
            step = threshold + POWER_OF_TEST * math.sqrt(kept)
            limits.append(step * float(scan.u_factor[k]) / max(kept, 1e-9))
        return float(np.median(limits))

    def overlaps(self, source: str, shift_columns: float) -> bool:
        """Whether a ghost lies on the band's own disk in part."""
        return touches(self._outlines[source], self.sky.outline, shift_columns)


def touches(source: Outline, disk: Outline, shift_columns: float) -> bool:
    """Whether a source's disk, moved along the columns, overlaps a disk.

    Examples
    --------
    >>> disk = Outline(50.0, 50.0, 20.0)
    >>> touches(disk, disk, 39.0), touches(disk, disk, -41.0)
    (True, False)
    """
    at = np.array(source.centre_line), np.array(source.centre_column + shift_columns)
    return bool(np.hypot(*disk.unit(*at)) < TOUCHING_RADII)


def _rivals(tops: Mapping[str, float], source: str) -> tuple[str, ...]:
    least = tops[source] ** 2 - DECIDED
    return tuple(
        name for name, top in tops.items() if name != source and top > 0.0 and top**2 > least
    )


def moved_columns(image: Array, shift: float) -> Array:
    """Image (i, j) moved along its columns by a number that need not be whole; 0 comes in.

    Examples
    --------
    >>> moved_columns(np.array([[0.0, 4.0, 0.0, 0.0]]), 1.25)
    array([[0., 0., 3., 1.]])
    """
    whole = math.floor(shift)
    part = shift - whole
    out = np.zeros_like(image)
    for step, share in ((whole, 1.0 - part), (whole + 1, part)):
        to = slice(max(step, 0), max(image.shape[1] + min(step, 0), 0))
        start = max(-step, 0)
        if to.stop > to.start and share > 0.0:
            out[:, to] += share * image[:, start : start + to.stop - to.start]
    return out


def _at_lines(source: SkyMap, target: SkyMap) -> Array:
    """Light of a source's disk (i, j) at the target's rows."""
    place = target.first_line + (np.arange(len(target.value)) + 0.5) * target.size[0]
    at = (place - source.first_line) / source.size[0] - 0.5
    low = np.floor(at).astype(int)
    share = (at - low)[:, None]
    light = np.pad(source.light, ((1, 1), (0, 0)))
    near, far = (np.clip(low + k, 0, len(light) - 1) for k in (1, 2))
    return np.asarray((1.0 - share) * light[near] + share * light[far])
