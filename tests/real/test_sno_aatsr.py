"""AATSR's nadir view against MERIS on the same platform: figures found before this code.

MERIS third reprocessing as reference; Libya 4, and Dome C as the bright end.
"""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.calibrate.sno import SnoOptions, calibrate_sno, joint_lines, sno_sensor
from venus_analysis.collect.observations import read_observations, read_sensor_responses

RED = 1


@pytest.fixture(scope="module")
def compared(real_data):
    """Result of one site by one band adjustment."""
    folder = real_data / "dimitri"
    meris, aatsr = (
        sno_sensor(name, read_sensor_responses(folder / "rsr", name)) for name in ("MERIS", "AATSR")
    )

    def site(name, adjustment):
        return calibrate_sno(
            read_observations(folder / f"AATSR_2nd_Reprocessing_{name}.sav"),
            aatsr,
            read_observations(folder / f"MERIS_3rd_Reprocessing_{name}.sav"),
            meris,
            instrument="AATSR",
            reference_instrument="MERIS",
            reference_name="MERIS_3rd",
            site=name,
            options=SnoOptions(adjustment=adjustment),
        )

    return {
        (name, adjustment): site(name, adjustment)
        for name in ("Libya4", "DomeC")
        for adjustment in ("surface", "none", "toa")
    }


def test_bands_that_nearly_agree(compared):
    found = compared["Libya4", "none"].mean
    print(found.ratio.round(4), (100 * found.scatter).round(2), found.number)
    np.testing.assert_allclose(found.ratio[[0, 2]], [1.024, 1.025], atol=0.003)
    assert (found.scatter < 0.008).all()
    adjusted = compared["Libya4", "surface"].mean
    np.testing.assert_allclose(adjusted.ratio[[0, 2]], [1.024, 1.025], atol=0.003)
    assert (adjusted.scatter < 0.008).all()
    assert (adjusted.number > 200).all()


def test_red_moves_as_the_surface_and_the_air_say(compared):
    ratio = {name: compared["Libya4", name].mean.ratio[RED] for name in ("none", "toa", "surface")}
    print(ratio)
    assert ratio["none"] == pytest.approx(1.000, abs=0.003)
    assert ratio["toa"] == pytest.approx(1.012, abs=0.003)
    assert 1.019 <= ratio["surface"] <= 1.026


def test_dome_c_without_adjustment(compared):
    found = compared["DomeC", "none"].mean
    np.testing.assert_allclose(found.ratio, [1.022, 1.017, 1.026], atol=0.003)


@pytest.mark.parametrize("estimator", ["rma", "deming", "theil-sen"])
def test_both_sites_on_one_line(compared, estimator):
    both = [compared[name, "surface"] for name in ("Libya4", "DomeC")]
    for k, band in ((0, "555"), (2, "865")):
        line = joint_lines(both)[band][estimator]
        print(band, line)
        for one in both:
            assert line.gain == pytest.approx(one.mean.ratio[k], abs=0.006)
        assert line.offset == pytest.approx(0.0, abs=0.005)
        assert line.reference_range[1] - line.reference_range[0] > 0.3
