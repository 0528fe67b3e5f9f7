"""Residuals keep what geometry does and lose what time does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from venus_analysis.calibrate.drift.page import drift_page
from venus_analysis.calibrate.drift.residuals import axes_there, ratio_residuals
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.compute.dependence import dependence
from venus_analysis.plot.ratio_residuals import ResidualFigure, halves


def test_a_planted_step_between_detector_halves_is_seen_beside_a_drift(
    small_rows: Callable[..., pd.DataFrame],
) -> None:
    rows = small_rows()
    side = np.arange(60) % 2
    rows["centre_column"] = np.where(side, 3900.0, 1300.0)
    rows["ratio"] *= 1.0 + 0.004 * side
    page = drift_page(rows, Selection("moon"))
    found = ratio_residuals(page, rows, ["B2"])
    assert len(found) == 60
    assert found["simulated"].tolist() == rows[rows["band"] == "B2"]["simulated"].tolist()
    two = halves(found)
    step = two.median[1] - two.median[0]
    assert abs(step - 0.004) < 4.0 * np.hypot(*two.u_median)
    assert dependence(found["time"].astype("int64"), found["residual"]).probability > 1e-3
    assert axes_there(rows) == ("centre_column", "time")
    figure = ResidualFigure()
    for axis in ("centre_column", "time", "site"):
        figure.update(found, axis, ["B2"], simulated=True)
        assert len(figure.sources["looks"].data["x"]) == 60
    assert figure.figure.title.text.startswith("SIMULATED")
