"""Re-basing beside processing the counts again, on a synthetic Moon."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from venus_analysis.compute.coefficients import BandCoefficients
from venus_analysis.compute.radiometry import counts_to_radiance, radiance_to_counts
from venus_analysis.compute.rebase import (
    LEAVES_EQUALISED_COUNTS,
    needs_reprocessing,
    rebase_ratio,
    sensor_sensitivity,
)
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.simulate.disk import DiskSettings, simulate_disk

SERIALS = {
    "PHGAIN": "00007",
    "DARKCU": "00008",
    "RELSEN": "00008",
    "NOISMO": "00002",
    "OUTORD": "00003",
    "STRLGT": "00008",
}
REFUSING = ("DARKCU", "RELSEN", "OUTORD", "STRLGT")


def parameters(gain: float, **change: Any) -> BandCoefficients:
    random = np.random.default_rng(7)
    values: dict[str, Any] = {
        "dark": random.uniform(40.0, 60.0, 200),
        "first_slope": random.uniform(0.95, 1.05, 200),
        "second_slope": random.uniform(0.95, 1.05, 200),
        "break_level": np.full(200, 240.0),
        "defect": np.arange(200) % 67 == 3,
    }
    return BandCoefficients(gain, **(values | change))


@cache
def moon() -> tuple[np.ndarray, xr.Dataset]:
    """Counts of a disk whose brightest pixel has 700 counts, and its truth."""
    settings = DiskSettings(diameter_px=80.0, frame_shape=(200, 200), stretch=1.3, seed=4)
    disk = simulate_disk(settings)
    scale = 650.0 / 1.7 / float(disk.radiance.max())
    disk["radiance"] = disk.radiance * scale
    disk["irradiance"] = disk.irradiance * scale
    return radiance_to_counts(disk.radiance.values, parameters(1.7)), disk


def ratio(official: BandCoefficients) -> float:
    """Measured irradiance of the Moon over the planted one."""
    counts, disk = moon()
    radiance = counts_to_radiance(counts, official)
    measured = np.nansum(radiance, dtype=np.float64) * disk.pixel_solid_angle_sr
    return float(measured / disk.oversampling / disk.irradiance)


def test_the_planted_irradiance_is_there() -> None:
    assert ratio(parameters(1.7)) == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("gain", [0.204, 1.66667, 1.717, 2.257])
def test_rebasing_is_reprocessing_when_only_the_gain_differs(gain: float) -> None:
    other = SERIALS | {"PHGAIN": "00008", "NOISMO": "00003"}
    rebased = rebase_ratio(ratio(parameters(1.7)), 1.7, gain, SERIALS, other)
    assert float(rebased.ratio) == pytest.approx(ratio(parameters(gain)), rel=1e-6)
    assert rebased.flags == 0


@pytest.mark.parametrize("kind", REFUSING)
def test_rebasing_is_refused_when_anything_else_differs(kind: str) -> None:
    other = SERIALS | {"PHGAIN": "00008", kind: "00009"}
    rebased = rebase_ratio([0.9, 1.0], 1.7, 1.8, SERIALS, other, flags=[0, Flag.SATURATED])
    assert np.isnan(rebased.ratio).all()
    needs = int(Flag.NEEDS_REPROCESSING)
    np.testing.assert_array_equal(rebased.flags, [needs, needs | Flag.SATURATED])


@pytest.mark.parametrize(
    "change",
    [
        {"dark": parameters(1.7).dark + 0.1},
        {"first_slope": parameters(1.7).first_slope * 1.001},
        {"defect": np.arange(200) % 50 == 3},
    ],
    ids=["DARKCU", "RELSEN", "OUTORD"],
)
def test_the_refusal_is_right_rebasing_would_be_wrong(change: dict[str, Any]) -> None:
    change = {name: np.nan_to_num(row, nan=1.0) for name, row in change.items()}
    naive = ratio(parameters(1.7)) * 1.7 / 1.8
    assert abs(ratio(parameters(1.8, **change)) / naive - 1) > 1e-5


@given(
    st.floats(0.5, 2.0),
    st.floats(1e-3, 1e3),
    st.floats(1e-3, 1e3),
)
def test_sensor_sensitivity_does_not_change(value: float, before: float, after: float) -> None:
    rebased = rebase_ratio(value, before, after, SERIALS, SERIALS).ratio
    np.testing.assert_allclose(
        sensor_sensitivity(rebased, after), sensor_sensitivity(value, before), rtol=1e-12
    )
    # and the way back
    back = rebase_ratio(rebased, after, before, SERIALS, SERIALS).ratio
    np.testing.assert_allclose(back, value, rtol=1e-12)


def test_each_row_is_judged_by_itself() -> None:
    then = SERIALS | {"STRLGT": ["00007", "00008", "00008"], "DARKCU": ["00008", "00008", ""]}
    rebased = rebase_ratio([1.0, 1.0, 1.0], [2.0, 2.0, 2.0], 1.0, then, SERIALS)
    np.testing.assert_array_equal(rebased.ratio, [np.nan, 2.0, np.nan])


def test_other_types_that_leave_the_counts_alone_may_differ() -> None:
    for kind in LEAVES_EQUALISED_COUNTS:
        assert not needs_reprocessing(SERIALS, SERIALS | {kind: "99999"})
    assert needs_reprocessing(SERIALS | {"RADIOV": "00002"}, SERIALS | {"RADIOV": "00003"})
    assert needs_reprocessing(SERIALS | {"NEWONE": "00001"}, SERIALS | {"NEWONE": "00002"})


@pytest.mark.parametrize("nothing", ["", None, float("nan")])
def test_unknown_serials_are_refused_unless_accepted(nothing: object) -> None:
    unknown: dict[str, Any] = dict.fromkeys(SERIALS, nothing)
    assert needs_reprocessing(unknown, unknown)
    assert needs_reprocessing({}, {})
    assert not needs_reprocessing(unknown, {}, unknown_serials="accept")
    # known on one side only is never the same
    assert needs_reprocessing(unknown, SERIALS, unknown_serials="accept")


def test_nan_gives_nan_without_a_flag() -> None:
    for value, before, after in ((np.nan, 1, 1), (1, np.nan, 1), (1, 1, np.nan)):
        rebased = rebase_ratio(value, before, after, SERIALS, SERIALS)
        assert np.isnan(rebased.ratio)
        assert rebased.flags == 0
    assert np.isnan(sensor_sensitivity(1.0, np.nan))


@pytest.mark.parametrize("gain", [0.0, -1.0, np.inf, [1.0, 0.0]])
def test_gains_that_are_none_are_refused(gain: Any) -> None:
    with pytest.raises(InputError, match="gain_from: expected gains above 0"):
        rebase_ratio([1.0, 1.0], gain, 1.0, SERIALS, SERIALS)
    with pytest.raises(InputError, match="gain_to"):
        rebase_ratio([1.0, 1.0], 1.0, gain, SERIALS, SERIALS)
    with pytest.raises(InputError, match="absolute_gain"):
        sensor_sensitivity(1.0, gain)


def test_shapes_and_serials_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="one shape"):
        rebase_ratio([1.0, 1.0], [1.0, 1.0, 1.0], 1.0, SERIALS, SERIALS)
    with pytest.raises(InputError, match="serials of DARKCU: expected texts"):
        rebase_ratio(1.0, 1.0, 1.0, SERIALS | {"DARKCU": 8}, SERIALS)
    with pytest.raises(InputError, match="serials of DARKCU: expected one text"):
        needs_reprocessing(SERIALS | {"DARKCU": ["1", "2"]}, SERIALS | {"DARKCU": ["1"] * 3})
    with pytest.raises(InputError, match="unknown_serials"):
        needs_reprocessing(SERIALS, SERIALS, unknown_serials="maybe")
