"""A real IDL save file through the mapping: the rows that the DIMITRI reader gives."""

from pathlib import Path

import numpy as np

from venus_analysis.collect.dimitri import read_dimitri
from venus_analysis.collect.legacy_results import read_legacy_results

MAPPING = """
[constants]
instrument = "ENVISAT/MERIS"
method = "desert"
site = "Libya 4"
reference = "DIMITRI"

[columns]
time = { from = "DATA[0]", format = "decimal year", shift_days = -1.0 }
solar_zenith_deg = { from = "DATA[3]", fill = -999.0 }
measured = { from = { 412 = "DATA[17]", 443 = "DATA[18]" }, fill = -999.0 }
"""


def test_dimitri_by_mapping(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "dimitri" / "MERIS_3rd_Reprocessing_Libya4.sav"
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    rows = read_legacy_results(path, tmp_path / "mapping.toml")
    data = read_dimitri(path)
    for band in ("412", "443"):
        mine = sorted((row["time"], row["measured"]) for row in rows if row["band"] == band)
        there = data["reflectance"].sel(band=band).to_numpy()
        good = ~np.isnan(there)
        assert len(mine) == good.size
        times = np.array([one[0] for one in mine])
        late = np.abs(times - data["time"].to_numpy()).max()
        assert late < np.timedelta64(1, "s")
        found = np.array([one[1] for one in mine])
        np.testing.assert_array_equal(found[good], there[good])
