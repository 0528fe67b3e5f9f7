"""What is said of a band does not depend on the bands beside it."""

from __future__ import annotations

import numpy as np

from venus_analysis.calibrate.drift.fits import fit_bands
from venus_analysis.calibrate.drift.looks import Looks


def test_a_band_without_a_date_may_fade_whatever_steps_beside_it():
    days = np.datetime64("2018-01-01", "us") + 15 * np.arange(120) * np.timedelta64(1, "D")
    years = 15 * np.arange(120) / 365.25
    noise = 0.001 * np.random.default_rng(20261121).standard_normal((2, 120))
    fading = 0.9 + 0.1 * np.exp(-years / 0.8)
    stepping = np.where(years < 2.5, 1.0, 1.02)
    looks = Looks(
        ("B1", "B2"),
        np.stack([days, days]),
        np.stack([fading, stepping]) * np.exp(noise),
        np.full((2, 120), 0.001),
        np.ones((2, 120)),
        np.stack([np.arange(120), np.arange(120, 240)]),
        {},
    )
    none, one = np.empty(0, "datetime64[s]"), days[[61]].astype("datetime64[s]")
    together = fit_bands(looks, [none, one], None)
    alone = fit_bands(looks.of([0]), [none], None)[0]
    assert together[0].fit.model == alone.fit.model == "exponential"
    assert together[1].fit.model == fit_bands(looks.of([1]), [one], None)[0].fit.model != "linear"
    np.testing.assert_allclose(
        together[0].fit.fitted[together[0].member], alone.fit.fitted[alone.member], rtol=1e-9
    )
