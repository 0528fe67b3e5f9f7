"""Figures of a scene show what was planted in its product and rows, marked when synthetic."""

from __future__ import annotations

import json

import holoviews as hv
import numpy as np
import pytest
import xarray as xr

from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.flags import PixelFlag
from venus_analysis.plot.moon_curves import HaloFigure, halo_columns
from venus_analysis.plot.scene import band_places, halo_profile, rejected_pixels, scene_image
from venus_analysis.plot.scene_numbers import ratio_error, scene_ratio, uncertainty_budget

OUTLINES = {"B5": Outline(70.0, 60.0, 40.0, 1.3), "B7": Outline(90.0, 62.0, 40.0, 1.3)}
BUDGET = {"noise": 0.001, "halo": 0.0005, "aperture": 1e-7}


@pytest.fixture
def product() -> xr.Dataset:
    angle = np.linspace(0.0, 360.0, 181)
    limb = [one.boundary(angle) for one in OUTLINES.values()]
    reasons = np.zeros((2, 80, 60), np.uint8)
    reasons[1, :, 30] = PixelFlag.DEFECTIVE_INTERPOLATED
    reasons[1, 5, 5] = PixelFlag.SPIKE
    radius = np.array([1.2, 1.6, 2.0])
    names = [str(flag.name) for flag in PixelFlag]
    rejected = np.zeros((2, len(names)), int)
    rejected[1, names.index("DEFECTIVE_INTERPOLATED")] = 77
    return xr.Dataset(
        {
            "radiance": (("band", "i", "j"), np.full((2, 80, 60), 40.0)),
            "mask": (("band", "i", "j"), np.ones((2, 80, 60), bool)),
            "reasons": (("band", "i", "j"), reasons),
            "line": (("band", "i"), np.tile(np.arange(80) * 2.0, (2, 1))),
            "column": (("band", "j"), np.tile(np.arange(60) * 2.0, (2, 1))),
            "limb_line": (("band", "vertex"), np.array([line for line, _ in limb])),
            "limb_column": (("band", "vertex"), np.array([column for _, column in limb])),
            "aperture": ("band", [1.1, 1.1]),
            "rejected": (("band", "reason"), rejected),
            "halo_radius": ("ring", radius),
            "halo_radiance": (("band", "ring"), np.tile(0.4 / radius, (2, 1))),
            "u_halo_radiance": (("band", "ring"), np.full((2, 3), 0.01)),
        },
        coords={"band": list(OUTLINES), "reason": names},
        attrs={"acquisition_id": "SIMULATED_1", "reference_band": "B7", "simulated": 1},
    )


def row(band: str, ratio: float) -> dict:
    return {
        "band": band, "ratio": ratio, "u_random": 0.003, "u_systematic_instrument": 0.004,
        "phase_angle_deg": 42.0, "simulated": True, "budget_text": json.dumps({"budget": BUDGET}),
    }  # fmt: skip


def title(figure: object) -> str:
    return hv.render(figure, backend="bokeh").title.text


def curves(figure: hv.Overlay) -> dict[str, hv.Curve]:
    return {one.label: one for one in figure if isinstance(one, hv.Curve)}


def test_scene_image_draws_limb_and_aperture_of_the_reference_band(product) -> None:
    figure = scene_image(product)
    assert title(figure).startswith("SIMULATED · B7 · reference band")
    drawn = curves(figure)
    for label, radii in (("fitted limb", 1.0), ("aperture, 1.1 radii", 1.1)):
        column, line = (drawn[label].dimension_values(axis) for axis in (0, 1))
        u, v = OUTLINES["B7"].unit(line, column)
        np.testing.assert_allclose(np.hypot(u, v), radii, atol=1e-6)


def test_rejected_pixels_are_counted_by_reason(product) -> None:
    figure = rejected_pixels(product)
    points = {one.label: one for one in figure if isinstance(one, hv.Points)}
    assert set(points) == {"defective column: 77 px", "spike: 0 px"}
    assert len(points["defective column: 77 px"]) == 80
    assert "77 pixels rejected" in title(figure)
    assert not [one for one in rejected_pixels(product, "B5") if isinstance(one, hv.Points)]


def test_places_and_halo(product) -> None:
    assert set(curves(band_places(product))) == {"B5", "B7"}
    figure = halo_profile(product)
    (marks,) = [one for one in figure if isinstance(one, hv.Scatter)]
    np.testing.assert_allclose(marks.dimension_values(1), 1.0 / product["halo_radius"], rtol=1e-9)
    assert "mean of 2 bands" in title(figure)


@pytest.mark.parametrize("ring", [0.004, -0.004])
def test_a_ring_in_the_noise_is_a_limit_not_a_point(product, ring: float) -> None:
    """Whatever its sign: those above zero alone would look like a halo."""
    product["halo_radiance"][:, 2] = ring
    inside = product["radiance"].where(product["mask"]).mean(["i", "j"])
    columns = halo_columns(product, "B7")
    known, below = columns["rings"], columns["below"]
    assert known["x"].tolist() == product["halo_radius"][:2].to_numpy().tolist()
    assert below["x"].tolist() == product["halo_radius"][2:].to_numpy().tolist()
    limit = 100.0 * (max(ring, 0.0) + 2.0 * 0.01) / float(inside.sel(band="B7"))
    assert below["y"] == pytest.approx(limit)
    halo = HaloFigure()
    halo.update(product, "B7", simulated=True)
    assert "▽ below" in halo.figure.title.text
    marks = [one for one in halo_profile(product) if isinstance(one, hv.Scatter)]
    assert [len(one) for one in marks] == [2, 1]
    assert "▽: below" in title(halo_profile(product))


def test_ratio_and_planted(product) -> None:
    rows = [row("B5", 0.96), row("B7", 0.97), row("B8", np.nan)]
    planted = {"B5": 0.961, "B7": 0.969}
    figure = scene_ratio(rows, planted)
    scatters = {one.label: one for one in figure if isinstance(one, hv.Scatter)}
    assert scatters["measured, k = 2"].dimension_values(1).tolist() == [0.96, 0.97]
    assert scatters["planted"].dimension_values(1).tolist() == [0.961, 0.969]
    (bars,) = [one for one in figure if isinstance(one, hv.ErrorBars)]
    np.testing.assert_allclose(bars.dimension_values(2), [0.0096, 0.0097])
    error = ratio_error([(rows, planted)])
    (marks,) = [one for one in error if isinstance(one, hv.Scatter)]
    expected = [(0.96 / 0.961 - 1.0) * 100.0, (0.97 / 0.969 - 1.0) * 100.0]
    np.testing.assert_allclose(marks.dimension_values(1), expected)
    assert title(error).startswith("SIMULATED")


def test_budget_shows_the_terms_that_count() -> None:
    drawn = curves(uncertainty_budget([row("B5", 0.96), row("B7", 0.97)]))
    assert set(drawn) == {"all terms", "noise", "halo"}
    np.testing.assert_allclose(drawn["all terms"].dimension_values(1), 0.5)
    np.testing.assert_allclose(drawn["noise"].dimension_values(1), 0.1)
