"""Figures in a notebook that draw with the network cut."""

from __future__ import annotations

from typing import Any

from venus_analysis.plot.save import as_bokeh


def offline() -> None:
    """Put Bokeh's scripts into the notebook, once; by default they would be fetched.

    HoloViews' and Panel's own display asks the network for scripts and style sheets even
    where they are told not to, so figures are shown by `show`.
    """
    from bokeh.io import output_notebook
    from bokeh.resources import INLINE

    output_notebook(INLINE, hide_banner=True)


def show(figure: Any) -> None:
    """Show a figure below the cell, after `offline`.

    Parameters
    ----------
    figure
        HoloViews object, or a Bokeh figure or layout.
    """
    from bokeh.io import show as show_bokeh

    show_bokeh(as_bokeh(figure))
