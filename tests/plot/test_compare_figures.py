"""Figures of methods and mission phases show what is planted in the rows."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bokeh.core.validation import check_integrity

from venus_analysis.calibrate.compare.comparison import compare_phases
from venus_analysis.calibrate.compare.method_fits import MethodFits, fit_methods
from venus_analysis.calibrate.compare.phases import phases_of
from venus_analysis.calibrate.drift.events import Event
from venus_analysis.compute.compare.methods import Agreement
from venus_analysis.plot.compare import MethodsFigure
from venus_analysis.plot.compare_bands import AgreementMatrix, SpectrumFigure
from venus_analysis.plot.compare_columns import (
    AGREES,
    DIFFERS,
    agreement_columns,
    curve_columns,
    difference_columns,
    monthly_columns,
    spectrum_columns,
    step_columns,
)
from venus_analysis.plot.phases import PhaseDrifts, PhaseSteps
from venus_analysis.plot.phases_columns import ALL
from venus_analysis.report.comparison import methods_line

EPOCH = np.datetime64("2019-01-01", "s")
GAP = Event(np.datetime64("2021-06-01T00:00:00"), "orbit", "SIMULATED: raised", breaks=True)
LEVELS = {"moon": 0.95, "desert": 1.01}


@pytest.fixture(scope="module")
def fits(two_phase_rows: pd.DataFrame) -> dict[str, MethodFits]:
    return fit_methods(two_phase_rows, events=[GAP], epoch=EPOCH)


def test_methods_are_equal_at_the_epoch_and_part_where_planted(fits: dict) -> None:
    for band, last in (("B1", 0.0), ("B4", 2.0 * 5.3)):
        found = difference_columns(fits[band])["desert"]
        near = np.abs(np.array(found["time"]) - EPOCH.astype("M8[ms]").astype(float)) < 60 * 86.4e6
        assert np.abs(np.array(found["value"])[near]).max() < 0.6
        assert found["value"][-1] == pytest.approx(last, abs=0.7)
        assert found["outside"][-1] == (band == "B4")
    months = monthly_columns(fits["B1"])["moon"]
    assert months["value"][-1] == pytest.approx(100.0 * (-0.01 * 5.35 + 0.015), abs=0.5)
    curve = curve_columns(fits["B1"])
    assert len(curve["xs"]) == 2
    assert "+1.5" in step_columns(fits["B1"])["label"][0]


def test_the_epoch_can_be_moved_and_the_series_follow(fits: dict) -> None:
    moved = fits["B4"].at(np.datetime64("2022-06-01"))
    assert difference_columns(moved)["desert"]["value"][-1] == pytest.approx(3.8, abs=0.7)
    assert np.abs(monthly_columns(moved)["moon"]["value"][40]) < 0.5
    assert moved.at(moved.epoch) is moved


def test_methods_that_share_no_month_are_drawn_without_a_difference(two_phase_rows) -> None:
    later = (two_phase_rows["time"] > np.datetime64("2020-01-01")).to_numpy()
    apart = two_phase_rows[(two_phase_rows["method"] == "moon").to_numpy() == later]
    fits = fit_methods(apart, ["B1"], events=[GAP], epoch=EPOCH)["B1"]
    assert difference_columns(fits)["desert"]["value"] == []
    drawn = MethodsFigure(fits)
    assert not check_integrity(drawn.series.references()).error


def test_levels_are_those_planted_whatever_the_gain(fits: dict) -> None:
    for time, gain in ((EPOCH, 2.0), (np.datetime64("2019-08-01"), 1.94)):
        years = (time - EPOCH) / np.timedelta64(1, "D") / 365.25
        for method, level in LEVELS.items():
            truth = level * (1.0 - 0.01 * years) * 2.0 / gain
            assert float(fits["B1"].level(method, time).value) == pytest.approx(truth, abs=0.001)
        assert float(fits["B1"].slope("moon").value) == pytest.approx(-0.01, abs=0.002)


def test_a_band_that_leaves_its_neighbours_is_named(fits: dict) -> None:
    found = spectrum_columns(fits, EPOCH)
    assert [b for b, out in zip(found["moon"]["band"], found["moon"]["leaves"], strict=True) if out]
    assert dict(zip(found["moon"]["band"], found["moon"]["leaves"], strict=True))["B7"]
    assert not any(found["desert"]["leaves"])


def test_the_matrix_tells_who_disagrees(fits: dict) -> None:
    found = agreement_columns(fits)
    told = {
        (band, cell[1]): verdict
        for band, cell, verdict in zip(found["band"], found["cell"], found["verdict"], strict=True)
    }
    assert told["B4", "slope"] == DIFFERS
    assert told["B1", "slope"] == told["B1", "step"] == AGREES


def test_figures_refresh_in_place_and_are_sound(fits: dict) -> None:
    methods = MethodsFigure(fits["B1"], theme="dark")
    spectrum, matrix = SpectrumFigure(fits), AgreementMatrix(fits)
    before = methods.series, methods.sources["moon"].data
    methods.update(fits["B4"].at(np.datetime64("2022-06-01")))
    assert methods.series is before[0]
    assert methods.sources["moon"].data is not before[1]
    assert "B4" in methods.series.title.text
    assert "SIMULATED" in methods.series.title.text
    only = {"B1": fits["B1"]}
    spectrum.update(only)
    matrix.update(only)
    assert matrix.source.data["band"] == ["B1", "B1"]
    for figure in (*methods.figures, spectrum.figure, matrix.figure):
        assert not check_integrity(figure.references()).error
        assert figure.yaxis[0].axis_label
    assert all("(%)" in figure.yaxis[0].axis_label for figure in methods.figures)
    hidden = [item.label.value for item in methods.series.legend[0].items if not item.visible]
    assert hidden == ["SNO"]


@pytest.fixture(scope="module")
def phases(two_phase_rows: pd.DataFrame) -> dict:
    rows = two_phase_rows
    two = rows[(rows["band"] == "B1") | (rows["band"] == "B4") & (rows["method"] == "moon")]
    return compare_phases(two, *phases_of(two), events=[GAP])


def test_steps_of_phases_are_drawn_with_their_verdict(phases: dict) -> None:
    figure = PhaseSteps(phases, 0.01)
    for name in (ALL, "moon", "desert"):
        drawn = figure.sources[name].data
        assert drawn["band"][0] == "B1"
        assert drawn["lower"][0] < 1.5 < drawn["upper"][0]
    assert figure.sources["desert"].data["band"] == ["B1"]
    assert figure.sources["sno"].data["band"] == []
    assert figure.verdicts.data["mark"][0] == "✗"
    assert "SIMULATED" in figure.figure.title.text
    assert "VM1 to VM5" in figure.figure.title.text
    figure.update({**phases, "bands": phases["bands"][:1]}, 0.03)
    assert figure.limits.data["high"] == [3.0]
    assert list(figure.figure.x_range.factors) == ["B1"]
    assert not check_integrity(figure.figure.references()).error


def test_a_further_step_within_a_phase_is_told(phases: dict) -> None:
    first, *others = phases["bands"]
    unclean = [one | {"clean": one["phase"] != "VM1"} for one in first["phases"]]
    clean = [
        band | {"phases": [one | {"clean": True} for one in band["phases"]]} for band in others
    ]
    figure = PhaseSteps({**phases, "bands": [first | {"phases": unclean}, *clean]})
    assert figure.verdicts.data["within"] == ["+ VM1", *[""] * len(others)]
    assert "a further step in that phase" in figure.figure.title.text


def test_drifts_of_phases_are_those_planted(phases: dict) -> None:
    figure = PhaseDrifts(phases)
    for key in ("before", "after"):
        drawn = figure.sources["moon"][key].data
        assert drawn["drift"] == pytest.approx([-1.0, -1.0], abs=0.15)
    assert len(figure.sources["moon"]["both"].data["xs"]) == 2
    assert len(figure.sources["desert"]["both"].data["xs"]) == 1
    assert not check_integrity(figure.figure.references()).error


def test_dates_stand_in_line_and_late_labels_stay_in_the_frame(fits: dict) -> None:
    late = fits["B1"].at(np.datetime64("2023-03-01"))
    figure = MethodsFigure(late)
    borders = {one.min_border_left for one in figure.figures}
    assert len(borders) == 1
    assert borders.pop() > 60
    assert figure.sources["epoch"].data["side"] == ["right"]
    assert figure.sources["epoch"].data["beside"][0] < 0
    figure.update(fits["B1"])
    assert figure.sources["epoch"].data["side"] == ["left"]


def test_bands_that_leave_are_listed_once_for_a_method(fits: dict) -> None:
    figure = SpectrumFigure(fits, EPOCH)
    for method, source in figure.sources.items():
        columns = spectrum_columns(fits, EPOCH).get(method)
        pairs = zip(columns["band"], columns["leaves"], strict=True) if columns else ()
        leaving = ", ".join(band for band, out in pairs if out)
        assert "".join(source.data["mark"]) == (f"≠ {leaving}" if leaving else "")
        assert bool(leaving) == (method == "moon")


def test_names_of_bands_that_leave_have_room_above_the_looks(
    fits: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = SpectrumFigure(fits, EPOCH)
    one = figure.figure.y_range.range_padding
    found = spectrum_columns(fits, EPOCH)
    for method in found:
        found[method]["leaves"] = [True] * len(found[method]["band"])
    monkeypatch.setattr("venus_analysis.plot.compare_bands.spectrum_columns", lambda *_: found)
    figure.update(fits, EPOCH)
    assert figure.figure.y_range.range_padding > one


def test_an_en_that_differs_never_reads_1(fits: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    barely = replace(fits["B4"].agreement[0], en=-1.04, agree=False)
    monkeypatch.setitem(vars(fits["B4"]), "agreement", (barely,))
    assert agreement_columns({"B4": fits["B4"]})["label"] == ["−1.04"]
    assert AgreementMatrix({"B4": fits["B4"]}).source.data["label"] == ["−1.04≠"]
    assert "En −1.04" in str(methods_line(fits["B4"]))


@pytest.mark.parametrize("order", [1, -1])
def test_a_step_that_nobody_can_tell_hides_none_that_differs(order: int) -> None:
    seen = Agreement("step 2019-01-01", "moon", "desert", 0.005, 0.005, 0.5, True)
    blind = Agreement("step 2020-01-01", "moon", "desert", np.nan, np.nan, np.nan, None)
    far = Agreement("step 2021-01-01", "moon", "desert", 0.05, 0.01, 2.5, False)
    fits: Any = SimpleNamespace(agreement=[seen, far, blind][::order])
    assert agreement_columns({"B1": fits})["label"] == ["+2.50"]
