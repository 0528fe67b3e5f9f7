"""The command `venus-analysis desert`: one sensor against another over one site."""

from __future__ import annotations

import json as json_module
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from venus_analysis.calibrate.desert import SiteResult

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


def desert(
    observations: Annotated[
        Path, typer.Argument(help="Observations of the sensor: DIMITRI .sav or a CSV table.")
    ],
    reference: Annotated[Path, typer.Option(help="Observations of the reference, likewise.")],
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
    site: Annotated[str, typer.Option(help="Site, as Libya 4.")] = "Libya 4",
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
    ledger: Annotated[
        str | None, typer.Option(help="Keep rows there; what it has is not written again.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="HTML file for the figure (opens offline).")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="JSON on standard output, nothing else.")
    ] = False,
) -> None:
    """Calibrate a sensor over a desert site against a reference sensor.

    Example: venus-analysis desert venus_libya4.csv --reference meris_libya4.csv
    --reference-response meris_responses.csv --site "Libya 4" --ledger results
    """
    from venus_analysis.calibrate.desert import DesertOptions, calibrate_site, sensor_of
    from venus_analysis.calibrate.row import digest, file_digest, new_run_id
    from venus_analysis.collect.observations import read_observations, read_sensor_responses
    from venus_analysis.compute.desert.matchup import Tolerances
    from venus_analysis.compute.desert.ratio import Air
    from venus_analysis.errors import InputError

    tolerances = Tolerances(sun, view, azimuth, days, geometry.value)
    options = DesertOptions(tolerances, Air(aot_550=aot), aerosol.value)
    own = sensor_of(instrument, read_sensor_responses(response, instrument), aerosol.value)
    other = sensor_of(
        reference_instrument,
        read_sensor_responses(reference_response or response, reference_instrument),
        aerosol.value,
    )
    failed = []
    rows: list[dict[str, Any]] = []
    try:
        found = calibrate_site(
            read_observations(observations),
            own,
            read_observations(reference),
            other,
            instrument=instrument,
            reference_name=reference_name or reference_instrument,
            site=site,
            options=options,
        )
        read = digest(file_digest(path).encode() for path in (observations, reference))
        stamp = {"run_id": new_run_id(), "input_digest": read}
        rows = [row | stamp for row in found.rows]
    except InputError as error:
        failed.append({"input": str(observations), "error": str(error)})
        print(f"FAILED {error}", file=sys.stderr)
    if rows and ledger is not None:
        _keep(ledger, rows)
    if rows and figure is not None:
        from venus_analysis.plot.desert import desert_page
        from venus_analysis.plot.save import save_html

        written = save_html(desert_page(rows), figure, title=f"{instrument} over {site}")
        typer.echo(f"figure: {written}", err=True)
    if json:
        from venus_analysis.calibrate.row import as_json

        print(
            json_module.dumps(
                {"rows": [as_json(row) for row in rows], "failed": failed}, allow_nan=False
            )
        )
    elif not failed:
        print(summary(found, instrument, reference_name or reference_instrument, site))
    if failed:
        raise typer.Exit(SOME_FAILED)


def summary(found: SiteResult, instrument: str, reference: str, site: str) -> str:
    """Site means as text, one line a band."""
    from venus_analysis.flags import decode

    flags = {row["band"]: row["flags"] for row in found.rows}
    mark = "SIMULATED  " if any(row["simulated"] for row in found.rows) else ""
    lines = [
        f"{mark}{instrument} against {reference} over {site}: ratio = measured / modelled",
        "band   ratio   scatter %  looks  u(model) %  flags",
    ]
    for b, band in enumerate(found.bands):
        names = decode(flags.get(band, 0))
        ratio = "-" if "NOT_CALIBRATABLE" in names else f"{found.site.ratio[b]:.4f}"
        lines.append(
            f"{band:<6} {ratio:<7} {100 * found.site.scatter[b]:<10.2f} "
            f"{found.site.number[b]:<6d} {100 * found.budget.model[b]:<11.2f} {' '.join(names)}"
        )
    left_out = ", ".join(f"{n} {name}" for name, n in found.screened.items() if n)
    lines.append(f"left out: {left_out or 'none'}; without a partner: {found.unmatched}")
    return "\n".join(lines)


def _keep(ledger: str, rows: list[dict[str, Any]]) -> None:
    """Write what the ledger lacks."""
    from venus_analysis.ledger import missing, write

    lacking = missing(ledger, rows)
    if lacking.any():
        write(ledger, [row for row, lacks in zip(rows, lacking, strict=True) if lacks])
