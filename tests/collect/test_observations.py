"""Tables and SADE rows of observations: planted numbers back, each kind of bad input named."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.collect.observations import read_observations, read_sensor_responses
from venus_analysis.errors import InputError

TIMES = [f"2019-03-{day:02d}T08:30:00Z" for day in range(1, 8)]


def table(**changes):
    columns = {
        "time": TIMES,
        "solar_zenith_deg": [40.0 - n for n in range(7)],
        "viewing_zenith_deg": [10.0 + n for n in range(7)],
        "relative_azimuth_deg": [100.0 + n for n in range(7)],
        "reflectance_B1": [0.2 + 0.001 * n for n in range(7)],
        "reflectance_sd_B1": [0.002] * 7,
        "ozone_du": [300.0, "", 290.0, 280.0, 300.0, 310.0, 305.0],
        "water_vapour_g_cm2": [1.5] * 7,
        "pressure_hpa": [1000.0] * 7,
        "site": ["Libya 4"] * 4 + ["Algeria 3"] * 3,
        "absolute_gain_B1": [5.0] * 7,
        "parameter_set": ["00007"] * 7,
    }
    columns |= changes
    columns = {name: cells for name, cells in columns.items() if cells is not None}
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture
def write(tmp_path):
    def into(text, name="venus.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return into


def test_a_table_comes_back_with_site_gain_and_parameter_set(write) -> None:
    found = read_observations(write("# SIMULATED\n" + table()))
    assert found["reflectance"].values[:, 0] == pytest.approx(0.2 + 0.001 * np.arange(7))
    assert list(found["site"].values[[0, 6]]) == ["Libya 4", "Algeria 3"]
    assert np.isnan(found["ozone_du"].values[1])
    assert found["absolute_gain"].values.tolist() == [[5.0]] * 7
    assert found["parameter_set"].values[0] == "00007"
    assert found.attrs["simulated"] == 1


@pytest.mark.parametrize("written", ["00012", "12", "12.0", " 12"])
def test_a_serial_that_a_spreadsheet_shortened_is_the_same_set(write, written) -> None:
    found = read_observations(write(table(parameter_set=[written] * 7)))
    assert set(found["parameter_set"].values) == {"00012"}


def scaled(name, factor):
    head, *rows = (line.split(",") for line in table().splitlines())
    return {name: [factor * float(row[head.index(name)]) for row in rows]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"solar_zenith_deg": [95.0] * 7}, "solar_zenith_deg: expected 0 to 90"),
        ({"viewing_zenith_deg": [-3.0] * 7}, "viewing_zenith_deg: expected 0 to"),
        ({"relative_azimuth_deg": [999.0] * 7}, "relative_azimuth_deg: expected -360 to 360"),
        (scaled("reflectance_B1", 10000.0), "reflectance as a fraction"),
        (scaled("reflectance_B1", 100.0), "reflectance as a fraction"),
        ({"reflectance_B1": [-999.0] * 7}, "give NaN for fill values"),
        (scaled("relative_azimuth_deg", np.pi / 180.0), "as in radians"),
        (scaled("solar_zenith_deg", np.pi / 180.0), "solar_zenith_deg: expected degrees"),
        ({"ozone_du": [0.3] * 7}, "ozone in atm-cm"),
        ({"water_vapour_g_cm2": [15.0] * 7}, "kg m-2 divided by 10"),
        ({"pressure_hpa": [100000.0] * 7}, "Pa divided by 100"),
        ({"solar_zenith_deg": None, "solar_zenith_rad": [0.6] * 7}, "expected solar_zenith_deg"),
        ({"viewing_zenith_deg": None}, "a column 'viewing_zenith_deg'"),
        ({"reflectance_B1": None, "reflectance_sd_B1": None}, "columns reflectance_BAND"),
        ({"time": ["01.03.2019"] * 7}, "ISO times, UTC"),
        ({"time": ["2019-03-01T08:30+02:00"] * 7}, "ISO times, UTC"),
        ({"time": ["NaT"] * 7}, "ISO times, UTC"),
        ({"reflectance_B1": ["bright"] * 7}, "reflectance_B1: expected numbers"),
    ],
)
def test_a_bad_table_says_which_file_and_what(write, changes, said) -> None:
    with pytest.raises(InputError, match=said) as raised:
        read_observations(write(table(**changes)))
    assert "venus.csv" in str(raised.value)


@pytest.mark.parametrize(
    "text", ["", "time,a\n", "time,a\n1,2,3\n", "\x00\xff", "time,time\n1,2\n"]
)
def test_what_is_no_table_is_an_input_error(write, text) -> None:
    with pytest.raises(InputError):
        read_observations(write(text))


def test_a_sav_file_that_is_none_is_an_input_error(write) -> None:
    for content in ("no save file", "SR\x00\x04 and then nothing"):
        with pytest.raises(InputError, match=r"MERIS_Libya4\.sav"):
            read_observations(write(content, "MERIS_Libya4.sav"))


# --- SADE ---------------------------------------------------------------------------------

HEAD = (
    "PROCNAME ACQDATE PROCDATE SITE RHO_B01 RHO_B12 STD_B01 STD_B12 "
    "VZA_B01 VZA_B12 VAA_B01 VAA_B12 NPIXS LAT LON SZA SAA"
)
FIRST = (
    "VE_1 20190204T083437 20190205 Libya4 0.2250 0.4600 0.0020 0.0050 "
    "12.0 14.0 20.0 20.0 400 28.55 23.39 35.5 350.0"
)
SECOND = FIRST.replace("VE_1 20190204T083437", "VE_0 2019-02-02").replace("0.4600", "-999")


@pytest.mark.parametrize("mark", [" ", ";", "\t", ",", "   "])
def test_sade_rows_come_back_in_order_of_time(write, mark) -> None:
    text = "\n".join(["# an export", HEAD, FIRST, SECOND]).replace(" ", mark)
    found = read_observations(write(text.replace(f"#{mark}", "# "), "sade.txt"))
    assert list(found["acquisition_id"].values) == ["VE_0", "VE_1"]
    assert list(found["band"].values) == ["B1", "B12"]
    assert found["time"].values[1] == np.datetime64("2019-02-04T08:34:37")
    assert found["reflectance"].values[1].tolist() == [0.225, 0.46]
    assert np.isnan(found["reflectance"].values[0, 1])
    look = found.isel(time=1)
    assert look["relative_azimuth_deg"] == pytest.approx(30.0)
    assert look["viewing_zenith_deg"] == pytest.approx(13.0, abs=0.01)
    assert look["viewing_zenith_by_band_deg"].values.tolist() == [12.0, 14.0]
    assert (look["site"].item(), look["pixels"].item()) == ("Libya4", 400)
    assert found["viewing_zenith_deg"].values[0] == pytest.approx(12.0)  # B12 has no value there
    assert found.attrs["simulated"] == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (" SZA", " SUN", "no SZA"),
        ("PROCNAME", "PROCNAMES", "no PROCNAME"),
        (" VZA_B12", " VZA_B11", "no VZA_B12"),
        ("_B12", "_B1", "each band once"),
        ("20190204T083437", "4.2.2019", r"row 1, ACQDATE"),
        ("20190204T083437", "20191304", r"row 1, ACQDATE"),
        ("0.2250", "0,2250", "row 1, RHO_B01: expected a number"),
        ("0.2250", "2250", "reflectance as a fraction"),
        ("12.0 14.0", "112.0 14.0", "viewing_zenith_by_band_deg"),
        (" 350.0", "", "17 cells"),
        (FIRST, "", "rows below the head"),
    ],
)
def test_bad_sade_rows_name_the_row(write, old, new, said) -> None:
    with pytest.raises(InputError, match=said):
        read_observations(write(f"{HEAD}\n{FIRST}\n".replace(old, new), "sade.txt"))


def test_sade_azimuths_in_radians_are_refused(write) -> None:
    rows = [
        FIRST.replace("0204", f"02{day:02d}").replace(" 20.0 20.0 ", " 0.3 0.3 ")
        .replace("350.0", f"{2.5 + day / 10:.2f}")
        for day in range(1, 8)
    ]  # fmt: skip
    with pytest.raises(InputError, match="as in radians"):
        read_observations(write("\n".join([HEAD, *rows]), "sade.txt"))


def test_dimitri_responses_by_folder_are_named_as_the_bands(tmp_path) -> None:
    for number, centre in enumerate((555, 660, 865, 1610)):
        rows = [f"{centre + step}; {1.0 - abs(step) / 10}" for step in range(-10, 11)]
        path = tmp_path / f"RSR_AATSR_BAND_{number}.txt"
        path.write_text("\n".join(["Wavelength;Response", *rows]))
    found = read_sensor_responses(tmp_path, "aatsr")
    assert [response.band for response in found] == ["555", "660", "865", "1610"]
    with pytest.raises(InputError, match="responses of MERIS or AATSR"):
        read_sensor_responses(tmp_path, "S2A")
