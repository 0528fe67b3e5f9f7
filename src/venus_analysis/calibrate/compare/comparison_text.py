"""A comparison of methods and phases as lines for a terminal."""

from __future__ import annotations

from typing import Any, Final

_ENDS: Final = ("value", "lower", "upper")


def lines(found: dict[str, Any]) -> list[str]:
    """Comparison as lines for a terminal."""
    mark = "SIMULATED  " if found["simulated"] else ""
    names = f"{found['before']['name']} to {found['after']['name']}"
    head = f"{mark}Step of sensor sensitivity from {names}, % [95 %]; looks before + after"
    rows = [head]
    for band in found["bands"]:
        rows.append(f"{band['band']}:")
        for one in band["steps"]:
            text = _percent(one["step"], one["lower"], one["upper"])
            text = f"{text}  {one['verdict']}" if text else "not enough data"
            looks = f"{one['looks'][0]} + {one['looks'][1]}"
            rows.append(f"  {one['estimate']:22}{text:44}{looks}")
        rows += [
            f"  {one['phase']} {one['method']}: mean ratio {one['mean_ratio']:.4f} "
            f"under PHGAIN {found['set']}"
            for one in band["phases"]
            if one["mean_ratio"] is not None
        ]
        rows += [
            f"  step at {one['time'][:10]}: {_percent(one['step']['value']) or 'not told apart'}, "
            f"{one['why']}"
            for one in band["breaks"]
        ]
        rows += [
            f"  first {one['number']} lunar looks, to {one['until'][:10]}: "
            f"{_percent(*(one['departure'][key] for key in _ENDS))}  {one['verdict']}"
            for one in band.get("first_looks", ())
        ]
        rows += [
            f"  DISAGREE: {one['first']} and {one['second']} in {one['quantity']}, "
            f"En {one['en']:+.1f}"
            for one in band["agreement"]
            if one["agree"] is False
        ]
    leaving = [one["band"] for one in found["spectrum"] if one["leaves"]]
    rows.append(f"Bands that leave their neighbours: {', '.join(leaving) or 'none'}")
    rows += found["notes"]
    rows += [
        f"{one['quantity']}: {one['before']:.5g} to {one['after']:.5g} {one['unit']} "
        f"({100 * one['relative']:+.2f} %)"
        for one in found["changes"]["geometry"]
    ]
    return rows


def _percent(value: float | None, *ends: float | None) -> str:
    """Give a relative number, and its interval, in percent; nothing where looks do not tell it."""
    texts = [f"{100.0 * one:+.2f}" for one in (value, *ends) if one is not None]
    if len(texts) <= len(ends):
        return ""
    return texts[0] + (f" [{', '.join(texts[1:])}]" if ends else "")
