"""Figures draw what they are given, marked when it is synthetic."""

from __future__ import annotations

from pathlib import Path

import holoviews as hv
import numpy as np
import pytest
import xarray as xr

from venus_analysis.calibrate.measure import MeasureOptions, measure
from venus_analysis.calibrate.moon import MoonOptions, calibrate_image
from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_responses
from venus_analysis.parameters.difference import set_difference
from venus_analysis.parameters.parameter_set import parameter_set
from venus_analysis.parameters.registry import Registry
from venus_analysis.plot.moon import limb_profile, moon_image, moon_page
from venus_analysis.plot.parameters import gain_difference, gain_history
from venus_analysis.simulate.gains import UPDATES, simulate_gains


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    simulate_gains(tmp_path)
    return Registry(tmp_path)


def title(figure: object) -> str:
    return hv.render(figure, backend="bokeh").title.text


def test_gain_history_steps_where_the_updates_are(registry: Registry) -> None:
    figure = gain_history(registry, 8, bands=["B1"], simulated=True)
    assert title(figure).startswith("SIMULATED")
    (curve,) = [one for one in figure if isinstance(one, hv.Curve)]
    change = curve.dimension_values(1)
    planted = np.cumprod([1.0, *(1.0 + row[0] / 100.0 for row in UPDATES.values())])
    np.testing.assert_allclose(change[:-1], (planted - 1.0) * 100.0, atol=0.01)
    serials = [one.data[2].strip() for one in figure if isinstance(one, hv.Text)]
    assert serials == ["00007", "00008", "00009", "00010"]


def test_gain_difference_is_the_planted_one(registry: Registry) -> None:
    sets = [parameter_set(registry, date, 8) for date in ("2019-01-01", "2019-07-01")]
    bars = gain_difference(set_difference(*sets), "before to after")
    planted = UPDATES["2019-06-01"]
    np.testing.assert_allclose(bars.dimension_values(1), planted, atol=0.005)
    assert not title(bars).startswith("SIMULATED")


def test_no_gain_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a PHGAIN file in force"):
        gain_history(Registry(tmp_path))


def test_moon_image_shows_limb_and_mask(look: xr.Dataset) -> None:
    plane = look.sel(band="B6")
    found = measure(plane)
    figure = moon_image(look, "B6", found)
    assert title(figure).startswith("SIMULATED · VENUS/VSSC B6")
    labels = {one.label for one in figure if isinstance(one, hv.Curve)}
    assert labels == {"mask", "fitted limb", "near ring"}
    assert title(limb_profile(look, found, "B6")).startswith("SIMULATED")


def test_a_page_shows_the_limb_that_its_rows_were_measured_with(look: xr.Dataset) -> None:
    """Its semi-axis is that of the Moon's distance, held in the fit."""
    responses = venus_responses()
    rows = calibrate_image(look, {one.band: one for one in responses})
    image = next(iter(moon_page(look, rows, responses, MoonOptions())))
    _, limb, _ = (one for one in image if type(one) is hv.Path)
    half_width = np.ptp(limb.split(datatype="columns")[0]["column"]) / 2.0
    assert half_width == pytest.approx(rows[0]["across_px"], rel=1e-4)


def test_limb_profile_needs_a_disk(look: xr.Dataset) -> None:
    stated = measure(look.sel(band="B6"), MeasureOptions(extraction="stated"))
    with pytest.raises(InputError, match="use the laplace extraction"):
        limb_profile(look, stated, "B6")
