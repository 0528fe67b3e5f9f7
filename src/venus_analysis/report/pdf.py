"""A report as PDF, printed by a Chromium that is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from venus_analysis.errors import InputError

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
LONGEST_S: Final = 120
PAPER_PX: Final = 1032
"""Width of A4 landscape less its margins at 96 pixels per inch: figures keep the width of the
window they were drawn in, however wide the paper is."""


def find_chromium() -> str | None:
    """Path of a Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def print_pdf(page: Path, output: Path) -> Path:
    """Print an HTML file; the PDF appears whole or not at all.

    Parameters
    ----------
    page
        HTML file that needs no network.
    output
        PDF to write.

    Returns
    -------
    pathlib.Path
        The PDF.

    Raises
    ------
    InputError
        Without a Chromium, or when it prints nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "report.pdf"
        options = (f"--window-size={PAPER_PX},800", "--no-pdf-header-footer")
        said = run_chromium(page, *options, f"--print-to-pdf={printed}")
        if not printed.is_file() or printed.stat().st_size == 0:
            text = said.decode(errors="replace").strip()[-300:]
            raise InputError("--pdf", "a PDF from Chromium", text or "nothing", "print the page")
        temporary = output.with_name(f".{output.name}.part")
        shutil.copyfile(printed, temporary)
        temporary.replace(output)
    return output


def run_chromium(page: Path, *options: str) -> bytes:
    """Open an HTML file without the network, let it draw, and give what Chromium says.

    Raises
    ------
    InputError
        Without a Chromium, or when it does not end.
    """
    chromium = find_chromium()
    if chromium is None:
        raise InputError(
            "PDF and PNG", "Chromium", "none on this machine",
            "install it (Debian: apt install chromium)",
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as profile:
        command = [
            chromium,
            "--headless",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=20000",
            *options,
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - the browser found above, no shell
                command, capture_output=True, timeout=LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise InputError(
                "Chromium", f"an answer within {LONGEST_S} s", "none", "try again"
            ) from None
    return done.stdout or done.stderr
