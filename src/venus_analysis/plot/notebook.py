"""Figures in a notebook that draw with the network cut."""

from __future__ import annotations

from typing import Any

from venus_analysis.plot.save import as_bokeh


def offline() -> None:
    """Put Bokeh's scripts into the notebook, once, before any `show`.

    Bokeh's own ``output_notebook`` adds a script of Panel, once Panel is imported, that
    only Panel's server has, and draws nothing without it; HoloViews' and Panel's displays
    fetch theirs from the network.
    """
    from bokeh.resources import Resources
    from IPython.display import Javascript, display

    scripts = "\n".join(Resources("inline", components=["bokeh"]).js_raw)
    display(Javascript(f"(function() {{\n{scripts}\n}}).call(window)"))  # type: ignore[no-untyped-call]


def show(figure: Any) -> None:
    """Show a figure below the cell, after `offline`.

    Parameters
    ----------
    figure
        HoloViews object, or a Bokeh figure or layout.
    """
    from bokeh.embed.notebook import notebook_content
    from IPython.display import HTML, display

    script, division, _ = notebook_content(as_bokeh(figure))
    display(HTML(f"{division}<script>{script}</script>"))  # type: ignore[no-untyped-call]
