"""The statistics file: whole, documented, and read back to the last bit in both formats."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venus_analysis import schema
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag, PixelFlag
from venus_analysis.statistics import dictionary, read_statistics, write_statistics
from venus_analysis.statistics.columns import statistics_frame

KINDS = {column.name: column.kind for column in schema.STATISTICS}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(
        st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=12
    )
    | st.sampled_from(["=1+1", "'quoted", '"', "a,b", "line\r\nend", "\r", "#", "µm", "-0.5"]),
    "float": st.floats(),
    "integer": st.integers(-(2**62), 2**62),
    "boolean": st.booleans(),
    "time": st.none()
    | st.integers(-(2**50), 2**53).map(lambda number: np.datetime64(number, "us")),
}


def row(**values: Any) -> dict[str, Any]:
    return {
        "instrument": "VENUS/VSSC",
        "acquisition_id": "SIMULATED_MOON",
        "band": "B7",
        "method": "moon",
        "time": np.datetime64("2019-02-16T02:00:00.123456", "us"),
        "ratio": 0.1 + 0.2,
        "flags": int(Flag.SATURATED | Flag.GHOST_ON_DISK),
        "simulated": True,
    } | values


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=8, unique=True))
    one = st.fixed_dictionaries({name: VALUES[KINDS[name]] for name in names})
    return draw(st.lists(one, max_size=4))


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=tables())
def test_csv_frame_netcdf_frame_are_one(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    frame = statistics_frame(rows)
    write_statistics(tmp_path / "a.csv", frame)
    first = read_statistics(tmp_path / "a.csv")
    write_statistics(tmp_path / "b.nc", first)
    second = read_statistics(tmp_path / "b.nc")
    pd.testing.assert_frame_equal(first, frame, check_exact=True)
    pd.testing.assert_frame_equal(second, frame, check_exact=True)


def test_dictionary_holds_the_ledger_s_columns_unchanged() -> None:
    table = dictionary()
    for column in schema.COLUMNS:
        assert table.loc[column.name].tolist() == [column.kind, column.unit, column.sentence]
    assert table.index.is_unique
    assert table["meaning"].str.endswith(".").all()
    assert {f"rejected_{(flag.name or '').lower()}" for flag in PixelFlag} <= set(table.index)


def test_csv_explains_itself_to_any_reader(tmp_path: Path) -> None:
    path = tmp_path / "statistics.csv"
    write_statistics(path, [row(), row(band="B8", ratio=math.nan)])
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert comments[0].startswith("# SIMULATED")
    text = "\n".join(comments)
    for column in schema.STATISTICS:
        assert f"#   {column.name}; {column.kind}; {column.unit}; {column.sentence}" in text
    for flag in Flag:
        assert f"#   {int(flag)}; {flag.name};" in text
    assert "ratio = measured / modelled" in text
    # others' readers, not ours
    frame = pd.read_csv(path, comment="#")
    assert frame["ratio"].iloc[0] == 0.1 + 0.2
    assert np.isnan(frame["ratio"].iloc[1])
    plain = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert plain[0]["time"] == "2019-02-16T02:00:00.123456Z"
    assert plain[1]["ratio"] == ""


def test_title_says_simulated_only_when_a_row_is(tmp_path: Path) -> None:
    write_statistics(tmp_path / "real.csv", [row(simulated=False)])
    assert "SIMULATED" not in read_statistics(tmp_path / "real.csv").attrs["title"]
    write_statistics(tmp_path / "both.nc", [row(simulated=False), row(simulated=True)])
    assert "SIMULATED" in read_statistics(tmp_path / "both.nc").attrs["title"]


def test_netcdf_has_cf_attributes(tmp_path: Path) -> None:
    path = tmp_path / "statistics.nc"
    write_statistics(path, [row(), row(band="B8", time=None)])
    with netCDF4.Dataset(path) as data:
        assert data.Conventions == "CF-1.11"
        for name, variable in data.variables.items():
            assert variable.long_name, name
            if KINDS[name] == "float":
                assert variable.units, name
            for other in getattr(variable, "ancillary_variables", "").split():
                assert other in data.variables
                if name != "ratio":
                    assert data[other].units == variable.units
            for other in getattr(variable, "coordinates", "").split():
                assert other in data.variables
        flags = data["flags"]
        assert flags.flag_masks.dtype == flags.dtype
        assert len(flags.flag_masks) == len(flags.flag_meanings.split()) == len(Flag)
        assert data["measured"].units == data["modelled"].units == "W m-2 um-1"


def test_xarray_decodes_the_file_as_any_cf_file(tmp_path: Path) -> None:
    path = tmp_path / "statistics.nc"
    write_statistics(path, [row(disk_mean=31.5), row(band="B8", time=None)])
    with xr.open_dataset(path, engine="netcdf4") as data:
        first, second = data["time"].to_numpy()
        assert first == np.datetime64("2019-02-16T02:00:00.123456")
        assert np.isnat(second)
        assert set(data.coords) == {"time", "band", "acquisition_id"}
        table = data[["disk_mean"]].set_index(row=["acquisition_id", "band"])
        assert table["disk_mean"].sel(band="B7").item() == 31.5


def test_a_file_is_replaced_whole_and_no_temporary_is_left(tmp_path: Path) -> None:
    for suffix in ("csv", "nc"):
        path = tmp_path / "deep" / f"statistics.{suffix}"
        write_statistics(path, [row(), row(band="B8")])
        write_statistics(path, [row(band="B9")])
        assert read_statistics(path)["band"].tolist() == ["B9"]
    assert sorted(one.name for one in (tmp_path / "deep").iterdir()) == [
        "statistics.csv",
        "statistics.nc",
    ]


def test_a_failed_write_keeps_the_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "statistics.csv"
    write_statistics(path, [row()])
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_statistics(path, [row(band="B8")])
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["statistics.csv"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("statistics_version: 1", "statistics_version: 99"), "newer"),
        (lambda text: text.replace("# statistics_version", "# other"), "statistics_version"),
        (lambda text: text.replace("\r\ninstrument,", "\r\ninstrumant,"), "instrumant"),
        (lambda text: text.replace(",true,", ",maybe,"), "maybe"),
        (lambda text: text.replace("0.30000000000000004", "0.3x"), "0.3x"),
        (lambda text: text.replace("VENUS/VSSC,", '"VENUS/VSSC,'), "line"),
        (lambda text: text[:-400], "cells"),
        (lambda text: "", "content"),
        (lambda text: "\x00\x01", "statistics"),
    ],
)
def test_damaged_csv_is_an_input_error(tmp_path: Path, change: Any, message: str) -> None:
    path = tmp_path / "statistics.csv"
    write_statistics(path, [row()])
    text = path.read_bytes().decode()
    assert change(text) != text
    path.write_bytes(change(text).encode())
    with pytest.raises(InputError, match=message):
        read_statistics(path)


def test_bytes_that_are_no_text_are_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "statistics.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_statistics(path)


def test_damaged_netcdf_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "statistics.nc"
    write_statistics(path, [row()])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError):
        read_statistics(path)
    with netCDF4.Dataset(path, "w") as data:
        data.statistics_version, data.schema_version = 1, 1
        data.createDimension("row", 1)
        data.createVariable("band", "f8", ("row",))
    with pytest.raises(InputError, match="band"):
        read_statistics(path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"disk_maen": 1.0}], "disk_mean"),
        ([{"ratio": "much"}], "ratio"),
        ([{"flags": 1.5}], "flags"),
    ],
)
def test_wrong_rows_are_an_input_error(
    tmp_path: Path, rows: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        write_statistics(tmp_path / "statistics.csv", rows)
    assert not list(tmp_path.iterdir())


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    for call in (lambda p: write_statistics(p, []), read_statistics):
        with pytest.raises(InputError, match=r"\.csv or \.nc"):
            call(tmp_path / "statistics.txt")


def test_importing_costs_no_netcdf_library() -> None:
    code = "import sys, venus_analysis.statistics; print('netCDF4' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
