"""Band adjustment from Sentinel-2 to VENuS over a real desert, beside published round figures.

The surface of Libya 4 as MERIS sees it is taken to both sensors' bands and up again. The
figures are those known for VENuS over Sentinel-2 over desert, given to 0.5 to 1 %.
"""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.calibrate.desert import looks_of
from venus_analysis.calibrate.sno import sno_sensor
from venus_analysis.collect.observations import read_observations, read_sensor_responses
from venus_analysis.compute.desert.matchup import Pairs
from venus_analysis.compute.desert.ratio import modelled_reflectance
from venus_analysis.compute.desert.screen import screen_looks
from venus_analysis.compute.sno.partners import SENTINEL_2

KNOWN = {
    "B2": 1.00,
    "B3": 0.98,
    "B4": 0.98,
    "B7": 1.005,
    "B8": 0.985,
    "B9": 1.0095,
    "B10": 1.00,
    "B11": 1.00,
}


def sensor(name, source):
    return sno_sensor(name, read_sensor_responses(source, name))


@pytest.mark.parametrize("name", ["S2A", "S2B"])
def test_adjustment_over_libya_4(real_data, name):
    folder = real_data / "dimitri"
    meris = sensor("MERIS", folder / "rsr")
    looks = looks_of(read_observations(folder / "MERIS_3rd_Reprocessing_Libya4.sav"), meris.bands)
    looks = looks.take(screen_looks(looks) == 0)
    each = np.arange(len(looks))
    itself = Pairs(each, each, np.zeros(len(looks), bool))
    seen = {
        one: modelled_reflectance(looks, sensor(one, one.lower()), looks, meris, itself)
        for one in ("VENUS", name)
    }
    own, other = (sensor(one, one.lower()).bands for one in ("VENUS", name))
    for band, partner in SENTINEL_2.items():
        ratio = seen["VENUS"][:, own.index(band)] / seen[name][:, other.index(partner)]
        print(band, partner, np.nanmedian(ratio).round(4))
        assert np.nanmedian(ratio) == pytest.approx(KNOWN[band], abs=0.013)
