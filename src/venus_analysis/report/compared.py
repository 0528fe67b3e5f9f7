"""Methods and mission phases of a project, as sections of its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from venus_analysis.calibrate.compare.acceptance import Acceptance
from venus_analysis.calibrate.compare.method_fits import MethodFits
from venus_analysis.errors import InputError
from venus_analysis.report.acceptance import headline, verdict_matrix
from venus_analysis.report.comparison import (
    Line,
    agreement_table,
    method_table,
    methods_line,
    phase_step_table,
    phases_line,
)
from venus_analysis.report.numbers import plain
from venus_analysis.report.project import Project
from venus_analysis.report.side_by_side import Comparison

MOST_BANDS: Final = 3


@dataclass(frozen=True, eq=False)
class Compared:
    """Methods side by side, and the phases before and after the change of orbit.

    Attributes
    ----------
    fits
        Band to its methods; empty where fewer than two methods have looks.
    phases
        As from `compare_phases`; None without two phases.
    acceptance
        Verdicts on the default criteria; None without two phases.
    problems
        Sentences on what is left out.
    """

    fits: dict[str, MethodFits] = field(default_factory=dict)
    phases: dict[str, Any] | None = None
    acceptance: Acceptance | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Attributes
    ----------
    name, anchor
        Heading, and where it is linked to.
    figures
        Name of a picture to its line of text and figure.
    details
        Title and HTML of tables that are folded away.
    facts
        Sentence below the heading.
    legend
        HTML that explains the colours of the figures.
    """

    name: str
    anchor: str
    figures: dict[str, tuple[Line, Any]]
    details: tuple[tuple[str, str], ...]
    facts: str = ""
    legend: str = ""


def compared_of(project: Project) -> Compared:
    """Compare what a project has; what cannot be compared is said."""
    comparison = Comparison(project)
    several = comparison.rows["method"].nunique() > 1
    fits = comparison.every() if several else {}
    try:
        comparison.two_phases()
    except InputError as error:
        problem = f"Mission phases are not compared: {error}."
        return Compared(fits, problems=(*comparison.notes, problem))
    return Compared(fits, comparison.phases, comparison.acceptance, comparison.notes)


def sections_of(compared: Compared, bands: Sequence[str] = ()) -> list[Section]:
    """Give the sections; `bands` are drawn, by default those where methods differ most."""
    found = []
    if compared.fits:
        found.append(_methods(compared.fits, bands))
    if compared.phases is not None:
        found.append(_phases(compared))
    return found


def compared_numbers(compared: Compared) -> dict[str, Any]:
    """Give the same as plain values: ``agreement`` by band, and ``phases``."""
    return {
        "agreement": {
            band: [
                {name: plain(value) for name, value in asdict(one).items()}
                for one in fits.agreement
            ]
            for band, fits in compared.fits.items()
        },
        "phases": compared.phases,
    }


def differing_bands(fits: dict[str, MethodFits]) -> list[str]:
    """Bands with several methods, those with the largest abs(En) first."""
    largest = {
        band: max((abs(each.en) for each in one.agreement if each.agree is not None), default=-1.0)
        for band, one in fits.items()
        if len(one.methods) > 1
    }
    return sorted(largest, key=lambda band: -largest[band])


def _methods(fits: dict[str, MethodFits], bands: Sequence[str]) -> Section:
    from venus_analysis.plot.compare import MethodsFigure
    from venus_analysis.plot.compare_bands import AgreementMatrix, SpectrumFigure

    height = 110 + 28 * len(fits)
    figures: dict[str, tuple[Line, Any]] = {
        "methods_agreement": ((), AgreementMatrix(fits, height=height).figure),
        "methods_ratio_over_wavelength": ((), SpectrumFigure(fits, height=380).figure),
    }
    drawn = [band for band in bands if band in fits] or differing_bands(fits)[:MOST_BANDS]
    for band in drawn:
        series, difference = MethodsFigure(fits[band]).figures
        figures[f"methods_{band}"] = (methods_line(fits[band]), series)
        figures[f"methods_difference_{band}"] = ((), difference)
    tables = [
        (f"{band}: levels, slopes, steps, agreement", method_table(one) + agreement_table(one))
        for band, one in fits.items()
    ]
    return Section("Moon, deserts and SNO together", "methods", figures, tuple(tables))


def _phases(compared: Compared) -> Section:
    from venus_analysis.plot.phases import PhaseDrifts, PhaseSteps

    found: Any = compared.phases
    judged: Any = compared.acceptance
    names = f"{found['before']['name']}_{found['after']['name']}"
    figures: dict[str, tuple[Line, Any]] = {
        f"phases_step_{names}": (phases_line(found), PhaseSteps(found).figure),
        f"phases_drift_{names}": ((), PhaseDrifts(found).figure),
    }
    tables = (
        ("Every step of every band", phase_step_table(found)),
        (f"In-flight acceptance. {headline(judged)}", verdict_matrix(judged)),
    )
    return Section("Altitude phases", "phases", figures, tables)
