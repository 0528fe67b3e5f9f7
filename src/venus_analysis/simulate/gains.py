"""A folder of invented absolute gain files: a first set and its updates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from venus_analysis.instrument import venus_bands
from venus_analysis.parameters.header import new_header
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.propose import propose_phgain

FIRST_SERIAL = 7
FIRST_START = "2017-08-01"
UPDATES: Mapping[str, tuple[float, ...]] = {
    "2019-06-01": (-2.0, -1.5, -0.9, -0.6, -0.5, -0.4, 0.3, 0.5, -0.3, 0.8, -1.0, 1.2),
    "2020-03-01": (-0.8, -0.7, -0.4, -0.3, -0.2, -0.2, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
    "2022-06-01": (-1.2, -1.0, -0.8, -0.5, -0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3),
}
NOTES = "SIMULATED"


def simulate_gains(
    folder: Path, updates: Mapping[str, tuple[float, ...]] | None = None
) -> tuple[Path, ...]:
    """Write a first PHGAIN and one more for each update, class TEST.

    The first set holds the Ak of February 2019 from a public product header;
    all later ones are invented.

    Parameters
    ----------
    folder
        Folder to write to, without PHGAIN files of all sites.
    updates
        Start of validity to the change in percent against the set before, one
        number for each of the 12 bands.

    Returns
    -------
    tuple of pathlib.Path
        The files in the order of issue.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name.split("_")[6] for path in simulate_gains(Path(folder))]
    ['00007', '00008', '00009', '00010']
    """
    folder.mkdir(parents=True, exist_ok=True)
    gain = np.array([band.absolute_gain_2019_02 for band in venus_bands()])
    header = new_header("PHGAIN", FIRST_SERIAL, FIRST_START, created="2018-01-15", notes=NOTES)
    files = [PhysicalGain(header=header, gain=np.repeat(gain[:, None], 5, axis=1)).write(folder)]
    for start, percent in (UPDATES if updates is None else updates).items():
        gain = np.round(gain * (1.0 + np.array(percent) / 100.0), 5)
        files.append(propose_phgain(folder, gain, start, created=start, notes=NOTES))
    return tuple(files)
