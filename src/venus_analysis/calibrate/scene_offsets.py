"""Inter-band offsets of a scene into its ledger rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from venus_analysis.calibrate.scene_result import BandResult
from venus_analysis.compute.moon.interband import BandOffsets, band_offsets
from venus_analysis.compute.moon.registration import focal_plane_angle
from venus_analysis.flags import Flag

UNSURE = Flag.LIMB_UNCERTAIN | Flag.DISK_OUTSIDE_FRAME


def fill_offsets(bands: Sequence[BandResult], ifov_rad: float) -> None:
    """Fill in where each band's disk lies beside the focal plane; all bands are needed for it.

    A band whose limb is in doubt or cut off counts as absent.
    """
    sure = [one for one in bands if one.outline is not None and not one.flags & UNSURE]
    centres = [one.outline for one in sure if one.outline is not None]
    if not sure:
        return
    found = band_offsets(
        [focal_plane_angle(one.band) / ifov_rad for one in sure],
        [at.centre_line for at in centres],
        [at.centre_column for at in centres],
        [one.u_beside_px[0] for one in sure],
        [one.u_beside_px[1] for one in sure],
        math.fsum(at.oversampling for at in centres) / len(centres),
    )
    for name in (field.name for field in fields(BandOffsets)):
        column = "u_offset_" + name[2:] if name.startswith("u_") else "offset_" + name
        for one, value in zip(sure, np.asarray(getattr(found, name)).tolist(), strict=True):
            one.row[column] = value
