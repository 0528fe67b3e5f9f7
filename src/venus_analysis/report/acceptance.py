"""Acceptance sheet: one HTML page that needs no network, with CSV and JSON beside."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from venus_analysis.calibrate.compare.acceptance import Acceptance, Verdict
from venus_analysis.calibrate.compare.comparison import phase_span
from venus_analysis.calibrate.compare.criteria import UNITS, Criterion
from venus_analysis.compute.compare.mission_phases import MET, NOT_ENOUGH, NOT_MET
from venus_analysis.report.numbers import plain
from venus_analysis.report.sheet import write_sheet
from venus_analysis.report.tables import Cell, render, table
from venus_analysis.report.wording import number, plural, typeset

KINDS: Final = {MET: "good", NOT_MET: "bad", NOT_ENOUGH: "open"}
MARKS: Final = {MET: "✓", NOT_MET: "✗", NOT_ENOUGH: "?"}
_COLUMNS: Final = (
    "criterion", "band", "verdict", "value", "expanded", "limit", "more_looks", "sentence"
)  # fmt: skip


def acceptance_document(found: Acceptance) -> dict[str, Any]:
    """Everything of an acceptance as plain values, NaN and infinite ones as None."""
    return {
        "accepted": found.accepted,
        "simulated": found.simulated,
        "before": phase_span(found.before),
        "after": phase_span(found.after),
        "criteria": [
            {
                "name": c.name,
                "limit": c.limit,
                "unit": c.unit,
                "reason": c.reason,
                "bands_left_out": list(c.bands_left_out),
            }
            for c in found.criteria
        ],
        "verdicts": [
            {name: plain(getattr(one, name)) for name in _COLUMNS} for one in found.verdicts
        ],
        "steps": [
            {
                "band": band,
                "method": one.method,
                "step": plain(float(one.step.value)),
                "lower": plain(float(one.step.lower)),
                "upper": plain(float(one.step.upper)),
                "seen": one.seen,
                "verdict": one.verdict,
                "faults": [f"{fault.time}Z" for fault in one.faults],
                "looks": list(one.looks),
            }
            for band, one in found.steps
        ],
    }


def write_acceptance(found: Acceptance, folder: str | Path) -> dict[str, Path]:
    """Write ``acceptance.html``, ``acceptance.csv`` and ``acceptance.json`` into a folder.

    The CSV has a line for each criterion and band, with `expanded` at 95 % and units as in
    the criteria; `simulated` tells whether the rows behind it are synthetic.
    """
    return write_sheet(
        folder,
        "acceptance",
        acceptance_html(found),
        acceptance_document(found),
        _COLUMNS,
        {"before": found.before.name, "after": found.after.name},
    )


def acceptance_html(found: Acceptance) -> str:
    """Sheet as one HTML page."""
    failed = [one for one in found.verdicts if one.verdict != MET]
    title = f"In-flight acceptance: {found.before.name} to {found.after.name}"
    return render(
        "sheet.html.j2",
        title=title,
        simulated=found.simulated,
        headline=headline(found),
        headline_kind=headline_kind(found),
        facts=[
            f"{one.name}: looks from {str(one.start)[:10]} to {str(one.stop)[:10]} UTC."
            for one in (found.before, found.after)
        ]
        + _faults(found),
        parts=[
            {"name": "Verdicts", "html": verdict_matrix(found)},
            {"name": "Steps by method", "html": step_table(found)},
            {"name": "What is not met, or not known", "html": _sentences(failed)},
            {"name": "Criteria", "html": _criteria(found)},
        ],
    )


def _faults(found: Acceptance) -> list[str]:
    """Name the bands in which an update left a step that is not the change of orbit."""
    return [
        f"{band}: a step of {float(fault.step.value):+.2%} at the update of "
        f"{str(fault.time)[:10]}, which was not applied as its file says, is kept apart from "
        "the step between the phases."
        for band, one in found.steps
        for fault in one.faults
    ]


def headline(found: Acceptance) -> str:
    """One sentence on the outcome.

    Examples
    --------
    >>> import numpy as np
    >>> from venus_analysis.compute.compare.mission_phases import Phase
    >>> day = np.datetime64("2020-01-01")
    >>> one = Verdict("looks", "B1", NOT_ENOUGH, 3.0, 0.0, 12.0, 9.0, "")
    >>> headline(Acceptance(Phase("VM1", day, day), Phase("VM5", day, day), (), (one,), (), True))
    'Not accepted: 1 verdict not enough data (looks).'
    """
    if found.accepted:
        bands = plural(len({v.band for v in found.verdicts}), "band")
        return f"Accepted: every criterion is met in {bands}."
    if not found.verdicts:
        return "Not accepted: no criterion is asked of the bands there are."
    parts = []
    for word in (NOT_MET, NOT_ENOUGH):
        own = [one for one in found.verdicts if one.verdict == word]
        if own:
            names = ", ".join(dict.fromkeys(_words(one.criterion) for one in own))
            parts.append(f"{plural(len(own), 'verdict')} {word} ({names})")
    return f"Not accepted: {'; '.join(parts)}."


def headline_kind(found: Acceptance) -> str:
    """Colour of the outcome: ``good``, ``bad`` where something is not met, else ``open``."""
    if found.accepted:
        return "good"
    return KINDS[NOT_MET if any(v.verdict == NOT_MET for v in found.verdicts) else NOT_ENOUGH]


def verdict_matrix(found: Acceptance, theme: str = "light") -> str:
    """Make the table of verdicts, criteria by bands, as HTML."""
    bands = list(dict.fromkeys(one.band for one in found.verdicts))
    by = {(one.criterion, one.band): one for one in found.verdicts}
    rows: list[list[Cell | str]] = [
        [
            _words(c.name),
            _limit(c),
            *(_cell(by.get((c.name, b))) for b in bands),
        ]
        for c in found.criteria
    ]
    caption = (
        "✓ met   ✗ not met   ? not enough data   — not asked; below: value ± U at 95 %, in the "
        "unit of the limit"
    )
    return table(["criterion", "limit", *bands], rows, caption=caption, theme=theme)


def _cell(one: Verdict | None) -> Cell:
    if one is None:
        return Cell("—", "none", "not asked")
    note = ""
    if math.isfinite(one.value):
        size = 100.0 if "%" in UNITS[one.criterion] else 1.0
        digits = 2 if size * one.expanded >= 0.1 else 3
        note = number(size * one.value, digits, sign=True)
        note = f"{note} ± {number(size * one.expanded, digits)}"
        if one.criterion in ("looks", "agreement"):
            note = number(one.value, 0 if one.criterion == "looks" else 2)
    return Cell(MARKS[one.verdict], KINDS[one.verdict], note)


def step_table(found: Acceptance, theme: str = "light") -> str:
    """Make the table of steps, estimates by bands, as HTML."""
    bands = list(dict.fromkeys(band for band, _ in found.steps))
    methods = list(dict.fromkeys(one.method for _, one in found.steps))
    by: Mapping[tuple[str, str], Any] = {(one.method, band): one for band, one in found.steps}
    rows: list[list[Cell | str]] = [
        [m, *(_step_cell(by.get((m, b))) for b in bands)] for m in methods
    ]
    caption = "Step of sensor sensitivity in the middle of the gap, % with U at 95 %"
    return table(["estimate", *bands], rows, caption=caption, theme=theme)


def _step_cell(one: Any) -> Cell:
    if one is None or not math.isfinite(float(one.step.value)):
        return Cell("—", "none", "not enough data")
    value = float(one.step.value)
    reach = max(float(one.step.upper) - value, value - float(one.step.lower))
    return Cell(number(100 * value, 2, sign=True), KINDS[one.verdict], f"± {100 * reach:.2f}")


def _sentences(failed: list[Verdict]) -> str:
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in failed:
        groups.setdefault((one.criterion, one.verdict, one.sentence), []).append(one.band)
    rows: list[list[Cell | str]] = [
        [_words(name), Cell(verdict, KINDS[verdict]), ", ".join(bands), typeset(sentence)]
        for (name, verdict, sentence), bands in groups.items()
    ]
    head = ["criterion", "verdict", "bands", "why"]
    return table(head, rows, caption="", empty="Every criterion is met in every band.")


def _limit(criterion: Criterion) -> str:
    return f"{criterion.limit:g} {criterion.unit.removesuffix('1')}".strip()


def _criteria(found: Acceptance) -> str:
    rows = [[_words(c.name), _limit(c), c.reason] for c in found.criteria]
    return table(["criterion", "limit", "reason"], rows, caption="Limits of this sheet")


def _words(criterion: str) -> str:
    """Name a criterion as people do.

    Examples
    --------
    >>> _words("mtf_across"), _words("ct1")
    ('MTF across', 'CT1')
    """
    words = criterion.split("_")
    return " ".join(word.upper() if word in ("mtf", "ct1", "ct2") else word for word in words)
