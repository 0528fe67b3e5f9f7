"""Datasets, files for others, and the comparison of runs."""

import csv
import io

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

from venus_analysis import ledger, schema
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.ledger.rows import tidy


@pytest.fixture
def series(row) -> pd.DataFrame:
    """Three looks in B2 and B10, given out of order; one band of one look is absent."""
    rows = [
        row("LOOK_b", "B10", ratio=0.1, time="2024-01-02", flags=5),
        row("LOOK_b", "B2", ratio=0.2, time="2024-01-02"),
        row("LOOK_a", "B2", ratio=0.3, time="2024-01-03", product="µ/é"),
        row("LOOK_a", "B10", ratio=0.4, time="2024-01-03", simulated=True),
        row("LOOK_c", "B10", ratio=0.5, time="2024-01-01"),
    ]
    return tidy(rows)


def test_dataset(series) -> None:
    data = ledger.to_xarray(series)
    assert data["acquisition"].to_numpy().tolist() == ["LOOK_c", "LOOK_b", "LOOK_a"], "by time"
    assert data["band"].to_numpy().tolist() == ["B2", "B10"], "by number"
    np.testing.assert_array_equal(data["ratio"], [[np.nan, 0.5], [0.2, 0.1], [0.3, 0.4]])
    assert np.isnat(data["time"].to_numpy()[0, 0])
    assert data["time"].dtype == "datetime64[us]"
    assert data["flags"].sel(acquisition="LOOK_b", band="B10").item() == 5
    assert data["run_id"].to_numpy()[0].tolist() == ["", "run-a"]
    assert data.attrs["reference"] == "ROLO311g"
    assert "ratio = measured / modelled" in data.attrs["sign_convention"]
    assert data["phase_angle_deg"].attrs["units"] == "deg"
    assert len(data["flags"].attrs["flag_meanings"].split()) == len(Flag)
    assert set(data.variables) | set(data.attrs) >= set(schema.NAMES) - {"acquisition_id"}


def test_dataset_refuses_what_is_ambiguous_and_names_the_choices(row) -> None:
    frame = tidy([row(reference="S2A"), row(reference="S2B"), row("L2", reference="S2B")])
    with pytest.raises(InputError, match=r"one reference.*choose reference from 'S2A', 'S2B'"):
        ledger.to_xarray(frame)
    assert ledger.to_xarray(frame, reference="S2B").sizes["acquisition"] == 2
    with pytest.raises(InputError, match="'S2C'; choose reference from"):
        ledger.to_xarray(frame, reference="S2C")
    with pytest.raises(InputError, match="expected a text column, received 'ratoi'"):
        ledger.to_xarray(frame, ratoi="1")
    twice = tidy([row(parameter_digest="p1"), row(parameter_digest="p2")])
    with pytest.raises(InputError, match="one parameter_digest"):
        ledger.to_xarray(twice)
    assert ledger.to_xarray(twice, parameter_digest="p2").sizes["acquisition"] == 1
    elsewhere = tidy([row(parameter_digest="p0"), *(row("L2", site=site) for site in "ab")])
    with pytest.raises(InputError, match=r"one site.*choose site from 'a', 'b'$"):
        ledger.to_xarray(elsewhere)


def test_a_dataset_has_no_room_for_two_runs_of_one_look(row) -> None:
    runs = tidy([row(run="a", ratio=0.98), row(run="b", ratio=0.99)])
    with pytest.raises(InputError, match=r"one run_id.*choose run_id from 'a', 'b'"):
        ledger.to_xarray(runs)
    assert ledger.to_xarray(runs, run_id="a")["ratio"].item() == 0.98
    again = pd.concat([tidy([row()])] * 2)
    with pytest.raises(InputError, match=r"one row per acquisition and band.*LOOK_1 B1 2 times"):
        ledger.to_xarray(again)


def test_an_empty_frame_is_an_empty_dataset() -> None:
    assert dict(ledger.to_xarray(tidy([])).sizes) == {"acquisition": 0, "band": 0}


def test_netcdf_comes_back(series, tmp_path) -> None:
    ledger.export(series, tmp_path / "new" / "rows.nc")
    with xr.open_dataset(tmp_path / "new" / "rows.nc") as back:
        for name, expected in ledger.to_xarray(series).variables.items():
            assert back[name].variable.equals(expected), name


def test_parquet_comes_back_with_units(series, tmp_path) -> None:
    ledger.export(series, tmp_path / "rows.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "rows.parquet"), series)
    field = pq.read_schema(tmp_path / "rows.parquet").field("altitude_km")
    assert field.metadata[b"unit"] == b"km"


def test_csv_keeps_every_digit_and_disarms_formulas(row, tmp_path) -> None:
    dangerous = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", 'plain, "quoted"']
    frame = tidy([row(text, ratio=-0.1 - 0.2, site="é=µ") for text in dangerous])
    ledger.export(frame, tmp_path / "rows.csv")
    text = (tmp_path / "rows.csv").read_bytes().decode()
    back = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [r["acquisition_id"] for r in back] == [f"'{t}" for t in dangerous[:-1]] + dangerous[-1:]
    assert {float(r["ratio"]) for r in back} == {-0.1 - 0.2}
    assert {r["site"] for r in back} == {"é=µ"}
    assert {r["u_model"] for r in back} == {""}


@pytest.mark.parametrize("name", ["rows.xls", "rows"])
def test_other_suffixes_are_refused(series, tmp_path, name) -> None:
    with pytest.raises(InputError, match=r"a name in .csv, .parquet or .nc"):
        ledger.export(series, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_there_stays_when_the_new_one_fails(series, tmp_path, monkeypatch) -> None:
    import os

    (tmp_path / "rows.csv").write_text("before")

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(OSError, match="No space"):
        ledger.export(series, tmp_path / "rows.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
    assert (tmp_path / "rows.csv").read_text() == "before"


def test_diff_of_two_runs(tmp_path, row) -> None:
    ledger.write(tmp_path, [row(band=f"B{n}", run="a", ratio=1.0) for n in (1, 2, 3)])
    changed = [(2, 1.01), (3, 0.9), (4, 1.0)]
    ledger.write(tmp_path, [row(band=f"B{n}", run="b", ratio=value) for n, value in changed])
    frame = ledger.diff(tmp_path, "a", "b").frame
    assert frame["band"].tolist() == ["B3", "B2", "B1", "B4"]
    assert frame["side"].tolist() == ["both", "both", "a", "b"]
    np.testing.assert_allclose(frame["change"], [-0.1, 0.01, np.nan, np.nan], rtol=1e-12)


def test_diff_across_configurations(tmp_path, row) -> None:
    ledger.write(tmp_path, [row(run="a", ratio=1.0, configuration="c1")])
    ledger.write(tmp_path, [row(run="b", ratio=1.1, configuration="c2")])
    assert set(ledger.diff(tmp_path, "a", "b").frame["side"]) == {"a", "b"}
    (both,) = ledger.diff(tmp_path, "a", "b", across_configurations=True).frame.to_dict("records")
    assert (both["configuration_a"], both["configuration_b"]) == ("c1", "c2")
    assert both["change"] == pytest.approx(0.1)
    ledger.write(tmp_path, [row(run="b", configuration="c3")])
    with pytest.raises(InputError, match="several configurations of LOOK_1 B1"):
        ledger.diff(tmp_path, "a", "b", across_configurations=True)
    with pytest.raises(InputError, match=r"expected a run of this ledger, received 'z'; newest: "):
        ledger.diff(tmp_path, "a", "z")
