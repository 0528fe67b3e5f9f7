"""Columns behind the figures of mission phases: plain dicts for Bokeh's data sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from venus_analysis.compute.compare.mission_phases import MET, NOT_ENOUGH, NOT_MET
from venus_analysis.plot.drift_columns import Columns
from venus_analysis.plot.style import name_of

ALL: Final = "all methods"
MARKS: Final = {MET: "✓", NOT_MET: "✗", NOT_ENOUGH: "?"}
Found = Mapping[str, Any]
"""A comparison as `calibrate.compare.comparison.compare_phases` gives it."""


def estimates_of(found: Found) -> tuple[str, ...]:
    """All methods together, then each that has rows in any band."""
    names = [one["estimate"] for band in found["bands"] for one in band["steps"]]
    return tuple(dict.fromkeys(one for one in names if not one.startswith("without ")))


def bands_of(found: Found) -> list[str]:
    """Bands compared, and after them those that are still to come."""
    return [*(band["band"] for band in found["bands"]), *found.get("to_come", ())]


def estimate_name(estimate: str) -> str:
    """Name of an estimate as it is written.

    Examples
    --------
    >>> estimate_name("all methods"), estimate_name("sno")
    ('All methods', 'SNO')
    """
    return "All methods" if estimate == ALL else name_of(estimate)


def step_columns(found: Found) -> dict[str, Columns]:
    """Step of each estimate in every band, percent with its 95 % interval.

    Returns
    -------
    dict
        Estimate to ``x`` (band, offset), ``band``, ``step``, ``lower``, ``upper``,
        ``text``, ``verdict``; bands without a number are left out.
    """
    names = estimates_of(found)
    columns: dict[str, Columns] = {}
    for place, name in enumerate(names):
        offset = 0.72 * (place + 0.5) / len(names) - 0.36
        own: Columns = {
            key: [] for key in ("x", "band", "step", "lower", "upper", "text", "verdict")
        }
        for band in found["bands"]:
            for one in band["steps"]:
                if one["estimate"] == name and one["step"] is not None:
                    own["x"].append((band["band"], offset))
                    own["band"].append(band["band"])
                    for key in ("step", "lower", "upper"):
                        own[key].append(100.0 * one[key])
                    own["text"].append(_step_text(one))
                    own["verdict"].append(one["verdict"])
        columns[name] = own
    return columns


def verdict_columns(found: Found) -> Columns:
    """Verdict of the joint step of each band: ``band``, ``verdict``, ``mark``, ``text``.

    ``within`` names the phases that hold a further step, which is fitted and kept apart.
    """
    columns: Columns = {"band": [], "verdict": [], "mark": [], "text": [], "within": []}
    for band in found["bands"]:
        joint = next(one for one in band["steps"] if one["estimate"] == ALL)
        columns["band"].append(band["band"])
        columns["verdict"].append(joint["verdict"])
        columns["mark"].append(MARKS[joint["verdict"]])
        columns["text"].append(joint["sentence"])
        unclean = dict.fromkeys(one["phase"] for one in band["phases"] if not one["clean"])
        columns["within"].append(f"+ {', '.join(unclean)}" if unclean else "")
    return columns


def drift_columns(found: Found) -> dict[str, dict[str, Columns]]:
    """Drift of the sensitivity in each phase by method, percent per year.

    Returns
    -------
    dict
        Method to ``before`` and ``after``: ``x`` (band, offset), ``band``, ``drift``,
        ``lower``, ``upper`` (95 %), ``text``; and ``both``: ``xs``, ``ys`` that join them.
    """
    methods = [name for name in estimates_of(found) if name != ALL]
    return {
        method: _drifts(found, method, 0.8 * (place + 0.5) / len(methods) - 0.4)
        for place, method in enumerate(methods)
    }


def _drifts(found: Found, method: str, offset: float) -> dict[str, Columns]:
    names = [found[key]["name"] for key in ("before", "after")]
    keys = ("x", "band", "drift", "lower", "upper", "text")
    columns: dict[str, Columns] = {
        "before": {key: [] for key in keys},
        "after": {key: [] for key in keys},
        "both": {"xs": [], "ys": []},
    }
    for band in found["bands"]:
        ends = []
        for key, name, shift in zip(("before", "after"), names, (-0.05, 0.05), strict=True):
            own = [
                one
                for one in band["phases"]
                if (one["method"], one["phase"]) == (method, name)
                and one["drift_per_year"]["value"] is not None
            ]
            for one in own[:1]:
                drift = one["drift_per_year"]
                x = (band["band"], offset + shift)
                columns[key]["x"].append(x)
                columns[key]["band"].append(band["band"])
                columns[key]["drift"].append(100.0 * drift["value"])
                columns[key]["lower"].append(100.0 * drift["lower"])
                columns[key]["upper"].append(100.0 * drift["upper"])
                columns[key]["text"].append(_drift_text(name, one))
                ends.append((x, 100.0 * drift["value"]))
        if len(ends) == 2:
            columns["both"]["xs"].append([x for x, _ in ends])
            columns["both"]["ys"].append([y for _, y in ends])
    return columns


def _step_text(one: Mapping[str, Any]) -> str:
    ends = f"[{100 * one['lower']:+.2f}, {100 * one['upper']:+.2f}]"
    before, after = one["looks"]
    return f"{100 * one['step']:+.2f} % {ends}, {one['verdict']}, looks {before} + {after}"


def _drift_text(phase: str, one: Mapping[str, Any]) -> str:
    drift = one["drift_per_year"]
    ends = f"[{100 * drift['lower']:+.2f}, {100 * drift['upper']:+.2f}]"
    scatter = "" if one["scatter"] is None else f", scatter {100 * one['scatter']:.2f} %"
    return f"{phase}: {100 * drift['value']:+.2f} %/yr {ends}, {one['looks']} looks{scatter}"
