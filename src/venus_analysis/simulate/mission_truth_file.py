"""Truth of a simulated mission as a Dataset, for files, tests and figures."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.drift.verdicts import EFFECTIVE, NOT_EFFECTIVE
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_parameters import gain_headers
from venus_analysis.simulate.mission_settings import MissionSettings
from venus_analysis.simulate.mission_sites import desert_level, sno_level
from venus_analysis.simulate.mission_truth import (
    GainSets,
    drift_per_year,
    gain_sets,
    relative_sensitivity,
)

if TYPE_CHECKING:
    import xarray as xr

NO_CHANGE = "no change"


def planted_verdicts(gains: GainSets) -> NDArray[np.object_]:
    """Say what a decided verdict on each update must be, (update, band).

    ``effective`` where the processing applied the file's change, ``not
    effective`` where it did not, ``no change`` where the file changes nothing.

    Examples
    --------
    >>> planted_verdicts(gain_sets(MissionSettings()))[1, :3].tolist()
    ['not effective', 'effective', 'not effective']
    """
    right = np.isclose(gains.true_step, gains.expected_step, rtol=1e-6, atol=1e-12)
    verdicts = np.where(right, EFFECTIVE, NOT_EFFECTIVE).astype(object)
    verdicts[gains.official[:-1] == gains.official[1:]] = NO_CHANGE
    return verdicts


def mission_truth(settings: MissionSettings | None = None) -> xr.Dataset:
    """Give everything that is planted.

    Returns
    -------
    xarray.Dataset
        ``sensitivity`` and ``drift_per_year`` (time, band), every tenth day;
        ``absolute_gain`` and ``applied_gain`` (set, band); ``expected_step``,
        ``true_step``, ``applied_share``, ``verdict`` (update, band);
        ``event_step`` (event, band); ``moon_level`` (band), ``desert_level``
        (site, band), ``sno_level`` (reference, band). Steps and levels are
        relative; the settings stand in the attributes as JSON.

    Examples
    --------
    >>> truth = mission_truth()
    >>> dict(truth["expected_step"].sizes)
    {'update': 3, 'band': 12}
    """
    import xarray as xr

    settings = settings or MissionSettings()
    gains, updates, events = gain_sets(settings), settings.updates, settings.events
    stop = np.datetime64(settings.phases[-1].stop, "us")
    time = np.arange(settings.start, stop, np.timedelta64(10, "D"))
    references, sites = settings.sno.references, settings.desert.sites
    steps = [[event.steps.get(band, 0.0) for band in BANDS] for event in events]
    shares = [update.share for update in updates]
    verdicts = planted_verdicts(gains).astype(str).astype(object)
    levels = {
        "moon_level": ("band", 1.0 + np.array(settings.moon.level)),
        "desert_level": (("site", "band"), [desert_level(settings, one) for one in sites]),
        "sno_level": (("reference", "band"), [sno_level(settings, one) for one in references]),
    }
    return xr.Dataset(
        {
            "sensitivity": (("time", "band"), relative_sensitivity(settings, time)),
            "drift_per_year": (("time", "band"), drift_per_year(settings, time)),
            "absolute_gain": (("set", "band"), gains.official),
            "applied_gain": (("set", "band"), gains.applied),
            "expected_step": (("update", "band"), gains.expected_step),
            "true_step": (("update", "band"), gains.true_step),
            "applied_share": (("update", "band"), np.reshape(shares, gains.true_step.shape)),
            "verdict": (("update", "band"), verdicts),
            "event_step": (("event", "band"), np.reshape(steps, (len(events), len(BANDS)))),
            **levels,
        },
        coords={
            "band": list(BANDS),
            "time": time,
            "serial": ("set", [f"{head.name.serial:05d}" for head in gain_headers(settings)]),
            "set_start": ("set", gains.start),
            "update_time": ("update", gains.start[1:]),
            "event_time": ("event", np.array([one.start for one in events], "datetime64[us]")),
            "event_label": ("event", np.array([one.label for one in events], object)),
            "site": [one.site for one in sites],
            "reference": list(references),
        },
        attrs={
            "title": "SIMULATED mission: planted truth",
            "simulated": 1,
            "settings": json.dumps(asdict(settings)),
        },
    )
