"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import xarray as xr

REAL_DATA_VARIABLE = "VENUS_ANALYSIS_REAL_DATA"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data; skipped without the variable, a failure once it is set."""
    folder = os.environ.get(REAL_DATA_VARIABLE)
    if not folder:
        pytest.skip(f"real data: {REAL_DATA_VARIABLE} does not name its folder")
    path = Path(folder)
    assert path.is_dir(), f"{REAL_DATA_VARIABLE}={folder} is not a folder"
    return path


@pytest.fixture(scope="session")
def look() -> xr.Dataset:
    """A small SIMULATED Moon image in the 12 bands."""
    from venus_analysis.simulate.look import simulate_look

    return simulate_look("2019-02-16T02:00:00", diameter_px=60.0)


@pytest.fixture
def glod_file(look: xr.Dataset, tmp_path: Path) -> Path:
    """The same look as a GLOD file of its own for each test."""
    from venus_analysis.collect.glod_export import write_glod

    return write_glod(tmp_path / "look.nc", look)
