"""Units at the door."""

from __future__ import annotations

import pytest

from venus_analysis.collect.check import read_text, require_unit, unit_parts
from venus_analysis.errors import InputError


@pytest.mark.parametrize(
    "spelling",
    ["W m-2 sr-1 um-1", "W sr-1 m-2 um-1", "W/m2/sr/um", "W m^-2 sr^-1 µm^-1", "W.m-2.sr-1.um-1"],
)
def test_spellings_of_one_unit(spelling: str) -> None:
    assert unit_parts(spelling) == unit_parts("W m-2 sr-1 um-1")


@pytest.mark.parametrize("none", ["1", "1.0", "-", ""])
def test_spellings_of_no_dimension(none: str) -> None:
    assert require_unit("x: y", none, {"1": 2.0}) == 2.0


@pytest.mark.parametrize("other", ["%", "0.01", "non-dimensional", "counts -", "100"])
def test_a_share_is_no_percentage(other: str) -> None:
    with pytest.raises(InputError, match="x: y, attribute units: expected '1', received"):
        require_unit("x: y", other, {"1": 1.0})


@pytest.mark.parametrize("other", ["W m-2 sr-1 nm-1", "mW m-2 sr-1 um-1", "W m-2 um-1", "1", ""])
def test_other_units_are_refused(other: str) -> None:
    with pytest.raises(InputError, match=r"x: y, attribute units: expected 'W m-2 sr-1 um-1'"):
        require_unit("x: y", other, {"W m-2 sr-1 um-1": 1.0})


def test_large_text_is_refused(tmp_path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("x" * 100)
    with pytest.raises(InputError, match="at most 10 bytes"):
        read_text(path, largest_bytes=10)
