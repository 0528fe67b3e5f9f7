"""The three kinds of tasks: inputs of an order to ledger rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from venus_analysis.calibrate.job.log import JobLog
from venus_analysis.calibrate.job.plan import Candidate, TaskPlan
from venus_analysis.calibrate.job.settings import JobSettings
from venus_analysis.calibrate.row import Row, new_run_id


@dataclass(frozen=True)
class Work:
    """What a task's method is given.

    Attributes
    ----------
    plan
        The task.
    inputs
        Inputs that were selected.
    settings
        Of the configuration.
    ledger
        None in a test.
    log
        For progress.
    parameters
        Folder of parameter files.
    """

    plan: TaskPlan
    inputs: tuple[Candidate, ...]
    settings: JobSettings
    ledger: str | None
    log: JobLog
    parameters: Path | None = None
    run_id: str = field(default_factory=new_run_id)

    def paths(self, role: str) -> list[Path]:
        """Give the inputs of a role."""
        return [one.path for one in self.inputs if one.role == role]


@dataclass
class Result:
    """What a task brought.

    Attributes
    ----------
    rows
        Ledger rows.
    statistics
        Rows of the statistics file.
    states
        Input to ``done``, ``in the ledger`` or ``failed``.
    anomalies
        (severity, input, sentence); severity is ``error``, ``flagged`` or ``note``.
    """

    rows: list[Row] = field(default_factory=list)
    statistics: list[Row] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    anomalies: list[tuple[str, str, str]] = field(default_factory=list)

    def fail(self, log: JobLog, path: str, error: str) -> None:
        """Keep and tell what is wrong with an input."""
        self.states[path] = "failed"
        self.anomalies.append(("error", path, error))
        log.write("ERROR", error if path in error else f"{path}: {error}")


def calibrate_moon(work: Work) -> Result:
    """Calibrate Moon scenes and images, see `venus_analysis.calibrate.campaign`."""
    from venus_analysis.calibrate.campaign import calibrate_inputs
    from venus_analysis.calibrate.outcome import Outcome
    from venus_analysis.calibrate.statistics_file import whole_statistics

    paths, run, result = work.paths("moon"), work.settings.processor, Result()
    campaign = moon_campaign(work)
    done = 0

    def report(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        state = "failed" if outcome.error else "in the ledger" if outcome.from_ledger else "done"
        work.log.write("PROGRESS", f"{outcome.path}: {state}", 95.0 * done / len(paths))

    outcomes = calibrate_inputs(
        paths,
        campaign,
        ledger=work.ledger,
        scheduler=run.scheduler,
        workers=run.workers,
        report=report,
    )
    for outcome in outcomes:
        name = str(outcome.path)
        result.rows.extend(outcome.rows)
        result.states[name] = "in the ledger" if outcome.from_ledger else "done"
        if outcome.error:
            result.fail(work.log, name, outcome.error)
        elif outcome.problem:
            result.anomalies.append(("flagged", name, outcome.problem))
            work.log.write("WARNING", outcome.problem)
        result.anomalies.extend(("note", name, warning) for warning in outcome.warnings)
    if "statistics" in work.plan.outputs:
        path = Path(work.plan.outputs["statistics"])
        once_more = partial(
            calibrate_inputs,
            campaign=replace(campaign, products=None),
            scheduler=run.scheduler,
            workers=run.workers,
        )
        result.statistics = whole_statistics(path, outcomes, once_more)
    return result


def moon_campaign(work: Work) -> Any:
    """Campaign of a Moon task, as `venus-analysis moon` makes it."""
    from venus_analysis.calibrate.inputs import MoonCampaign
    from venus_analysis.calibrate.measure import MeasureOptions
    from venus_analysis.calibrate.moon import MoonOptions
    from venus_analysis.calibrate.scene import SceneOptions
    from venus_analysis.collect.response import read_responses
    from venus_analysis.compute.moon.spectrum import RoloModel

    chosen = work.settings.moon
    model = RoloModel(spectral=chosen.spectral, libration=chosen.libration)
    measure = MeasureOptions(
        chosen.extraction, chosen.background, chosen.halo, guard_px=chosen.guard_px
    )
    pictures = work.plan.outputs.get("pictures")
    return MoonCampaign(
        parameters=work.parameters,
        responses=tuple(one for source in chosen.responses for one in read_responses(source)),
        scene=SceneOptions(model, chosen.registration, chosen.reference_band),
        image=MoonOptions(model, measure),
        bands=chosen.bands or None,
        products=Path(pictures) if pictures else None,
        statistics="statistics" in work.plan.outputs,
        mtf=chosen.mtf,
        run_id=work.run_id,
    )


def calibrate_desert(work: Work) -> Result:
    """Calibrate over desert sites, see `venus_analysis.calibrate.desert_campaign`."""
    from venus_analysis.calibrate import desert_campaign
    from venus_analysis.calibrate.desert import DesertOptions, sensor_of
    from venus_analysis.collect.observations import read_sensor_responses
    from venus_analysis.collect.sites import read_sites
    from venus_analysis.compute.desert.matchup import Tolerances
    from venus_analysis.compute.desert.ratio import Air

    chosen, run = work.settings.desert, work.settings.processor
    sources = (
        (chosen.instrument, chosen.response),
        (chosen.reference_instrument, chosen.reference_response or chosen.response),
    )
    target, reference = (
        sensor_of(name, read_sensor_responses(source, name), chosen.aerosol)
        for name, source in sources
    )
    tolerances = Tolerances(
        chosen.solar_zenith_deg,
        chosen.viewing_zenith_deg,
        chosen.relative_azimuth_deg,
        chosen.days,
        chosen.geometry,
    )
    campaign = desert_campaign.DesertCampaign(
        target,
        reference,
        chosen.instrument,
        chosen.reference_name or chosen.reference_instrument,
        chosen.site,
        read_sites(chosen.sites) if chosen.sites else None,
        DesertOptions(tolerances, Air(aot_550=chosen.aot_550), chosen.aerosol),
    )
    found = desert_campaign.calibrate_desert(
        work.paths("observations"),
        work.paths("reference"),
        campaign,
        scheduler=run.scheduler,
        workers=run.workers,
    )
    result = _kept(work, found.rows, found.failed)
    for one in found.sites:
        if one.conflicting:
            sentence = (
                f"{one.site}: {one.conflicting} looks that are given twice with other numbers "
                "are left out"
            )
            result.anomalies.append(("flagged", "", sentence))
            work.log.write("WARNING", sentence)
    return result


def calibrate_sno(work: Work) -> Result:
    """Calibrate by simultaneous looks, see `venus_analysis.calibrate.sno_files`."""
    from venus_analysis.calibrate.sno import SnoOptions
    from venus_analysis.calibrate.sno_files import SnoCampaign, calibrate_sno_files
    from venus_analysis.compute.desert.ratio import Air
    from venus_analysis.compute.sno.matchup import SimultaneousTolerances

    chosen, run = work.settings.sno, work.settings.processor
    options = SnoOptions(
        tolerances=SimultaneousTolerances(
            chosen.minutes,
            chosen.solar_zenith_deg,
            chosen.viewing_zenith_deg,
            chosen.relative_azimuth_deg,
        ),
        air=Air(aot_550=chosen.aot_550),
        adjustment=chosen.adjustment,
        most_scatter=chosen.most_scatter,
        cell_m=chosen.cell_m,
    )
    campaign = SnoCampaign(
        chosen.instrument,
        chosen.reference_instrument,
        chosen.reference_name,
        chosen.response,
        chosen.reference_response,
        chosen.site,
        options,
    )
    found = calibrate_sno_files(
        work.paths("observations"),
        work.paths("reference"),
        campaign,
        scheduler=run.scheduler,
        workers=run.workers,
    )
    return _kept(work, found.rows, found.failed)


def _kept(work: Work, rows: Sequence[Row], failed: Sequence[tuple[str, str]]) -> Result:
    """Rows of the looks the order asks for, in the ledger where they are not there yet."""
    from venus_analysis.ledger import missing, write
    from venus_analysis.statistics import statistics_row

    result = Result([row | {"run_id": work.run_id} for row in rows if _asked_for(work, row)])
    left_out = len(rows) - len(result.rows)
    if left_out:
        sentence = f"{left_out} rows of looks outside the periods of the order are left out"
        result.anomalies.append(("note", "", sentence))
    result.states = {str(one.path): "done" for one in work.inputs}
    for path, error in failed:
        result.fail(work.log, path, error)
    work.log.write("PROGRESS", f"{len(result.rows)} rows computed", 90)
    if work.ledger is not None and result.rows:
        lacking = missing(work.ledger, result.rows)
        new = [row for row, lacks in zip(result.rows, lacking, strict=True) if lacks]
        if new:
            write(work.ledger, new)
        work.log.write("INFO", f"{len(new)} new rows in the ledger {work.ledger}")
    result.statistics = [statistics_row(row) for row in result.rows]
    return result


def _asked_for(work: Work, row: Row) -> bool:
    """Whether a look lies in the periods of any input: rows do not name their file."""
    time = np.datetime64(row["time"], "us")
    return any(one.selected(time, time) for one in work.inputs if one.role == "observations")


METHODS: dict[str, Callable[[Work], Result]] = {
    "moon": calibrate_moon,
    "desert": calibrate_desert,
    "sno": calibrate_sno,
}
