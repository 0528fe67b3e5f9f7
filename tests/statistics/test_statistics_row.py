"""A row of the statistics file from a ledger row and from what the measurement rests on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from venus_analysis import schema
from venus_analysis.calibrate.moon import calibrate_image
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.mtf import limb_mtf
from venus_analysis.compute.sample_statistics import sample_statistics
from venus_analysis.errors import InputError
from venus_analysis.statistics import statistics_row
from venus_analysis.statistics.columns import statistics_frame


@dataclass(frozen=True)
class Planted:
    source_band: str = "B4"
    shift_columns: float = -1500.0
    factor: float = 0.003
    u_factor: float = math.inf
    overlaps_disk: bool = True


def test_glod_rows_serve_as_they_are(look: xr.Dataset) -> None:
    rows = calibrate_image(look, {})
    frame = statistics_frame([statistics_row(row) for row in rows])
    assert frame["measured"].tolist() == [row["measured"] for row in rows]
    budget = json.loads(rows[3]["budget_text"])["budget"]
    assert frame["budget_noise"].iloc[3] == pytest.approx(budget["noise"])
    assert np.isnan(frame["rejected_spike"]).all()


def test_every_column_that_is_given_arrives() -> None:
    disk, sky = sample_statistics(np.arange(11.0), pixels=99), sample_statistics(np.zeros(3))
    row = statistics_row(
        {"band": "B3", "ratio": 1.01},
        disk=disk,
        sky=sky,
        rejected={"SPIKE": 4, "DEFECTIVE_INTERPOLATED": 700},
        outline=Outline(10.0, 20.0, 30.0, oversampling=1.5),
        sun_direction_deg=33.0,
        background=0.4,
        u_background=0.1,
        halo_fraction=0.012,
        ghosts=[Planted()],
        budget={"noise": 1e-4, "halo tail": 2e-4, "of another version": 1.0},
    )
    assert row.keys() == {column.name for column in schema.STATISTICS}
    assert (row["disk_pixels"], row["disk_mean"], row["disk_percentile_50"]) == (99.0, 5.0, 5.0)
    assert row["sky_standard_deviation"] == 0.0
    assert (row["rejected_spike"], row["rejected_saturated"]) == (4.0, 0.0)
    assert (row["semi_axis_line_px"], row["orientation_deg"]) == (45.0, 90.0)
    assert (row["budget_noise"], row["budget_halo_tail"]) == (1e-4, 2e-4)
    assert json.loads(row["ghosts_text"])[0] == {
        "source_band": "B4",
        "shift_columns": -1500.0,
        "factor": 0.003,
        "u_factor": None,
        "overlaps_disk": True,
    }
    statistics_frame([row])


@pytest.mark.parametrize(("shear", "oversampling"), [(0.3, 1.2), (-0.2, 0.8), (0.0, 1.5)])
def test_orientation_is_where_the_outline_is_longest(shear: float, oversampling: float) -> None:
    outline = Outline(0.0, 0.0, 50.0, oversampling=oversampling, shear=shear)
    line, column = outline.boundary(np.linspace(0.0, 360.0, 72001))
    far = int(np.argmax(np.hypot(line, column)))
    longest = math.degrees(math.atan2(line[far], column[far])) % 180.0
    found = statistics_row({}, outline=outline)["orientation_deg"]
    assert found == pytest.approx(longest, abs=0.1)


def test_sharpness_fills_its_columns() -> None:
    line, column = np.indices((120, 120)).astype(float)
    truth = Outline(60.2, 59.6, 40.0)
    depth = np.clip(0.5 - truth.distance(line, column), 0.0, 1.0)
    row = statistics_row({}, mtf=limb_mtf(depth, truth, 45.0, scan_box_px=0.0))
    for direction in ("across", "along"):
        for name in (
            f"psf_sigma_{direction}_px", f"fwhm_{direction}_px", f"mtf_half_nyquist_{direction}",
            f"mtf_nyquist_{direction}", f"free_mtf_half_nyquist_{direction}",
            f"free_mtf_nyquist_{direction}",
        ):  # fmt: skip
            assert math.isfinite(row[name])
            assert math.isfinite(row[f"u_{name}"])


def test_a_reason_without_a_flag_is_refused() -> None:
    with pytest.raises(InputError, match="COSMIC"):
        statistics_row({}, rejected={"COSMIC": 3})


@pytest.mark.parametrize("text", ["", "{}", "no json", "[1]", '{"budget": {"noise": null}}'])
def test_a_budget_that_cannot_be_read_is_not_known(text: str) -> None:
    assert math.isnan(statistics_row({"budget_text": text})["budget_noise"])
