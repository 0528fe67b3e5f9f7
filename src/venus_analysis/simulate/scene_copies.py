"""An archive of many SIMULATED scenes made from one: copies of other names, some of them spoilt.

For tests and benchmarks of campaigns. Chunks are links to the first scene's, so
that hundreds of scenes take the room of one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from venus_analysis.errors import InputError

Damage = Literal["truncated", "scrambled", "no metadata", "no time"]
DAMAGES: Final[tuple[Damage, ...]] = ("truncated", "scrambled", "no metadata", "no time")


def copy_scenes(
    scene: str | Path,
    folder: str | Path,
    number: int,
    damages: Mapping[int, Damage] | None = None,
) -> list[Path]:
    """Write copies of a scene in Zarr 3 that differ in `acquisition_id` only.

    Parameters
    ----------
    scene
        Made by `venus_analysis.simulate.scene_files.write_scene`.
    folder
        Where the copies go, on the same disk.
    number
        How many.
    damages
        What is wrong with the copy of a number: a chunk of the counts is cut off,
        or its bytes are other ones, the group has no metadata, or the variable
        ``time`` is not there.

    Returns
    -------
    list of pathlib.Path
        In order.

    Raises
    ------
    InputError
        The scene is not SIMULATED Zarr 3.
    """
    scene, folder = Path(scene), Path(folder)
    try:
        group = json.loads((scene / "zarr.json").read_text(encoding="utf-8"))
        simulated = group["attributes"]["simulated"]
    except (OSError, ValueError, KeyError):
        simulated = 0
    if not simulated:
        raise InputError(scene, "a SIMULATED scene in Zarr 3", "another", "make one to copy")
    return [
        _copy(scene, folder / f"{scene.stem}_{n:05d}.zarr", group, (damages or {}).get(n))
        for n in range(number)
    ]


def _copy(scene: Path, path: Path, group: dict[str, object], damage: Damage | None) -> Path:
    for file in sorted(scene.rglob("*")):
        copy = path / file.relative_to(scene)
        if damage == "no time" and copy.is_relative_to(path / "time"):
            continue
        if file.is_file() and file.parent != scene:
            copy.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, copy)
    attributes = dict(group["attributes"])  # type: ignore[call-overload]
    attributes["acquisition_id"] = path.stem
    if damage != "no metadata":
        text = json.dumps({**group, "attributes": attributes})
        (path / "zarr.json").write_text(text, encoding="utf-8")
    if damage in ("truncated", "scrambled"):
        _spoil(path / "counts", damage)
    return path


def _spoil(counts: Path, damage: Damage) -> None:
    """Spoil every chunk, so that whatever is read of the scene is damaged."""
    for chunk in [one for one in counts.rglob("*") if one.is_file() and one.name != "zarr.json"]:
        data = chunk.read_bytes()
        chunk.unlink()
        half = len(data) // 2
        chunk.write_bytes(data[:half] if damage == "truncated" else bytes(half) + data[half:])
