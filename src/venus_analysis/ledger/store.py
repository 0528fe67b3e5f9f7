"""Where the ledger's files live: a local folder or an object store.

A file appears whole or not at all, under a name that is used once. On a local
disk: temporary name, fsync, rename, fsync of the folder (a file system that
cannot fsync a folder is taken at its word). In an object store: one PUT.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from venus_analysis.errors import InputError

ROWS, WITHDRAWALS, SNAPSHOTS = "rows", "withdrawals", "snapshots"
JOURNAL = "journal"


class Store(Protocol):
    """The few things the ledger asks of a storage."""

    label: str

    def is_ledger(self) -> bool:
        """Whether a ledger is there, if only an empty one."""

    def names(self, folder: str) -> list[str]:
        """Names in a folder, sorted; none when there is no such folder."""

    def read(self, folder: str, name: str) -> bytes:
        """All bytes of a file; FileNotFoundError when it has gone."""

    def publish(self, folder: str, name: str, data: bytes) -> None:
        """Put a whole file there."""

    def remove(self, folder: str, name: str) -> None:
        """Delete a file; no error when it has gone already."""

    def leftovers(self, folder: str, min_age_s: float) -> list[str]:
        """Names of files left by writes that were cut off."""


class LocalStore:
    """Folder on a local or mounted disk."""

    def __init__(self, root: Path) -> None:
        self.root, self.label = root, str(root)

    def is_ledger(self) -> bool:
        """Whether the folder holds a ledger, if only one without rows yet."""
        if not self.root.is_dir():
            return False
        own = {WITHDRAWALS, SNAPSHOTS, JOURNAL}
        return (self.root / ROWS).is_dir() or {one.name for one in self.root.iterdir()} <= own

    def names(self, folder: str) -> list[str]:
        """Sorted names; hidden ones (unfinished writes) are left out."""
        try:
            with os.scandir(self.root / folder) as entries:
                return sorted(entry.name for entry in entries if not entry.name.startswith("."))
        except FileNotFoundError:
            return []

    def read(self, folder: str, name: str) -> bytes:
        """All bytes of a file."""
        return (self.root / folder / name).read_bytes()

    def publish(self, folder: str, name: str, data: bytes) -> None:
        """Write a file that is safe on disk when this returns."""
        make_folder(self.root / folder)
        write_whole(self.root / folder / name, data)

    def remove(self, folder: str, name: str) -> None:
        """Delete a file."""
        (self.root / folder / name).unlink(missing_ok=True)

    def leftovers(self, folder: str, min_age_s: float) -> list[str]:
        """Temporary files at least that old; a younger one may still be written."""
        newest, found = time.time() - min_age_s, []
        for path in (self.root / folder).glob(".*.tmp"):
            with suppress(FileNotFoundError):  # its writer has ended meanwhile
                if path.stat().st_mtime <= newest:
                    found.append(path.name)
        return sorted(found)


class ObjectStore:
    """Folder of an object store that pyarrow can reach (S3, GCS, Azure).

    Parameters
    ----------
    files
        A `pyarrow.fs.FileSystem`.
    root
        Bucket and prefix.
    """

    def __init__(self, files: Any, root: str) -> None:
        self.files, self.root, self.label = files, root.rstrip("/"), root

    def is_ledger(self) -> bool:
        """Whether any part was ever put there."""
        return bool(self.names(ROWS))

    def names(self, folder: str) -> list[str]:
        """Sorted names of the folder's objects."""
        from pyarrow.fs import FileSelector, FileType

        found = self.files.get_file_info(
            FileSelector(f"{self.root}/{folder}", allow_not_found=True)
        )
        return sorted(info.base_name for info in found if info.type == FileType.File)

    def read(self, folder: str, name: str) -> bytes:
        """All bytes of an object."""
        with self.files.open_input_stream(f"{self.root}/{folder}/{name}") as stream:
            data: bytes = stream.read()
        return data

    def publish(self, folder: str, name: str, data: bytes) -> None:
        """Put an object; it becomes visible when the upload is complete."""
        if self.files.type_name in ("local", "subtree"):
            self.files.create_dir(f"{self.root}/{folder}")
        with self.files.open_output_stream(f"{self.root}/{folder}/{name}") as stream:
            stream.write(data)

    def remove(self, folder: str, name: str) -> None:
        """Delete an object."""
        with suppress(FileNotFoundError):
            self.files.delete_file(f"{self.root}/{folder}/{name}")

    def leftovers(self, folder: str, min_age_s: float) -> list[str]:
        """None: an upload that was cut off is never visible."""
        return []


def open_store(where: str | Path | Store) -> Store:
    """Store behind a folder, or behind an address such as ``s3://bucket/ledger``.

    Examples
    --------
    >>> open_store("results/ledger").label
    'results/ledger'
    """
    if not isinstance(where, str | Path):
        return where
    if "://" not in str(where):
        return LocalStore(Path(where))
    from pyarrow.fs import FileSystem

    try:
        return ObjectStore(*FileSystem.from_uri(str(where)))
    except (ValueError, OSError) as error:
        raise InputError(
            f"ledger {where}",
            "a folder, or an address pyarrow knows (s3://, gs://, abfs://)",
            str(error).splitlines()[0],
            "check the address and the storage's settings",
        ) from error


def existing(where: str | Path | Store) -> Store:
    """Store of a ledger that is there, or `InputError`."""
    store = open_store(where)
    if not store.is_ledger():
        raise InputError(
            f"ledger {store.label}",
            "a folder that holds rows/",
            "none",
            "check the path; writing the first rows makes a ledger",
        )
    return store


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it appears complete and safe on disk, or not at all.

    Raises
    ------
    OSError
        When it cannot be written (disk full, no permission); nothing is left.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "table.csv", b"a,b")
    ...     (Path(folder) / "table.csv").read_bytes()
    b'a,b'
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, safe on disk."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
