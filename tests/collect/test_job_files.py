"""Names of a job order: which files they find, which outputs they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from venus_analysis.collect.job_files import find_files, output_path
from venus_analysis.collect.job_order import NamedFile
from venus_analysis.errors import InputError

FILES = ("A_1.nc", "A_2.nc", "A_2.txt", "P.HDR", "P.DBL", "B.SAFE/x", "P.DBL.DIR/y", ".A_3.nc.tmp")


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path


def named(kind: str, name: str) -> NamedFile:
    return NamedFile("VA_MOONIMG", kind, name, "order.xml, line 3")


@pytest.mark.parametrize(
    ("kind", "name", "found"),
    [
        ("Physical", "A_1.nc", ["A_1.nc"]),
        ("Physical", "B.SAFE", ["B.SAFE"]),
        ("Logical", "A_1", ["A_1.nc"]),
        ("Logical", "B", ["B.SAFE"]),
        ("Logical", "P", ["P.HDR"]),
        ("Stem", "A_", ["A_1.nc", "A_2.nc", "A_2.txt"]),
        ("Stem", "P", ["P.HDR"]),
        ("Regexp", r"A_\d\.nc", ["A_1.nc", "A_2.nc"]),
        ("Regexp", r"[AB].*(nc|SAFE)", ["A_1.nc", "A_2.nc", "B.SAFE"]),
    ],
)
def test_inputs(folder, kind, name, found) -> None:
    assert [one.name for one in find_files(named(kind, name), folder)] == found
    whole = named(kind, f"{folder}/{name}")
    assert find_files(whole, Path("/elsewhere")) == [folder / one for one in found]


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("Physical", "A_1", "an existing file"),
        ("Physical", "x" * 300, "an existing file"),
        ("Logical", "A_1.n", "a Logical name"),
        ("Logical", "A_2", "one product A_2, received A_2.nc, A_2.txt"),
        ("Stem", "C", "a Stem name"),
        ("Stem", "none/A", "a readable folder"),
        ("Regexp", "A_", "a Regexp name"),
        ("Regexp", "A_(", "a regular expression"),
        ("Regexp", "A" * 201, "at most 200 characters"),
    ],
)
def test_inputs_that_are_not_there(folder, kind, name, message) -> None:
    with pytest.raises(InputError, match="line 3") as error:
        find_files(named(kind, name), folder)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("Physical", "out/s.nc", "out/s.nc"),
        ("Logical", "out/s", "out/s.csv"),
        ("Logical", "out/s.v1", "out/s.v1.csv"),
        ("Stem", "out/s", "out/s_T_R1_MOON.csv"),
        ("Directory", "out", "out/T_R1_MOON.csv"),
        ("Regexp", r"out/T_.*\.csv", "out/T_R1_MOON.csv"),
        ("Regexp", r"out/T_.*\.nc", "out/T_R1_MOON.nc"),
    ],
)
def test_outputs(kind, name, path) -> None:
    found = output_path(named(kind, name), Path("/orders"), "T_R1_MOON", (".csv", ".nc"))
    assert found == Path("/orders") / path


def test_an_output_that_is_a_folder() -> None:
    for kind in ("Directory", "Physical", "Logical"):
        assert output_path(named(kind, "/data/l"), Path(), "T", ()) == Path("/data/l")


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("Physical", "s.txt", "a name in .csv or .nc"),
        ("Regexp", "other", "an expression that T_R1_MOON.csv fits"),
        ("Regexp", "(", "a regular expression"),
    ],
)
def test_outputs_that_cannot_be(kind, name, message) -> None:
    with pytest.raises(InputError, match="line 3") as error:
        output_path(named(kind, name), Path("/orders"), "T_R1_MOON", (".csv", ".nc"))
    assert message in str(error.value)
