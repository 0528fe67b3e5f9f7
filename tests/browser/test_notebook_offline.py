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
