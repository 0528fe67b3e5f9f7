"""Means of planted ghosts over many looks, of which few show them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from venus_analysis.calibrate.ghost_proposal import measured_ghosts

LOOKS, NOISE, GAINS = 40, 2e-4, {"B7": 1.75, "B8": 1.5}


def looks_of(factor: float, shift: float | None, seed: int = 1, looks: int = LOOKS) -> pd.DataFrame:
    """Ledger rows of B7 with a ghost of B8, measured at `shift`, or anywhere without it."""
    rng = np.random.default_rng(seed)
    seen = factor + NOISE * rng.standard_normal(looks)
    rows = []
    for number in range(looks):
        common = {
            "acquisition_id": f"look {number}",
            "method": "moon",
            "committed": number,
            "configuration_text": "{}",
        }
        for band, mate in (("B7", "B8"), ("B8", "B7")):
            here = seen[number] if band == "B7" else np.nan
            rows.append(
                common
                | {
                    "band": band,
                    "absolute_gain": GAINS[band],
                    "ct2_detection_limit": 5.5 * NOISE,
                    "ct2_1_source": mate,
                    "ct2_1_factor": here,
                    "u_ct2_1_factor": NOISE,
                    "ct2_1_shift_columns": rng.integers(-2000, 2000) if shift is None else shift,
                    "u_ct2_1_shift_columns": 0.0,
                    "ct2_1_significance": here / NOISE,
                    "ct2_1_probability": 0.01 if here > 4.5 * NOISE else 0.5,
                    "ct2_2_source": "",
                    "ct2_2_significance": np.nan,
                }
            )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("sigmas", [1.5, 4.0, 20.0])
def test_a_faint_ghost_is_not_biased_by_the_looks_that_show_it(sigmas):
    true = sigmas * NOISE
    (found,) = measured_ghosts(looks_of(true, 150.0))
    counts = true * GAINS["B7"] / GAINS["B8"]
    assert (found.band, found.source_band, found.looks, found.elsewhere) == ("B7", "B8", LOOKS, 0)
    assert found.shift_columns == 150.0
    assert abs(found.factor - counts) < 3.0 * found.u_factor
    # below the noise of a look over the root of their number only the template's doubt counts
    assert found.u_factor < 0.25 * NOISE + 0.1 * counts


def scanned(factor: float, seed: int, listed: int | None) -> pd.DataFrame:
    """Looks whose search found the highest of many places, some of which are the ghost's."""
    rng = np.random.default_rng(seed)
    rows = looks_of(factor, 150.0, seed)
    here = (rows["band"] == "B7").to_numpy()
    places = np.arange(-2000, 2000, 25)
    sky = rng.standard_normal((LOOKS, places.size + 40))
    sky = np.apply_along_axis(np.convolve, 1, sky, np.hanning(41) / np.sqrt(15.0), "valid")
    sky[:, np.flatnonzero(places == 150)[0]] += factor / NOISE
    best = sky.argmax(axis=1)
    found = sky.max(axis=1) > 4.0
    if listed is not None:
        best = np.where(found, best, np.flatnonzero(places == listed)[0])
    significance = np.take_along_axis(sky, best[:, None], 1)[:, 0]
    rows.loc[here, "ct2_1_significance"] = significance
    rows.loc[here, "ct2_1_factor"] = NOISE * significance
    rows.loc[here, "ct2_1_shift_columns"] = places[best].astype(float)
    rows.loc[here, "u_ct2_1_shift_columns"] = 0.0 if listed is not None else 7.0
    rows.loc[here, "ct2_1_probability"] = np.where(found, 0.01, 0.5)
    rows["ct2_detection_limit"] = (4.0 + 1.645) * NOISE
    return rows


@pytest.mark.parametrize(("sigmas", "listed"), [(2.2, None), (3.5, -1500)])
def test_a_ghost_that_few_looks_show_is_not_too_strong(sigmas, listed):
    true, pulls, biased = sigmas * NOISE, [], []
    for seed in range(12):
        rows = scanned(true, seed, listed)
        (found,) = measured_ghosts(rows)
        assert found.looks + found.elsewhere == LOOKS
        assert found.elsewhere > 2
        gain = GAINS["B7"] / GAINS["B8"]
        pulls.append((found.factor / gain - true) / (found.u_factor / gain))
        at = rows[(rows["ct2_1_shift_columns"] == 150.0) & (rows["band"] == "B7")]
        biased.append(at["ct2_1_factor"].mean() / true - 1.0)
    assert abs(np.mean(pulls)) < 4.0 / np.sqrt(12)
    assert np.sqrt(np.mean(np.square(pulls))) < 1.8
    assert np.mean(biased) > 0.1  # the mean of those that show it


def test_empty_skies_make_no_ghost():
    assert measured_ghosts(looks_of(3.5 * NOISE, None)) == []  # each look's highest, anywhere
    assert measured_ghosts(looks_of(0.0, 150.0)) == []
    assert measured_ghosts(looks_of(4.0 * NOISE, 150.0, looks=1)) == []
