"""A comparison of methods and phases as lines for a terminal."""

from __future__ import annotations

from typing import Any


def lines(found: dict[str, Any]) -> list[str]:
    """Comparison as lines for a terminal."""
    mark = "SIMULATED  " if found["simulated"] else ""
    names = f"{found['before']['name']} to {found['after']['name']}"
    head = f"{mark}Step of sensor sensitivity from {names}, % [95 %]; looks before + after"
    rows = [head]
    for band in found["bands"]:
        rows.append(f"{band['band']}:")
        for one in band["steps"]:
            text = "not enough data"
            if one["step"] is not None:
                text = f"{100 * one['step']:+.2f} [{100 * one['lower']:+.2f}, "
                text += f"{100 * one['upper']:+.2f}]  {one['verdict']}"
            looks = f"{one['looks'][0]} + {one['looks'][1]}"
            rows.append(f"  {one['estimate']:22}{text:44}{looks}")
        rows += [
            f"  {one['phase']} {one['method']}: mean ratio {one['mean_ratio']:.4f} "
            f"under PHGAIN {found['set']}"
            for one in band["phases"]
            if one["mean_ratio"] is not None
        ]
        rows += [
            f"  step at {one['time'][:10]}: {100 * one['step']['value']:+.2f}, {one['why']}"
            for one in band["breaks"]
        ]
        rows += [
            f"  first {one['number']} lunar looks, to {one['until'][:10]}: "
            f"{100 * one['departure']['value']:+.2f} [{100 * one['departure']['lower']:+.2f}, "
            f"{100 * one['departure']['upper']:+.2f}]  {one['verdict']}"
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
