"""The desert figure says what it draws, on which scale, and what it leaves out."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pytest

from venus_analysis.calibrate.row import new_row
from venus_analysis.errors import InputError
from venus_analysis.plot.desert import desert_page, desert_series


def rows(**change):
    days = np.datetime64("2018-01-01", "us") + np.arange(50) * np.timedelta64(7, "D")
    ratios = 1.02 + 0.01 * np.sin(np.arange(50.0))
    ratios[7] = 1.5
    names = {"instrument": "VENUS", "reference": "S2A", "site": "Libya 4", "simulated": True}
    return [
        new_row(band=band, time=day, ratio=ratio, **(names | change))
        for day, ratio in zip(days, ratios, strict=True)
        for band in ("B3", "B7")
    ]


def test_series_shows_points_mean_and_what_is_outside():
    figure = desert_series(rows(), "B7")
    title = hv.render(figure, backend="bokeh").title.text
    assert title.startswith("SIMULATED · VENUS B7 against S2A, Libya 4")
    assert "(1 outside the frame)" in title
    (points,) = [one for one in figure if isinstance(one, hv.Scatter)]
    assert len(points) == 50
    lines = [one.data for one in figure if isinstance(one, hv.HLine)]
    assert lines[1] == pytest.approx(2.0, abs=0.5)
    assert "scatter 0." in title
    assert "49 of 50 looks" in title
    assert lines[0] == 0.0


def test_page_has_a_panel_for_each_band_with_a_ratio():
    assert len(desert_page(rows())) == 2
    assert len(desert_page(rows(), ["B3"])) == 1
    none = [row | {"ratio": float("nan")} for row in rows()]
    with pytest.raises(InputError, match="rows with a ratio"):
        desert_page(none)
