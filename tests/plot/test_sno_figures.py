"""The SNO figures show what was compared, the line, and which bands stand empty."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pytest

from venus_analysis.calibrate.row import new_row
from venus_analysis.calibrate.sno import SnoResult, joint_lines
from venus_analysis.calibrate.sno_rows import Compared, mean_of
from venus_analysis.calibrate.sno_side import Side
from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.errors import InputError
from venus_analysis.plot.sno import sno_band, sno_overview, sno_page

BANDS = ("B1", "B3")
NUMBER = 12


def result(number=NUMBER, **change):
    """SIMULATED looks of two bands; B1 has no partner."""
    day = np.datetime64("2019-01-01", "us") + np.arange(number) * np.timedelta64(1, "D")
    x = np.linspace(0.2, 0.6, number)
    measured = np.column_stack([np.full(number, np.nan), 1.01 * x + 0.002])
    if number:
        measured[3, 1] += 0.05
    looks = make_looks(day, 30.0, 3.0, 90.0, np.full((number, 2), 0.4))
    names = np.array([f"L{k}" for k in range(number)], object)
    shares = [np.zeros((number, 2))] * 3
    side = Side(looks, np.full(number, "", object), names, *shares, simulated=True)
    i = np.arange(number)
    compared = Compared(
        Pairs(i, i, np.zeros(number, bool)),
        side,
        side,
        measured,
        np.column_stack([np.full(number, np.nan), x]),
        np.zeros((number, 2), np.uint8),
    )
    rows = [
        new_row(
            **{"instrument": "VENUS/VSSC", "site": "Field", "reference": "S2A", "simulated": True}
            | {"band": band, "time": day[k], "ratio": measured[k, b] / x[k], "u_model": 0.005}
            | {"u_random": 0.01}
            | change
        )
        for k in range(number)
        for b, band in enumerate(BANDS)
    ]
    mean = mean_of(rows, BANDS)
    return SnoResult(
        rows, "S2A", "surface", BANDS, {"B3": "B2"}, {"B1": "none"}, mean, compared, None
    )


def test_panel_holds_points_line_and_what_was_left_out():
    one = result()
    line = joint_lines([one], ["deming"])["B3"]["deming"]
    panel = sno_band(one, "B3", line)
    lost, kept = [part for part in panel if isinstance(part, hv.Scatter)]
    assert (len(kept), len(lost)) == (NUMBER - 1, 1)
    (curve,) = [part for part in panel if isinstance(part, hv.Curve)]
    x, y = curve.dimension_values(0), curve.dimension_values(1)
    np.testing.assert_allclose(y, 100.0 * (1.01 + 0.002 / x - 1.0), atol=0.01)
    title = hv.render(panel, backend="bokeh").title.text
    assert title.startswith("SIMULATED · B3 against S2A B2, Field\ngain 1.01")


def test_overview_marks_bands_without_partner():
    figure = hv.render(sno_overview([result()]), backend="bokeh")
    labels = figure.xaxis[0].major_label_overrides.values()
    assert list(labels) == ["B1\nno\npartner", "B3"]
    assert "SIMULATED" in figure.title.text
    assert figure.yaxis[0].axis_label == "ratio - 1 (%)"


def test_bars_are_two_standard_uncertainties():
    bars = [part for part in sno_overview([result()]) if isinstance(part, hv.ErrorBars)]
    wanted = 200.0 * np.hypot(0.01 / np.sqrt(NUMBER), 0.005)
    assert bars[0].dimension_values(2)[0] == pytest.approx(wanted)


def test_page_needs_pairs():
    assert len(sno_page([result()]).children) == 2
    with pytest.raises(InputError, match="results with pairs"):
        sno_page([result(0)])


def test_overview_says_simulated_whichever_result_is() -> None:
    measured, made = result(simulated=False), result()
    for both in ([measured, made], [made, measured]):
        assert "SIMULATED" in hv.render(sno_overview(both), backend="bokeh").title.text
    assert "SIMULATED" not in hv.render(sno_overview([measured]), backend="bokeh").title.text
