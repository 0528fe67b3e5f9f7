"""What a simulated mission's looks at the Moon say of the image: ledger and statistics columns."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from venus_analysis.instrument import tri_detector_mates
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_settings import MissionSettings
from venus_analysis.simulate.mission_truth import Dates, Floats, random_numbers

OFFSET_SPREAD_PX: Final = 4.0
# How much fainter the second ghost of a band is, and as much better known.
SECOND_GHOST: Final = 4.0
COLUMNS: Final = {
    "signal_to_noise": "signal_to_noise_median",
    "ct1": "ct1_fraction",
    "ct2": "ct2_1_factor",
    "fixed_pattern": "column_pattern_disk",
    "offset_along": "offset_along_px",
    "offset_across": "offset_across_px",
}
STATISTICS_COLUMNS: Final = {
    "mtf_across": "mtf_nyquist_across",
    "mtf_along": "mtf_nyquist_along",
}


def image_columns(settings: MissionSettings, time: Dates) -> dict[str, Any]:
    """Columns of the ledger, (look, band) each.

    Examples
    --------
    >>> found = image_columns(MissionSettings(), np.array(["2018-02-01"], "datetime64[us]"))
    >>> found["ct1_fraction"].shape, found["ct2_1_source"][0, 0]
    ((1, 12), 'B2')
    """
    found: dict[str, Any] = _named(settings, time, COLUMNS)
    second = _drawn(settings, time, "ct2", "second ghost")
    found |= {
        "ct2_2_factor": second / SECOND_GHOST,
        "u_ct2_2_factor": found["u_ct2_1_factor"] / SECOND_GHOST,
    }
    mates = np.array([tri_detector_mates(band) for band in BANDS], object)
    for number in (1, 2):
        source = np.broadcast_to(mates[:, number - 1], (len(time), len(BANDS)))
        found[f"ct2_{number}_source"] = source
    found["signal_to_noise_bright"] = 1.3 * found["signal_to_noise_median"]
    return found


def sharpness_columns(settings: MissionSettings, time: Dates) -> dict[str, Floats]:
    """Columns of the statistics file, (look, band) each.

    Examples
    --------
    >>> sorted(sharpness_columns(MissionSettings(), np.array(["2018-02-01"], "datetime64[us]")))[0]
    'mtf_nyquist_across'
    """
    return _named(settings, time, STATISTICS_COLUMNS)


def _named(settings: MissionSettings, time: Dates, names: dict[str, str]) -> dict[str, Floats]:
    found = {column: _drawn(settings, time, name) for name, column in names.items()}
    shape = (len(time), len(BANDS))
    return found | {
        f"u_{column}": np.full(shape, settings.image.scatter[name])
        for name, column in names.items()
        if not name.startswith("signal_to_noise")
    }


def _drawn(settings: MissionSettings, time: Dates, name: str, purpose: str = "") -> Floats:
    image = settings.image
    later = time >= np.datetime64(settings.phases[1].start) if len(settings.phases) > 1 else False
    changed = [not image.bands or band in image.bands for band in BANDS]
    level = np.full(len(BANDS), image.level[name])
    if name.startswith("offset"):
        own = random_numbers(settings, "focal plane", name)
        level = level + OFFSET_SPREAD_PX * own.standard_normal(len(BANDS))
    change = image.change.get(name, 0.0) * np.outer(np.broadcast_to(later, len(time)), changed)
    random = random_numbers(settings, "image", name, purpose)
    noise = image.scatter[name] * random.standard_normal((len(time), len(BANDS)))
    return np.asarray(level + change + noise)
