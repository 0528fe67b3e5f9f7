"""Methods and mission phases in words and tables, for pages and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from venus_analysis.calibrate.compare.method_fits import JOINT, MethodFits
from venus_analysis.compute.compare.methods import Agreement
from venus_analysis.compute.compare.mission_phases import MET, NOT_ENOUGH, NOT_MET
from venus_analysis.compute.drift.estimate import Interval
from venus_analysis.plot.style import name_of
from venus_analysis.report.acceptance import KINDS, MARKS
from venus_analysis.report.tables import Cell, render, table
from venus_analysis.report.wording import day, interval, number, percent, plural, typeset

Line = tuple[tuple[str, str], ...]


def methods_line(fits: MethodFits) -> Line:
    """Pieces (kind, text) of the sentence on one band: who agrees with whom."""
    known = [one for one in fits.agreement if one.agree is not None]
    names = " and ".join(map(name_of, fits.methods))
    pieces = [("", f"{fits.band}: ")]
    if not known:
        text = f"only {names} sees it" if len(fits.methods) == 1 else f"{names} cannot be compared"
        return (*pieces, ("none", f"{text}; nothing to compare."))
    worst = max(known, key=lambda one: abs(one.en))
    apart = [one for one in known if not one.agree]
    if not apart:
        text = f"✓ {plural(len(fits.methods), 'method')} agree in slope and steps"
        return (*pieces, ("good", text), ("", f", largest |En| {number(abs(worst.en), 2)}."))
    told = "; ".join(_apart(one) for one in apart[:2])
    return (*pieces, ("bad", "≠ methods differ: "), ("", f"{told}."))


def methods_headline(fits: MethodFits, notes: Sequence[str] = (), theme: str = "light") -> str:
    """HTML of `methods_line` with what was compared."""
    looks = ", ".join(
        f"{name_of(method)} {one.noise[method].looks}" for method, one in fits.alone.items()
    )
    facts = (
        f"Looks (months over sites): {looks} · methods made equal on {day(fits.epoch)}; levels "
        f"differ by design; months with |En| > 1 are filled. {' '.join(notes)}"
    )
    return render("headline.html.j2", lines=[methods_line(fits)], facts=facts, theme=theme)


def method_table(fits: MethodFits, theme: str = "light") -> str:
    """Table of one band: level, slope and steps of each method and of all together."""
    steps = sorted(fits.joint.trend.step_times)
    rows: list[list[Cell | str]] = []
    for method in (*fits.methods, JOINT):
        joint = method == JOINT
        one = fits.joint if joint else fits.alone[method]
        level = None if joint else fits.level(method, fits.epoch)
        rows.append(
            [
                "All methods" if joint else name_of(method),
                Cell("" if level is None else _level(level), "number"),
                Cell(_percent_interval(fits.slope(method)), "number"),
                *(Cell(_percent_interval(one.step(time)), "number") for time in steps),
                Cell(str(sum(noise.looks for noise in one.noise.values())), "number"),
            ]
        )
    return table(
        ["method", f"ratio on {day(fits.epoch)}", "slope per year [95 %]",
         *(f"step {day(time)} [95 %]" for time in steps), "looks"],
        rows,
        caption=(
            f"{fits.band}: ratio measured / modelled under the Ak of that day ± U (k = 2), slope "
            "without steps, steps of the sensitivity; looks over sites are monthly medians"
        ),
        theme=theme,
    )  # fmt: skip


def agreement_table(fits: MethodFits, theme: str = "light") -> str:
    """Table of one band: differences of the methods two by two, with En."""
    rows: list[list[Cell | str]] = [
        [
            f"{name_of(one.first)} − {name_of(one.second)}",
            one.quantity,
            Cell(f"{percent(one.difference)} ± {percent(2.0 * one.u, sign=False)}", "number"),
            Cell(number(one.en, 2, sign=True), "number"),
            _agree(one),
        ]
        for one in fits.agreement
    ]
    return table(
        ["methods", "of what", "difference ± U (k = 2)", "En", "verdict"],
        rows,
        caption=f"{fits.band}: methods agree where |En| ≤ 1",
        theme=theme,
        empty="Only one method sees this band: nothing to compare.",
    )


def phases_line(found: Mapping[str, Any], criterion: float = 0.01) -> Line:
    """Pieces (kind, text) of the sentence on all bands: where the criterion is met."""
    joint = {band["band"]: band["steps"][0]["verdict"] for band in found["bands"]}
    names = f"{found['before']['name']} → {found['after']['name']}"
    pieces = [("", f"{names}, step within {percent(criterion, 1, sign=False)}: ")]
    for verdict in (MET, NOT_MET, NOT_ENOUGH):
        bands = [band for band, word in joint.items() if word == verdict]
        if bands:
            which = plural(len(bands), "band") if verdict == MET else ", ".join(bands)
            pieces.append((KINDS[verdict], f"{MARKS[verdict]} {verdict} in {which}"))
            pieces.append(("", "   "))
    return tuple(pieces)


def phases_headline(
    found: Mapping[str, Any], notes: Sequence[str] = (), theme: str = "light"
) -> str:
    """HTML of `phases_line` with the dates of the phases."""
    spans = "; ".join(
        f"{one['name']} {one['start'][:10]} to {one['stop'][:10]}"
        for one in (found["before"], found["after"])
    )
    facts = f"Looks of {spans} · step of the sensitivity in the middle of the gap, all methods"
    facts = f"{facts} together. {' '.join(notes)}"
    to_come = len(found.get("to_come", ()))
    if to_come:
        facts = f"Comparing {plural(to_come, 'more band')} … {facts}"
    return render("headline.html.j2", lines=[phases_line(found)], facts=facts, theme=theme)


def phase_step_table(found: Mapping[str, Any], theme: str = "light") -> str:
    """Table of the steps: bands by estimates, with the joint verdict in words."""
    names = list(dict.fromkeys(one["estimate"] for b in found["bands"] for one in b["steps"]))
    rows = []
    for band in found["bands"]:
        own = {one["estimate"]: one for one in band["steps"]}
        joint = own["all methods"]
        verdict = Cell(f"{MARKS[joint['verdict']]} {joint['verdict']}", KINDS[joint["verdict"]])
        cells = [_step_cell(own.get(name)) for name in names]
        rows.append([band["band"], verdict, *cells, Cell(typeset(joint["sentence"]))])
    return table(
        ["band", "verdict", *(_estimate(name) for name in names), "in words"],
        rows,
        caption=(
            f"Step of the sensitivity from {found['before']['name']} to {found['after']['name']}, "
            "% with U at 95 %; the verdict is that of all methods together"
        ),
        theme=theme,
    )


def _apart(one: Agreement) -> str:
    gap = f"{percent(one.difference)} (En {number(one.en, 2, sign=True)})"
    return f"{name_of(one.first)} − {name_of(one.second)} {one.quantity} {gap}"


def _agree(one: Agreement) -> Cell:
    if one.agree is None:
        return Cell("not determined", "none")
    return Cell("✓ agree", "good") if one.agree else Cell("≠ differ", "bad")


def _step_cell(one: Mapping[str, Any] | None) -> Cell:
    if one is None or one["step"] is None:
        return Cell("–", "number")
    reach = 0.5 * (one["upper"] - one["lower"])
    before, after = one["looks"]
    text = f"{number(100 * one['step'], 2, sign=True)} ± {number(100 * reach, 2)}"
    return Cell(text, "number", f"{before} + {after} looks")


def _estimate(name: str) -> str:
    if name == "all methods":
        return "all methods"
    return f"without {name_of(name[8:])}" if name.startswith("without ") else name_of(name)


def _level(one: Interval) -> str:
    value, u = float(one.value), float(one.standard_uncertainty)
    return f"{number(value, 4)} ± {number(2.0 * u, 4)}" if np.isfinite(value) else "–"


def _percent_interval(one: Interval) -> str:
    return interval(float(one.value), float(one.lower), float(one.upper))
