"""PNG files of figures, drawn by a Chromium that is there; all of them in one run."""

from __future__ import annotations

import base64
import binascii
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from venus_analysis.errors import InputError
from venus_analysis.ledger.store import make_folder, write_whole
from venus_analysis.report.pdf import run_chromium

WIDTH: Final = 1400
_PNG: Final = b"\x89PNG"
_PAGE: Final = """<!DOCTYPE html><html><head><meta charset="utf-8"><script>{bokeh}</script></head>
<body style="width: {width}px; margin: 0">{divs}<script>{script}</script><script>
const drawn = () => Bokeh.documents.flatMap((one) => one.roots())
const timer = setInterval(() => {{
  if (document.readyState !== "complete" || drawn().length === 0) return
  clearInterval(timer)
  for (const root of drawn()) {{
    const found = document.createElement("data")
    found.title = root.name
    found.value = Bokeh.index[root.id].export("png", false).canvas.toDataURL("image/png")
    document.body.append(found)
  }}
}}, 300)
</script></body></html>"""
_FOUND: Final = re.compile(r'<data[^>]* title="([^"]*)"[^>]*value="data:image/png;base64,([^"]+)"')
_TURNED: Final = re.compile(
    r'<data[^>]* value="data:image/png;base64,([^"]+)"[^>]* title="([^"]*)"'
)


def write_pictures(figures: Mapping[str, Any], folder: str | Path) -> list[Path]:
    """Draw Bokeh figures and write each as ``NAME.png``.

    Parameters
    ----------
    figures
        Name of the file without its ending to figure; their width is `WIDTH` pixels.
    folder
        Made when it is not there.

    Returns
    -------
    list of pathlib.Path
        In the order of the figures.

    Raises
    ------
    InputError
        Without a Chromium, or when it does not draw all of them.
    """
    from bokeh.document import Document
    from bokeh.embed import components
    from bokeh.resources import Resources

    document = Document()
    with document.models.freeze():
        for number, chart in enumerate(figures.values()):
            chart.name = str(number)
            document.add_root(chart)
    script, divs = components(list(figures.values()), wrap_script=False)
    document.clear()
    page = _PAGE.format(
        bokeh=Resources(mode="inline", components=["bokeh"]).js_raw[0],
        width=WIDTH, divs="\n".join(divs), script=script,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "figures.html"
        path.write_text(page, encoding="utf-8")
        text = run_chromium(path, "--dump-dom", f"--window-size={WIDTH},900").decode(
            errors="replace"
        )
    data = dict(_FOUND.findall(text)) | {name: one for one, name in _TURNED.findall(text)}
    make_folder(Path(folder))
    return [
        _written(data.get(str(number), ""), name, Path(folder))
        for number, name in enumerate(figures)
    ]


def _written(text: str, name: str, folder: Path) -> Path:
    try:
        png = base64.b64decode(text, validate=True)
    except binascii.Error:
        png = b""
    if not png.startswith(_PNG):
        raise InputError(name, "a picture from Chromium", "none", "open the report instead")
    path = folder / f"{name}.png"
    write_whole(path, png)
    return path
