"""The report in a browser: everything drawn, nothing asked for, a PDF of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from venus_analysis.report.pdf import print_pdf
from venus_analysis.report.project import find_places, load_project
from venus_analysis.report.write import write_report


def test_the_report_opens_with_the_network_cut_and_prints(
    small_project: Path, tmp_path: Path, tab: Callable[..., Any], chromium_path: str
) -> None:
    path = tmp_path / "report.html"
    write_report(load_project(find_places(small_project)), path, since="2020-01-01")
    here = tab()
    here.page.context.set_offline(True)
    here.page.goto(path.as_uri())
    here.page.wait_for_selector("canvas")
    here.page.wait_for_timeout(500)
    assert here.errors == []
    assert here.requests == [path.as_uri()]
    assert here.page.locator("canvas").count() >= 3
    assert here.page.evaluate("Bokeh.documents.length") == 1
    printed = print_pdf(path, tmp_path / "report.pdf")
    data = printed.read_bytes()
    assert data.startswith(b"%PDF")
    assert len(data) > 50_000
