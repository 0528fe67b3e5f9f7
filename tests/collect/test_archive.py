"""Hostile and damaged archives: refused before anything is written."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile

import pytest

from venus_analysis.collect.archive import unpacked
from venus_analysis.errors import InputError


def pack_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def pack_tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("pack", [pack_zip, pack_tar])
def test_members_come_out_and_the_folder_goes_away(tmp_path, pack) -> None:
    path = pack(tmp_path / "good.archive", [("P/a.txt", b"one"), ("P/DATA/b.txt", b"two")])
    with unpacked(path) as folder:
        assert (folder / "P/DATA/b.txt").read_bytes() == b"two"
    assert not folder.exists()


@pytest.mark.parametrize("pack", [pack_zip, pack_tar])
@pytest.mark.parametrize(
    "name", ["../outside.txt", "/tmp/outside.txt", "a/../../outside.txt", "C:/x", "..\\x"]
)
def test_a_name_that_leaves_the_folder_is_refused(tmp_path, pack, name) -> None:
    path = pack(tmp_path / "evil.archive", [("a.txt", b"fine"), (name, b"evil")])
    with pytest.raises(InputError, match="below the archive's folder"), unpacked(path):
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evil.archive"]


def test_links_are_refused(tmp_path) -> None:
    path = tmp_path / "link.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("a")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(InputError, match="a link or device"), unpacked(path):
        pass
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="the link 'a'"), unpacked(path):
        pass


@pytest.mark.parametrize("pack", [pack_zip, pack_tar])
def test_a_bomb_is_refused_by_its_size(tmp_path, pack) -> None:
    path = pack(tmp_path / "bomb.archive", [("a", bytes(3_000_000))])
    assert path.stat().st_size < 20_000
    with pytest.raises(InputError, match="at most 1,000,000 bytes"), unpacked(path, 1_000_000):
        pass


def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path) -> None:
    path = pack_zip(tmp_path / "liar.zip", [("a", bytes(3_000_000))])
    data = path.read_bytes()
    true, false = struct.pack("<I", 3_000_000), struct.pack("<I", 10)
    path.write_bytes(data.replace(true, false))
    with pytest.raises(InputError), unpacked(path, 1_000_000):
        pass


def test_too_many_and_repeated_members_are_refused(tmp_path) -> None:
    many = pack_tar(tmp_path / "many.tar.gz", [(f"{n}", b"") for n in range(2001)])
    with pytest.raises(InputError, match="at most 2000 files"), unpacked(many):
        pass
    twice = pack_tar(tmp_path / "twice.tar.gz", [("a", b"1"), ("A", b"2")])
    with pytest.raises(InputError, match="each name once"), unpacked(twice):
        pass


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 and then nothing", b"plain text", b"\x1f\x8b\x08"]
)
def test_what_is_no_archive_is_an_input_error(tmp_path, content) -> None:
    path = tmp_path / "product.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match="a complete archive"), unpacked(path):
        pass


def test_a_truncated_archive_is_an_input_error(tmp_path) -> None:
    whole = pack_tar(tmp_path / "whole.tgz", [("a", b"0123456789" * 10_000 + bytes(range(256)))])
    whole.write_bytes(whole.read_bytes()[:-60])
    with pytest.raises(InputError, match="a complete archive"), unpacked(whole):
        pass
