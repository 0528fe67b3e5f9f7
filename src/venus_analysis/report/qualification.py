"""Sheet of a qualification for the configuration board: one HTML page, with CSV and JSON beside."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from venus_analysis.calibrate.qualification.judge import (
    FAILED,
    PASSED,
    BandVerdict,
    Qualification,
)
from venus_analysis.report.numbers import plain
from venus_analysis.report.sheet import write_sheet
from venus_analysis.report.tables import Cell, render, table
from venus_analysis.report.wording import plural

KINDS: Final = {PASSED: "good", FAILED: "bad"}
MARKS: Final = {PASSED: "✓", FAILED: "✗"}
MOST: Final = 200


def qualification_document(found: Qualification) -> dict[str, Any]:
    """Everything of a qualification as plain values; NaN and infinite ones are None."""
    return {
        "passed": found.passed,
        "simulated": found.simulated,
        "looks": found.looks,
        "frozen": {
            "when": found.frozen.when, "who": found.frozen.who, "reason": found.frozen.reason,
            "versions": dict(found.frozen.versions),
        },
        "versions": dict(found.versions),
        "changed": [
            {"what": what, "then": then, "now": now} for what, then, now in found.changed
        ],
        "problems": list(found.problems),
        "verdicts": [
            {name: plain(value) for name, value in asdict(one).items()}
            for one in found.verdicts
        ],
    }  # fmt: skip


def write_qualification(found: Qualification, folder: str | Path) -> dict[str, Path]:
    """Write ``qualification.html``, ``.csv`` and ``.json`` into a folder."""
    return write_sheet(
        folder,
        "qualification",
        qualification_html(found),
        qualification_document(found),
        list(BandVerdict.__dataclass_fields__),
        {"frozen": found.frozen.when},
    )


def qualification_headline(found: Qualification) -> str:
    """One sentence on the outcome."""
    failed = [one for one in found.verdicts if one.verdict == FAILED]
    if found.passed:
        bands = plural(len({one.band for one in found.verdicts}), "band")
        exactly = all(one.change == 0.0 for one in found.verdicts)
        how = "to the last digit" if exactly else "within tolerance"
        return f"Passed: {plural(found.looks, 'row')} in {bands} come back {how}."
    parts = []
    if failed:
        columns = ", ".join(dict.fromkeys(one.column for one in failed))
        bands = ", ".join(dict.fromkeys(one.band for one in failed))
        parts.append(f"{columns} beyond tolerance in {bands}")
    if found.problems:
        parts.append(plural(len(found.problems), "problem"))
    return f"Not passed: {'; '.join(parts)}."


def qualification_html(found: Qualification) -> str:
    """Sheet as one HTML page."""
    frozen = found.frozen
    facts = [f"Frozen {frozen.when[:10]} by {frozen.who}: {frozen.reason}."]
    if not found.changed:
        facts.append("Nothing changed since: the same software, libraries, parameters and inputs.")
    return render(
        "sheet.html.j2",
        title="Qualification of a reference set",
        simulated=found.simulated,
        headline=qualification_headline(found),
        headline_kind="good" if found.passed else "bad",
        facts=facts,
        parts=[
            {"name": "Largest change by band", "html": _matrix(found)},
            {"name": "Problems", "html": _problems(found)},
            {"name": "What changed", "html": _changed(found)},
            {"name": "Software on both sides", "html": _versions(found)},
        ],
    )


def _matrix(found: Qualification) -> str:
    bands = list(dict.fromkeys(one.band for one in found.verdicts))
    by = {(one.method, one.column, one.band): one for one in found.verdicts}
    lines = dict.fromkeys((one.method, one.column) for one in found.verdicts)
    rows: list[list[Cell | str]] = [
        [f"{method}: {name}", *(_cell(by.get((method, name, band))) for band in bands)]
        for method, name in lines
    ]
    caption = "✓ passed   ✗ failed; largest change over the looks, below: tolerance"
    return table(["column", *bands], rows, caption=caption, empty="No row was compared.")


def _cell(one: BandVerdict | None) -> Cell:
    if one is None:
        return Cell("—", "none")
    size = "value lost" if math.isinf(one.change) else f"{one.change:+.2g} {one.unit}"
    text = "0" if one.change == 0.0 else size
    return Cell(f"{MARKS[one.verdict]} {text}", KINDS[one.verdict], f"± {one.limit:g} {one.unit}")


def _problems(found: Qualification) -> str:
    rows = [[Cell(one, "bad")] for one in found.problems[:MOST]]
    more = len(found.problems) - MOST
    rows += [[Cell(f"and {more} more", "bad")]] if more > 0 else []
    empty = "None: the same looks, the same flags, the same inputs."
    return table(["problem"], rows, caption="", empty=empty)


def _changed(found: Qualification) -> str:
    rows = [list(one) for one in found.changed[:MOST]]
    return table(["what", "then", "now"], rows, caption="", empty="Nothing.")


def _versions(found: Qualification) -> str:
    then, now = found.frozen.versions, found.versions
    rows: list[list[Cell | str]] = [
        [
            name,
            then.get(name, "absent"),
            Cell(now.get(name, "absent"), "" if then.get(name) == now.get(name) else "open"),
        ]
        for name in dict.fromkeys([*then, *now])
    ]
    return table(["", "frozen with", "run again with"], rows, caption="Coloured: not the same")
