"""What to simulate of the camera: blur, stray light, columns and noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PsfKernel = Literal["gaussian", "exponential"]
HaloKernel = Literal["gaussian", "exponential", "power-law"]


@dataclass(frozen=True)
class Ghost:
    """A planted ghost: `factor` times the source band's radiance, at the source's own lines.

    The ghost's column is the source's column + `shift_columns`.

    Examples
    --------
    >>> Ghost("B3", "B4", 0.003, -1500).source_band
    'B4'
    """

    band: str
    source_band: str
    factor: float
    shift_columns: int


@dataclass(frozen=True)
class Optics:
    """Blur, halo and ghosts.

    Parameters
    ----------
    psf_kernel
        ``gaussian``, or ``exponential`` for one with wide wings,
        exp(-r/s)-shaped with the same standard deviation in each axis.
    psf_sigma_along_px, psf_sigma_across_px
        Standard deviation along the scan (lines) and across it (columns),
        without the pixel and without the box.
    scan_box_px
        Width of a box along the lines, the detector's height, in lines; None
        takes one IFOV, which is `oversampling` lines. The step of one line and
        the width of one column are in the picture besides.
    halo_fraction
        Share of a band's light that is in the halo (type-1 stray light).
    halo_scale_px
        Its radial scale s in IFOV of the full-size camera.
    halo_kernel
        ``exponential`` exp(-r/s)/(2πs²), ``gaussian`` exp(-r²/2s²)/(2πs²) or
        ``power-law`` s/(2π(r² + s²)^1.5). Circular on the sky.
    ghost_factors
        Range that ghost factors are drawn from (type-2 stray light); both other
        bands of a tri-detector ghost into each band.
    ghost_overlaps
        Bands in which one ghost is to overlap the band's own disk.
    ghost_sigma_px
        Gaussian blur of a ghost, pixels both ways.
    ghosts
        These and no others; None draws them.

    Examples
    --------
    >>> Optics(halo_fraction=0.0, ghosts=()).psf_kernel
    'gaussian'
    """

    psf_kernel: PsfKernel = "gaussian"
    psf_sigma_along_px: float = 0.7
    psf_sigma_across_px: float = 0.6
    scan_box_px: float | None = None
    halo_fraction: float = 0.012
    halo_scale_px: float = 100.0
    halo_kernel: HaloKernel = "exponential"
    ghost_factors: tuple[float, float] = (0.002, 0.004)
    ghost_overlaps: tuple[str, ...] = ("B3", "B10")
    ghost_sigma_px: float = 1.5
    ghosts: tuple[Ghost, ...] | None = None


@dataclass(frozen=True)
class Detector:
    """Dark level, equalisation, patterns, defects, noise; all spreads are one sigma.

    Parameters
    ----------
    dark_counts
        Mean dark level of the left and of the right half.
    dark_spread_counts
        Spread of the columns' dark levels.
    dark_error_counts
        Spread of the DARKCU file's error, per column.
    dark_drift_counts
        Rise of the dark level from the first to the last line, equalised counts.
    equalisation_spread, break_level_counts
        Spread of the first slope (the second follows it within a quarter of
        that) and the mean break level; RELSEN holds them exactly.
    column_residual, row_residual
        Relative patterns in light that no parameter knows.
    dead_columns, noisy_columns, saturated_columns
        Defective columns a band, listed in OUTORD; dead ones read 0, saturated
        ones 1023, noisy ones carry 20 times the noise A.
    unlisted_columns
        Noisy columns a band that OUTORD does not list.
    cosmic_hits_per_megapixel
        Short bright tracks.
    noise_a, noise_b
        Variance A² + B * signal, counts; NOISMO holds them.

    Examples
    --------
    >>> Detector(dead_columns=0).noise_a
    0.6
    """

    dark_counts: tuple[float, float] = (60.0, 64.0)
    dark_spread_counts: float = 1.0
    dark_error_counts: float = 0.2
    dark_drift_counts: float = 0.2
    equalisation_spread: float = 0.02
    break_level_counts: float = 60.0
    column_residual: float = 0.0015
    row_residual: float = 0.001
    dead_columns: int = 3
    noisy_columns: int = 1
    saturated_columns: int = 1
    unlisted_columns: int = 0
    cosmic_hits_per_megapixel: float = 0.0
    noise_a: float = 0.6
    noise_b: float = 0.015
