"""What a notebook shows draws with the network cut, wherever its outputs are put."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import holoviews as hv
import IPython.display
import panel  # noqa: F401 (once imported, it adds a script of its server to Bokeh's own loader)
import pytest
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure as bokeh_figure

from venus_analysis.plot.notebook import offline, show
from venus_analysis.report.tables import Cell, table

JUPYTER = """<style>:not(.jp-RenderedMarkdown).jp-RenderedHTMLCommon td,
:not(.jp-RenderedMarkdown).jp-RenderedHTMLCommon th { text-align: right; }
.jp-RenderedHTMLCommon table { table-layout: fixed; }</style>"""
"""What JupyterLab says of tables in outputs."""


def test_figures_of_both_libraries_draw(
    chromium_browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", shown.append)
    offline()
    show(hv.Scatter([(1.0, 2.0), (2.0, 3.0)], "wavelength", "ratio"))
    source = ColumnDataSource({"x": [1.0, 2.0], "y": [3.0, 4.0]})
    for _ in range(2):  # linked by their rows, as figures of a comparison are
        plain = bokeh_figure(width=300, height=200)
        plain.scatter("x", "y", source=source)
        show(plain)
    scripts, *figures = shown
    path = tmp_path / "notebook.html"
    body = "".join(f"<div>{one.data}</div>" for one in figures)
    path.write_text(f"<!doctype html><script>{scripts.data}</script>{body}", encoding="utf-8")

    page = chromium_browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("request", lambda one: asked.append(one.url))
    page.goto(path.as_uri())
    page.wait_for_function("window.Bokeh && Bokeh.documents.length === 3 && "
                           "Bokeh.documents.every((one) => one.is_idle)")  # fmt: skip
    drawn = page.locator(".bk-Figure").count()
    page.close()
    assert drawn == 3
    assert not said
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_tables_keep_their_own_columns_in_a_notebook(chromium_browser: Any) -> None:
    said = "a sentence that stands at the left of a column as wide as it needs"
    row: list[Cell | str] = ["B1", Cell("? not enough data", "open"), Cell("1", "number"), said]
    html = table(["band", "verdict", "looks", "in words"], [row], caption="SIMULATED")
    page = chromium_browser.new_page(viewport={"width": 700, "height": 400})
    page.set_content(
        f"{JUPYTER}<div class='jp-RenderedHTMLCommon' style='width:400px'>{html}</div>"
    )
    cells = page.locator("tbody :is(th, td)")
    aligned = cells.evaluate_all("all => all.map(one => getComputedStyle(one).textAlign)")
    over = cells.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length")
    page.close()
    assert aligned == ["left", "left", "right", "left"]
    assert over == 0
