"""An order that is killed at any moment: what is there is whole, and a repeat completes it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from venus_analysis import ledger
from venus_analysis.calibrate.job.run import run_order
from venus_analysis.statistics import read_statistics

ENDINGS = {"report.xml", "report.json", "statistics.csv"}


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("killed")


def visible(folder: Path) -> set[str]:
    return {one.name for one in folder.glob("*") if not one.name.startswith(".")}


def checked(folder: Path) -> tuple[int, bool]:
    """Rows in the ledger, and whether the report is there; all that is there must be whole."""
    out, rows = folder / "out", 0
    if (folder / "ledger").is_dir():
        loaded = ledger.load(folder / "ledger")
        assert loaded.refused == ()
        rows = len(loaded.frame)
    there = visible(out)
    assert there <= ENDINGS
    if "statistics.csv" in there:
        assert len(read_statistics(out / "statistics.csv")) == 2
    if "report.json" in there:
        assert json.loads((out / "report.json").read_text())["exit_code"] == 0
        assert "statistics.csv" in there
    if "report.xml" in there:
        etree.parse(out / "report.xml")
        assert there == ENDINGS, "where the XML report is, everything is"
    return rows, "report.xml" in there


def test_killed_at_any_moment_and_repeated(moon, tmp_path, killed) -> None:
    base = tmp_path / "base"
    (base / "in").mkdir(parents=True)
    (tmp_path / "in" / "MOON_14.nc").rename(base / "in" / "MOON_14.nc")
    (tmp_path / "job.toml").rename(base / "job.toml")
    order = replace(
        moon,
        inputs=[("VA_MOONIMG", "Stem", "in/MOON_")],
        outputs=[
            ("VA_LEDGER_", "Directory", "ledger"),
            ("VA_STATIST", "Physical", "out/statistics.csv"),
            ("VA_REPORT_", "Physical", "out/report.xml"),
        ],
    )
    (base / "order.xml").write_text(order.text())
    script = Path(__file__).with_name("killed_job.py")
    subprocess.run([sys.executable, script, base, killed, "3"], check=True, timeout=300)
    last = int((killed / "done").read_text())
    states = set()
    for number in range(0, last, 3):
        folder = killed / str(number)
        rows, complete = checked(folder)
        states.add((rows, complete))
        code = run_order(folder / "order.xml", stdout=io.StringIO(), stderr=io.StringIO())
        assert code == 0
        assert checked(folder) == (2, True)
        assert len(ledger.history(folder / "ledger").frame) == 2, "nothing twice"
        assert not (folder / "out" / ".report.xml.lock").exists()
    assert states >= {(0, False), (2, False)}, "killed before and after the ledger was written"
    assert checked(killed / str(last)) == (2, True)
