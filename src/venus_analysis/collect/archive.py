"""Products that come packed: zip and tar, unpacked with care into a folder that goes again."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from venus_analysis.collect.check import require_file
from venus_analysis.errors import InputError

LARGEST_BYTES: Final = 12_000_000_000
"""Unpacked; a full VENuS L1 product takes about 3 GB."""
MOST_MEMBERS: Final = 2000
BLOCK: Final = 1 << 20
SUFFIXES: Final = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")


def is_archive(path: str | Path) -> bool:
    """Tell by the name whether a file is an archive.

    Examples
    --------
    >>> is_archive("VENUS-XS_20190204-083437-000_L1C_SUDOUE-6_C_V1-0.zip"), is_archive("a.csv")
    (True, False)
    """
    return Path(path).name.lower().endswith(SUFFIXES)


@contextmanager
def unpacked(path: str | Path, largest_bytes: int = LARGEST_BYTES) -> Iterator[Path]:
    """Unpack an archive into a temporary folder, which is removed at the end.

    Nothing is written before all names were looked at, and never more than
    `largest_bytes`, whatever sizes the archive claims.

    Parameters
    ----------
    path
        A zip or tar file.
    largest_bytes
        Of all members together, unpacked.

    Yields
    ------
    Path
        The folder.

    Raises
    ------
    InputError
        A member that would leave the folder (absolute, ``..``, a drive, a link,
        a device), too many or too large members, a name twice, or a damaged or
        encrypted archive.
    """
    import tarfile
    import tempfile
    import zipfile

    path = require_file(Path(path))
    with tempfile.TemporaryDirectory(prefix="venus-analysis-") as name:
        try:
            if zipfile.is_zipfile(path):
                _unpack_zip(path, Path(name), largest_bytes)
            else:
                _unpack_tar(path, Path(name), largest_bytes)
        except InputError:
            raise
        except (OSError, EOFError, RuntimeError, ValueError, tarfile.TarError) as error:
            raise _refused(path, "a complete archive", str(error)) from error
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise _refused(path, "a complete archive", str(error)) from error
        except Exception as error:  # zlib.error, lzma.LZMAError: no common base
            raise _refused(path, "a complete archive", repr(error)) from error
        yield Path(name)


def _unpack_zip(path: Path, folder: Path, largest: int) -> None:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        for member in members:
            if stat.S_ISLNK(member.external_attr >> 16):
                raise _refused(path, "files", f"the link {member.filename!r}")
        names = _checked(path, [member.filename for member in members])
        _check_size(path, sum(member.file_size for member in members), folder, largest)
        for member, inner in zip(members, names, strict=True):
            with archive.open(member) as stream:
                largest -= _write(path, stream, folder / inner, largest)


def _unpack_tar(path: Path, folder: Path, largest: int) -> None:
    import tarfile

    with tarfile.open(path) as archive:
        members = []
        for member in archive:
            if not (member.isfile() or member.isdir()):
                raise _refused(path, "files", f"{member.name!r}, a link or device")
            members += [member] if member.isfile() else []
            if len(members) > MOST_MEMBERS:
                break
        names = _checked(path, [member.name for member in members])
        _check_size(path, sum(member.size for member in members), folder, largest)
        for member, inner in zip(members, names, strict=True):
            stream = archive.extractfile(member)
            if stream is not None:
                largest -= _write(path, stream, folder / inner, largest)


def _checked(path: Path, names: list[str]) -> list[PurePosixPath]:
    if len(names) > MOST_MEMBERS:
        raise _refused(path, f"at most {MOST_MEMBERS} files", "more")
    if not names:
        raise _refused(path, "files", "none")
    found = []
    for name in names:
        inner = PurePosixPath(name)
        bad = inner.is_absolute() or ".." in inner.parts or "\\" in name or ":" in inner.parts[0]
        if bad or "\0" in name:
            raise _refused(path, "names below the archive's folder", repr(name[:100]))
        found.append(inner)
    if len({str(inner).casefold() for inner in found}) < len(found):
        raise _refused(path, "each name once", "a name twice")
    return found


def _check_size(path: Path, claimed: int, folder: Path, largest: int) -> None:
    import shutil

    room = min(largest, shutil.disk_usage(folder).free)
    if claimed > room:
        raise _refused(path, f"at most {room:,} bytes unpacked", f"{claimed:,} bytes")


def _write(path: Path, stream: IO[bytes], target: Path, left: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with target.open("xb") as file:
        while block := stream.read(BLOCK):
            written += len(block)
            if written > left:
                raise _refused(path, "the size that the archive claims", "more")
            file.write(block)
    return written


def _refused(path: Path, expected: str, received: str) -> InputError:
    return InputError(path, expected, received, "fetch the product again from its source")
