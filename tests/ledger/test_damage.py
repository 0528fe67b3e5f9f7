"""Damaged, foreign, newer and older parts: named, and the rest loads."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from venus_analysis import ledger, schema
from venus_analysis.ledger import parts
from venus_analysis.ledger.rows import tidy


def first_part(folder: Path) -> Path:
    return min((folder / "rows").iterdir())


def name_for(data: bytes) -> str:
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    return f"20240101T050000000000-{'ab' * 8}-{digest}.parquet"


def regions(data: bytes) -> dict[str, int]:
    """A byte of every region of a Parquet file."""
    footer = int.from_bytes(data[-8:-4], "little")
    column = pq.ParquetFile(pa.BufferReader(data)).metadata.row_group(0).column(1)
    start = column.dictionary_page_offset
    return {
        "magic": 0,
        "page header": start + 1,
        "dictionary page": start + 40,
        "data page": start + column.total_compressed_size - 2,
        "last page": len(data) - 8 - footer - 1,
        "footer": len(data) - 8 - footer // 2,
        "footer length": len(data) - 6,
        "end": len(data) - 1,
    }


def expect_refused(folder: Path, part: Path, reason: str) -> None:
    for loaded in (ledger.load(folder), ledger.history(folder)):
        assert [refused.part for refused in loaded.refused] == [f"rows/{part.name}"]
        assert reason in loaded.refused[0].reason
    assert len(ledger.load(folder).frame) == 4, "the other parts still load"
    assert [refused.part for refused in ledger.check(folder).refused] == [f"rows/{part.name}"]


def test_a_flipped_bit_is_found_in_every_region(three_runs) -> None:
    part = first_part(three_runs)
    whole = part.read_bytes()
    for position in regions(whole).values():
        for bit in (0, 7):
            damaged = bytearray(whole)
            damaged[position] ^= 1 << bit
            part.write_bytes(damaged)
            expect_refused(three_runs, part, "other bytes")
    part.write_bytes(whole)
    assert ledger.load(three_runs).refused == ()


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.999])
def test_a_cut_end_is_found(three_runs, kept) -> None:
    part = first_part(three_runs)
    part.write_bytes(part.read_bytes()[: int(part.stat().st_size * kept)])
    expect_refused(three_runs, part, "put back a copy")


def test_pages_carry_checksums_for_other_readers(tmp_path, row) -> None:
    ledger.write(tmp_path, [row(f"LOOK_{number}", ratio=number / 7) for number in range(500)])
    part = first_part(tmp_path)
    damaged = bytearray(part.read_bytes())
    damaged[regions(bytes(damaged))["data page"]] ^= 4
    with pytest.raises(OSError, match=r"(?i)crc|checksum"):
        pq.read_table(pa.BufferReader(bytes(damaged)), page_checksum_verification=True)


def test_compaction_leaves_a_damaged_part_where_it_is(three_runs) -> None:
    part = first_part(three_runs)
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    done = ledger.compact(three_runs)
    assert (done.parts_before, done.parts_after, done.rows) == (2, 1, 8)
    expect_refused(three_runs, part, "other bytes")
    part.write_bytes(whole)
    assert len(ledger.history(three_runs).frame) == 12


def test_a_damaged_part_still_counts_for_commit_times(three_runs, row) -> None:
    from datetime import UTC, datetime

    last = max((three_runs / "rows").iterdir())
    last.write_bytes(b"")
    written = ledger.write(three_runs, [row()], clock=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    assert str(written.committed) == "2024-01-01T03:00:00.000001"


def test_a_strange_file_is_named(three_runs) -> None:
    strange = three_runs / "rows" / "notes.txt"
    strange.write_text("not a part")
    expect_refused(three_runs, strange, "move it elsewhere")


def test_an_unreadable_part_is_named(three_runs) -> None:
    part = first_part(three_runs)
    part.unlink()
    part.mkdir()
    expect_refused(three_runs, part, "Is a directory")


def put(folder: Path, table: pa.Table, version: object) -> Path:
    sink = pa.BufferOutputStream()
    table = table.replace_schema_metadata({parts.VERSION_KEY: str(version)})
    pq.write_table(table, sink)
    data = sink.getvalue().to_pybytes()
    path = folder / "rows" / name_for(data)
    path.write_bytes(data)
    return path


NOW = schema.SCHEMA_VERSION


@pytest.mark.parametrize(
    ("change", "version", "reason"),
    [
        (lambda t: t, 99, "received 99; update venus_analysis"),
        (lambda t: t, "one", "remove it"),
        (lambda t: t.append_column("colour", t["band"]), NOW, "unknown column 'colour'"),
        (lambda t: t.drop_columns(["run_id"]), NOW, "none of its column 'run_id'"),
        (lambda t: t.set_column(0, "instrument", pa.nulls(1, pa.string())), NOW, "an empty cell"),
        (lambda t: t.set_column(23, "ratio", pa.array(["bad"])), NOW, "remove it"),
    ],
)
def test_parts_that_cannot_be_understood_are_named(three_runs, row, change, version, reason):
    table = pa.Table.from_pandas(tidy([row("LOOK_9")]), preserve_index=False)
    assert table.column_names[23] == "ratio"
    committed = pa.array([1704085200000000], pa.timestamp("us"))
    table = table.set_column(table.column_names.index("committed"), "committed", committed)
    expect_refused(three_runs, put(three_runs, change(table), version), reason)


def test_a_plain_parquet_file_is_not_a_part(three_runs, row) -> None:
    table = pa.Table.from_pandas(tidy([row()]), preserve_index=False)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    data = sink.getvalue().to_pybytes()
    path = three_runs / "rows" / name_for(data)
    path.write_bytes(data)
    expect_refused(three_runs, path, "without the ledger's schema version")


def test_an_older_part_is_upgraded(three_runs, row, monkeypatch) -> None:
    table = pa.Table.from_pandas(
        tidy([row("LOOK_9", ratio=0.5)]).assign(committed="2024-01-01T05:00:00"),
        preserve_index=False,
    )
    cast = table.schema.set(
        table.column_names.index("committed"), pa.field("committed", pa.timestamp("us"))
    )
    table = table.cast(cast).drop_columns(["stated", "serial_strlgt", "simulated", "flags"])
    names = ["response" if name == "ratio" else name for name in table.column_names]
    table = table.rename_columns(["place" if name == "site" else name for name in names])
    put(three_runs, table.append_column("forgotten", table["band"]), 1)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 3)
    monkeypatch.setattr(
        schema,
        "RENAMED",
        {1: {"response": "relative_response"}, 2: {"relative_response": "ratio", "place": "site"}},
    )
    for compacted in (False, True):
        if compacted:
            ledger.compact(three_runs)
        loaded = ledger.load(three_runs)
        assert loaded.refused == ()
        (old,) = loaded.frame[loaded.frame["acquisition_id"] == "LOOK_9"].to_dict("records")
        assert (old["ratio"], old["site"], old["serial_strlgt"]) == (0.5, "THE_MOON", "")
        assert (old["flags"], old["simulated"]) == (0, False)
        assert old["stated"] != old["stated"]
        assert tuple(loaded.frame) == schema.NAMES


def test_a_damaged_snapshot_is_named(three_runs) -> None:
    from venus_analysis.errors import InputError, LedgerError

    name = ledger.snapshot(three_runs, ledger.load(three_runs).frame)
    path = three_runs / "snapshots" / f"{name}.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(LedgerError, match=name):
        ledger.load(three_runs, as_of=name)
    assert [refused.part for refused in ledger.check(three_runs).refused] == [
        f"snapshots/{name}.parquet"
    ]
    with pytest.raises(InputError, match="it has snapshot-"):
        ledger.load(three_runs, as_of="snapshot-unknown")


def test_a_snapshot_says_when_rows_are_gone(three_runs) -> None:
    name = ledger.snapshot(three_runs, ledger.load(three_runs).frame)
    max((three_runs / "rows").iterdir()).unlink()
    loaded = ledger.load(three_runs, as_of=name)
    assert loaded.frame.empty
    assert "4 of its 4 rows lie in no readable part" in str(loaded.refused[0])
    assert "4 of its 4 rows" in str(ledger.check(three_runs).refused[0])


def test_one_run_id_used_twice_is_told(tmp_path, row) -> None:
    ledger.write(tmp_path, [row(ratio=0.5), row(band="B2")])
    ledger.write(tmp_path, [row(ratio=0.6), row(band="B2")])
    assert ledger.load(tmp_path).frame["ratio"].tolist() == [0.5, 0.99], "the first one stands"
    state = ledger.check(tmp_path)
    assert (state.conflicts, state.repeats, state.rows) == (1, 2, 2)
    before = ledger.load(tmp_path).frame
    assert ledger.compact(tmp_path).rows == 3, "numbers that differ stay, the exact repeat goes"
    state = ledger.check(tmp_path)
    assert (state.conflicts, state.repeats, state.rows) == (1, 1, 2)
    pd.testing.assert_frame_equal(ledger.load(tmp_path).frame, before)
