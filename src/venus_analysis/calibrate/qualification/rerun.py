"""Run the commands of a reference set as an operator would, and take the rows they print."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from venus_analysis.calibrate.qualification.reference_set import ReferenceSet, Run
from venus_analysis.errors import InputError

PACKAGE: Final = "venus-analysis"
LONGEST_S: Final = 6 * 3600.0


def run_set(reference: ReferenceSet) -> tuple[tuple[Mapping[str, Any], ...], ...]:
    """Rows of every run, computed now by a new process of this very installation.

    Nothing is taken from a ledger, and nothing is written.

    Raises
    ------
    InputError
        A command does not come to rows, with what it said.
    """
    return tuple(tuple(_rows(reference.folder, run)) for run in reference.runs)


def versions() -> dict[str, str]:
    """Versions of Python, this package and the libraries it asks for, as installed.

    Examples
    --------
    >>> {"python", "numpy", "venus-analysis"} <= set(versions())
    True
    """
    wanted = metadata.requires(PACKAGE) or []
    names = [one for one in wanted if "extra ==" not in one]
    found = {"python": platform.python_version(), "machine": f"{sys.platform} {platform.machine()}"}
    found[PACKAGE] = metadata.version(PACKAGE)
    for requirement in sorted(names, key=str.lower):
        name = requirement.split(";")[0]
        for sign in "<>=!~ [":
            name = name.split(sign)[0]
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def _rows(folder: Path, run: Run) -> list[Mapping[str, Any]]:
    # -P: a file of the set must not stand in for a library
    command = [sys.executable, "-P", "-m", "venus_analysis", run.command, *run.arguments, "--json"]
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    try:
        found = json.loads(done.stdout)["rows"]
    except (ValueError, KeyError, TypeError):
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise InputError(
            f"{folder}: {run.command}", "rows", said[0][:300], "run the command there by hand"
        ) from None
    return list(found)
