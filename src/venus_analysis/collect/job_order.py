"""Job orders: the document by which an operational framework calls a processor.

The elements are those of the ``Ipf_Job_Order`` of Earth Explorer ground segments as far
as they are known here; what is inferred is said where it is read. Children may come
in any order, each once; one that is missing, unknown or wrong is refused with its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from venus_analysis.collect.job_elements import Element
from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import OPEN_START, OPEN_STOP
from venus_analysis.parameters.xml import parse, read_bytes

Level = Literal["DEBUG", "INFO", "PROGRESS", "WARNING", "ERROR"]
LEVELS: Final[tuple[Level, ...]] = ("DEBUG", "INFO", "PROGRESS", "WARNING", "ERROR")
NAME_TYPES: Final = ("Physical", "Logical", "Stem", "Regexp")
OUTPUT_NAME_TYPES: Final = (*NAME_TYPES, "Directory")


@dataclass(frozen=True)
class Interval:
    """Period of UTC, both ends included, datetime64[us]; open ends lie beyond all years."""

    start: np.datetime64
    stop: np.datetime64

    @property
    def open(self) -> bool:
        """Whether it has neither a beginning nor an end."""
        return bool(self.start <= OPEN_START and self.stop >= OPEN_STOP)

    def meets(self, start: np.datetime64, stop: np.datetime64) -> bool:
        """Whether a period has an instant in common with it.

        Examples
        --------
        >>> day = Interval(np.datetime64("2019-02-04", "us"), np.datetime64("2019-02-05", "us"))
        >>> day.meets(np.datetime64("2019-02-05"), np.datetime64("2019-03-01"))
        True
        """
        return bool(self.start <= stop and start <= self.stop)


@dataclass(frozen=True)
class NamedFile:
    """File or files as an order names them.

    Attributes
    ----------
    file_type
        10 characters; empty for the parameter files of ``List_of_GIPP_Files``.
    name_type
        Physical, Logical, Stem, Regexp; of outputs also Directory.
    name
        As it stands in the order.
    where
        Place in the order, for messages.
    """

    file_type: str
    name_type: str
    name: str
    where: str


@dataclass(frozen=True)
class JobInput:
    """One ``Input``: files, and the intervals that select among them (none: all).

    An interval with a file's name is for that file only.
    """

    file_type: str
    files: tuple[NamedFile, ...]
    intervals: tuple[tuple[Interval, str], ...]


@dataclass(frozen=True)
class JobTask:
    """One ``Ipf_Proc``; `breakpoints` are those that are switched on."""

    name: str
    version: str
    inputs: tuple[JobInput, ...]
    outputs: tuple[NamedFile, ...]
    breakpoints: tuple[NamedFile, ...]
    where: str


@dataclass(frozen=True)
class JobOrder:
    """A job order as it was read.

    Attributes
    ----------
    path
        The file; relative names in it are relative to its folder.
    content
        Its bytes, for the digest in reports.
    sensing
        Of `Sensing_Time`.
    """

    path: Path
    content: bytes
    processor_name: str
    version: str
    order_type: str
    production_request_id: str
    stdout_level: Level
    stderr_level: Level
    test: bool
    acquisition_station: str
    processing_station: str
    config_files: tuple[NamedFile, ...]
    sensing: Interval
    parameter_files: tuple[NamedFile, ...]
    tasks: tuple[JobTask, ...]


def read_job_order(path: str | Path) -> JobOrder:
    """Read a job order.

    Parameters
    ----------
    path
        XML file with the root ``Ipf_Job_Order``, no namespace.

    Returns
    -------
    JobOrder
        Nothing it names has been looked at yet.

    Raises
    ------
    InputError
        The only exception: not XML, or an element that is missing, unknown or
        wrong.

    Examples
    --------
    >>> read_job_order("absent.xml")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.xml: expected an existing file, ...
    """
    path = Path(path)
    content = read_bytes(path)
    found = Element(parse(content, path.name), path.name, "Ipf_Job_Order")
    if found.element.tag != "Ipf_Job_Order":
        received = str(found.element.tag)[:60]
        raise InputError(path.name, "the root Ipf_Job_Order", received, "give a job order")
    parts = found.children("Ipf_Conf", "List_of_Ipf_Procs")
    conf = parts["Ipf_Conf"].children(
        "Processor_Name", "Version", "Order_Type", "Production_Request_Id", "Stdout_Log_Level",
        "Stderr_Log_Level", "Test", "Breakpoint_Enable", "Acquisition_Station",
        "Processing_Station", "Config_Files", "Sensing_Time", "List_of_GIPP_Files",
    )  # fmt: skip
    enabled = conf["Breakpoint_Enable"].switch()
    tasks = parts["List_of_Ipf_Procs"].each("Ipf_Proc", lambda one: _task(one, enabled), 1)
    return JobOrder(
        path=path,
        content=content,
        processor_name=conf["Processor_Name"].text(),
        version=_version(conf["Version"]),
        order_type=conf["Order_Type"].text(),
        production_request_id=conf["Production_Request_Id"].matching(
            r"[A-Za-z0-9_.-]{1,80}", "1 to 80 letters, digits, _, . or -"
        ),
        stdout_level=_level(conf["Stdout_Log_Level"]),
        stderr_level=_level(conf["Stderr_Log_Level"]),
        test=conf["Test"].switch(),
        acquisition_station=conf["Acquisition_Station"].text(empty=True),
        processing_station=conf["Processing_Station"].text(empty=True),
        config_files=_config_files(conf["Config_Files"]),
        sensing=_interval(conf["Sensing_Time"], conf["Sensing_Time"].children("Start", "Stop")),
        parameter_files=conf["List_of_GIPP_Files"].each("GIPP_File", _physical),
        tasks=tasks,
    )


def _version(element: Element) -> str:
    return element.matching(r"\d\d\.\d\d", "a version dd.dd, as 01.00")


def _level(element: Element) -> Level:
    found: Level = element.one_of(LEVELS)  # type: ignore[assignment]
    return found


def _physical(element: Element) -> NamedFile:
    return NamedFile("", "Physical", element.text(), element.where)


def _config_files(element: Element) -> tuple[NamedFile, ...]:
    """Children are called ``Conf_File_Name``, which is inferred; there may be none."""
    names = element.element.findall("*")
    wrong = [one.tag for one in names if one.tag != "Conf_File_Name"]
    if wrong or (element.element.text or "").strip():
        received = f"the element {wrong[0]}" if wrong else "loose text"
        raise element.refused("elements Conf_File_Name", received, "name each file in one")
    return tuple(
        _physical(Element(one, element.file, f"{element.path}/{one.tag}")) for one in names
    )


def _interval(element: Element, ends: dict[str, Element]) -> Interval:
    start, stop = ends["Start"].time(), ends["Stop"].time()
    if start > stop:
        raise element.refused("a Start before its Stop", f"{start} to {stop}", "exchange them")
    return Interval(start, stop)


def _file_type(element: Element) -> str:
    return element.matching(r"[A-Z0-9_]{10}", "10 characters A to Z, 0 to 9 or _")


def _task(element: Element, breakpoints: bool) -> JobTask:
    """`Breakpoint` may be empty; its children are inferred, see `_breakpoints`."""
    found = element.children(
        "Task_Name", "Task_Version", "Breakpoint", "List_of_Inputs", "List_of_Outputs"
    )
    wanted = _breakpoints(found["Breakpoint"])
    return JobTask(
        name=found["Task_Name"].matching(r"[A-Za-z0-9_-]{1,60}", "letters, digits, _ or -"),
        version=_version(found["Task_Version"]),
        inputs=found["List_of_Inputs"].each("Input", _input, 1),
        outputs=found["List_of_Outputs"].each("Output", _output, 1),
        breakpoints=wanted if breakpoints else (),
        where=element.where,
    )


def _breakpoints(element: Element) -> tuple[NamedFile, ...]:
    """``Enable`` and ``List_of_Brk_Files`` / ``Brk_File``, each file with its own ``Enable``."""
    if not len(element.element) and not element.text(empty=True):
        return ()
    found = element.children("Enable", "List_of_Brk_Files")
    files = found["List_of_Brk_Files"].each("Brk_File", _breakpoint_file)
    return tuple(file for on, file in files if on) if found["Enable"].switch() else ()


def _breakpoint_file(element: Element) -> tuple[bool, NamedFile]:
    found = element.children("Enable", "File_Type", "File_Name_Type", "File_Name")
    return found["Enable"].switch(), _named(found, OUTPUT_NAME_TYPES)


def _output(element: Element) -> NamedFile:
    return _named(element.children("File_Type", "File_Name_Type", "File_Name"), OUTPUT_NAME_TYPES)


def _named(found: dict[str, Element], types: tuple[str, ...]) -> NamedFile:
    name = found["File_Name"]
    return NamedFile(
        _file_type(found["File_Type"]),
        found["File_Name_Type"].one_of(types),
        name.text(),
        name.where,
    )


def _input(element: Element) -> JobInput:
    found = element.children(
        "File_Type", "File_Name_Type", "List_of_File_Names", "List_of_Time_Intervals"
    )
    file_type, name_type = _file_type(found["File_Type"]), found["File_Name_Type"]
    kind = name_type.one_of(NAME_TYPES)
    names = found["List_of_File_Names"].items("File_Name", 1)
    files = tuple(NamedFile(file_type, kind, one.text(), one.where) for one in names)
    return JobInput(
        file_type, files, found["List_of_Time_Intervals"].each("Time_Interval", _named_interval)
    )


def _named_interval(element: Element) -> tuple[Interval, str]:
    """``File_Name`` as a child of an interval is inferred; without it all files are meant."""
    ends = element.children("Start", "Stop", optional=("File_Name",))
    name = ends["File_Name"].text(empty=True) if "File_Name" in ends else ""
    return _interval(element, ends), name
