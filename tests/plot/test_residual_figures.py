"""Figures of residuals: every one draws what the product and the rows hold, and says SIMULATED."""

from __future__ import annotations

import holoviews as hv
import numpy as np
import pytest
import xarray as xr

from venus_analysis.plot.residuals import (
    ghost_map,
    noise_curve,
    residual_by_band,
    residual_halo,
    residual_over_time,
)


@pytest.fixture(scope="module", autouse=True)
def bokeh():
    hv.extension("bokeh", logo=False)


@pytest.fixture(scope="module")
def product() -> xr.Dataset:
    sky = np.random.default_rng(1).normal(0.0, 0.1, (1, 20, 40)).astype(np.float32)
    sky[:, 8:12, 18:22] = np.nan
    turn = np.linspace(0.0, 2.0 * np.pi, 9)
    circle = 40.0 + 8.0 * np.sin(turn)
    return xr.Dataset(
        {
            "sky": (("band", "sky_i", "sky_j"), sky),
            "sky_line": (("band", "sky_i"), np.arange(20.0)[None] * 4.0 + 1.5),
            "sky_column": ("sky_j", np.arange(40.0) * 4.0 + 1.5),
            "limb_line": (("band", "vertex"), circle[None]),
            "limb_column": (("band", "vertex"), 80.0 + 8.0 * np.cos(turn)[None]),
            "halo_ring": ("halo_ring", [1.1, 1.2, 2.0]),
            "residual_halo": (("band", "halo_ring"), [[0.1, 0.05, -0.001]]),
            "u_residual_halo": (("band", "halo_ring"), [[0.01, 0.01, 0.01]]),
            "fitted_halo": (("band", "halo_ring"), [[0.1, 0.05, 0.001]]),
            "ct1_fraction": ("band", [0.0123]),
            "u_ct1_fraction": ("band", [0.0002]),
            "disk_radiance": ("band", [10.0]),
            "noise_signal": (("band", "bin"), [[0.0, 40.0, np.nan]]),
            "noise_variance": (("band", "bin"), [[0.44, 1.04, np.nan]]),
            "u_noise_variance": (("band", "bin"), [[0.01, 0.01, np.nan]]),
            "noise_a": ("band", [0.6]),
            "noise_b": ("band", [0.015]),
            "noismo_a": ("band", [0.61]),
            "noismo_b": ("band", [0.014]),
            "ct2_band": ("ct2", np.array(["B7", "B7"], object)),
            "ct2_source_band": ("ct2", np.array(["B8", "B9"], object)),
            "ct2_factor": ("ct2", [0.003, 0.0001]),
            "u_ct2_factor": ("ct2", [0.0001, 0.0001]),
            "ct2_probability": ("ct2", [1e-9, 0.9]),
            "ct2_line": (("ct2", "ct2_vertex"), np.stack([circle, circle])),
            "ct2_column": (("ct2", "ct2_vertex"), np.stack([circle, circle + 60.0])),
        },
        coords={"band": ("band", np.array(["B7"], object))},
        attrs={"simulated": 1, "reference_band": "B7", "acquisition_id": "SIMULATED_X"},
    )


def labels(figure) -> list[str]:
    return [one.label for one in figure]


def title(figure) -> str:
    return figure.opts.get("plot").kwargs["title"]


@pytest.mark.parametrize("draw", [residual_halo, ghost_map, noise_curve])
def test_figures_of_a_product_render_and_say_simulated(product, draw):
    figure = draw(product)
    assert title(figure).startswith("SIMULATED")
    hv.render(figure)


def test_halo_s_title_is_the_fraction_and_rings_in_the_noise_are_limits(product):
    figure = residual_halo(product)
    assert "1.23 ± 0.04 %" in title(figure)
    points, limits = (one for one in figure if isinstance(one, hv.Scatter))
    assert points.dimension_values("radius").tolist() == [1.1, 1.2]
    # -0.001 with 0.01: at most two sigma above nothing
    assert limits.dimension_values("radiance").tolist() == [0.02]


def test_ghosts_that_were_not_found_are_told_apart(product):
    found = labels(ghost_map(product))
    assert "B8: 0.300 ± 0.020 %" in found
    assert "B9: 0.010 ± 0.020 %, not found" in found


def rows(number: int) -> list[dict]:
    return [
        {
            "band": band,
            "time": np.datetime64("2019-01-01", "us") + np.timedelta64(30 * k, "D"),
            "ct1_fraction": 0.012 if k else float("nan"),
            "u_ct1_fraction": 0.001,
            "ct1_detection_limit": 0.0005,
            "simulated": True,
        }
        for band in ("B1", "B7")
        for k in range(number)
    ]


def test_bands_without_a_value_are_left_out():
    figure = residual_by_band(rows(2), "ct1_fraction", limit="ct1_detection_limit")
    points = [one for one in figure if one.label == "measured, k = 2"]
    assert points[0].dimension_values(1).tolist() == [1.2, 1.2]
    assert title(figure) == "SIMULATED · Halo CT1 by band"
    hv.render(figure)


def test_residuals_over_time_mark_the_updates():
    figure = residual_over_time(rows(5), "ct1_fraction", ["B1", "B7"], ["2019-03-01"])
    assert sum(isinstance(one, hv.VLine) for one in figure) == 1
    assert {"B1", "B7"} <= set(labels(figure))
    hv.render(figure)
