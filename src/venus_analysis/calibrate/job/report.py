"""Report of one task of a job order, as JSON and XML with the same content."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from venus_analysis.calibrate.job.exit_codes import MEANINGS, ExitCode
from venus_analysis.calibrate.job.log import one_line
from venus_analysis.calibrate.job.plan import OrderPlan, TaskPlan
from venus_analysis.calibrate.job.selection import Selected
from venus_analysis.calibrate.job.tasks import Result
from venus_analysis.calibrate.row import (
    Row,
    as_json,
    digest,
    file_digest,
    folder_digest,
    software_version,
)
from venus_analysis.collect.job_order import Interval
from venus_analysis.flags import decode
from venus_analysis.ledger.store import make_folder, write_whole
from venus_analysis.parameters.instants import OPEN_START, OPEN_STOP

REPORT_VERSION: Final = 1
COLUMNS: Final = (
    "instrument", "acquisition_id", "band", "method", "site", "reference",
    "reference_acquisition_id", "time", "parameter_set", "absolute_gain", "measured", "modelled",
    "ratio", "u_random", "u_systematic_instrument", "u_model", "simulated", "configuration",
    "input_digest", "run_id",
)  # fmt: skip
"""Columns of the ledger that a report repeats; ratio = measured / modelled."""
METADATA: Final = (".xml", ".hdr", ".HDR", ".json")
ITEMS: Final = {
    "inputs": "input",
    "parameters": "file",
    "configuration": "file",
    "rows": "row",
    "bands": "band",
    "outputs": "output",
    "anomalies": "anomaly",
    "flags": "flag",
}


def make_report(
    plan: OrderPlan,
    task: TaskPlan,
    selected: Selected,
    result: Result,
    code: ExitCode,
    times: tuple[datetime, datetime],
) -> dict[str, Any]:
    """Everything a report says, as plain JSON values.

    Parameters
    ----------
    plan, task, selected, result, code
        The order, what was used of it, and what became of it.
    times
        UTC of begin and end.
    """
    order = plan.order
    folder = order.path.absolute().parent
    return {
        "report_version": REPORT_VERSION,
        "simulated": any(bool(row["simulated"]) for row in result.rows),
        "test": order.test,
        "exit_code": int(code),
        "meaning": MEANINGS[code],
        "order": {
            "file": order.path.name,
            "digest": digest([order.content]),
            "production_request_id": order.production_request_id,
            "order_type": order.order_type,
            "processor_name": order.processor_name,
            "version": order.version,
            "acquisition_station": order.acquisition_station,
            "processing_station": order.processing_station,
            "sensing_time": _interval(order.sensing),
        },
        "software": {
            "name": "venus_analysis",
            "version": software_version(),
            "python": platform.python_version(),
        },
        "task": {
            "name": task.name,
            "method": task.method,
            "begin": f"{times[0]:%Y-%m-%dT%H:%M:%S}Z",
            "end": f"{times[1]:%Y-%m-%dT%H:%M:%S}Z",
        },
        "inputs": _inputs(selected, result),
        "parameters": [_file(path) for path in _parameter_files(selected)],
        "configuration": [_file(folder / one.name) for one in order.config_files],
        "results": {
            "sign_convention": "ratio = measured / modelled, with the Ak of the row",
            "bands": _bands(result.rows),
            "rows": [_row(row) for row in result.rows],
        },
        "outputs": [
            {"role": role} | (_file(Path(name)) if Path(name).is_file() else {"path": name})
            for role, name in task.outputs.items()
            if role != "report" and not (role == "ledger" and order.test)
        ],
        "anomalies": [
            *({"severity": "error", "input": "", "text": text} for text in task.absent),
            *(
                {"severity": severity, "input": name, "text": text}
                for severity, name, text in result.anomalies
            ),
        ],
    }


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Write the JSON, then the XML: where the XML is, everything is.

    Raises
    ------
    OSError
        When one cannot be written; what is there is whole.
    """
    make_folder(path.parent)
    text = json.dumps(report, indent=1, allow_nan=False, ensure_ascii=False)
    data = text.encode(errors="backslashreplace")
    write_whole(path.with_suffix(".json"), data + b"\n")
    write_whole(path, to_xml(report))


def to_xml(report: Mapping[str, Any]) -> bytes:
    """Report as XML: a child element per key, lists with the attribute ``count``.

    Examples
    --------
    >>> print(to_xml({"test": False, "anomalies": [{"input": None}]}).decode())
    <?xml version='1.0' encoding='UTF-8'?>
    <Job_Report>
      <test>false</test>
      <anomalies count="1">
        <anomaly>
          <input/>
        </anomaly>
      </anomalies>
    </Job_Report>
    """
    from lxml import etree

    root = etree.Element("Job_Report")
    _fill(root, report)
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return data


def _fill(element: Any, value: Any) -> None:
    from lxml import etree

    if isinstance(value, Mapping):
        for name, one in value.items():
            child = etree.SubElement(element, name)
            if isinstance(one, list):
                child.set("count", str(len(one)))
                for item in one:
                    _fill(etree.SubElement(child, ITEMS[name]), item)
            else:
                _fill(child, one)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else one_line(value)
        element.text = text or None


def _inputs(selected: Selected, result: Result) -> list[dict[str, Any]]:
    used = [
        _described(one) | {"state": result.states.get(str(one.path), "used"), "reason": ""}
        for one in selected.kept
        if one.role != "parameters"
    ]
    left_out = [
        _described(one) | {"state": "left out", "reason": reason}
        for one, reason in selected.left_out
    ]
    return used + left_out


def _described(one: Any) -> dict[str, Any]:
    return {"role": one.role, "file_type": one.file_type} | _file(one.path)


def _file(path: Path) -> dict[str, str]:
    """Path and digest; a file that cannot be read has none."""
    try:
        found = folder_digest(path, _is_metadata) if path.is_dir() else file_digest(path)
    except OSError:
        found = ""
    return {"path": str(path), "digest": found}


def _is_metadata(path: Path) -> bool:
    return path.suffix in METADATA or path.name.startswith(".z")


def _parameter_files(selected: Selected) -> list[Path]:
    given = [one.path for one in selected.kept if one.role == "parameters"]
    return [
        file
        for path in given
        for file in ([path] if path.is_file() else sorted(path.glob("*.[EH][ED][FR]")))
    ]


def _row(row: Row) -> dict[str, Any]:
    plain = as_json({name: row[name] for name in COLUMNS})
    return plain | {"flags": list(decode(row["flags"]))}


def _bands(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Count ratios and give their median, for each site, reference and band."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        key = tuple(str(row[name]) for name in ("site", "reference", "band"))
        groups.setdefault(key, []).append(row)
    found = []
    for (site, reference, band), own in groups.items():
        ratios = np.array([row["ratio"] for row in own], dtype=float)
        good = ratios[np.isfinite(ratios)]
        found.append(
            {
                "site": site,
                "reference": reference,
                "name": band,
                "ratios": int(good.size),
                "without_ratio": int(ratios.size - good.size),
                "median_ratio": float(np.median(good)) if good.size else None,
            }
        )
    return found


def _interval(one: Interval) -> dict[str, Any]:
    return {
        "start": None if one.start <= OPEN_START else f"{one.start}Z",
        "stop": None if one.stop >= OPEN_STOP else f"{one.stop}Z",
    }
