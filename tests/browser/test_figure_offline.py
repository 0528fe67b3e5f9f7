"""A saved figure draws in a browser that has no network."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import xarray as xr

from venus_analysis.calibrate.moon import MoonOptions, calibrate_image
from venus_analysis.instrument import venus_responses
from venus_analysis.plot.moon import moon_page
from venus_analysis.plot.save import save_html

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=10000",
]


def test_figure_opens_offline(look: xr.Dataset, tmp_path: Path, chromium_path: str) -> None:
    responses = venus_responses()
    rows = calibrate_image(look, {response.band: response for response in responses})
    page = moon_page(look, rows, responses, MoonOptions())
    path = save_html(page, tmp_path / "figures" / "moon.html", title="<b>look & see</b>")
    html = path.read_text()
    assert "&lt;b&gt;look &amp; see" in html
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"(?:https?:)?//", html)
    picture = tmp_path / "page.png"
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    subprocess.run(
        [
            chromium_path,
            *QUIET,
            profile,
            "--window-size=1000,1600",
            f"--screenshot={picture}",
            path,
        ],
        capture_output=True,
        check=True,
        timeout=120,
    )
    from skimage.io import imread

    pixels = imread(picture)[..., :3].astype(int)
    dark = (pixels.sum(axis=2) < 60).mean()
    blue = (abs(pixels - [0x00, 0x72, 0xB2]).sum(axis=2) < 12).sum()
    assert dark > 0.05, "the sky of the Moon image is not drawn"
    assert blue > 200, "the measured points are not drawn"
