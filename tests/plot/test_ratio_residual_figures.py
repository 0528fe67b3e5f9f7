"""The figure of ratio residuals shows each band and each site."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from venus_analysis.plot.ratio_residuals import MOST_MARKS, ResidualFigure

LEVELS = {"Algeria 3": 0.0, "Libya 4": 0.02}


@pytest.fixture
def looks() -> pd.DataFrame:
    """Two sites far apart in level, 1000 looks each in two bands, as a ledger has them."""
    noise = np.random.default_rng(3)
    angle = noise.uniform(0.0, 30.0, 2000)
    site = np.repeat(list(LEVELS), 1000)
    one = pd.DataFrame(
        {
            "site": site,
            "view_zenith_deg": angle,
            "residual": np.repeat(list(LEVELS.values()), 1000) + 1e-3 * noise.normal(size=2000),
            "time": np.datetime64("2020-01-01", "us"),
            "acquisition_id": [f"SIMULATED_{k}" for k in range(2000)],
        }
    )
    return pd.concat([one.assign(band=band) for band in ("B2", "B11")]).sort_values(
        "acquisition_id", kind="stable"
    )


def test_looks_are_thinned_alike_in_every_band(looks: pd.DataFrame) -> None:
    figure = ResidualFigure()
    figure.update(looks, "view_zenith_deg", ["B2", "B11"], simulated=True)
    shown = Counter(figure.sources["looks"].data["band"])
    assert shown["B2"] == shown["B11"] > 0
    assert shown.total() <= MOST_MARKS


def test_medians_are_joined_site_by_site(looks: pd.DataFrame) -> None:
    figure = ResidualFigure()
    figure.update(looks, "view_zenith_deg", ["B2"], simulated=True)
    lines = figure.sources["lines"].data["ys"]
    assert len(lines) == len(LEVELS)
    for line, level in zip(lines, LEVELS.values(), strict=True):
        np.testing.assert_allclose(line, 100.0 * level, atol=0.1)
    assert set(figure.sources["medians"].data["site"]) == set(LEVELS)


def test_a_chosen_look_leaves_the_medians_as_they_are(looks: pd.DataFrame) -> None:
    figure = ResidualFigure()
    figure.update(looks, "view_zenith_deg", ["B2"], simulated=True)
    drawn = [one for one in figure.figure.renderers if one.data_source is figure.sources["medians"]]
    assert len(drawn) == 2
    assert all(one.nonselection_glyph.line_alpha == 1.0 for one in drawn)
