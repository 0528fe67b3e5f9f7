"""What a project offers to choose from."""

from __future__ import annotations

from typing import Final

from venus_analysis.app.resolve import Choices
from venus_analysis.app.store import Store
from venus_analysis.calibrate.drift.residuals import AXES, axes_there
from venus_analysis.calibrate.drift.selection import TEXTS
from venus_analysis.calibrate.drift.selection import choices as columns
from venus_analysis.parameters.registry import Registry
from venus_analysis.report.pages import ordered_methods
from venus_analysis.report.project import Project

READ: Final = (*TEXTS, "band")


def choices_of(project: Project, method: str = "", *, every: bool = False) -> Choices:
    """Choices the ledger and the parameter files leave for a method.

    Parameters
    ----------
    project
        What is loaded.
    method
        The method; the first of the ledger when it has none of that name.
    every
        Whether no method means the rows of all.

    Returns
    -------
    Choices
        Empty for an empty ledger.
    """
    frame = project.frame
    if frame.empty:
        return Choices(serial=serials(project.registry))
    methods = ordered_methods(frame["method"].unique().tolist())
    chosen = method if method in methods else methods[0]
    mine = frame["method"] == chosen
    if every and not method:
        mine[:] = True
    names = dict.fromkeys([*READ, *AXES])
    rows = frame.loc[mine, [name for name in names if name in frame]]
    there = columns(rows)
    return Choices(
        axis=axes_there(rows),
        method=methods,
        instrument=tuple(there["instrument"]),
        site=tuple(there["site"]),
        reference=tuple(there["reference"]),
        configuration=tuple(there["configuration"]),
        phase=tuple(phase for phase in there["mission_phase"] if phase),
        band=tuple(there["band"]),
        serial=serials(project.registry),
    )


def choices_in(store: Store, method: str, as_of: str = "", *, every: bool = False) -> Choices:
    """Give `choices_of` a method, computed once for all sessions."""
    return store.derived(
        ("choices", method, every),
        lambda project: choices_of(project, method, every=every),
        as_of,
    )


def serials(registry: Registry | None) -> tuple[str, ...]:
    """List serials of the PHGAIN sets of all sites, ascending; none without parameter files."""
    if registry is None:
        return ()
    found = {
        f"{file.name.serial:05d}"
        for file in registry.files
        if file.name.file_type == "PHGAIN" and file.name.nick == "ALLSITES"
    }
    return tuple(sorted(found))
