"""Two reprocessings of MERIS over Libya 4, through the whole desert method.

The third is the target, the second the reference, a pair is one overpass: what
the ratio does over the years is what the update of the parameters did. Figures
found before this code, by least squares on the common overpasses.
"""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.calibrate.desert import DesertOptions, calibrate_site, sensor_of
from venus_analysis.collect.observations import read_observations, read_sensor_responses
from venus_analysis.compute.desert.matchup import Tolerances
from venus_analysis.compute.drift.intervals import intervals
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.series import prepare_series

PERCENT_PER_YEAR = {
    "412": 0.129,
    "443": 0.100,
    "490": 0.044,
    "560": 0.030,
    "665": 0.039,
    "753": 0.070,
    "865": 0.065,
}
ONE_OVERPASS = Tolerances(1.0, 1.0, 5.0, days=2.0 / 1440.0)


@pytest.fixture(scope="module")
def update(real_data):
    """Linear fit through the ratios of each band."""
    folder = real_data / "dimitri"
    meris = sensor_of("MERIS", read_sensor_responses(folder / "rsr", "MERIS"))
    new, old = (
        read_observations(folder / f"MERIS_{name}_Reprocessing_Libya4.sav")
        for name in ("3rd", "2nd")
    )
    found = calibrate_site(
        new,
        meris,
        old,
        meris,
        instrument="MERIS_3rd",
        reference_name="MERIS_2nd",
        site="Libya 4",
        options=DesertOptions(ONE_OVERPASS),
    )
    bands = [found.bands.index(band) for band in PERCENT_PER_YEAR]
    table = np.array([row["ratio"] for row in found.rows]).reshape(-1, len(found.bands))
    time = np.array([row["time"] for row in found.rows[:: len(found.bands)]])
    return fit_model(prepare_series(time, table.T[bands]), "linear", estimator="weighted")


def test_trend_of_the_update_per_band(update):
    found = 100.0 * update["slope"] / update["level"]
    print(dict(zip(PERCENT_PER_YEAR, found.round(3).tolist(), strict=True)))
    np.testing.assert_allclose(found, list(PERCENT_PER_YEAR.values()), atol=0.02)


def test_the_update_in_the_blue_is_beyond_doubt(update):
    """Scene and air are the same on both sides, so that 0.04 %/yr is seen."""
    assert (intervals(update)["slope"].lower[:3] > 0.0).all()
