"""The report in a browser: everything drawn, nothing asked for, a PDF of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from skimage.io import imread

from venus_analysis.report.folder import write_folder
from venus_analysis.report.project import find_places, load_project
from venus_analysis.report.write import write_report


def test_the_report_opens_with_the_network_cut_and_prints(
    pictured_project: Path, tmp_path: Path, tab: Callable[..., Any]
) -> None:
    path = tmp_path / "report.html"
    project = load_project(find_places(pictured_project))
    report = write_report(project, path, since="2020-01-01")
    here = tab()
    here.page.context.set_offline(True)
    here.page.goto(path.as_uri())
    here.page.wait_for_selector("canvas")
    here.page.wait_for_timeout(500)
    assert here.errors == []
    assert here.requests == [path.as_uri()]
    names = ("moon_image_B3", "moon_halo_B3", "moon_ct1_fraction_over_time",
             "residuals_moon_against_phase_angle_deg")  # fmt: skip
    assert set(names) <= set(report.figures)
    here.page.wait_for_function(f"Bokeh.documents[0].roots().length == {len(report.figures)}")
    assert here.page.locator("canvas").count() >= len(report.figures)
    assert here.page.evaluate("Bokeh.documents.length") == 1


def test_a_meeting_folder_holds_pdf_and_pictures(
    pictured_project: Path, tmp_path: Path, chromium_path: str
) -> None:
    made = write_folder(load_project(find_places(pictured_project)), tmp_path / "meeting")
    assert made.missing == ()
    printed = (tmp_path / "meeting" / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 50_000
    names = {path.name for path in made.written if path.suffix == ".png"}
    assert names == {f"SIMULATED_{name}.png" for name in made.report.figures}
    disk = imread(tmp_path / "meeting" / "figures" / "SIMULATED_moon_image_B3.png")
    assert disk.shape[:2] == (520, 640)
    assert (disk[..., :3].min(axis=2) < 30).sum() > 20_000, "no dark sky about the disk"
    series = imread(tmp_path / "meeting" / "figures" / "SIMULATED_drift_moon_B2.png")
    assert series.shape[:2] == (400, 1400)
    ink = abs(series[..., :3].astype(int) - [0x88, 0x2E, 0x72]).sum(axis=2) < 40
    assert ink.sum() > 500, "the looks of B2 are not drawn"
