"""A rerun beside the frozen results: what moved, by how much, and whether that is accepted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from venus_analysis.calibrate.drift.selection import by_wavelength
from venus_analysis.calibrate.qualification.reference_set import Frozen
from venus_analysis.calibrate.qualification.tolerances import Tolerance

PASSED: Final = "passed"
FAILED: Final = "failed"
LOOK: Final = (
    "instrument", "acquisition_id", "band", "method", "site", "reference",
    "reference_acquisition_id",
)  # fmt: skip
WATCHED: Final = (
    "parameter_set", "configuration_text", "algorithm_version",
    "software_version",
)  # fmt: skip
"""Columns on whose change the sheet reports; a change alone fails nothing."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class BandVerdict:
    """One column of one method and band: the largest change over the looks, and where."""

    method: str
    band: str
    column: str
    unit: str
    limit: float
    change: float
    looks: int
    acquisition_id: str
    before: float
    after: float
    verdict: str


@dataclass(frozen=True)
class Qualification:
    """Outcome of a rerun.

    Attributes
    ----------
    verdicts
        By method, band and column.
    problems
        Sentences on looks that are absent or new, and on flags that changed: each
        fails the set.
    changed
        (what, then, now) of versions and of the columns `WATCHED`.
    frozen, versions
        What was expected, and the software that ran now.
    looks
        Rows compared.
    simulated
        Whether any row is synthetic.
    """

    verdicts: tuple[BandVerdict, ...]
    problems: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]
    frozen: Frozen
    versions: Mapping[str, str]
    looks: int
    simulated: bool

    @property
    def passed(self) -> bool:
        """Whether everything is within tolerance."""
        return not self.problems and all(one.verdict == PASSED for one in self.verdicts)


def judge_rerun(
    frozen: Frozen,
    rows: Sequence[Sequence[Row]],
    versions: Mapping[str, str],
    digests: Mapping[str, str],
    tolerances: Iterable[Tolerance],
) -> Qualification:
    """Compare the rows of a rerun with the frozen ones, look by look.

    Parameters
    ----------
    frozen
        From `reference_set.read_frozen`.
    rows
        Of each run, as the commands print them: NaN as None.
    versions, digests
        Of the software that ran, and of the set's files, now.
    tolerances
        By column.

    Returns
    -------
    Qualification
        A number that appeared or vanished, another set of looks, other flags, and other
        inputs fail, whatever the tolerance.
    """
    problems = [] if digests["inputs"] == frozen.digests["inputs"] else [OTHER_INPUTS]
    pairs: list[tuple[Row, Row]] = []
    for number, (old, new) in enumerate(zip(frozen.runs, rows, strict=False), 1):
        before, after = ({_look(row): row for row in side} for side in (old, new))
        pairs += [(before[look], after[look]) for look in before if look in after]
        for word, looks in (("absent now", before.keys() - after), ("new", after.keys() - before)):
            problems += [f"Run {number}: {_named(look)} is {word}." for look in sorted(looks)]
    if len(rows) != len(frozen.runs):
        problems.append(f"{len(rows)} runs where {len(frozen.runs)} were frozen.")
    problems += [
        f"{_named(_look(old))}: flags {old['flags']} became {new['flags']}."
        for old, new in pairs
        if old["flags"] != new["flags"]
    ]
    verdicts = [one for tolerance in tolerances for one in _verdicts(tolerance, pairs)]
    return Qualification(
        tuple(verdicts),
        tuple(problems),
        (
            *_changes(frozen.versions, versions),
            *_changes(_parameters(frozen.digests), _parameters(digests)),
            *_watched(pairs),
        ),
        frozen,
        dict(versions),
        len(pairs),
        any(row["simulated"] for side in rows for row in side),
    )


OTHER_INPUTS: Final = (
    "The inputs or the description of the set are not those that were frozen: freeze anew, "
    "or restore them."
)


def _verdicts(tolerance: Tolerance, pairs: Sequence[tuple[Row, Row]]) -> list[BandVerdict]:
    groups: dict[tuple[str, str], list[tuple[Row, Row]]] = {}
    for pair in pairs:
        groups.setdefault((pair[0]["method"], pair[0]["band"]), []).append(pair)
    found = []
    for method in dict.fromkeys(method for method, _ in groups):
        for band in by_wavelength([band for other, band in groups if other == method]):
            found.append(_verdict(tolerance, method, band, groups[method, band]))
    return found


def _verdict(
    tolerance: Tolerance, method: str, band: str, pairs: Sequence[tuple[Row, Row]]
) -> BandVerdict:
    name = tolerance.column
    numbers = [(_number(old[name]), _number(new[name])) for old, new in pairs]
    changes = [tolerance.change(*pair) for pair in numbers]
    worst = max(range(len(changes)), key=lambda k: abs(changes[k]))
    good = abs(changes[worst]) <= tolerance.of(band)
    return BandVerdict(
        method, band, name, tolerance.unit, tolerance.of(band), changes[worst], len(pairs),
        str(pairs[worst][0]["acquisition_id"]), *numbers[worst], PASSED if good else FAILED,
    )  # fmt: skip


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str, str]]:
    names = dict.fromkeys([*old, *new])
    sides = [(name, old.get(name, "absent"), new.get(name, "absent")) for name in names]
    return [one for one in sides if one[1] != one[2]]


def _parameters(digests: Mapping[str, str]) -> dict[str, str]:
    return {"digest of the parameter files": digests["parameters"]}


def _watched(pairs: Sequence[tuple[Row, Row]]) -> list[tuple[str, str, str]]:
    """Pairs of values that differ, each once."""
    return list(
        dict.fromkeys(
            (name, str(old[name]), str(new[name]))
            for name in WATCHED
            for old, new in pairs
            if old[name] != new[name]
        )
    )


def _look(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in LOOK)


def _named(look: tuple[str, ...]) -> str:
    known = dict(zip(LOOK, look, strict=True))
    return f"{known['acquisition_id']} {known['band']} ({known['method']}, {known['reference']})"


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
