"""SIMULATED observations of VENuS and MERIS through files, the command and the ledger."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from venus_analysis import ledger as results
from venus_analysis.calibrate.desert import (
    DesertOptions,
    calibrate_site,
    looks_of,
    sensor_of,
)
from venus_analysis.cli import app
from venus_analysis.collect.observations import read_observations, read_sensor_responses
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_direct
from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
from venus_analysis.compute.desert.spectrum import BandTransfer
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.schema import NAMES

GAIN = 0.98
LOOKS = 80
MERIS = built_in_coefficients("meris")[0]


def write_responses(path):
    """MERIS as triangles 16 nm wide at the foot."""
    wavelength = np.arange(395.0, 905.0, 1.0)
    columns = [np.clip(1.0 - np.abs(wavelength - float(b)) / 8.0, 0.0, None) for b in MERIS]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["wavelength_nm", *MERIS], *np.column_stack([wavelength, *columns]).tolist()]
        )


def write_observations(path, instrument, surface, seed, gain=1.0):
    random = np.random.default_rng(seed)
    bands, coefficients = built_in_coefficients(instrument)
    sun, view, azimuth = random.uniform([[20], [5], [60]], [[45], [30], [120]], (3, LOOKS))
    sky = smac_atmosphere(
        coefficients,
        sun[:, None],
        view[:, None],
        azimuth[:, None],
        aot_550=0.2,
        water_vapour_g_cm2=1.5,
        ozone_du=300.0,
        pressure_hpa=1013.25,
    )
    rho = gain * smac_direct(surface, sky) * (1 + 0.005 * random.standard_normal((LOOKS, 1)))
    times = np.datetime64("2018-03-01T08:00") + np.arange(LOOKS) * np.timedelta64(4, "D")
    head = ["time", "solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg"]
    with path.open("w", newline="") as file:
        file.write("# SIMULATED\n")
        writer = csv.writer(file)
        writer.writerow([*head, *(f"reflectance_{band}" for band in bands)])
        for i in range(LOOKS):
            writer.writerow([f"{times[i]}Z", sun[i], view[i], azimuth[i], *rho[i]])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desert")
    paths = {n: folder / f"{n}.csv" for n in ("venus", "meris", "responses")}
    write_responses(paths["responses"])
    meris = sensor_of("MERIS", read_sensor_responses(paths["responses"], "MERIS"))
    venus = sensor_of("VENUS", read_sensor_responses("venus", "VENUS"))
    rho = np.linspace(0.2, 0.5, len(MERIS))
    write_observations(paths["meris"], "meris", rho, 1)
    below = BandTransfer(meris.responses, venus.responses).apply(rho)
    write_observations(paths["venus"], "venus", below, 2, GAIN)
    return paths


def run(files, *more):
    command = ["desert", str(files["venus"]), "--reference", str(files["meris"])]
    command += ["--reference-response", str(files["responses"]), "--site", "Libya 4", *more]
    return CliRunner().invoke(app, [*command, "--reference-name", "MERIS_3rd"])


def test_planted_gain_in_the_rows_and_bands_that_cannot_be_had(files):
    result = run(files, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["failed"] == []
    rows = document["rows"]
    assert tuple(rows[0]) == NAMES
    assert all(row["simulated"] and row["method"] == "desert" for row in rows)
    assert {row["reference"] for row in rows} == {"MERIS_3rd"}
    by_band = {row["band"]: [r for r in rows if r["band"] == row["band"]] for row in rows}
    assert len(by_band) == 12
    for band, own in by_band.items():
        flags = Flag(own[0]["flags"])
        if band == "B12":
            assert flags == Flag.NOT_CALIBRATABLE | Flag.SPECTRUM_EXTRAPOLATED
            assert all(row["ratio"] is None for row in own)
        else:
            assert not flags
            assert np.mean([row["ratio"] for row in own]) == pytest.approx(GAIN, abs=0.003)
            assert 0.003 < own[0]["u_random"] < 0.02
            assert 0.0 < own[0]["u_model"] < 0.02
            assert "directional" in json.loads(own[0]["budget_text"])


def test_the_ledger_takes_each_row_once(files, tmp_path):
    where = tmp_path / "results"
    for _ in range(2):
        assert run(files, "--ledger", str(where)).exit_code == 0
    frame = results.load(where).frame
    assert len(frame) == len(frame.drop_duplicates(["acquisition_id", "band"]))
    assert len(list(where.rglob("*.parquet"))) == 1
    assert run(files, "--ledger", str(where), "--aot", "0.1").exit_code == 0
    assert len(list(where.rglob("*.parquet"))) == 2


def test_table_for_people_says_simulated_and_why_b12_has_no_ratio(files):
    text = run(files).stdout
    assert text.startswith("SIMULATED  VENUS against MERIS_3rd over Libya 4")
    line = next(line for line in text.splitlines() if line.startswith("B12"))
    assert line.split()[1] == "-"
    assert "NOT_CALIBRATABLE" in line


def test_damaged_observations_fail_with_one_and_are_named(files, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("time,solar_zenith_deg\n2018-01-01,30\n")
    result = run(files | {"venus": bad}, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["rows"] == []
    assert "viewing_zenith_deg" in document["failed"][0]["error"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("2018-03-01T08:00Z", "yesterday"), "time: expected ISO"),
        (lambda t: t.replace("reflectance_", "rho_"), "reflectance_BAND"),
        (lambda t: t + "2019-01-01,1\n", "rows of one length"),
        (lambda t: t.replace("2018-03-01T08:00Z,", "2018-03-01T08:00Z,x"), "solar_zenith_deg"),
        (lambda t: "# nothing\n", "a head and rows"),
    ],
)
def test_damaged_tables_are_refused_by_place(files, tmp_path, change, message):
    path = tmp_path / "t.csv"
    path.write_text(change(files["venus"].read_text()))
    with pytest.raises(InputError, match=message):
        read_observations(path)


def test_missing_bands_responses_and_sensors_are_named(files, tmp_path):
    observations = read_observations(files["meris"])
    with pytest.raises(InputError, match="name bands alike"):
        looks_of(observations, ["B1"])
    with pytest.raises(InputError, match="none for B1, B2"):
        sensor_of("VENUS", read_sensor_responses(files["responses"], "MERIS"))
    with pytest.raises(InputError, match="responses of MERIS or AATSR"):
        read_sensor_responses(tmp_path, "VENUS")


def test_no_partner_gives_no_rows_and_counts_the_looks(files):
    meris = sensor_of("MERIS", read_sensor_responses(files["responses"], "MERIS"))
    far = read_observations(files["meris"])
    near = far.assign(solar_zenith_deg=far.solar_zenith_deg + 40.0)
    found = calibrate_site(
        near,
        meris,
        far,
        meris,
        instrument="MERIS",
        reference_name="MERIS_3rd",
        site="Libya 4",
        options=DesertOptions(),
    )
    assert found.rows == []
    assert found.unmatched + sum(found.screened.values()) >= LOOKS
    assert np.isnan(found.site.ratio).all()


def test_a_drift_of_the_sensor_is_not_taken_for_scatter_from_look_to_look(files):
    meris = sensor_of("MERIS", read_sensor_responses(files["responses"], "MERIS"))
    venus = sensor_of("VENUS", read_sensor_responses("venus", "VENUS"))
    reference = read_observations(files["meris"])
    steady = read_observations(files["venus"])
    drifting = steady.copy()
    drifting["reflectance"] = steady["reflectance"] * xr.DataArray(
        np.linspace(1.0, 0.95, LOOKS), dims="time"
    )
    u = [
        {row["band"]: row["u_random"] for row in rows if row["band"] != "B12"}
        for rows in (
            calibrate_site(
                one, venus, reference, meris, instrument="VENUS", reference_name="M", site="Libya 4"
            ).rows
            for one in (steady, drifting)
        )
    ]
    for band in u[0]:
        assert u[1][band] == pytest.approx(u[0][band], rel=0.3), band
