"""Spectral responses from files."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from venus_analysis.collect.response import read_responses
from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_responses


def write_gsics(path: Path, unit: str | None = "um") -> Path:
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("channel", 2)
        file.createDimension("sample", 4)
        file.createVariable("channel_id", str, ("channel",))[:] = np.array(["A", "B"], object)
        wavelength = file.createVariable("wavelength", "f8", ("sample", "channel"), fill_value=-9)
        if unit:
            wavelength.units = unit
        wavelength[:] = [[0.7, 0.8], [0.6, 0.9], [0.5, 1.0], [-9.0, 1.1]]
        response = file.createVariable("srf", "f8", ("sample", "channel"), fill_value=-9)
        response[:] = [[0.0, 0.0], [1.0, 1.0], [0.5, 0.5], [-9.0, 0.0]]
    return path


def test_gsics_file_is_in_nm_ascending_and_free_of_fill(tmp_path: Path) -> None:
    a, b = read_responses(write_gsics(tmp_path / "srf.nc"))
    assert (a.band, b.band) == ("A", "B")
    np.testing.assert_allclose(a.wavelength_nm, [500.0, 600.0, 700.0])
    np.testing.assert_array_equal(a.response, [0.5, 1.0, 0.0])
    np.testing.assert_allclose(b.wavelength_nm, [800.0, 900.0, 1000.0, 1100.0])


def test_table_equals_the_built_in_one(tmp_path: Path) -> None:
    built_in = venus_responses()
    head = ",".join(["wavelength_nm", *(r.band for r in built_in)])
    table = np.column_stack([built_in[0].wavelength_nm, *(r.response for r in built_in)])
    path = tmp_path / "responses.csv"
    np.savetxt(path, table, delimiter=",", header=f"# a remark\n{head}", comments="")
    for ours, theirs in zip(read_responses(path), built_in, strict=True):
        assert ours.band == theirs.band
        np.testing.assert_allclose(ours.response, theirs.response)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nm,B1\n400,1\n500,1\n", "expected wavelength_nm,BAND"),
        ("# only a remark\n", "received no line"),
        ("wavelength_nm,B1\n400,1\n500,one\n", "a table of numbers"),
        ("wavelength_nm,B1\n400,1\n500\n", "a table of numbers"),
        ("wavelength_nm,B1,\n400,1\n500,1\n", "a table of numbers"),
        ("wavelength_nm,B1\n400,1,2\n500,1,2\n", "a table of numbers"),
        ("wavelength_nm,B1\n0.4,1\n0.5,1\n", "multiply micrometres"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_responses(path)


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no unit"):
        read_responses(write_gsics(tmp_path / "srf.nc", unit=None))
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00wavelength")
    with pytest.raises(InputError, match="UTF-8"):
        read_responses(tmp_path / "binary.csv")
    with pytest.raises(InputError, match="nothing of that name"):
        read_responses(tmp_path / "absent.csv")
