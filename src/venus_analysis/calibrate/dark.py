"""Dark level watched on the deep sky of a Moon scene, and a proposal for the next file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.calibrate.scene_inputs import parameters_of
from venus_analysis.collect.scene import open_scene, read_counts
from venus_analysis.compute.dark import (
    DEFAULT_DARK_OPTIONS,
    DarkOptions,
    ResidualDark,
    residual_dark,
)
from venus_analysis.compute.dark_proposal import ProposedDark, proposed_dark
from venus_analysis.compute.moon.detect import find_region
from venus_analysis.errors import InputError
from venus_analysis.parameters.names import TRI_DETECTORS, band_name

Array = NDArray[np.float64]
HALO_MARGIN = 0.5


@dataclass(frozen=True, eq=False)
class DarkMonitor:
    """Dark level of one band in one scene: in use, found, proposed; counts.

    `dark` and `proposal` hold all columns of the parameter file, `residual` those
    of the scene (`columns`); `sky_lines` counts the lines that were used.
    """

    acquisition_id: str
    time: np.datetime64
    band: str
    tdi: int
    serial: str
    simulated: bool
    dark: Array
    columns: slice
    sky_lines: int
    residual: ResidualDark
    proposal: ProposedDark


def monitor_dark(
    path: str | Path,
    parameters: str | Path,
    band: str,
    *,
    options: DarkOptions = DEFAULT_DARK_OPTIONS,
    significance: float = 0.0,
) -> DarkMonitor:
    """Compare the dark level in force with the deep sky of a Moon scene.

    Left out are all lines that the Moon touches in this band, with half its
    height more on each side for its halo, and the same lines of the other bands
    of the tri-detector, whose ghosts lie there.

    Parameters
    ----------
    path
        Scene, see `venus_analysis.collect.scene.open_scene`.
    parameters
        Folder of parameter files with a DARKCU in force for the band.
    band
        Band to look at.
    options
        How the residual is estimated.
    significance
        Columns keep their level whose residual is below this many standard
        uncertainties.

    Returns
    -------
    DarkMonitor

    Raises
    ------
    InputError
        No such band, no DARKCU in force, or no sky left.
    """
    band = band_name(band)
    scene = open_scene(path)
    if band not in scene["band"].values:
        present = ", ".join(map(str, scene["band"].values))
        raise InputError(f"{path}: band", band, present, "choose one of these")
    time = scene["time"].values[scene.sizes["line"] // 2]
    chosen = parameters_of(scene, parameters)
    table = chosen.to_dataset()
    whole = table["dark"].sel(band=band).to_numpy()
    if not np.isfinite(whole).any():
        raise InputError(
            parameters, f"a DARKCU file of {band} in force at {time}", "none", "add the file"
        )
    columns = slice(int(scene["column"][0]), int(scene["column"][-1]) + 1)
    counts = read_counts(scene, band)
    sky = ~_moonlit_lines(scene, table, band)
    if not sky.any():
        raise InputError(
            path, "lines of deep sky", "the Moon or ghosts in all", "use another scene"
        )
    defect = table["defect"].sel(band=band).to_numpy()[columns] != 0
    exclude = ~sky[:, None] | defect[None, :]
    found = residual_dark(counts, whole[columns], exclude, options)
    part = proposed_dark(
        whole[columns], found.residual, found.u_residual, significance=significance
    )
    return DarkMonitor(
        acquisition_id=str(scene.attrs["acquisition_id"]),
        time=time,
        band=band,
        tdi=chosen.tdi[band],
        serial=f"{chosen.answers['DARKCU', band].file.name.serial:05d}",
        simulated=bool(scene.attrs.get("simulated", 0)),
        dark=whole,
        columns=columns,
        sky_lines=int(sky.sum()),
        residual=found,
        proposal=_over_all_columns(whole, columns, part),
    )


def _moonlit_lines(scene: xr.Dataset, table: xr.Dataset, band: str) -> NDArray[np.bool_]:
    """Lines that the Moon, its halo or a ghost of the same tri-detector may light."""
    lit = np.zeros(scene.sizes["line"], bool)
    (detector,) = (bands for bands in TRI_DETECTORS.values() if band in bands)
    for one in detector:
        if one not in scene["band"].values:
            continue
        columns = slice(int(scene["column"][0]), int(scene["column"][-1]) + 1)
        dark = table["dark"].sel(band=one).to_numpy()[columns].astype(np.float32)
        counts, known = read_counts(scene, one), np.isfinite(dark)
        # without a DARKCU of the band its columns' own level serves, which is mostly sky
        level = (
            np.where(known, dark, dark[known].mean()) if known.any() else np.median(counts, axis=0)
        )
        signal: Array = np.subtract(counts, level, dtype=np.float32)
        signal[:, table["defect"].sel(band=one).to_numpy()[columns] != 0] = np.nan
        lines = find_region(signal).lines
        margin = round(HALO_MARGIN * (lines.stop - lines.start))
        lit[max(lines.start - margin, 0) : lines.stop + margin] = True
    return lit


def _over_all_columns(whole: Array, columns: slice, part: ProposedDark) -> ProposedDark:
    dark = whole.copy()
    dark[columns] = part.dark
    changed, clipped = np.zeros(whole.size, bool), np.zeros(whole.size, bool)
    changed[columns], clipped[columns] = part.changed, part.clipped
    return ProposedDark(dark, changed, clipped)
