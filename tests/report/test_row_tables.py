"""A row in full names the unit of its own method."""

from __future__ import annotations

import pandas as pd
import pytest

from venus_analysis.report.row_tables import row_in_full


@pytest.mark.parametrize(
    ("method", "measured", "modelled"),
    [
        ("moon", "0.25 W m-2 um-1", "0.5 W m-2 um-1"),
        ("desert", "0.25", "0.5"),
        ("sno", "0.25", "0.5"),
    ],
)
def test_measured_is_an_irradiance_of_the_moon_only(
    method: str, measured: str, modelled: str
) -> None:
    row = pd.Series(
        {"acquisition_id": "SIMULATED_1", "band": "B2", "method": method, "measured": 0.25,
         "modelled": 0.5, "flags": 0}
    )  # fmt: skip
    page = row_in_full(row)
    assert f">{measured}</td>" in page
    assert f">{modelled}</td>" in page
