"""SIMULATED residual noise of Moon images: what changes is told, what does not is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from venus_analysis.calibrate.drift.noise_change import NOISE, QUANTITIES, noise_changes
from venus_analysis.calibrate.drift.page import drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.calibrate.row import new_row

BANDS = tuple(f"B{number}" for number in range(1, 13))
LEVEL = {"ct1_fraction": 0.004, "noise_a": 0.6, "column_pattern_sky": 0.2}
SCATTER = 0.1


def looks(seed: int, growth: float = 0.0, number: int = 50) -> pd.DataFrame:
    """Ledger rows over five years; halos of B5 grow by `growth` of their level a year."""
    random = np.random.default_rng(seed)
    days = np.sort(random.integers(0, 1826, number))
    time = np.datetime64("2018-02-01T00:00", "us") + days * np.timedelta64(1, "D")
    rows = []
    for band in BANDS:
        changed = {
            name: level * (1.0 + SCATTER * random.standard_normal(number))
            for name, level in LEVEL.items()
        }
        if band == "B5":
            changed["ct1_fraction"] += LEVEL["ct1_fraction"] * growth * days / 365.25
        rows += [
            new_row(
                instrument="VENUS/VSSC", method="moon", site="THE_MOON", acquisition_id=f"L{k:03d}",
                band=band, time=time[k], ratio=0.98, u_random=0.001, simulated=True,
                **{name: float(value[k]) for name, value in changed.items()},
                **{f"u_{name}": SCATTER * level for name, level in LEVEL.items()},
            )
            for k in range(number)
        ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_halo_that_grows_is_found_with_its_rate() -> None:
    found = noise_changes(looks(1, growth=0.1))
    (sure,) = found[found["sure"]].to_dict("records")
    assert (sure["band"], sure["quantity"]) == ("B5", "ct1_fraction")
    assert sure["lower"] < 0.04 < sure["upper"]  # % of the light a year
    assert sure["upper"] - sure["lower"] < 0.04
    assert sure["first"] == pytest.approx(0.4, abs=0.05)
    assert sure["last"] == pytest.approx(0.6, abs=0.05)


def test_of_series_that_do_not_change_hardly_any_is_said_to() -> None:
    found = pd.concat([noise_changes(looks(seed)) for seed in range(2, 22)])
    assert len(found) == 20 * len(BANDS) * len(LEVEL)
    assert found["sure"].sum() <= 3  # of 720, 0.7 expected
    held = (found["lower"] <= 0.0) & (found["upper"] >= 0.0)
    assert 0.93 < held.mean() < 0.97


def test_a_small_change_is_not_spoken_of_however_sure() -> None:
    time = np.datetime64("2018-02-01", "us") + np.arange(60) * np.timedelta64(30, "D")
    noise = 0.6 + 1e-4 * np.arange(60) + 1e-6 * (np.arange(60) % 2)
    rows = pd.DataFrame({"time": time, "band": "B1", "noise_a": noise, "u_noise_a": 1e-6})
    (one,) = noise_changes(rows).to_dict("records")
    assert one["lower"] > 0.0
    assert not one["sure"]


def test_few_looks_and_looks_without_residuals_have_no_row() -> None:
    rows = looks(1, number=5)
    assert noise_changes(rows).empty
    assert noise_changes(rows.drop(columns=list(NOISE))).empty
    assert set(noise_changes(looks(1, number=6))["quantity"]) == set(LEVEL) <= set(QUANTITIES)


def test_bands_with_unlike_numbers_of_looks_stand_for_themselves() -> None:
    rows = looks(3, growth=0.1)
    fewer = rows[(rows["band"] != "B5") | (rows["time"] < np.datetime64("2022-01-01"))]
    alone = noise_changes(fewer[fewer["band"] == "B5"], ["ct1_fraction"])
    among = noise_changes(fewer, ["ct1_fraction"])
    pd.testing.assert_frame_equal(
        alone, among[among["band"] == "B5"].reset_index(drop=True), rtol=1e-9
    )


def test_the_page_warns_of_it_and_leaves_excluded_methods_alone() -> None:
    page = drift_page(looks(1, growth=0.1), Selection("moon"))
    (alert,) = page.alerts[page.alerts["kind"] == "noise"].to_dict("records")
    assert (alert["severity"], alert["band"]) == ("warning", "B5")
    assert alert["sentence"].startswith("Halo CT1 went from 0.")
    deserts = looks(1, growth=0.1).assign(method="desert")
    assert drift_page(deserts, Selection("desert")).noise.empty


def test_a_ghost_is_named_by_its_source() -> None:
    rows = looks(1, number=20).query("band == 'B5'")
    rows = rows.assign(ct2_1_factor=rows["ct1_fraction"], u_ct2_1_factor=rows["u_ct1_fraction"])
    said = [
        noise_changes(rows.assign(ct2_1_source=source), ["ct2_1_factor"])["sentence"][0]
        for source in ("B6", ["B6"] * 10 + ["B4"] * 10)
    ]
    assert said[0].startswith("Ghost CT2 of B6 went")
    assert said[1].startswith("Ghost CT2 of another band went")
