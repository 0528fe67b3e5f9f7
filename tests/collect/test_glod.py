"""GLOD files: written and read again, and every bad one told apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from venus_analysis.calibrate.measure import MeasureOptions, measure
from venus_analysis.calibrate.moon import with_measured_irradiance
from venus_analysis.collect.glod import read_glod
from venus_analysis.collect.glod_export import write_glod
from venus_analysis.errors import InputError

STATED = MeasureOptions(extraction="stated")


def edit(path: Path, change: Callable[[netCDF4.Dataset], None]) -> Path:
    with netCDF4.Dataset(path, "a") as file:
        file.set_auto_mask(False)
        change(file)
    return path


def test_written_and_read_again_is_the_same(look: xr.Dataset, glod_file: Path) -> None:
    again = read_glod(glod_file)
    for name in ("radiance", "counts", "observer_position", "pixel_solid_angle_sr"):
        np.testing.assert_array_equal(again[name].values, look[name].values)
    assert again["observer_position"].attrs["frame"] == "GCRS"
    assert again["time"].values == look["time"].values
    assert list(again["band"].values) == list(look["band"].values)
    assert again.attrs["acquisition_id"] == look.attrs["acquisition_id"]
    assert again.attrs["simulated"] == 1


def test_stated_irradiance_survives_writing(look: xr.Dataset, tmp_path: Path) -> None:
    again = read_glod(write_glod(tmp_path / "a.nc", with_measured_irradiance(look)))
    for band in again["band"].values:
        plane = again.sel(band=band)
        found = measure(plane, STATED)
        assert found.irradiance == pytest.approx(float(plane["irradiance_stated"]), rel=1e-8)
        assert found.pixel_number == int(plane["pixel_number_stated"])


def test_fill_is_trimmed_and_pixels_keep_their_indices(glod_file: Path) -> None:
    def frame_of_fill(file: netCDF4.Dataset) -> None:
        for name in ("rad_obs_imgt", "dc_obs_imgt"):
            for edge in (np.s_[:7], np.s_[-5:], np.s_[:, :3], np.s_[:, -2:]):
                file[name][edge] = -999

    whole = read_glod(glod_file)
    image = read_glod(edit(glod_file, frame_of_fill))
    assert image["line"].values[0] == 7
    assert image["column"].values[0] == 3
    assert image.sizes["line"] == whole.sizes["line"] - 12
    assert image.sizes["column"] == whole.sizes["column"] - 5
    same = whole.sel(line=image["line"], column=image["column"])
    np.testing.assert_array_equal(image["radiance"].values, same["radiance"].values)


def test_a_band_of_fill_is_left_out_and_named(glod_file: Path) -> None:
    def empty_band(file: netCDF4.Dataset) -> None:
        file["rad_obs_imgt"][:, :, 3] = -999.0
        file["pix_solid_ang"][3] = -999.0

    image = read_glod(edit(glod_file, empty_band))
    assert image.sizes["band"] == 11
    assert image.attrs["bands_without_image"] == "B4"
    with pytest.raises(InputError, match="fill only in B4"):
        read_glod(glod_file, ["B4"])


def test_bands_in_the_order_asked_for(glod_file: Path) -> None:
    assert list(read_glod(glod_file, ["B12", "B3"])["band"].values) == ["B12", "B3"]
    with pytest.raises(InputError, match=r"expected the band B99, received B1, B2.*choose"):
        read_glod(glod_file, ["B99"])


def test_negative_positions_survive_a_wrong_valid_min(glod_file: Path) -> None:
    def trap(file: netCDF4.Dataset) -> None:
        file["sat_pos"].valid_min = 0.0
        file["sat_pos"][:] = [-34525.5, 24189.9, -25.4]

    position = read_glod(edit(glod_file, trap))["observer_position"].values
    np.testing.assert_allclose(position, [-34525500.0, 24189900.0, -25400.0])


@pytest.mark.parametrize(
    ("name", "frame"), [("ITRF93", "ITRS"), ("J2000 ", "J2000"), ("GCRS", "GCRS")]
)
def test_frame_of_the_position_is_honoured(
    look: xr.Dataset, tmp_path: Path, name: str, frame: str
) -> None:
    path = write_glod(tmp_path / "a.nc", look)
    edit(path, lambda file: replace_text(file, "sat_pos_ref", name))
    assert read_glod(path)["observer_position"].attrs["frame"] == frame


def replace_text(file: netCDF4.Dataset, name: str, text: str) -> None:
    file.renameVariable(name, f"old_{name}")
    file.createDimension("new_strlen", len(text))
    file.createVariable(name, "S1", ("new_strlen",))[:] = list(text)


def unit(name: str, value: str) -> Callable[[netCDF4.Dataset], None]:
    return lambda file: file[name].setncattr("units", value)


def values(name: str, value: object) -> Callable[[netCDF4.Dataset], None]:
    def change(file: netCDF4.Dataset) -> None:
        file[name][:] = value

    return change


BAD = {
    "missing variable": (
        lambda file: file.renameVariable("pix_solid_ang", "solid"),
        r"the variable pix_solid_ang.*use a file in the GSICS",
    ),
    "unknown frame": (
        lambda file: replace_text(file, "sat_pos_ref", "TEME"),
        r"sat_pos_ref: expected ITRF93 or .*received 'TEME'",
    ),
    "radiance per nm": (
        unit("rad_obs_imgt", "W m-2 sr-1 nm-1"),
        r"rad_obs_imgt, attribute units: expected 'W m-2 sr-1 um-1', received 'W m-2 sr-1 nm-1'",
    ),
    "no unit": (lambda file: file["sat_pos"].delncattr("units"), "received no unit"),
    "time unit": (unit("date", "heartbeats"), "expected 'seconds since"),
    "all fill": (values("rad_obs_imgt", -999.0), "fill only in B1, B2"),
    "all NaN": (values("rad_obs_imgt", np.nan), "fill only in B1, B2"),
    "no time": (values("date", -999.0), "expected one time"),
    "no position": (values("sat_pos", -999.0), "expected three numbers"),
    "negative solid angle": (values("pix_solid_ang", -1e-9), "positive numbers"),
    "missing oversampling": (values("ovrsamp_fa", -999.0), "positive numbers"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_content_is_told_apart(glod_file: Path, case: str) -> None:
    change, message = BAD[case]
    edit(glod_file, change)
    with pytest.raises(InputError, match=message) as caught:
        read_glod(glod_file)
    assert str(glod_file) in str(caught.value)


def test_transposed_image_and_short_columns(look: xr.Dataset, tmp_path: Path) -> None:
    path = write_glod(tmp_path / "a.nc", look)

    def transposed(file: netCDF4.Dataset) -> None:
        file.renameVariable("rad_obs_imgt", "old")
        old = file["old"]
        new = file.createVariable("rad_obs_imgt", "f8", ("chan", "row", "col"))
        new.units = old.units

    with pytest.raises(InputError, match=r"expected dimensions \(row, col, chan\)"):
        read_glod(edit(path, transposed))
    path = write_glod(tmp_path / "b.nc", look)

    def short(file: netCDF4.Dataset) -> None:
        file.renameVariable("ovrsamp_fa", "old")
        file.createVariable("ovrsamp_fa", "f8", ("date",)).units = "1"

    with pytest.raises(InputError, match="one number for each of 12 channels"):
        read_glod(edit(path, short))


def test_damaged_files(glod_file: Path, tmp_path: Path) -> None:
    whole = glod_file.read_bytes()
    for content in (b"not netCDF at all", whole[:1000], whole[: len(whole) // 2], whole[:-100]):
        bad = tmp_path / "bad.nc"
        bad.write_bytes(content)
        with pytest.raises(InputError, match="a complete netCDF file"):
            read_glod(bad)
    (tmp_path / "empty.nc").touch()
    with pytest.raises(InputError, match="0 bytes"):
        read_glod(tmp_path / "empty.nc")
    with pytest.raises(InputError, match="a folder"):
        read_glod(tmp_path)


def test_a_failed_write_leaves_nothing(look: xr.Dataset, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder to write to"):
        write_glod(tmp_path / "absent" / "a.nc", look)
    path = tmp_path / "a.nc"
    path.write_text("the older file")
    with pytest.raises(KeyError):
        write_glod(path, look.drop_attrs())
    assert path.read_text() == "the older file"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InputError, match="no oversampling"):
        write_glod(path, look.drop_vars("oversampling"))
