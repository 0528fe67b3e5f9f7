"""The commands `venus-analysis sno` and `simulate sno`: simultaneous nadir observations."""

from __future__ import annotations

import math
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from venus_analysis.cli_options import AsJson, Extracts, Log, Memory, Scheduler, above_zero
from venus_analysis.cli_output import keep, memory_bytes, print_rows, run_log, try_places, warn

if TYPE_CHECKING:
    from venus_analysis.calibrate.sno import SnoResult
    from venus_analysis.compute.sno.regression import Estimator

SOME_FAILED = 1


class BandAdjustment(StrEnum):
    """How the reference is brought to the target's bands."""

    surface = "surface"
    toa = "toa"
    none = "none"


class Line(StrEnum):
    """Estimators of gain and offset."""

    ratio = "ratio"
    rma = "rma"
    deming = "deming"
    theil_sen = "theil-sen"


def sno(
    observations: Annotated[
        list[Path],
        typer.Argument(
            help="VENuS L1 products (folder, header or archive), or tables of a site (CSV, .sav)."
        ),
    ],
    reference: Annotated[
        list[Path],
        typer.Option(help="Sentinel-2 L1C products (.SAFE), or a table; may be given again."),
    ],
    instrument: Annotated[str, typer.Option(help="Sensor: VENUS or AATSR.")] = "VENUS",
    reference_instrument: Annotated[
        str,
        typer.Option(help="Reference of tables: S2A, S2B or MERIS; products say it themselves."),
    ] = "S2A",
    reference_name: Annotated[
        str | None, typer.Option(help="Its name in the ledger, as MERIS_3rd.")
    ] = None,
    response: Annotated[
        str | None, typer.Option(help="Sensor's responses: a file or folder; else the built-in.")
    ] = None,
    reference_response: Annotated[
        str | None, typer.Option(help="Reference's responses; else the built-in of S2A and S2B.")
    ] = None,
    site: Annotated[str, typer.Option(help="Site; else as the products name it.")] = "",
    minutes: Annotated[float, typer.Option(help="Largest difference of the times.")] = 30.0,
    sun: Annotated[float, typer.Option(help="Tolerance of the solar zenith, degrees.")] = 3.0,
    view: Annotated[float, typer.Option(help="Tolerance of the viewing zenith, degrees.")] = 5.0,
    azimuth: Annotated[
        float, typer.Option(help="Tolerance of the azimuth beyond 5 degrees off nadir.")
    ] = 20.0,
    cell: Annotated[float, typer.Option(help="Side of the cells, 300 to 1000 m.")] = 500.0,
    scatter: Annotated[
        float, typer.Option(help="Largest relative standard deviation within a cell.")
    ] = 0.03,
    adjustment: Annotated[
        BandAdjustment,
        typer.Option(help="Spline at the surface (SMAC), at the top of the atmosphere, or none."),
    ] = BandAdjustment.surface,
    aot: Annotated[float, typer.Option(help="Aerosol optical depth at 550 nm.", min=0.0)] = 0.2,
    line: Annotated[Line, typer.Option(help="Estimator that is printed.")] = Line.deming,
    scheduler: Scheduler = "threads",
    workers: Annotated[
        int | None, typer.Option(help="Pairs of products at once; one per core by default.", min=1)
    ] = None,
    memory: Memory = None,
    extracts: Extracts = None,
    ledger: Annotated[
        str | None, typer.Option(help="Keep rows there; what it has is not written again.")
    ] = None,
    log: Log = None,
    figure: Annotated[
        Path | None, typer.Option(help="HTML file for the figure (opens offline).")
    ] = None,
    json: AsJson = False,
) -> None:
    """Calibrate a sensor against another that looked at the same time.

    Example: venus-analysis sno VENUS-XS_20190204-083431-000_L1C_SITE_C_V1-0
    --reference S2A_MSIL1C_20190204T084031_N0207_R121_T35RLL_20190204T095102.SAFE --ledger results
    """
    from venus_analysis.calibrate.row import new_run_id
    from venus_analysis.calibrate.sno import SnoOptions
    from venus_analysis.calibrate.sno_files import SnoCampaign, calibrate_sno_files
    from venus_analysis.compute.desert.ratio import Air
    from venus_analysis.compute.sno.matchup import SimultaneousTolerances

    try_places(ledger, figure)
    options = SnoOptions(
        tolerances=SimultaneousTolerances(minutes, sun, view, azimuth),
        air=Air(aot_550=aot),
        adjustment=adjustment.value,
        most_scatter=scatter,
        cell_m=cell,
    )
    campaign = SnoCampaign(
        instrument,
        reference_instrument,
        reference_name,
        response,
        reference_response,
        site,
        options,
        extracts and extracts.absolute(),
    )
    run_id = new_run_id()
    with run_log(log, run_id, "sno") as record:
        record.start(inputs=0, scheduler=scheduler, workers=workers, ledger=ledger)
        found = calibrate_sno_files(
            observations,
            reference,
            campaign,
            scheduler=scheduler,
            workers=workers,
            memory_bytes=memory_bytes(memory),
        )
        rows = [row | {"run_id": run_id} for row in found.rows]
        if rows and ledger is not None:
            keep(ledger, rows)
        for result in found.results:
            record.site(f"{site} {result.reference}".strip(), result.rows)
        for path, error in found.failed:
            record.site(path, (), error.removeprefix(f"{path}: "))
            print(f"FAILED {path}: {error.removeprefix(f'{path}: ')}", file=sys.stderr)
    warn(record.trouble)
    if rows and figure is not None:
        from venus_analysis.plot.save import save_html
        from venus_analysis.plot.sno import sno_page

        page = sno_page(found.results, line.value)
        print(f"figure: {save_html(page, figure, title='SNO')}", file=sys.stderr)
    if json:
        print_rows(rows, found.failed)
    else:
        print("\n\n".join(summary(one, line.value) for one in found.results) or "no pair found")
    if found.failed:
        raise typer.Exit(SOME_FAILED)


def summary(found: SnoResult, estimator: Estimator) -> str:
    """One result as text, a line a band."""
    from venus_analysis.calibrate.sno import joint_lines

    if not found.rows:
        return f"no pair with {found.reference}; {_left_out(found)}"
    first = found.rows[0]
    mark = "SIMULATED  " if first["simulated"] else ""
    scenes = len({(row["acquisition_id"], row["reference_acquisition_id"]) for row in found.rows})
    fitted = joint_lines([found], (estimator,))
    lines = [
        f"{mark}{first['instrument']} against {found.reference} over {first['site']}, {scenes} "
        f"pair{'s' * (scenes > 1)} of scenes, band adjustment: {found.adjustment}; "
        "ratio = measured / modelled",
        f"band   with  ratio   scatter %  u(model) %  gain ({estimator})   offset",
    ]
    for b, band in enumerate(found.bands):
        if band in found.reasons:
            lines.append(f"{band:<6} -     no value: {found.reasons[band]}")
            continue
        line = fitted.get(band, {}).get(estimator)
        model = found.budget.model[b] if found.budget is not None else float("nan")
        text = f"{band:<6} {found.partners[band]:<5} {found.mean.ratio[b]:<7.4f} "
        text += f"{_percent(found.mean.scatter[b]):<10} {_percent(model):<11} "
        if line is not None:
            text += (
                f"{line.gain:.4f}{_reach(line.u_gain)}   {line.offset:+.4f}{_reach(line.u_offset)}"
            )
        lines.append(text.rstrip())
    return "\n".join([*lines, _left_out(found)])


def _percent(value: float) -> str:
    return f"{100 * value:.2f}" if math.isfinite(value) else "-"


def _reach(u: float) -> str:
    """Uncertainty of a line; one scene gives none."""
    return f" ± {u:.4f}" if math.isfinite(u) else " (one scene: no interval)"


def _left_out(found: SnoResult) -> str:
    left_out = ", ".join(f"{number} {name}" for name, number in found.left_out.items() if number)
    return f"left out: {left_out or 'none'}"


class Sentinel2(StrEnum):
    """Reference sensors of simulated pairs."""

    s2a = "S2A"
    s2b = "S2B"


def _side(metres: int) -> int:
    if metres < 1200 or metres % 60:
        raise typer.BadParameter(
            f"expected a multiple of 60 from 1200 on, received {metres}; choose another"
        )
    return metres


def simulate_sno(
    output: Annotated[Path, typer.Argument(help="Folder for both products.")],
    gain: Annotated[
        float, typer.Option(help="Gain planted in all VENuS bands.", callback=above_zero)
    ] = 0.98,
    offset: Annotated[float, typer.Option(help="Planted offset, reflectance.")] = 0.0,
    sensor: Annotated[Sentinel2, typer.Option(help="Reference.")] = Sentinel2.s2a,
    time: Annotated[str, typer.Option(help="UTC of Sentinel-2's look.")] = "2019-02-04T08:40:31",
    side: Annotated[
        int, typer.Option(help="Side of the tile, m; a multiple of 60.", callback=_side)
    ] = 6000,
) -> None:
    """Write a SIMULATED VENuS and a SIMULATED Sentinel-2 product of one ground.

    Example: venus-analysis simulate sno pair --gain 0.98
    """
    from venus_analysis.collect.check import utc_time
    from venus_analysis.simulate.safe_product import SafeScene
    from venus_analysis.simulate.sno import SnoScene, write_pair

    safe = SafeScene(sensor=sensor.value, time=utc_time("--time", time), side_m=side)
    pixels = int(side * 1.1 / 30.0)
    scene = SnoScene(gain=gain, offset=offset, safe=safe, lines=pixels, columns=pixels)
    for path in write_pair(output, scene):
        typer.echo(f"SIMULATED product written: {path}")
