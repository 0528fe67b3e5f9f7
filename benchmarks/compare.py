"""Planted missions: what the comparison of methods and phases gets back.

`python -m benchmarks.compare [MISSIONS [FIRST LAST]]` simulates that many whole missions (200)
with a step of 1.5 % between VM1 and VM5 in every band, and as many without, and
prints per band how often the joint step's 95 % interval holds the planted one, how
often a step is seen (99 %), how often method offsets are held at the reference
epoch, and the verdicts of single methods. About a second and a half a pair.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from venus_analysis.calibrate.compare.gather import series_by_band
from venus_analysis.compute.compare.mission_phases import NOT_ENOUGH, Phase, phase_step
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_rows import mission_rows
from venus_analysis.simulate.mission_settings import UPDATES, MissionSettings, PlantedEvent
from venus_analysis.simulate.mission_sites import (
    NOT_OVER_DESERT,
    SNO_BANDS,
    desert_level,
    sno_level,
)
from venus_analysis.simulate.mission_truth import relative_sensitivity

STEP = 0.015
VM1 = Phase("VM1", np.datetime64("2018-01-01"), np.datetime64("2020-10-31T23:59:59"))
VM5 = Phase("VM5", np.datetime64("2022-03-15"), np.datetime64("2024-07-31T23:59:59"))
SUSPECTS = [np.datetime64(one.start, "s") for one in UPDATES]
Counts = dict[str, dict[str, list[float]]]


def settings_of(seed: int, step: float, **changed: object) -> MissionSettings:
    """Mission with one step in every band, and updates that were all applied."""
    event = PlantedEvent("2022-03-01", "orbit", "raised", dict.fromkeys(BANDS, step), breaks=True)
    updates = tuple(replace(one, applied_share={}) for one in UPDATES)
    return replace(
        MissionSettings(seed=seed, events=(event,), updates=updates),
        **changed,  # type: ignore[arg-type]
    )


def tried(settings: MissionSettings, step: float) -> Iterator[tuple[str, str, float]]:
    """Give (band, what, 1 or 0, or a number) for one mission."""
    for band, series in series_by_band(mission_rows(settings)).items():
        found = phase_step(series, VM1, VM5, suspects=SUSPECTS, outlook=False)
        yield band, "false faults", float(len(found.faults) - _faults(settings, band))
        yield band, "step held", float(found.step.contains(step))
        yield band, "step seen", float(found.seen)
        yield band, "u step %", 100.0 * float(found.step.standard_uncertainty)
        joint, k = found.joint, BANDS.index(band)
        assert joint is not None
        last = np.datetime64("2024-07-01")
        truth = relative_sensitivity(settings, last)[k]
        yield band, "change held", float(joint.sensitivity(last).contains(truth)[0])
        assert joint.series[0].method == "moon"
        moon = 1.0 + settings.moon.level[k]
        for one in joint.series:
            if one.method != "moon":
                level = _level(settings, one.name, k)
                held = joint.difference(joint.series[0].name, one.name)
                yield band, f"{one.method} offset held", float(held.contains(moon / level - 1.0))
        for method in ("desert", "sno"):
            own = [one for one in series if one.method == method]
            alone = phase_step(own, VM1, VM5, label=method, outlook=False)
            yield band, f"{method} decided", float(alone.verdict != NOT_ENOUGH)


def _faults(settings: MissionSettings, band: str) -> int:
    return sum(one.applied_share.get(band, 1.0) != 1.0 for one in settings.updates)


def _level(settings: MissionSettings, name: str, k: int) -> float:
    for site in settings.desert.sites:
        if name.startswith(f"desert {site.site} "):
            return float(desert_level(settings, site)[k])
    return float(sno_level(settings, name.rsplit(" ", 1)[1])[k])


def gathered(missions: int, step: float, first_seed: int = 0, **changed: object) -> Counts:
    """Gather what `tried` gives, by what and band, over missions."""
    counts: Counts = defaultdict(lambda: defaultdict(list))
    for seed in range(first_seed, first_seed + missions):
        for band, what, value in tried(settings_of(seed, step, **changed), step):
            counts[what][band].append(value)
    return counts


def _print(title: str, counts: Counts) -> None:
    print(f"\n{title}\n{'':22}" + "".join(f"{band:>7}" for band in BANDS) + "    all")
    for what, bands in counts.items():
        cells = "".join(
            f"{np.mean(bands[band]):7.3f}" if band in bands else "      -" for band in BANDS
        )
        print(f"{what:22}{cells}{np.mean(np.concatenate(list(bands.values()))):7.3f}", flush=True)


def main(missions: int = 200, first: int = 0, last: int = 5) -> None:
    """Print the tables, or those from `first` to before `last`."""
    print(f"SIMULATED: {missions} missions each; shares of missions, or means")
    print(f"never decidable: desert {', '.join(NOT_OVER_DESERT)}; "
          f"sno {', '.join(sorted(set(BANDS) - set(SNO_BANDS)))}")  # fmt: skip
    few = max(missions // 5, 1)
    tables: list[tuple[str, int, float, dict[str, object]]] = [
        (f"step of {STEP:.1%} planted", missions, STEP, {}),
        ("no step planted", missions, 0.0, {}),
        *(
            (f"no step, loss over {y} years where 1.5 are assumed", few, 0.0, {"decay_years": y})
            for y in (1.0, 2.5)
        ),
        ("no step, updates not applied in B1, B2, B3", few, 0.0, {"updates": UPDATES}),
    ]
    for k, (title, number, step, changed) in list(enumerate(tables))[first:last]:
        counts = gathered(number, step, 10_000 * k, **changed)
        _print(f"{title}, {number} missions", counts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("missions", type=int, nargs="?", default=200)
    parser.add_argument("first", type=int, nargs="?", default=0, help="first table, from 0")
    parser.add_argument("last", type=int, nargs="?", default=5, help="table to end before")
    main(**vars(parser.parse_args()))
