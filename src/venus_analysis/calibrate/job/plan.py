"""What an order's tasks are to do: everything that can be refused is refused here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from venus_analysis.calibrate.job.file_types import NEEDED, SUFFIXES, TAKEN
from venus_analysis.calibrate.job.intervals import files_of, intervals_of, real
from venus_analysis.calibrate.job.settings import JobSettings, read_settings
from venus_analysis.collect.job_files import output_path
from venus_analysis.collect.job_order import Interval, JobOrder, JobTask, NamedFile
from venus_analysis.errors import InputError

INTERFACE_VERSION: Final = "01.00"
"""Version of the processor and of its tasks that an order must name."""
OUTPUTS: Final[tuple[str, ...]] = ("ledger", "statistics", "report")
BREAKPOINTS: Final[tuple[str, ...]] = ("rows", "pictures")


@dataclass(frozen=True)
class Candidate:
    """An input that is there; `periods` are those it must meet one of each (none: any time)."""

    path: Path
    role: str
    file_type: str
    periods: tuple[tuple[Interval, ...], ...] = ()

    def selected(self, start: np.datetime64, stop: np.datetime64) -> bool:
        """Whether a time span of the input is one that the order asks for."""
        return all(any(one.meets(start, stop) for one in any_of) for any_of in self.periods)


@dataclass(frozen=True)
class TaskPlan:
    """One task.

    Attributes
    ----------
    name, method
        Task_Name, and moon, desert or sno.
    candidates
        Inputs that are there.
    absent
        Inputs that are not, as sentences.
    outputs
        Role to path; the ledger may be an address.
    """

    name: str
    method: str
    candidates: tuple[Candidate, ...]
    absent: tuple[str, ...]
    outputs: dict[str, str]
    where: str

    @property
    def report(self) -> Path:
        """XML report; the JSON report has the same name."""
        return Path(self.outputs["report"])

    def local_outputs(self) -> dict[str, Path]:
        """Role to path, of outputs on local disks."""
        return {role: Path(name) for role, name in self.outputs.items() if "://" not in name}


@dataclass(frozen=True)
class OrderPlan:
    """All tasks of an order."""

    order: JobOrder
    settings: JobSettings
    tasks: tuple[TaskPlan, ...] = field(default_factory=tuple)


def plan_order(order: JobOrder) -> OrderPlan:
    """Plan an order; nothing is written.

    Inputs that are not there are no reason to refuse an order: the others may do.

    Raises
    ------
    InputError
        Another processor, task or version; a configuration that cannot be read; a
        file type that is unknown or in the wrong place; an interval for a file that
        its input does not name; an output that is missing, named twice, has the wrong
        suffix, or would take the place of an input.
    """
    folder = order.path.absolute().parent
    settings = read_settings([folder / file.name for file in order.config_files])
    _expect(order.path.name, "Processor_Name", settings.processor.name, order.processor_name)
    _expect(order.path.name, "Version", INTERFACE_VERSION, order.version)
    tasks = tuple(_plan(order, task, settings, folder) for task in order.tasks)
    _refuse_shared(order, tasks)
    return OrderPlan(order, settings, tasks)


def _expect(where: str, element: str, expected: str, received: str) -> None:
    if received != expected:
        remedy = "this processor serves no other"
        raise InputError(f"{where}: {element}", expected, repr(received), remedy)


def _plan(order: JobOrder, task: JobTask, settings: JobSettings, folder: Path) -> TaskPlan:
    method = settings.tasks.get(task.name)
    if method is None:
        expected = f"a Task_Name of {', '.join(settings.tasks)}"
        remedy = "correct it, or add it to [tasks] of the configuration"
        raise InputError(task.where, expected, repr(task.name), remedy)
    _expect(task.where, "Task_Version", INTERFACE_VERSION, task.version)
    candidates, absent = _inputs(order, task, method, settings, folder)
    outputs = _outputs(order, task, settings, folder)
    return TaskPlan(task.name, method, candidates, absent, outputs, task.where)


def _role(named: NamedFile, settings: JobSettings, allowed: tuple[str, ...], what: str) -> str:
    role = settings.file_types.get(named.file_type, "")
    if role not in allowed:
        types = [name for name, own in settings.file_types.items() if own in allowed]
        remedy = "correct the File_Type, or add it to [file_types] of the configuration"
        raise InputError(
            named.where, f"a File_Type for {what}: {', '.join(types)}", named.file_type, remedy
        )
    return role


def _inputs(
    order: JobOrder, task: JobTask, method: str, settings: JobSettings, folder: Path
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[Path, str, list[tuple[Interval, ...]]]] = {}
    absent, roles = [], set()

    def take(path: Path, role: str, file_type: str, own: tuple[Interval, ...]) -> None:
        """Keep a file; one that is named twice, however it is spelled, counts once."""
        key = real(path), role
        found.setdefault(key, (path, file_type, []))[2].append(own)

    for one in task.inputs:
        role = _role(one.files[0], settings, TAKEN[method], f"the inputs of {method}")
        roles.add(role)
        files, lacking = files_of(one, folder)
        absent += lacking
        for named, path in files:
            take(path, role, one.file_type, intervals_of(one, named, path, folder))
    for role in NEEDED[method]:
        if role not in roles:
            types = [name for name, own in settings.file_types.items() if own == role]
            expected = f"an Input for {role}: File_Type {', '.join(types)}"
            raise InputError(task.where, expected, "none", "add it to List_of_Inputs")
    if "parameters" in TAKEN[method]:
        for named in order.parameter_files:
            path = folder / named.name
            if path.exists():
                take(path, "parameters", "", ())
            else:
                absent.append(f"{named.where}: expected an existing file, received none at {path}")
    candidates = (
        Candidate(path, role, file_type, _periods(order, role, own))
        for (_, role), (path, file_type, own) in found.items()
    )
    return tuple(candidates), tuple(absent)


def _periods(
    order: JobOrder, role: str, own: Sequence[tuple[Interval, ...]]
) -> tuple[tuple[Interval, ...], ...]:
    """Sensing_Time, which is for what is calibrated, and those of any input that names the file."""
    sensing = () if role in ("reference", "parameters") or order.sensing.open else (order.sensing,)
    asked = tuple(one for intervals in own for one in intervals) if all(own) else ()
    return tuple(any_of for any_of in (sensing, asked) if any_of)


def _outputs(order: JobOrder, task: JobTask, settings: JobSettings, folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = [(named, OUTPUTS, "an output") for named in task.outputs]
    wanted += [(named, BREAKPOINTS, "a breakpoint") for named in task.breakpoints]
    for named, allowed, what in wanted:
        role = _role(named, settings, allowed, what)
        if role in found:
            raise InputError(named.where, f"one output for {role}", "a second", "remove one")
        if role == "ledger" and "://" in named.name:
            found[role] = named.name
            continue
        own_name = f"{named.file_type}_{order.production_request_id}_{task.name}"
        found[role] = str(output_path(named, folder, own_name, SUFFIXES[role]))
    if "report" not in found:
        types = [name for name, own in settings.file_types.items() if own == "report"]
        expected = f"an Output for the report: File_Type {', '.join(types)}"
        raise InputError(task.where, expected, "none", "add it to List_of_Outputs")
    return found


def _refuse_shared(order: JobOrder, tasks: tuple[TaskPlan, ...]) -> None:
    """Tasks may share a ledger, and nothing else; no output takes the place of an input."""
    folder = order.path.absolute().parent
    read = {real(folder / file.name) for file in order.config_files} | {real(order.path)}
    read |= {real(one.path) for task in tasks for one in task.candidates}
    seen: set[str] = set()
    for task in tasks:
        own = [Path(name) for role, name in task.outputs.items() if role != "ledger"]
        for path in [*own, task.report.with_suffix(".json")]:
            if real(path) in read:
                received = f"{path}, which is an input"
                raise InputError(task.where, "outputs beside the inputs", received, "rename it")
            if real(path) in seen:
                raise InputError(task.where, "outputs of their own", f"{path} twice", "rename one")
            seen.add(real(path))
