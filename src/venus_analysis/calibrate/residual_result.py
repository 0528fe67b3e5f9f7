"""What a scene says of a band's residual noise: CT1, CT2, temporal noise, column patterns."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.residual_ghost import GhostResidual
from venus_analysis.compute.moon.residual_noise import NoiseResidual
from venus_analysis.compute.moon.residual_pattern import ColumnPattern

Array = NDArray[np.float64]
Single = NDArray[np.float32]
LEVELS: Final = {"median": 0.5, "bright": 0.95}
DIGITS: Final = 5


@dataclass(frozen=True)
class HaloFound:
    """CT1 of one band; see `residual_halo.HaloResidual` and `residual_profile.HaloEnergy`.

    After a type-1 correction `u_fraction` has in it what the filters cut off,
    see `straylight.beyond_edges`.
    """

    kernel: str
    fraction: float
    u_fraction: float
    detection_limit: float
    scale_radii: float
    u_scale_radii: float
    near: float
    u_near: float
    far: float
    u_far: float
    seen: float
    profile: tuple[Array, Array, Array, Array] = field(repr=False)
    encircled: tuple[Array, Array] = field(repr=False)


@dataclass(frozen=True)
class GhostFound:
    """CT2: one ghost, in radiance.

    `factor` is radiance of the ghost over radiance of its source (`residual` has that of
    equalised counts, as STRLGT); `listed_factor` and `listed_shift_columns` are what
    STRLGT says (NaN: nothing). `detection_limit` is
    the factor that would be found in 95 of 100 scenes, over all shifts and pairs.
    All NaN where the source is not among the bands, as nobody knows its light.
    """

    residual: GhostResidual
    factor: float
    u_factor: float
    detection_limit: float
    listed_factor: float = math.nan
    listed_shift_columns: float = math.nan
    outline: Outline | None = field(default=None, repr=False)

    @property
    def source_band(self) -> str:
        """Band whose light it is, or that it is not among the bands."""
        return self.residual.source


@dataclass(frozen=True, eq=False)
class SkyPicture:
    """Sky of a band in blocks, radiance (W m-2 sr-1 um-1): level, drift and halo taken off.

    NaN where not known, and on the disk. Block (0, 0) begins at `first_line` and
    column 0 of the scene.
    """

    radiance: Single
    first_line: int
    step_lines: int
    step_columns: int


@dataclass(frozen=True, eq=False)
class BandResiduals:
    """All residuals of one band; `stray_light` names the correction they are what is left of.

    `strength` is the disk's mean radiance (W m-2 sr-1 um-1), the sky's level taken off.
    """

    band: str
    stray_light: str
    halo: HaloFound
    ghosts: tuple[GhostFound, ...]
    ghost_limit: float
    noise: NoiseResidual
    noise_model: tuple[float, float]
    sky_pattern: ColumnPattern
    disk_pattern: ColumnPattern
    signal_to_noise: dict[str, float]
    sky: SkyPicture = field(repr=False)
    strength: float = math.nan

    def ghosts_of(self, mates: Sequence[str]) -> list[GhostFound | None]:
        """Strongest ghost of each of these bands."""
        found: list[GhostFound | None] = []
        for mate in mates:
            mine = [one for one in self.ghosts if one.source_band == mate]
            found.append(max(mine, key=lambda one: one.residual.significance, default=None))
        return found

    def columns(self, mates: Sequence[str]) -> Row:
        """Columns of the ledger; `mates` are the other two bands of the tri-detector."""
        row: Row = {
            "ct1_fraction": self.halo.fraction,
            "u_ct1_fraction": self.halo.u_fraction,
            "ct1_detection_limit": self.halo.detection_limit,
            "ct1_scale_radii": self.halo.scale_radii,
            "u_ct1_scale_radii": self.halo.u_scale_radii,
            "ct1_near": self.halo.near,
            "u_ct1_near": self.halo.u_near,
            "ct1_far": self.halo.far,
            "u_ct1_far": self.halo.u_far,
            "noise_a": self.noise.a,
            "u_noise_a": self.noise.u_a,
            "noise_b": self.noise.b,
            "u_noise_b": self.noise.u_b,
            "column_pattern_sky": self.sky_pattern.rms,
            "u_column_pattern_sky": self.sky_pattern.u_rms,
            "column_pattern_disk": self.disk_pattern.rms,
            "u_column_pattern_disk": self.disk_pattern.u_rms,
            "ct2_detection_limit": self.ghost_limit,
        }
        row |= {f"signal_to_noise_{name}": value for name, value in self.signal_to_noise.items()}
        for number, one in enumerate(self.ghosts_of(mates), start=1):
            if one is not None:
                row |= {
                    f"ct2_{number}_source": one.source_band,
                    f"ct2_{number}_factor": one.factor,
                    f"u_ct2_{number}_factor": one.u_factor,
                    f"ct2_{number}_shift_columns": one.residual.shift_columns,
                    f"u_ct2_{number}_shift_columns": one.residual.u_shift_columns,
                    f"ct2_{number}_significance": one.residual.significance,
                    f"ct2_{number}_probability": one.residual.probability,
                }
        return row

    def profiles(self) -> Row:
        """Columns that only the statistics file has: profiles of at most 64 bins, as JSON."""
        radius, radiance, u_radiance, _ = self.halo.profile
        noise = self.noise
        return {
            "ct1_kernel": self.halo.kernel,
            "stray_light": self.stray_light,
            "halo_profile_text": _json(radius=radius, radiance=radiance, u_radiance=u_radiance),
            "encircled_energy_text": _json(
                radius=self.halo.encircled[0], energy=self.halo.encircled[1]
            ),
            "noise_text": _json(
                signal=noise.signal, variance=noise.variance, u_variance=noise.u_variance
            ),
        }


def _json(**lists: Array) -> str:
    held = {
        name: [float(f"{one:.{DIGITS}g}") if math.isfinite(one) else None for one in values]
        for name, values in lists.items()
    }
    return json.dumps(held)
