"""SPICE as an oracle, with the kernels of rimopy's wheel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import spiceypy

KERNELS = (
    "naif0011.tls",
    "pck00010.tpc",
    "de421.bsp",
    "moon_080317.tf",
    "moon_pa_de421_1900-2050.bpc",
    "earth_latest_high_prec.bpc",
    "earth_assoc_itrf93.tf",
)


@pytest.fixture(scope="module")
def spice_time() -> Iterator[Callable[[np.datetime64], float]]:
    """SPICE with its kernels loaded; the fixture turns UTC since 2017 into its time."""
    # find_spec looks the folder up without importing rimopy, whose import warns.
    spec = find_spec("rimopy")
    assert spec is not None
    assert spec.origin is not None
    for name in KERNELS:
        spiceypy.furnsh(str(Path(spec.origin).parent / "tests" / "kernels" / name))

    def ephemeris_time(time: np.datetime64) -> float:
        # The wheel's leap second kernel ends before 2017; TT - UTC has been 69.184 s since.
        tt = time.astype("M8[us]") + np.timedelta64(69_184_000, "us")
        return float(spiceypy.str2et(f"{tt} TDT".replace("T", " ", 1)))

    yield ephemeris_time
    spiceypy.kclear()
