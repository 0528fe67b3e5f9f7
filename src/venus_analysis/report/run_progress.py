"""How far the campaign is that fills the ledger, in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from venus_analysis.calibrate.run_log_read import Run
from venus_analysis.report.tables import render
from venus_analysis.report.wording import plural

SHOWN_AFTER_END_S: Final = 600.0
SILENT_AFTER_S: Final = 300.0
FORGOTTEN_AFTER_S: Final = 86_400.0


def latest_run(runs: Sequence[Run], now: np.datetime64) -> Run | None:
    """Run worth a line: the newest one of the last day that goes on, or ended a while ago.

    Parameters
    ----------
    runs
        As from `venus_analysis.calibrate.run_log_read.runs`, newest first.
    now
        UTC.

    Examples
    --------
    >>> latest_run([], np.datetime64("2026-01-01"))
    """
    going = [run for run in runs if run.state == "running" and _age_s(run, now) < FORGOTTEN_AFTER_S]
    recent = [run for run in runs if _age_s(run, now) < SHOWN_AFTER_END_S]
    return next(iter([*going, *recent]), None)


def progress_html(run: Run | None, now: np.datetime64, theme: str = "light") -> str:
    """Draw a bar with its words; empty for no run."""
    if run is None:
        return ""
    return render(
        "progress.html.j2", share=run.finished_share, text=progress_text(run, now), theme=theme
    )


def progress_text(run: Run, now: np.datetime64) -> str:
    """Say what a run does, how far it is and how long it takes yet."""
    through = sum(run.counts.values())
    parts = [f"{run.method} campaign {run.run_id}: {through} of {plural(run.inputs, 'input')}"]
    parts += [
        f"{run.counts[state]} {state}" for state in ("flagged", "failed") if run.counts.get(state)
    ]
    if run.state != "running":
        parts.append(f"{run.state}{f' ({run.error})' if run.error else ''}")
    elif _age_s(run, now) > SILENT_AFTER_S:
        parts.append(
            f"no sign of it for {_age_s(run, now) / 60.0:.0f} min: it may have been killed"
        )
    elif run.remaining_s is not None:
        parts.append(f"about {max(run.remaining_s / 60.0, 0.1):.1f} min to go")
    if run.worker_notes:
        parts.append(plural(len(run.worker_notes), "worker event"))
    if run.simulated:
        parts.append("SIMULATED")
    return ", ".join(parts)


def _age_s(run: Any, now: np.datetime64) -> float:
    return float((now - run.latest) / np.timedelta64(1, "s"))
