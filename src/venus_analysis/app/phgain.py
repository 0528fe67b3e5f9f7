"""Gains tried out, as PHGAIN files to download; no Panel in here."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from venus_analysis.app.query import Gain
from venus_analysis.errors import InputError
from venus_analysis.parameters.propose import propose_phgain


def gain_steps(gains: Sequence[Gain]) -> dict[str, dict[str, float]]:
    """Gains that hold from each start on: start to band to Ak, ascending.

    Examples
    --------
    >>> gain_steps([Gain("B1", "2023-05-01", 1.2), Gain("B2", "2022-01-01", 2.0)])
    {'2022-01-01': {'B2': 2.0}, '2023-05-01': {'B2': 2.0, 'B1': 1.2}}
    """
    found: dict[str, dict[str, float]] = {}
    held: dict[str, float] = {}
    for gain in sorted(gains, key=lambda one: one.start):
        held = {**held, gain.band: gain.absolute_gain}
        found[gain.start] = held
    return found


def phgain_download(
    parameters: Path | None, gains: Sequence[Gain], *, simulated: bool = False
) -> tuple[str, bytes]:
    """Write the gains as the next PHGAIN serials, one file for each start.

    Parameters
    ----------
    parameters
        Folder of parameter files; only read. Bands not tried out keep the Ak in
        force at the start of each file.
    gains
        What to write.
    simulated
        Whether the series behind it is synthetic; the file then says so.

    Returns
    -------
    tuple of str and bytes
        Name and content: of the one file, or of a ZIP archive of several.

    Raises
    ------
    InputError
        Without gains or parameter files, or when a gain cannot be written.
    """
    if not gains:
        raise InputError("gains", "at least one gain tried out", "none", "type one first")
    if parameters is None:
        raise InputError(
            "parameters",
            "a folder of parameter files",
            "none",
            "serve the folder that holds parameters/, or name it with --parameters",
        )
    notes = "What-if of venus_analysis" + (", from SIMULATED data" if simulated else "")
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            propose_phgain(parameters, held, start, output=folder, notes=notes)
            for start, held in gain_steps(gains).items()
        ]
        files = [(path.name, path.read_bytes()) for path in paths]
    return files[0] if len(files) == 1 else ("PHGAIN_what_if.zip", _archive(files))


def _archive(files: Sequence[tuple[str, bytes]]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return sink.getvalue()
