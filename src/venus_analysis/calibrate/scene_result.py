"""The result of a scene's calibration: ledger rows, and what statistics and pictures need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row
from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.sky_templates import BlockMap
from venus_analysis.flags import Flag

if TYPE_CHECKING:
    from venus_analysis.calibrate.residual_result import BandResiduals
    from venus_analysis.calibrate.scene_picture import CutOut

Array = NDArray[np.float64]
Single = NDArray[np.float32]
EMPTY = np.empty(0, np.float32)


@dataclass(frozen=True, eq=False)
class PixelSample:
    """Radiance (W m-2 sr-1 um-1) of the pixels of the disk or the sky; never NaN.

    `values` are those of some lines and columns, evenly spaced, good pixels only;
    `pixels` is how many the class has in all. `mean`
    of the disk is that of all its pixels, `minimum` and `maximum` are the
    sample's. Dark residual, drift and ghosts are taken off; the halo stays.
    """

    values: Single = field(default_factory=lambda: EMPTY)
    pixels: int = 0
    mean: float = float("nan")

    @property
    def minimum(self) -> float:
        """Least value of the sample; NaN without any."""
        return float(self.values.min()) if self.values.size else float("nan")

    @property
    def maximum(self) -> float:
        """Greatest value of the sample; NaN without any."""
        return float(self.values.max()) if self.values.size else float("nan")


@dataclass(frozen=True)
class Ghost:
    """A ghost of another band: columns moved, factor of equalised counts and its uncertainty."""

    source_band: str
    shift_columns: float
    factor: float
    u_factor: float
    overlaps_disk: bool


@dataclass(frozen=True, eq=False)
class HaloProfile:
    """Mean radiance (W m-2 sr-1 um-1) of rings about the disk, above the far sky.

    `radius` in radii of the disk (1 is the limb), `fraction` of the band's light
    that the fitted halo holds.
    """

    radius: Array = field(default_factory=lambda: np.empty(0))
    radiance: Array = field(default_factory=lambda: np.empty(0))
    u_radiance: Array = field(default_factory=lambda: np.empty(0))
    fraction: float = float("nan")


@dataclass(frozen=True, eq=False)
class BandResult:
    """One band of a scene: its ledger row and what it rests on.

    Parameters
    ----------
    band, row, flags, reason
        Name, ledger row, its flags; `reason` says why nothing was measured.
    outline
        Of the disk, pixels of the scene; None where no Moon was measured.
    u_centre_px, u_beside_px
        Standard uncertainty of its centre (line, column); the same beside the
        reference band's centre, to which it was registered.
    aperture
        Radius that is summed, in radii of the disk.
    absolute_gain, oversampling, pixel_solid_angle_sr
        Ak and what else turns counts into irradiance.
    budget, sensitivity
        Relative uncertainties (k = 1) by term; relative change by aperture.
    rejected
        Pixels of the aperture that were replaced or are in doubt, by the name of
        `venus_analysis.flags.PixelFlag`.
    spikes
        (line, column) of spikes in the aperture, of the scene.
    bad_columns, suspect_columns
        Columns that the files name, and those that the images show.
    disk, sky
        Samples of pixels: within the outline, and beyond 1.1 radii.
    background, u_background
        Mean radiance taken off the disk, and its standard uncertainty.
    halo, ghosts
        Stray light.
    serials
        Serial of each type of parameter file.
    window
        Lines of the scene that were read.
    column_level, stray_level
        What was taken off besides the dark level of the files, equalised counts:
        each column's residual, and drift and ghosts in blocks.
    residuals
        CT1, CT2, noise and column patterns, where they were asked for.
    """

    band: str
    row: Row
    flags: Flag
    reason: str = ""
    outline: Outline | None = None
    u_centre_px: tuple[float, float] = (float("nan"), float("nan"))
    u_beside_px: tuple[float, float] = (float("nan"), float("nan"))
    aperture: float = 1.1
    absolute_gain: float = float("nan")
    oversampling: float = float("nan")
    pixel_solid_angle_sr: float = float("nan")
    budget: Mapping[str, float] = field(default_factory=dict)
    sensitivity: Mapping[str, float] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    spikes: tuple[NDArray[np.intp], NDArray[np.intp]] = field(
        default_factory=lambda: (np.empty(0, np.intp), np.empty(0, np.intp))
    )
    bad_columns: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    suspect_columns: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    disk: PixelSample = field(default_factory=PixelSample)
    sky: PixelSample = field(default_factory=PixelSample)
    background: float = float("nan")
    u_background: float = float("nan")
    halo: HaloProfile = field(default_factory=HaloProfile)
    ghosts: tuple[Ghost, ...] = ()
    serials: Mapping[str, str] = field(default_factory=dict)
    window: slice = field(default_factory=lambda: slice(0, 0))
    path: Path = Path()
    coefficients: BandCoefficients | None = field(default=None, repr=False)
    column_level: Array = field(default_factory=lambda: np.empty(0), repr=False)
    stray_level: BlockMap | None = field(default=None, repr=False)
    residuals: BandResiduals | None = field(default=None, repr=False)

    @property
    def measured(self) -> bool:
        """Whether the band has an irradiance."""
        return self.outline is not None and bool(np.isfinite(self.row["measured"]))

    def crop(self, reach: float = 1.15) -> tuple[Single, int, int]:
        """Radiance (line, column) about the disk at full resolution, and its first line and column.

        Reads the scene again; bad columns are interpolated, spikes are replaced, the
        columns' residual level, drift and ghosts are taken off: the pixels as
        they were summed. See `scene_picture.crop`.
        """
        from venus_analysis.calibrate.scene_picture import crop

        return crop(self, reach)

    def cut_out(self, size: int = 512, reach: float = 1.3) -> CutOut:
        """Picture of at most size x size blocks about the disk; reads the scene again."""
        from venus_analysis.calibrate.scene_picture import cut_out

        return cut_out(self, size, reach)


@dataclass(frozen=True, eq=False)
class SceneResult:
    """A calibrated scene: bands in the scene's order.

    `sun_direction_deg` is the direction of the Sun on the unit disk of all
    outlines, `reference_band` the band that the others were registered to
    (empty: no Moon in any).
    """

    path: Path
    acquisition_id: str
    simulated: bool
    reference_band: str
    sun_direction_deg: float
    bands: list[BandResult]

    @property
    def rows(self) -> list[Row]:
        """Ledger rows."""
        return [one.row for one in self.bands]

    def band(self, name: str) -> BandResult:
        """Return the result of a band.

        Raises
        ------
        KeyError
            No such band in the scene.
        """
        for one in self.bands:
            if one.band == name:
                return one
        raise KeyError(name)
