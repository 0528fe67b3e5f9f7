"""Write a figure as one HTML file that opens with the network cut."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from venus_analysis.errors import InputError


def save_html(figure: Any, path: str | Path, *, title: str) -> Path:
    """Write a figure with all scripts inside the file.

    Parameters
    ----------
    figure
        HoloViews object, or a Bokeh figure or layout.
    path
        HTML file to write; folders are made, the file appears whole or not at all.
    title
        Title of the page.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    from bokeh.embed import file_html
    from bokeh.resources import INLINE

    html = file_html(as_bokeh(figure), INLINE, title)
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(html, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise InputError(path, "a folder to write to", str(error), "choose another") from error
    finally:
        with suppress(OSError):  # nothing to remove where nothing can be
            temporary.unlink(missing_ok=True)
    return path


def as_bokeh(figure: Any) -> Any:
    """Bokeh model of a figure of either library."""
    import holoviews as hv
    from bokeh.core.validation import silence
    from bokeh.core.validation.warnings import FIXED_SIZING_MODE
    from bokeh.model import Model

    silence(FIXED_SIZING_MODE, True)  # a frame of fixed size needs no outer size
    return figure if isinstance(figure, Model) else hv.render(figure, backend="bokeh")
