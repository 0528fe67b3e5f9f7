"""Results of older chains: save files written here, checked with scipy, and CSV; hostile ones."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.io import readsav

from venus_analysis.collect.idl_arrays import read_idl_arrays
from venus_analysis.collect.legacy_mapping import read_mapping
from venus_analysis.collect.legacy_results import read_legacy_results
from venus_analysis.errors import InputError
from venus_analysis.ledger import load, write

CODES = {
    "u1": 1,
    "i2": 2,
    "i4": 3,
    "f4": 4,
    "f8": 5,
    "O": 7,
    "u2": 12,
    "u4": 13,
    "i8": 14,
    "u8": 15,
}
WIDE = {"i2": ">i4", "u2": ">i4"}

MAPPING = """
[constants]
instrument = "VENUS/VSSC"
method = "moon"
site = "THE_MOON"
reference = "ROLO311g/chain of 2019"

[columns]
acquisition_id = { from = "acq" }
band = { from = "band" }
time = { from = "date", format = "julian date" }
measured = { from = "irr", factor = 1e-3, fill = -999.0 }
modelled = { from = "model", factor = 1e-3 }
phase_angle_deg = { from = "phase" }
"""


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def text(value: str) -> bytes:
    data = value.encode("latin-1")
    return struct.pack(">i", len(data)) + padded(data)


def payload(values: NDArray[Any], code: str) -> bytes:
    if code == "O":
        return b"".join(
            struct.pack(">i", len(one)) + (text(one) if one else b"") for one in values.ravel()
        )
    if code == "u1":
        return struct.pack(">i", values.size) + padded(values.tobytes())
    return values.astype(WIDE.get(code, f">{code}")).tobytes()


def save_file(path: Path, **variables: Any) -> Path:
    """Write an IDL save file by its public description."""
    content = b"SR\x00\x04"

    def record(kind: int, body: bytes) -> None:
        nonlocal content
        end = len(content) + 16 + len(body)
        content += struct.pack(">iIII", kind, end, 0, 0) + body

    for name, given_values in variables.items():
        values = np.asarray(given_values)
        if values.dtype.kind == "U":
            values = values.astype(object)
        code = "O" if values.dtype == object else values.dtype.str[1:]
        head = text(name.upper()) + struct.pack(">ii", CODES[code], 4 if values.ndim else 0)
        if values.ndim:
            sizes = [*values.shape[::-1], *[1] * (8 - values.ndim)]
            one = values.itemsize
            head += struct.pack(">8i", 8, one, one * values.size, values.size, values.ndim, 0, 0, 8)
            head += struct.pack(">8i", *sizes)
        record(2, head + struct.pack(">i", 7) + payload(values, code))
    content += struct.pack(">iIII", 6, 0, 0, 0)
    path.write_bytes(content)
    return path


def columns() -> dict[str, Any]:
    return {
        "acq": np.array(["A1", "A1", "A2"]),
        "band": np.array(["B7", "B8", "B7"]),
        "date": np.array([2458530.5, 2458530.5, 2458531.25]),
        "irr": np.array([990.0, -999.0, 1010.0], "f4"),
        "model": np.array([1000.0, 1000.0, 1000.0], "f8"),
        "phase": np.array([-40, -40, 12], "i2"),
    }


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def test_every_kind_of_array_reads_as_scipy_reads_it(tmp_path: Path) -> None:
    numbers = np.array([[1, 2], [30, 4], [5, 99]])
    held: dict[str, Any] = {f"v_{code}": numbers.astype(code) for code in CODES if code != "O"}
    held |= {"single": np.array(2.5), "names": np.array(["one", "", "µ m"], object)}
    path = save_file(tmp_path / "all.sav", **held)
    ours, theirs = read_idl_arrays(path), readsav(path)
    assert {name.lower() for name in ours} == set(theirs) == set(held)
    for name, planted in held.items():
        found, other = ours[name.upper()], np.asarray(theirs[name])
        if planted.dtype == object:
            other = np.array(
                [one.decode("latin-1") if isinstance(one, bytes) else one for one in other], object
            )
        np.testing.assert_array_equal(found, planted)
        np.testing.assert_array_equal(found, other)
        assert found.dtype == planted.dtype


def test_a_save_file_becomes_ledger_rows(tmp_path: Path, mapping: Path) -> None:
    path = save_file(tmp_path / "old.sav", **columns())
    rows = read_legacy_results(path, mapping)
    assert [(row["acquisition_id"], row["band"]) for row in rows] == [
        ("A1", "B7"),
        ("A1", "B8"),
        ("A2", "B7"),
    ]
    assert rows[0]["reference"] == "ROLO311g/chain of 2019"
    assert rows[0]["measured"] == pytest.approx(0.99)
    assert rows[0]["ratio"] == pytest.approx(0.99)
    assert math.isnan(rows[1]["ratio"])
    assert rows[2]["time"] == np.datetime64("2019-02-16T18:00:00")
    assert rows[2]["phase_angle_deg"] == 12.0


def test_a_fill_of_single_precision_is_no_measurement(tmp_path: Path, mapping: Path) -> None:
    mapping.write_text(MAPPING.replace("fill = -999.0", "fill = -999.9"), encoding="utf-8")
    irradiance = np.array([990.0, -999.9, 1010.0], "f4")
    path = save_file(tmp_path / "old.sav", **(columns() | {"irr": irradiance}))
    assert [math.isnan(row["measured"]) for row in read_legacy_results(path, mapping)] == [
        False,
        True,
        False,
    ]


def test_reading_twice_adds_nothing_to_a_ledger(tmp_path: Path, mapping: Path) -> None:
    path = save_file(tmp_path / "old.sav", **columns())
    for _ in range(2):
        write(tmp_path / "ledger", read_legacy_results(path, mapping))
    frame = load(tmp_path / "ledger", nan_replaces=True).frame
    assert len(frame) == 3
    assert frame["ratio"].dropna().tolist() == pytest.approx([0.99, 1.01])


def test_csv_and_save_file_give_the_same_numbers(tmp_path: Path, mapping: Path) -> None:
    table = columns()
    lines = ["; old chain", ";".join(table)]
    lines += [";".join(map(str, one)) for one in zip(*table.values(), strict=True)]
    (tmp_path / "old.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping.write_text(MAPPING + '[file]\ndelimiter = ";"\ncomment = "; "\n', encoding="utf-8")
    ours = read_legacy_results(tmp_path / "old.csv", mapping)
    other = read_legacy_results(save_file(tmp_path / "old.sav", **table), mapping)
    names = ("acquisition_id", "band", "time", "phase_angle_deg", "modelled")
    assert [[row[n] for n in names] for row in ours] == [[row[n] for n in names] for row in other]


def test_a_table_of_bands_gives_a_row_for_each(tmp_path: Path, mapping: Path) -> None:
    held = {"data": np.array([[2019.0, 0.99, 0.98], [2020.5, 1.01, -1.0]])}
    mapping.write_text(
        """
        [constants]
        instrument = "VENUS/VSSC"
        method = "desert"
        site = "Libya 4"
        reference = "MERIS_3rd"
        [columns]
        time = { from = "DATA[0]", format = "decimal year" }
        ratio = { from = { B7 = "DATA[1]", B8 = "DATA[2]" }, fill = -1.0 }
        """,
        encoding="utf-8",
    )
    rows = read_legacy_results(save_file(tmp_path / "wide.sav", **held), mapping)
    assert [(row["acquisition_id"], row["band"]) for row in rows] == [
        ("wide#1", "B7"), ("wide#1", "B8"), ("wide#2", "B7"), ("wide#2", "B8"),
    ]  # fmt: skip
    assert [row["ratio"] for row in rows[:3]] == [0.99, 0.98, 1.01]
    assert math.isnan(rows[3]["ratio"])
    assert rows[2]["time"] == np.datetime64("2020-07-02T00:00:00")


@pytest.mark.parametrize(
    ("style", "value", "expected"),
    [
        ("iso", "2019-02-16T02:00:00+02:00", "2019-02-16T00:00:00"),
        ("iso", "2019-02-16", "2019-02-16T00:00:00"),
        ("%d/%m/%Y %H:%M", "16/02/2019 02:30", "2019-02-16T02:30:00"),
        ("modified julian date", "58530.0", "2019-02-16T00:00:00"),
        ("unix", "1550275200", "2019-02-16T00:00:00"),
        ("decimal year", "2019.0", "2019-01-01T00:00:00"),
    ],
)
def test_times(tmp_path: Path, mapping: Path, style: str, value: str, expected: str) -> None:
    changed = MAPPING.replace('format = "julian date"', f'format = "{style}"')
    mapping.write_text(changed, encoding="utf-8")
    path = tmp_path / "old.csv"
    path.write_text(f"acq,band,date,irr,model,phase\nA,B7,{value},1,1,3\n", encoding="utf-8")
    (row,) = read_legacy_results(path, mapping)
    assert row["time"] == np.datetime64(expected)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[constants]", "[constants", "TOML"),
        ("measured =", "measurde =", "measured"),
        ('reference = "ROLO311g/chain of 2019"', "", "reference"),
        ('band = { from = "band" }', "", "band"),
        ('{ from = "acq" }', '"acq"', "from"),
        ("factor = 1e-3, fill", 'factor = "1e-3", fill', "number"),
        ('"julian date"', '"someday"', "julian date"),
        ('"phase"', '"phase[x]"', "NAME"),
        ('from = "phase"', 'from = "phase", offset = 1', "offset"),
        ('"phase"', '"phase", format = "iso"', "format for time columns, received float"),
        ('"band" }', '"band", fill = -1 }', "fill for float columns, received text"),
        ("[columns]", "[columns]\nflags = { from = 'f', fill = -1 }", "received integer"),
        ("[columns]", "[columns]\nrun_id = { from = 'acq' }", "run_id"),
        ("[columns]", "file = 3\n[columns]", "file"),
    ],
)
def test_a_wrong_mapping_is_an_input_error(mapping: Path, old: str, new: str, message: str) -> None:
    assert old in MAPPING
    mapping.write_text(MAPPING.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_mapping(mapping)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"irr": np.zeros(2)}, "lengths"),
        ({"irr": np.zeros((3, 2))}, "shape"),
        ({"irr": np.array(["a", "b", "c"])}, "measured"),
        ({"date": np.array([1.0, 2.0, math.nan])}, "julian date"),
        ({"phases": np.zeros(3), "phase": None}, "phase"),
    ],
)
def test_another_content_than_mapped_is_an_input_error(
    tmp_path: Path, mapping: Path, change: dict[str, Any], message: str
) -> None:
    table = {k: v for k, v in (columns() | change).items() if v is not None}
    with pytest.raises(InputError, match=message):
        read_legacy_results(save_file(tmp_path / "old.sav", **table), mapping)


def test_a_band_without_its_own_ratio_has_that_of_its_irradiances(tmp_path: Path) -> None:
    head = MAPPING.partition("[columns]")[0]
    columns = """[columns]
    time = { from = "date" }
    ratio = { from = { B7 = "r7" } }
    measured = { from = { B7 = "m7", B8 = "m8" } }
    modelled = { from = "model" }
    phase_angle_deg = { from = { B8 = "g" } }
    """
    (tmp_path / "map.toml").write_text(head + columns, encoding="utf-8")
    table = "date,r7,m7,m8,model,g\n2019-02-16,1.5,3,8,4,7\n2019-02-17,,3,9,4,7\n"
    (tmp_path / "old.csv").write_text(table, encoding="utf-8")
    rows = read_legacy_results(tmp_path / "old.csv", tmp_path / "map.toml")
    ratios = [row["ratio"] for row in rows]
    assert ratios == pytest.approx([1.5, 2.0, math.nan, 2.25], nan_ok=True)
    phases = [row["phase_angle_deg"] for row in rows]
    assert phases == pytest.approx([math.nan, 7.0, math.nan, 7.0], nan_ok=True)


def test_a_name_of_two_csv_columns_is_refused_where_it_is_taken(
    tmp_path: Path, mapping: Path
) -> None:
    path = tmp_path / "old.csv"
    path.write_text("acq,band,date,irr,model,phase,,\nA,B7,2458530.5,1,1,3,,\n", encoding="utf-8")
    assert read_legacy_results(path, mapping)[0]["ratio"] == 1.0
    path.write_text("acq,band,date,irr,model,phase,irr\nA,B7,2458530.5,1,1,3,2\n")
    with pytest.raises(InputError, match="one column 'irr', received 2"):
        read_legacy_results(path, mapping)


@pytest.mark.parametrize("content", [b"", b"a,b\n1\n", b'a,"b\n', b"\xff\xfe", b"date;irr\n1;2\n"])
def test_a_broken_csv_is_an_input_error(tmp_path: Path, mapping: Path, content: bytes) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_legacy_results(path, mapping)


def test_another_suffix_is_an_input_error(tmp_path: Path, mapping: Path) -> None:
    with pytest.raises(InputError, match=r"\.sav or \.csv"):
        read_legacy_results(tmp_path / "old.xls", mapping)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(4, 900), value=st.integers(0, 255), length=st.integers(0, 900))
def test_damage_is_an_input_error_or_harmless(
    tmp_path: Path, place: int, value: int, length: int
) -> None:
    path = save_file(tmp_path / "old.sav", **columns())
    content = bytearray(path.read_bytes())
    content[place % len(content)] = value
    path.write_bytes(bytes(content[: len(content) - length % 40]))
    try:
        found = read_idl_arrays(path)
    except InputError:
        return
    assert sum(one.nbytes for one in found.values()) < 100 * len(content)
