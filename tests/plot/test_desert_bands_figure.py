"""The figure of the bands draws what the results say and nothing that they do not."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pytest

from venus_analysis.errors import InputError
from venus_analysis.plot.desert_bands import desert_bands
from venus_analysis.simulate.desert import simulate_desert
from venus_analysis.simulate.desert_settings import DesertSeriesSettings


@pytest.fixture(scope="module")
def found():
    return simulate_desert(DesertSeriesSettings(looks=40, reference_looks=200)).calibrate()


def test_points_bars_and_planted_truth(found):
    planted = dict.fromkeys(found.bands, 0.97)
    figure = desert_bands({"one": found, "two": found}, planted=planted, simulated=True)
    plot = hv.render(figure, backend="bokeh")
    assert plot.title.text.startswith("SIMULATED")
    scatters = {one.label: one.data for one in figure if isinstance(one, hv.Scatter)}
    assert set(scatters) == {"one", "two", "planted"}
    assert len(scatters["one"]) == 11
    np.testing.assert_allclose(scatters["planted"]["difference"], -3.0)
    percent = 100.0 * (found.site.ratio[:11] - 1.0)
    for label in ("one", "two"):
        np.testing.assert_allclose(scatters[label]["difference"], percent)
        assert (abs(scatters[label]["band"] - np.arange(11)) < 0.5).all()
    bars = next(one.data for one in figure if isinstance(one, hv.ErrorBars))
    assert (bars["u"] >= 100.0 * found.budget.model[:11]).all()


def test_none_and_too_many_are_refused(found):
    for number in (0, 7):
        with pytest.raises(InputError, match="1 to 6"):
            desert_bands({str(k): found for k in range(number)})
