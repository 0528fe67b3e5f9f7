"""The command `venus-analysis desert`: one sensor against another over desert sites."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from venus_analysis.cli_options import AsJson, Extracts, Log, Memory, Scheduler
from venus_analysis.cli_output import keep, memory_bytes, print_rows, run_log, try_places, warn

if TYPE_CHECKING:
    from venus_analysis.calibrate.desert_campaign import SiteOutcome

SOME_FAILED = 1


class Aerosol(StrEnum):
    """Aerosol models of 6S."""

    desert = "desert"
    continental = "continental"


class Geometry(StrEnum):
    """Which geometries make a pair."""

    same = "same"
    reciprocal = "reciprocal"
    both = "both"


class Model(StrEnum):
    """What a look is compared with."""

    pairs = "pairs"
    directional = "directional"


def desert(
    observations: Annotated[
        list[Path],
        typer.Argument(
            help="Observations of the sensor, kinds mixed: DIMITRI .sav, CSV, SADE rows, VENuS L1 "
            "products (folder, header or archive)."
        ),
    ],
    reference: Annotated[
        list[Path],
        typer.Option(help="Observations of the reference, likewise; may be given again."),
    ],
    instrument: Annotated[
        str, typer.Option(help="Sensor: VENUS, S2A, S2B, MERIS or AATSR.")
    ] = "VENUS",
    reference_instrument: Annotated[str, typer.Option(help="Reference sensor.")] = "MERIS",
    reference_name: Annotated[
        str | None, typer.Option(help="Its name in the ledger, as MERIS_3rd.")
    ] = None,
    response: Annotated[
        str, typer.Option(help="Sensor's responses: 'venus', a file, or DIMITRI's folder.")
    ] = "venus",
    reference_response: Annotated[
        str | None, typer.Option(help="Reference's responses; by default as --response.")
    ] = None,
    site: Annotated[
        str,
        typer.Option(help="Site of looks whose rows name none; by default from the file's name."),
    ] = "",
    sites: Annotated[
        Path | None,
        typer.Option(
            help="Table of sites (CSV or TOML) to look at in products; else the CNES ones."
        ),
    ] = None,
    sun: Annotated[float, typer.Option(help="Tolerance of the solar zenith, degrees.")] = 5.0,
    view: Annotated[float, typer.Option(help="Tolerance of the viewing zenith, degrees.")] = 5.0,
    azimuth: Annotated[float, typer.Option(help="Tolerance of the azimuth, degrees.")] = 10.0,
    days: Annotated[
        float | None, typer.Option(help="Largest difference of the dates; any by default.")
    ] = None,
    aot: Annotated[float, typer.Option(help="Aerosol optical depth at 550 nm.", min=0.0)] = 0.2,
    aerosol: Annotated[
        Aerosol, typer.Option(help="Aerosol model of the SMAC coefficients.")
    ] = Aerosol.desert,
    geometry: Annotated[
        Geometry,
        typer.Option(help="Pairs in the same geometry, with Sun and sensor exchanged, or both."),
    ] = Geometry.same,
    model: Annotated[
        Model,
        typer.Option(
            help="Compare with the reference's looks in near geometry, or with the site's Ross-Li "
            "model fitted to all of them."
        ),
    ] = Model.pairs,
    scheduler: Scheduler = "threads",
    workers: Annotated[
        int | None, typer.Option(help="Products or sites at once; one per core by default.", min=1)
    ] = None,
    memory: Memory = None,
    extracts: Extracts = None,
    ledger: Annotated[
        str | None, typer.Option(help="Keep rows there; what it has is not written again.")
    ] = None,
    log: Log = None,
    figure: Annotated[
        Path | None,
        typer.Option(help="HTML file for the figure (opens offline); one a site, if several."),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(help="CSV file for all pairs: geometry, ratios, why kept or not."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Calibrate a sensor over desert sites against a reference sensor.

    Example: venus-analysis desert venus_libya4.csv L1C/*.zip --reference meris_libya4.csv
    --reference-response meris_responses.csv --ledger results
    """
    from venus_analysis.calibrate.desert import DesertOptions, sensor_of
    from venus_analysis.calibrate.desert_campaign import DesertCampaign, calibrate_desert
    from venus_analysis.calibrate.row import new_run_id
    from venus_analysis.collect.observations import read_sensor_responses
    from venus_analysis.collect.sites import read_sites
    from venus_analysis.compute.desert.matchup import Tolerances
    from venus_analysis.compute.desert.ratio import Air

    try_places(ledger, figure, pairs)
    tolerances = Tolerances(sun, view, azimuth, days, geometry.value)
    name = reference_name or reference_instrument
    campaign = DesertCampaign(
        sensor_of(instrument, read_sensor_responses(response, instrument), aerosol.value),
        sensor_of(
            reference_instrument,
            read_sensor_responses(reference_response or response, reference_instrument),
            aerosol.value,
        ),
        instrument,
        name,
        site,
        None if sites is None else read_sites(sites),
        DesertOptions(tolerances, Air(aot_550=aot), aerosol.value, model=model.value),
        pairs is not None,
        extracts,
    )
    run_id = new_run_id()
    with run_log(log, run_id, "desert") as record:
        record.start(inputs=0, scheduler=scheduler, workers=workers, ledger=ledger)

        def kept(site: SiteOutcome) -> None:
            """Rows of a site go to the ledger as soon as they are there."""
            own = [row | {"run_id": run_id} for row in site.rows]
            if own and ledger is not None:
                keep(ledger, own)
            record.site(site.site, own, site.error)

        found = calibrate_desert(
            observations,
            reference,
            campaign,
            scheduler=scheduler,
            workers=workers,
            memory_bytes=memory_bytes(memory),
            report=kept,
        )
    warn(record.trouble)
    rows = [row | {"run_id": run_id} for row in found.rows]
    for path, error in found.failed:
        print(f"FAILED {path}: {error.removeprefix(f'{path}: ')}", file=sys.stderr)
    if pairs is not None:
        from venus_analysis.calibrate.desert_pairs import write_pairs

        tables = [site.pairs for site in found.sites if site.pairs is not None]
        write_pairs(pairs, tables, simulated=any(row["simulated"] for row in rows))
    if figure is not None:
        _draw(figure, rows, instrument)
    if json:
        print_rows(rows, found.failed)
    else:
        done = [outcome for outcome in found.sites if outcome.result is not None]
        print("\n\n".join(summary(outcome, instrument, name) for outcome in done))
    if found.failed:
        raise typer.Exit(SOME_FAILED)


def summary(outcome: SiteOutcome, instrument: str, reference: str) -> str:
    """Means of a site as text, one line a band."""
    from venus_analysis.flags import decode

    found = outcome.result
    if found is None:
        return f"{outcome.site}: {outcome.error}"
    flags = {row["band"]: row["flags"] for row in found.rows}
    mark = "SIMULATED  " if any(row["simulated"] for row in found.rows) else ""
    lines = [
        f"{mark}{instrument} against {reference} over {outcome.site}: ratio = measured / modelled",
        "band   ratio   scatter %  looks  u(model) %  flags",
    ]
    for b, band in enumerate(found.bands):
        names = decode(flags.get(band, 0))
        ratio = "-" if "NOT_CALIBRATABLE" in names else f"{found.site.ratio[b]:.4f}"
        lines.append(
            f"{band:<6} {ratio:<7} {100 * found.site.scatter[b]:<10.2f} "
            f"{found.site.number[b]:<6d} {100 * found.budget.model[b]:<11.2f} {' '.join(names)}"
        )
    twice = {"REPEATED": outcome.repeated, "CONFLICTING": outcome.conflicting}
    left_out = ", ".join(f"{n} {name}" for name, n in (found.screened | twice).items() if n)
    lines.append(f"left out: {left_out or 'none'}; without a partner: {found.unmatched}")
    return "\n".join(lines)


def _draw(figure: Path, rows: list[dict[str, Any]], instrument: str) -> None:
    """Draw each site that has a ratio; several sites go to files of their own."""
    from venus_analysis.plot.desert import desert_page
    from venus_analysis.plot.save import save_html

    sites = list(dict.fromkeys(row["site"] for row in rows if row["ratio"] == row["ratio"]))
    for site in sites:
        own = [row for row in rows if row["site"] == site]
        ending = f"_{site.replace(' ', '_')}" if len(sites) > 1 else ""
        path = figure.with_name(f"{figure.stem}{ending}{figure.suffix}")
        written = save_html(desert_page(own), path, title=f"{instrument} over {site}")
        typer.echo(f"figure: {written}", err=True)
