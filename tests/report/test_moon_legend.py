"""Keys of a Moon picture are seen on a dark page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from venus_analysis.plot import style
from venus_analysis.report.moon_tables import picture_legend


def test_ghosts_of_dark_bands_stand_on_the_colour_of_their_sky() -> None:
    colour = style.band_colour("B12", "light")
    ghost = SimpleNamespace(found=True, colour=colour, text="B12: 0.4 %")
    picture: Any = SimpleNamespace(reasons=(), ghosts=(ghost,))
    page = picture_legend(picture, "dark")
    assert f'class="key sky" style="color: {colour}"' in page
    assert ".va.dark .key.sky { background:" in page
    assert page.count('class="key sky"') == 1
