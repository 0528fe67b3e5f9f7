"""Where a scene lies: a path on a disk, or an address of an object store as s3://bucket/scene.zarr.

Addresses go through fsspec: `universal_pathlib` gives them the methods of a path,
so that readers need not know the difference. Keys and the server's address come
from the environment, as for any S3 client (``AWS_ENDPOINT_URL``, …).
"""

from __future__ import annotations

import math
import re
import secrets
from pathlib import Path
from typing import Any, Final

import numpy as np

from venus_analysis.errors import InputError

# A Path made of an address has lost one of its two slashes.
ADDRESS: Final = re.compile(r"([a-z][a-z0-9+]+):/{1,2}(?=[^/])")
FILES_ON_DISK: Final = ("file", "local")


def as_place(path: str | Path) -> Path:
    """Path of a file or folder, wherever it lies.

    Raises
    ------
    InputError
        An address, and what reads it is not installed.

    Examples
    --------
    >>> as_place("moon.zarr") == Path("moon.zarr")
    True
    """
    address = ADDRESS.match(str(path))
    if address is None:
        return Path(path)
    if is_remote(path):
        return path  # type: ignore[return-value]
    try:
        from upath import UPath

        place: Any = UPath(f"{address[1]}://{str(path)[address.end() :]}")
    except (ImportError, ValueError) as error:
        raise InputError(
            path,
            "a path, or an address fsspec can open",
            str(error).splitlines()[0],
            "pip install venus-analysis[hpc]",
        ) from None
    found: Path = place
    return found


def is_remote(path: str | Path) -> bool:
    """Whether a path has gone through `as_place` and lies in an object store.

    Examples
    --------
    >>> is_remote(Path("moon.zarr"))
    False
    """
    return getattr(path, "protocol", "") not in ("", *FILES_ON_DISK)


def require_local(path: Path) -> None:
    """Refuse a file in an object store: netCDF is read from disks only.

    Raises
    ------
    InputError
        With what to do.

    Examples
    --------
    >>> require_local(Path("moon.nc"))
    """
    if is_remote(path):
        raise InputError(
            path, "a Zarr group", "no such group", "check the address; fetch netCDF files first"
        )


def require_writable(folder: str | Path) -> None:
    """Try to write to a folder, or where it is to be made; nothing is left there.

    What an object store allows is not tried.

    Raises
    ------
    InputError
        A file is in the way, or the system refuses.

    Examples
    --------
    >>> require_writable(Path(__file__) / "results")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    venus_analysis.errors.InputError: ...: expected a folder that can be written to, ...
    """
    if ADDRESS.match(str(folder)):
        return
    place = Path(folder).absolute()
    try:
        there = next(one for one in (place, *place.parents) if one.exists())
        trial = there / f".{secrets.token_hex(4)}.tmp"
        trial.touch(exist_ok=False)
        trial.unlink()
    except OSError as error:
        said = error.strerror or str(error)
        raise InputError(
            folder, "a folder that can be written to", repr(said), "choose another"
        ) from None


def read_bytes(path: Path) -> bytes:
    """Read a whole file; of an object store by one request.

    Raises
    ------
    FileNotFoundError
        It is not there.

    Examples
    --------
    >>> read_bytes(Path(__file__))[:3]
    b'\"\"\"'
    """
    if not is_remote(path):
        return path.read_bytes()
    data: bytes = path.fs.cat_file(path.path)  # type: ignore[attr-defined]
    return data


def files_below(folder: Path) -> dict[str, tuple[int, float]]:
    """Files of a folder: name relative to it, with ``/``, to size and time of change (POSIX, s).

    In an object store that is one request.

    Examples
    --------
    >>> "place.py" in files_below(Path(__file__).parent)
    True
    """
    if not is_remote(folder):
        found = {
            one.relative_to(folder).as_posix(): one.stat()
            for one in folder.rglob("*")
            if one.is_file()
        }
        return {name: (stat.st_size, stat.st_mtime) for name, stat in found.items()}
    files: Any = folder.fs  # type: ignore[attr-defined]
    root: str = folder.path  # type: ignore[attr-defined]
    files.invalidate_cache(root)
    listed = files.find(root, detail=True)
    return {
        name.removeprefix(f"{root}/"): (int(at["size"]), _changed(at))
        for name, at in listed.items()
    }


def last_change(path: Path) -> np.datetime64:
    """UTC when anything in a file or folder was last written.

    Examples
    --------
    >>> bool(last_change(Path(__file__)) > np.datetime64("2020-01-01"))
    True
    """
    own = [] if is_remote(path) else [path.stat().st_mtime]
    newest = max([*own, *(changed for _, changed in files_below(path).values())])
    return np.datetime64(math.ceil(newest * 1e6), "us")


def _changed(at: dict[str, Any]) -> float:
    """Time of an object's last change, rounded up: stores tell whole seconds; now where untold."""
    import time

    stamp: Any = at.get("LastModified") or at.get("mtime") or at.get("created")
    seconds = stamp.timestamp() if hasattr(stamp, "timestamp") else stamp or time.time()
    return float(seconds) + 1.0
