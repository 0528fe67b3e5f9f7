"""Statistics of a calibrated scene's bands, as the statistics file holds them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row
from venus_analysis.calibrate.scene_result import BandResult, PixelSample
from venus_analysis.compute.sample_statistics import SampleStatistics, sample_statistics
from venus_analysis.errors import VenusAnalysisError
from venus_analysis.statistics import statistics_row

if TYPE_CHECKING:
    from venus_analysis.compute.moon.mtf import LimbMtf


def band_statistics(
    band: BandResult, row: Row, sun_direction_deg: float, *, mtf: bool = False
) -> Row:
    """Join a band's ledger row and what its measurement rests on.

    Parameters
    ----------
    band
        Of `venus_analysis.calibrate.scene.calibrate_scene`.
    row
        Its ledger row as it is kept.
    sun_direction_deg
        Direction of the Sun on the unit disk.
    mtf
        Measure MTF and point spread as well; the region around the limb is read
        again.

    Returns
    -------
    dict
        Row of the statistics file; NaN where nothing was measured.
    """
    if not band.measured:
        return statistics_row(row)
    return statistics_row(
        row,
        disk=_statistics(band.disk),
        sky=_statistics(band.sky),
        rejected=band.rejected,
        outline=band.outline,
        sun_direction_deg=sun_direction_deg,
        background=band.background,
        u_background=band.u_background,
        halo_fraction=band.halo.fraction,
        ghosts=band.ghosts,
        budget=band.budget,
        mtf=band_mtf(band, sun_direction_deg) if mtf else None,
        profiles=band.residuals.profiles() if band.residuals else None,
    )


def band_mtf(band: BandResult, sun_direction_deg: float) -> LimbMtf | None:
    """MTF and point spread of a band by the lunar limb; None where the limb cannot give them.

    Parameters
    ----------
    band, sun_direction_deg
        As in `band_statistics`. Pixels that were replaced are left out.
    """
    from venus_analysis.compute.moon.mtf import limb_mtf

    if band.outline is None:
        return None
    try:
        radiance, line, column = band.crop()
        outline = replace(
            band.outline,
            centre_line=band.outline.centre_line - line,
            centre_column=band.outline.centre_column - column,
        )
        return limb_mtf(
            _without_replaced(radiance, band, line, column),
            outline,
            sun_direction_deg,
            phase_angle_deg=band.row["phase_angle_deg"],
        )
    except VenusAnalysisError:
        return None


def _without_replaced(
    radiance: NDArray[np.float32], band: BandResult, line: int, column: int
) -> NDArray[np.float32]:
    bad = np.concatenate([band.bad_columns, band.suspect_columns]) - column
    radiance[:, bad[(bad >= 0) & (bad < radiance.shape[1])]] = np.nan
    i, j = band.spikes[0] - line, band.spikes[1] - column
    here = (i >= 0) & (i < radiance.shape[0]) & (j >= 0) & (j < radiance.shape[1])
    radiance[i[here], j[here]] = np.nan
    return radiance


def _statistics(sample: PixelSample) -> SampleStatistics:
    mean = sample.mean if np.isfinite(sample.mean) else None
    return sample_statistics(sample.values, pixels=sample.pixels, mean=mean)
