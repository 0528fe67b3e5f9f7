"""Orders, and small inputs of every kind for them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest
import xarray as xr

from venus_analysis.calibrate.job.log import LINE
from venus_analysis.calibrate.job.run import run_order
from venus_analysis.collect.glod_export import write_glod

OPEN = ("00000000_000000000000", "99999999_999999999999")


def element(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"


def counted(name: str, items: list[str]) -> str:
    return f'<{name} count="{len(items)}">{"".join(items)}</{name}>'


def interval(start: str, stop: str, name: str = "") -> str:
    ends = element("Start", start) + element("Stop", stop)
    return ends + (element("File_Name", escape(name)) if name else "")


def named(kind: str, name: str) -> str:
    return element("File_Name_Type", kind) + element("File_Name", escape(name))


@dataclass
class Order:
    """What goes into an order; outputs and breakpoints: (file type, name type, name)."""

    task: str = "MOON"
    inputs: list[tuple] = field(default_factory=list)
    outputs: list[tuple[str, str, str]] = field(default_factory=list)
    breakpoints: list[tuple[str, str, str]] = field(default_factory=list)
    intervals: Mapping[str, list[tuple[str, ...]]] = field(default_factory=dict)
    sensing: tuple[str, str] = OPEN
    config: str = ""
    gipp: list[str] = field(default_factory=list)
    test: str = "false"
    levels: tuple[str, str] = ("DEBUG", "ERROR")
    request: str = "R1"
    processor: str = "VENUS_ANALYSIS"
    version: str = "01.00"

    def text(self) -> str:
        conf = {
            "Processor_Name": self.processor,
            "Version": self.version,
            "Order_Type": "CALIBRATION",
            "Production_Request_Id": self.request,
            "Stdout_Log_Level": self.levels[0],
            "Stderr_Log_Level": self.levels[1],
            "Test": self.test,
            "Breakpoint_Enable": "true" if self.breakpoints else "false",
            "Acquisition_Station": "",
            "Processing_Station": "HERE",
            "Config_Files": element("Conf_File_Name", self.config) if self.config else "",
            "Sensing_Time": interval(*self.sensing),
        }
        gipp = counted("List_of_GIPP_Files", [element("GIPP_File", one) for one in self.gipp])
        task = "".join(
            (
                element("Task_Name", self.task),
                element("Task_Version", self.version),
                element("Breakpoint", self._breakpoints()),
                counted("List_of_Inputs", [self._input(*one) for one in self.inputs]),
                counted(
                    "List_of_Outputs",
                    [
                        element("Output", element("File_Type", one[0]) + named(*one[1:]))
                        for one in self.outputs
                    ],
                ),
            )
        )
        head = "".join(element(name, text) for name, text in conf.items())
        procs = counted("List_of_Ipf_Procs", [element("Ipf_Proc", task)])
        return element("Ipf_Job_Order", element("Ipf_Conf", head + gipp) + procs)

    def _input(self, file_type: str, kind: str, *names: str) -> str:
        periods = [
            element("Time_Interval", interval(*one)) for one in self.intervals.get(file_type, [])
        ]
        return element(
            "Input",
            element("File_Type", file_type)
            + element("File_Name_Type", kind)
            + counted("List_of_File_Names", [element("File_Name", escape(one)) for one in names])
            + counted("List_of_Time_Intervals", periods),
        )

    def _breakpoints(self) -> str:
        files = [
            element("Brk_File", element("Enable", "ON") + element("File_Type", t) + named(k, n))
            for t, k, n in self.breakpoints
        ]
        return element("Enable", "ON") + counted("List_of_Brk_Files", files) if files else ""


@dataclass(frozen=True)
class Ended:
    """How an order ended, and its log lines in parts."""

    code: int
    lines: list[dict[str, str]]
    errors: list[dict[str, str]]

    def said(self) -> str:
        return "\n".join(line["message"] for line in self.lines)


def parts(text: str) -> list[dict[str, str]]:
    found = [re.fullmatch(LINE, line) for line in text.splitlines()]
    assert all(found), text
    return [one.groupdict() for one in found if one]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Order], Ended]:
    """Write an order and run it in this process."""

    def run(order: Order) -> Ended:
        path = tmp_path / "order.xml"
        path.write_text(order.text())
        out, err = io.StringIO(), io.StringIO()
        code = run_order(path, stdout=out, stderr=err)
        return Ended(int(code), parts(out.getvalue()), parts(err.getvalue()))

    return run


@pytest.fixture
def images(look: xr.Dataset, tmp_path: Path) -> list[Path]:
    """Three SIMULATED looks of two bands, on 14, 15 and 16 February 2019."""
    paths = []
    for day in (14, 15, 16):
        one = look.isel(band=[3, 5]).assign_attrs(acquisition_id=f"SIMULATED_{day}", id="")
        shift = one["time"] + (day - 16) * np.timedelta64(1, "D")
        one = one.assign_coords(time=shift)
        (tmp_path / "in").mkdir(exist_ok=True)
        paths.append(write_glod(tmp_path / "in" / f"MOON_{day}.nc", one))
    return paths


@pytest.fixture
def moon(images: list[Path], tmp_path: Path) -> Order:
    """Order for the three looks: ledger, statistics, report."""
    (tmp_path / "job.toml").write_text('[moon]\nresponses = ["venus"]\n')
    out = tmp_path / "out"
    return Order(
        inputs=[("VA_MOONIMG", "Stem", str(tmp_path / "in" / "MOON_"))],
        outputs=[
            ("VA_LEDGER_", "Directory", str(tmp_path / "ledger")),
            ("VA_STATIST", "Physical", str(out / "statistics.csv")),
            ("VA_REPORT_", "Physical", str(out / "report.xml")),
        ],
        config="job.toml",
    )


@pytest.fixture
def report(tmp_path: Path) -> Callable[[], dict]:
    """Give the JSON report of the order `moon`."""
    return lambda: json.loads((tmp_path / "out" / "report.json").read_text())
