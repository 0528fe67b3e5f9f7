"""Storage: object stores through pyarrow, and files of the local kind."""

import os
import stat

import pytest
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

from venus_analysis import ledger
from venus_analysis.errors import InputError
from venus_analysis.ledger.store import LocalStore, ObjectStore, open_store, write_whole


@pytest.fixture
def bucket(tmp_path) -> ObjectStore:
    """Object store that keeps its objects in a folder: pyarrow's own interface, no network."""
    return ObjectStore(SubTreeFileSystem(str(tmp_path), LocalFileSystem()), "bucket/ledger")


def test_an_object_store_holds_a_ledger(bucket, row) -> None:
    with pytest.raises(InputError, match="ledger bucket/ledger"):
        ledger.load(bucket)
    for run in ("a", "b", "c"):
        ledger.write(bucket, [row(run=run), row("LOOK_2", run=run)])
    ledger.withdraw(bucket, acquisition="LOOK_2", reason="clouds", who="Ada")
    name = ledger.snapshot(bucket, ledger.load(bucket).frame)
    assert ledger.compact(bucket).parts_after == 2
    assert ledger.load(bucket).frame["run_id"].tolist() == ["c"]
    assert ledger.load(bucket, as_of=name).frame["run_id"].tolist() == ["c"]
    assert ledger.check(bucket).refused == ()
    bucket.remove("rows", "not there")


def test_an_upload_that_was_cut_off_is_refused_by_name(bucket, row, tmp_path) -> None:
    ledger.write(bucket, [row()])
    ledger.write(bucket, [row("LOOK_2")])
    part = max((tmp_path / "bucket/ledger/rows").iterdir())
    part.write_bytes(part.read_bytes()[:1000])
    loaded = ledger.load(bucket)
    assert [refused.part for refused in loaded.refused] == [f"rows/{part.name}"]
    assert len(loaded.frame) == 1


def test_addresses(tmp_path) -> None:
    assert isinstance(open_store(tmp_path), LocalStore)
    assert isinstance(open_store(f"file://{tmp_path}"), ObjectStore)
    with pytest.raises(InputError, match="an address pyarrow knows"):
        open_store("gopher://somewhere/ledger")


def test_files_get_the_rights_the_user_wants(tmp_path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_folder_that_cannot_be_synced_is_taken_at_its_word(tmp_path, monkeypatch) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(tmp_path / "file", b"x")
    assert (tmp_path / "file").read_bytes() == b"x"


def test_an_unfinished_write_that_ends_while_it_is_looked_at(tmp_path, row) -> None:
    ledger.write(tmp_path, [row()])
    (tmp_path / "rows" / ".ended.tmp").symlink_to(tmp_path / "gone")
    (tmp_path / "rows" / ".cut-off.tmp").touch()
    assert ledger.check(tmp_path).leftovers == ("rows/.cut-off.tmp",)
    assert ledger.compact(tmp_path).rows == 1


def test_short_writes_are_continued(tmp_path, monkeypatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:7]))
    write_whole(tmp_path / "file", bytes(range(100)))
    assert (tmp_path / "file").read_bytes() == bytes(range(100))
