"""DIMITRI files: written here by hand, whole, damaged and hostile."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest

from venus_analysis.collect.dimitri import read_dimitri
from venus_analysis.errors import InputError

BANDS = 7


def record(kind, body, position):
    following = position + 16 + len(body)
    return struct.pack(">iIII", kind, following, 0, 0) + body


def array_body(name, table, type_code=5):
    """An IDL VARIABLE record of a double array, dimensions fastest first."""
    text = name.upper().encode()
    body = struct.pack(">i", len(text)) + text + b"\0" * (-len(text) % 4)
    columns, rows = table.shape[1], table.shape[0]
    body += struct.pack(">ii", type_code, 4)
    size = table.size * 8
    body += struct.pack(">iiiiiiii", 8, 8, size, table.size, 2, 0, 0, 8)
    body += struct.pack(">8i", columns, rows, 1, 1, 1, 1, 1, 1)
    return body + struct.pack(">i", 7) + np.ascontiguousarray(table, ">f8").tobytes()


def save(path, table, name="data"):
    content = b"SR\x00\x04"
    content += record(2, array_body(name, table), len(content))
    content += record(6, b"", len(content))
    path.write_bytes(content)
    return path


def a_table():
    table = np.full((4, 17 + 2 * BANDS), -999.0)
    table[:, 0] = [2004.0 + 60.25 / 366.0, 2003.0 + 1.5 / 365.0, 2003.5, 2003.25]
    table[:, 1:5] = [10.0, 350.0, 30.0, 20.0]
    table[:, 5:7] = [300.0, 2.0]
    table[:, 17:24] = [0.36, 0.51, 0.64, 0.0, 240.0, 230.0, 220.0]
    table[:, 24:31] = 0.01
    return table


@pytest.fixture
def aatsr(tmp_path):
    return save(tmp_path / "AATSR_site.sav", a_table())


def test_layout_units_and_fill(aatsr):
    series = read_dimitri(aatsr)
    assert dict(series.sizes) == {"time": 4, "band": 4}
    assert list(series.band.values) == ["555", "660", "865", "1610"]
    np.testing.assert_array_equal(series.reflectance.values[:, :3], [[0.36, 0.51, 0.64]] * 4)
    assert np.isnan(series.reflectance.sel(band="1610")).all()
    assert np.isnan(series.reflectance_sd.sel(band="1610")).all()
    assert np.isnan(series.water_vapour_g_cm2).all()
    assert (series.ozone_du == 300.0).all()
    assert series.ozone_du.attrs["units"] == "DU"
    np.testing.assert_allclose(series.relative_azimuth_deg, 30.0)


def test_numbers_are_those_scipy_reads(aatsr):
    from scipy.io import readsav

    table = readsav(str(aatsr))["data"]
    np.testing.assert_array_equal(np.sort(table[:, 0]), np.sort(a_table()[:, 0]))
    np.testing.assert_array_equal(
        read_dimitri(aatsr).reflectance.values[:, 0], table[:, 17].astype(float)
    )


def test_time_counts_days_from_one_and_is_sorted(aatsr):
    time = read_dimitri(aatsr).time.values
    assert (np.diff(time) > np.timedelta64(0)).all()
    first = np.datetime64("2003-01-01T12:00")
    assert abs(time[0] - first) < np.timedelta64(1, "ms")
    # Day 60.25 of a leap year, 1 January being day 1.
    assert abs(time[-1] - np.datetime64("2004-02-29T06:00")) < np.timedelta64(1, "ms")


def test_transposed_table_is_the_same(aatsr, tmp_path):
    turned = save(tmp_path / "AATSR_turned.sav", a_table().T)
    assert read_dimitri(turned).drop_attrs().equals(read_dimitri(aatsr).drop_attrs())


def test_bands_of_an_unknown_sensor_must_be_named(tmp_path):
    path = save(tmp_path / "unknown.sav", a_table())
    with pytest.raises(InputError, match="give `bands`"):
        read_dimitri(path)
    with pytest.raises(InputError, match="expected 21 columns for 2 bands, received 31 columns"):
        read_dimitri(path, bands=(400, 500))
    named = read_dimitri(path, bands=(400, None, 600, None, None, None, None))
    assert list(named.band.values) == ["400", "600"]


def test_other_content_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected a table of numbers named DATA"):
        read_dimitri(save(tmp_path / "AATSR_1.sav", a_table(), name="other"))
    bad = a_table()
    bad[2, 3] = 400.0
    with pytest.raises(InputError, match="column 3 of data: expected solar_zenith_deg from 0"):
        read_dimitri(save(tmp_path / "AATSR_2.sav", bad))
    with pytest.raises(InputError, match="more than 17 columns"):
        read_dimitri(save(tmp_path / "AATSR_3.sav", a_table()[:, :9]))


def test_damaged_and_hostile_files_are_refused(aatsr, tmp_path, monkeypatch):
    whole = aatsr.read_bytes()
    path = tmp_path / "AATSR_bad.sav"

    def refused(content, message):
        path.write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_dimitri(path)

    refused(b"", "expected a file with content")
    refused(b"\x89HDF\r\n\x1a\n" + whole, "expected an IDL save file")
    refused(b"SR\x00\x06" + whole[4:], "expected an uncompressed save file")
    for cut in range(5, len(whole), 61):
        refused(whole[:cut], "AATSR_bad.sav")
    # A record that follows itself would keep a reader busy for ever.
    refused(whole[:8] + struct.pack(">I", 4) + whole[12:], "a broken chain of records")
    refused(whole[:12] + struct.pack(">I", 1) + whole[16:], "a broken chain of records")
    random = np.random.default_rng(3)
    for _ in range(200):
        spoiled = bytearray(whole)
        spoiled[int(random.integers(4, 120))] = int(random.integers(0, 256))
        path.write_bytes(spoiled)
        with contextlib.suppress(InputError):
            read_dimitri(path)
    monkeypatch.setattr("venus_analysis.collect.idl_save.LARGEST_BYTES", 100)
    refused(whole, "expected at most 100 bytes")
