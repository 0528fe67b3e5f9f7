"""One job order from beginning to end; whatever happens, an exit code that says so."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from venus_analysis.calibrate.job.exit_codes import MEANINGS, ExitCode
from venus_analysis.calibrate.job.file_types import SUFFIXES
from venus_analysis.calibrate.job.lock import BusyError, held
from venus_analysis.calibrate.job.log import JobLog
from venus_analysis.calibrate.job.plan import Candidate, OrderPlan, TaskPlan, plan_order
from venus_analysis.calibrate.job.report import make_report, write_report
from venus_analysis.calibrate.job.selection import Selected, select
from venus_analysis.calibrate.job.tasks import METHODS, Result, Work
from venus_analysis.calibrate.row import as_json, file_digest, folder_digest
from venus_analysis.collect.job_order import Level, read_job_order
from venus_analysis.errors import InputError, LedgerError, VenusAnalysisError, from_system
from venus_analysis.ledger.store import make_folder, write_whole
from venus_analysis.statistics import write_statistics

PARAMETER_SUFFIXES: Final = (".EEF", ".HDR", ".DBL", ".DIR")
_LEVELS: Final[dict[ExitCode, Level]] = {ExitCode.DONE: "INFO", ExitCode.SOME_FAILED: "WARNING"}


def run_order(
    path: str | Path, *, stdout: TextIO | None = None, stderr: TextIO | None = None
) -> ExitCode:
    """Run a job order; nothing is raised.

    Parameters
    ----------
    path
        The order, see `venus_analysis.collect.job_order`.
    stdout, stderr
        Where the log goes.

    Returns
    -------
    ExitCode
        The highest of its tasks; `MEANINGS` says it in words.

    Examples
    --------
    >>> import io
    >>> run_order("absent.xml", stdout=io.StringIO(), stderr=io.StringIO())
    <ExitCode.REFUSED: 2>
    """
    log = JobLog(stdout or sys.stdout, stderr or sys.stderr, "INFO", "WARNING")
    with log.warnings_as_lines():
        code = _run(Path(path), log)
    log.begin("-")
    log.write(_LEVELS.get(code, "ERROR"), f"exit code {code}: {MEANINGS[code]}", 100)
    return code


def _run(path: Path, log: JobLog) -> ExitCode:
    try:
        order = read_job_order(path)
        log.set_levels(order.stdout_level, order.stderr_level)
        plan = plan_order(order)
    except VenusAnalysisError as error:
        log.write("ERROR", error)
        return ExitCode.REFUSED
    except OSError as error:  # a name that is too long, or a folder that is closed to us
        log.write("ERROR", from_system(error))
        return ExitCode.REFUSED
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # the framework must get its code
        _tell_unexpected(error, log)
        return ExitCode.UNEXPECTED
    log.write("INFO", f"order {order.production_request_id}: {len(plan.tasks)} tasks")
    if order.test:
        log.write("INFO", "test: nothing enters the ledger")
    try:
        with ExitStack() as stack:
            for task in plan.tasks:
                for role, output in task.local_outputs().items():
                    check_writable(output, folder=not SUFFIXES[role])
            for report in sorted(task.report for task in plan.tasks):
                make_folder(report.parent)
                stack.enter_context(held(report))
            codes = [_task(plan, task, log) for task in plan.tasks]
        return max(codes)
    except BusyError as error:
        log.write("ERROR", error)
        return ExitCode.BUSY
    except OSError as error:
        log.write("ERROR", f"output: {error}")
        return ExitCode.NO_OUTPUT
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # the framework must get its code
        _tell_unexpected(error, log)
        return ExitCode.UNEXPECTED


def _tell_unexpected(error: Exception, log: JobLog) -> str:
    log.write("DEBUG", "".join(traceback.format_exception(error)))
    sentence = f"unexpected {type(error).__name__}: {error}"
    log.write("ERROR", sentence)
    return sentence


def check_writable(path: Path, *, folder: bool) -> None:
    """Refuse an output that cannot be made or written to; nothing stays behind.

    Parameters
    ----------
    path
        Where it shall be.
    folder
        Whether it is a folder itself.

    Raises
    ------
    OSError
        Naming the path.
    """
    if not folder and path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file's name, received a folder")
    there = path if folder else path.parent
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise NotADirectoryError(f"{path}: expected a folder at {there}, received a file")
    with tempfile.TemporaryFile(dir=there):
        pass


def _task(plan: OrderPlan, task: TaskPlan, log: JobLog) -> ExitCode:
    """Run one task; its report is written whatever became of it, but an interruption."""
    begin = datetime.now(UTC)
    log.begin(task.name)
    log.write("PROGRESS", f"begin: {len(task.candidates)} inputs", 0)
    for sentence in task.absent:
        log.write("ERROR", sentence)
    selected = select(task.candidates)
    for one, reason in selected.left_out:
        log.write("INFO", f"{one.path}: left out, {reason}")
    result, code = _calculated(plan, task, selected, log)
    if result.rows:
        code = max(code, _written(plan, task, result, log))
    try:
        times = begin, datetime.now(UTC)
        write_report(task.report, make_report(plan, task, selected, result, code, times))
    except OSError as error:
        log.write("ERROR", f"report: {error}")
        code = ExitCode.NO_OUTPUT
    log.write("PROGRESS", f"end: {len(result.rows)} rows, exit code {code}", 100)
    return code


def _calculated(
    plan: OrderPlan, task: TaskPlan, selected: Selected, log: JobLog
) -> tuple[Result, ExitCode]:
    result = Result()
    ledger = None if plan.order.test else task.outputs.get("ledger")
    try:
        with _parameter_folder(selected.kept) as folder:
            work = Work(task, selected.kept, plan.settings, ledger, log, folder)
            result = METHODS[task.method](work)
    except LedgerError as error:
        log.write("ERROR", error)
        result.anomalies.append(("error", "", str(error)))
        return result, ExitCode.NO_OUTPUT
    except VenusAnalysisError as error:
        log.write("ERROR", error)
        result.anomalies.append(("error", "", str(error)))
        return result, ExitCode.NO_INPUT
    except Exception as error:  # the framework must get its code and its report
        result.anomalies.append(("error", "", _tell_unexpected(error, log)))
        return result, ExitCode.UNEXPECTED
    if not result.rows:
        return result, ExitCode.NO_INPUT
    bad = task.absent or any(severity != "note" for severity, _, _ in result.anomalies)
    return result, ExitCode.SOME_FAILED if bad else ExitCode.DONE


@contextmanager
def _parameter_folder(inputs: tuple[Candidate, ...]) -> Iterator[Path | None]:
    """Folder of exactly the parameter files that the order names: links, in a folder of its own.

    A folder that is named alone is taken as it is. Two different files of one name are
    refused: which of them is in force would be a matter of their order.
    """
    given = [one.path.absolute() for one in inputs if one.role == "parameters"]
    if not given:
        yield None
    elif len(given) == 1 and given[0].is_dir():
        yield given[0]
    else:
        with tempfile.TemporaryDirectory(prefix="venus_analysis_") as name:
            for path in given:
                for file in path.iterdir() if path.is_dir() else _with_data(path):
                    link = Path(name) / file.name
                    if not os.path.lexists(link):
                        link.symlink_to(file)
                    elif link.suffix in PARAMETER_SUFFIXES and _content(link) != _content(file):
                        raise InputError(
                            file, "one parameter file of this name",
                            f"another one, {link.readlink()}", "name the one that is meant",
                        )  # fmt: skip
            yield Path(name)


def _content(path: Path) -> str:
    path = path.resolve()
    return folder_digest(path, lambda _: True) if path.is_dir() else file_digest(path)


def _with_data(header: Path) -> list[Path]:
    """Give a file, and the data beside a header: a folder, or packed."""
    data = (header.with_suffix(".DBL.DIR"), header.with_suffix(".DBL"))
    there = [one for one in data if one.exists()] if header.suffix == ".HDR" else []
    return [header, *there]


def _written(plan: OrderPlan, task: TaskPlan, result: Result, log: JobLog) -> ExitCode:
    """Write statistics and breakpoint rows."""
    code = ExitCode.DONE
    try:
        if "statistics" in task.outputs:
            write_statistics(task.outputs["statistics"], result.statistics)
            log.write("INFO", f"statistics: {task.outputs['statistics']}", 97)
        if "rows" in task.outputs:
            path = Path(task.outputs["rows"])
            make_folder(path.parent)
            rows = [as_json(row) for row in result.rows]
            write_whole(path, json.dumps({"rows": rows}, allow_nan=False).encode())
            log.write("INFO", f"breakpoint: {path}", 98)
    except OSError as error:
        log.write("ERROR", f"output: {error}")
        result.anomalies.append(("error", "", f"output: {error}"))
        code = ExitCode.NO_OUTPUT
    return code
