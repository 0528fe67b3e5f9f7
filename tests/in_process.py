"""The command line in this process, as a child process would answer, without its imports."""

from __future__ import annotations

import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from unittest.mock import patch

from venus_analysis.cli import main


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Exit code, standard output and standard error; an exception of ours is a failure."""
    given = ["venus-analysis", *map(str, arguments)]
    out, err, code = StringIO(), StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", given):
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
    return subprocess.CompletedProcess(given, code, out.getvalue(), err.getvalue())
