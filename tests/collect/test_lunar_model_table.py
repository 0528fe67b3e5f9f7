"""Irradiances of another lunar model."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from venus_analysis.collect.lunar_model import ModelIrradiance, read_model_irradiances
from venus_analysis.errors import InputError

HEAD = "reference,acquisition_id,band,irradiance_w_m2_um,relative_uncertainty\n"


def test_rows_come_back(tmp_path: Path) -> None:
    path = tmp_path / "model.csv"
    path.write_text(
        f"# LIME, run of today\n{HEAD}LIME,look 1,B1,1.5e-3,0.01\nLIME,look 1,B2,2e-3,\n"
    )
    first, second = read_model_irradiances(path)
    assert first == ModelIrradiance("LIME", "look 1", "B1", 1.5e-3, 0.01)
    assert math.isnan(second.relative_uncertainty)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("LIME,a,B1,zero,\n", "row 1, irradiance_w_m2_um: expected a positive number"),
        ("LIME,a,B1,-1,\n", "positive number, received '-1'"),
        ("LIME,a,B1,nan,\n", "positive number"),
        ("LIME,a,B1\n", "positive number, received None"),
        ("LIME,,B1,1e-3,\n", "an empty cell"),
        ("LIME,a,B1,1e-3,\nLIME,a,B1,2e-3,\n", "row 2: expected each value once"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "model.csv"
    path.write_text(HEAD + rows)
    with pytest.raises(InputError, match=message):
        read_model_irradiances(path)


def test_missing_column(tmp_path: Path) -> None:
    path = tmp_path / "model.csv"
    path.write_text("reference,band\nLIME,B1\n")
    with pytest.raises(InputError, match="received reference, band; add them"):
        read_model_irradiances(path)
