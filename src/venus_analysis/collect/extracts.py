"""What was read of products, kept: a run that is repeated or was interrupted reads only the rest.

One file per product (or pair of products), ``KEY.npz``: arrays of numbers, texts and
times, and a JSON text that says which variable each is. The key says all that the
content depends on, so that a file is never brought up to date: it is there or not.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

LAYOUT: Final = "layout"
EXTRACTION: Final = "1"
"""Part of every key: a new one wherever a change of ours reads other numbers from a product."""


def extracted(
    folder: Path | None, key: str, read: Callable[[], Sequence[xr.Dataset]]
) -> list[xr.Dataset]:
    """Datasets of a key from the folder, or read and then kept there.

    A file that is damaged counts as absent and is written anew; one that cannot be
    written is an error, since the next run would read all again.

    Parameters
    ----------
    folder
        Is made where it is absent; None keeps nothing.
    key
        Everything the content depends on, as `venus_analysis.calibrate.row.digest`.
    read
        Reads them; its errors pass through, and nothing is kept then.

    Raises
    ------
    InputError
        The folder cannot be written.

    Examples
    --------
    >>> import tempfile, xarray as xr
    >>> calls = []
    >>> def read():
    ...     calls.append("read")
    ...     return [xr.Dataset({"counts": ("time", [1, 2])})]
    >>> with tempfile.TemporaryDirectory() as name:
    ...     twice = [extracted(Path(name), "a1", read)[0] for _ in range(2)]
    >>> twice[0].identical(twice[1]), calls
    (True, ['read'])
    """
    if folder is None:
        return list(read())
    path = folder / f"{key}.npz"
    found = _load(path)
    if found is None:
        found = list(read())
        _save(path, found)
    return found


def _load(path: Path) -> list[xr.Dataset] | None:
    import zipfile

    import xarray as xr

    try:
        # Of a damaged file numpy would leave open what it opened itself.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            layouts = json.loads(str(arrays[LAYOUT]))
            return [
                xr.Dataset(
                    {name: _variable(arrays, one) for name, one in layout["variables"].items()},
                    {name: _variable(arrays, one) for name, one in layout["coords"].items()},
                    layout["attrs"],
                )
                for layout in layouts
            ]
    # RuntimeError: damage that looks like encryption, or like a compression there is not.
    except (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, zipfile.BadZipFile):
        return None


def _variable(arrays: Any, layout: dict[str, Any]) -> tuple[Any, ...]:
    values = arrays[layout["array"]]
    return layout["dims"], values.astype(object) if layout["text"] else values, layout["attrs"]


def _save(path: Path, datasets: Sequence[xr.Dataset]) -> None:
    arrays: dict[str, Any] = {}

    def described(variables: Any) -> dict[str, dict[str, Any]]:
        found = {}
        for name, one in variables.items():
            key, text = f"a{len(arrays)}", one.dtype == object
            arrays[key] = one.values.astype(str) if text else one.values
            found[name] = {"array": key, "dims": one.dims, "text": text, "attrs": one.attrs}
        return found

    layouts = [
        {
            "variables": described(one.data_vars),
            "coords": described(one.coords),
            "attrs": one.attrs,
        }
        for one in datasets
    ]
    arrays[LAYOUT] = np.array(json.dumps(layouts))
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                np.savez(file, **arrays)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            path.parent, "a folder to keep extracts in", str(error), "free space or name another"
        ) from error
