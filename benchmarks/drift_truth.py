"""Planted missions: the sensor's mean drift and the Ak of the next update, as a page gives them.

`python -m benchmarks.drift_truth [MISSIONS] [--decay YEARS]` simulates that many whole missions
(40) with three updates, some of them not applied, events that step and a loss that slows down, and
prints for each method and band the bias and the mean half interval of the drift, %/yr, how often
its 95 % interval holds the planted mean drift, and of the Ak that would restore the ratio the bias,
%, and the root mean square of error / u. About a second and a half a mission.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.events import Event
from venus_analysis.calibrate.drift.page import DriftPage, drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_rows import mission_rows
from venus_analysis.simulate.mission_settings import MissionSettings
from venus_analysis.simulate.mission_truth import gain_sets, relative_sensitivity

METHODS = ("moon", "desert", "sno")


def main(missions: int = 40, decay: float = 1.5) -> None:
    """Print the table."""
    print(f"{missions} SIMULATED missions, a loss over {decay:g} years")
    settings = (MissionSettings(seed, decay_years=decay) for seed in range(missions))
    found = pd.DataFrame(one for mission in settings for one in compared(mission))
    columns = {
        "bias": ("error", "mean"),
        "half": ("half", "mean"),
        "held": ("held", "mean"),
        "gain_bias": ("gain_error", "mean"),
        "gain_pull": ("pull", lambda one: np.sqrt((one**2).mean())),
    }
    for by in (["method", "band"], ["method"]):
        print("\n" + found.groupby(by, sort=False).agg(**columns).round(3).to_string())


def compared(settings: MissionSettings) -> Iterator[dict[str, object]]:
    """Give what pages of one mission say beside what was planted, by method and band."""
    rows = mission_rows(settings)
    events = [
        Event(
            np.datetime64(one.start, "s"), one.kind, one.label, bands=one.bands, breaks=one.breaks
        )
        for one in settings.events
    ]
    for method in METHODS:
        page = drift_page(rows, Selection(method), events=events)
        due = page.due.set_index("band")
        for one in page.sensor.to_dict("records"):
            drift, gain = planted(settings, page, one["band"])
            yield {
                "method": method,
                "band": one["band"],
                "error": 100.0 * (one["drift"] - drift),
                "half": 50.0 * (one["upper"] - one["lower"]),
                "held": one["lower"] <= drift <= one["upper"],
                "gain_error": 100.0 * (due["absolute_gain"][one["band"]] / gain - 1.0),
                "pull": (due["absolute_gain"][one["band"]] - gain)
                / due["u_absolute_gain"][one["band"]],
            }


def planted(settings: MissionSettings, page: DriftPage, band: str) -> tuple[float, float]:
    """Mean drift between first and last look, and the Ak that restores the first look's ratio.

    Counts that an update was not applied to keep the recorded Ak's fault.
    """
    looks = page.points[(page.points["band"] == band) & page.points["used"]]
    ends = looks["time"].to_numpy("datetime64[us]")[[0, -1]]
    k = BANDS.index(band)
    sensor = relative_sensitivity(settings, ends)[:, k]
    steps = [event.steps.get(band, 0.0) for event in settings.events
             if ends[0] <= np.datetime64(event.start) <= ends[1]]  # fmt: skip
    smooth = np.log(sensor[1] / sensor[0]) - np.log1p(steps).sum()
    sets = gain_sets(settings)
    number = sets.number_at(ends)
    fault = sets.official[number, k] / sets.applied[number, k]
    gain = sets.official[number[0], k] * sensor[1] / sensor[0] * fault[1] / fault[0]
    years = (ends[1] - ends[0]) / np.timedelta64(31557600, "s")
    return float(smooth / years), float(gain)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("missions", type=int, nargs="?", default=40)
    parser.add_argument("--decay", type=float, default=1.5, help="time constant planted, years")
    main(**vars(parser.parse_args()))
