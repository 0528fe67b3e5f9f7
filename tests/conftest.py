"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL_DATA_VARIABLE = "VENUS_ANALYSIS_REAL_DATA"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data; skipped without the variable, a failure once it is set."""
    folder = os.environ.get(REAL_DATA_VARIABLE)
    if not folder:
        pytest.skip(
            f"real data: set {REAL_DATA_VARIABLE} to the folder that holds glod/, srf/, ..."
        )
    path = Path(folder)
    assert path.is_dir(), f"{REAL_DATA_VARIABLE}={folder} is not a folder"
    return path
