"""What was read of products is given back as it was, or read again."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from venus_analysis.collect.extracts import extracted
from venus_analysis.errors import InputError


def looks() -> list[xr.Dataset]:
    """Two datasets with every kind of variable that observations have."""
    one = xr.Dataset(
        {
            "reflectance": (("time", "band"), [[0.1, np.nan]], {"units": "1"}),
            "site": ("time", np.array(["Grand Erg \u00e9"], object)),
            "pixels": (("time", "band"), np.array([[3, 2**40]])),
            "clear": ((), True),
        },
        {
            "time": np.array(["2019-02-04T08:34:37.5"], "M8[us]"),
            "band": np.array(["B1", "B2"], object),
        },
        {"source": "a", "simulated": 1},
    )
    return [one, one.isel(band=[1]).assign_attrs(simulated=0)]


def unwanted() -> list[xr.Dataset]:
    """Stand for the pixels nobody wants to read twice."""
    raise AssertionError("read again")


def test_datasets_come_back_the_same(tmp_path) -> None:
    folder = tmp_path / "new" / "extracts"
    extracted(folder, "a1", looks)
    for found, expected in zip(extracted(folder, "a1", unwanted), looks(), strict=True):
        xr.testing.assert_identical(found, expected)
        assert {n: v.dtype for n, v in found.variables.items()} == {
            n: v.dtype for n, v in expected.variables.items()
        }


@pytest.mark.parametrize("keep", [0, 1, 100, -30], ids=["empty", "a byte", "100 bytes", "no end"])
def test_a_damaged_file_is_read_again(tmp_path, keep) -> None:
    extracted(tmp_path, "a1", looks)
    path = tmp_path / "a1.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    xr.testing.assert_identical(extracted(tmp_path, "a1", looks)[0], looks()[0])
    extracted(tmp_path, "a1", unwanted)


def test_any_flipped_bit_of_the_directory_is_read_again(tmp_path) -> None:
    extracted(tmp_path, "a1", looks)
    path = tmp_path / "a1.npz"
    whole = path.read_bytes()
    for place in range(whole.index(b"PK\x01\x02"), len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        found = extracted(tmp_path, "a1", looks)
        xr.testing.assert_identical(found[0], looks()[0])


def test_objects_of_python_are_not_run(tmp_path) -> None:
    np.savez(tmp_path / "a1.npz", layout=np.array([print], object))
    assert len(extracted(tmp_path, "a1", looks)) == 2


def test_an_error_leaves_nothing_behind(tmp_path) -> None:
    with pytest.raises(AssertionError):
        extracted(tmp_path, "a1", unwanted)
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_said(tmp_path) -> None:
    (tmp_path / "extracts").write_text("")
    with pytest.raises(InputError, match="a folder to keep extracts in"):
        extracted(tmp_path / "extracts", "a1", looks)
