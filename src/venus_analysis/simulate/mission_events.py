"""The events file of a simulated mission."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from venus_analysis.simulate.mission_settings import MissionSettings, PlantedEvent

HEADER = "# SIMULATED events; parameter updates stand in the parameter files.\nsimulated = true\n"


def write_events(settings: MissionSettings, path: Path) -> Path:
    """Write the events as TOML; the steps they made in the sensor are not told.

    Examples
    --------
    >>> import tempfile, tomllib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_events(MissionSettings(), Path(folder) / "events.toml")
    ...     tomllib.loads(path.read_text())["event"][0]["kind"]
    'temperature'
    """
    path.write_text(HEADER + "".join(map(_table, settings.events)), encoding="utf-8")
    return path


def _table(event: PlantedEvent) -> str:
    lines = [
        "",
        "[[event]]",
        f"date = {_moment(event.start)}",
        f"kind = {_text(event.kind)}",
        f"label = {_text('SIMULATED: ' + event.label)}",
        f"breaks = {str(event.breaks).lower()}",
    ]
    if event.stop:
        lines.insert(3, f"end = {_moment(event.stop)}")
    if event.bands:
        lines.append(f"bands = [{', '.join(map(_text, event.bands))}]")
    return "\n".join(lines) + "\n"


def _moment(time: str) -> str:
    return f"{np.datetime64(time, 's')}Z"


def _text(value: str) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML basic string
