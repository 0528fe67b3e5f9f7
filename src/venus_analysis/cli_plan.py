"""The commands `venus-analysis plan moon`, `sno` and `campaign`: when to look, what it takes."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from venus_analysis.cli_options import Bands
from venus_analysis.cli_output import aligned
from venus_analysis.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

app = typer.Typer(help="Coming and past occasions to calibrate.", no_args_is_help=True)
DAYS_OF_TRUST = 7.0


@app.command("moon")
def plan_moon(
    start: Annotated[str, typer.Option(help="First day, UTC, as 2026-01-01.")],
    end: Annotated[str, typer.Option(help="Last day, UTC, inclusive.")],
    phase: Annotated[
        list[float] | None,
        typer.Option(help="Wanted phase angle, negative while waxing; may be given again. [-40]"),
    ] = None,
    tolerance: Annotated[float, typer.Option(help="Either side of it, degrees.")] = 5.0,
    json: Annotated[
        bool, typer.Option("--json", help='{"windows": [...]} on standard output, nothing else.')
    ] = False,
) -> None:
    """List when the Moon has a phase, with libration and distance, from the Earth's centre.

    Example: venus-analysis plan moon --start 2026-01-01 --end 2026-12-31 --phase -40 --phase 40
    """
    from venus_analysis.compute.moon.windows import moon_windows

    first, last = _time("--start", start), _end("--end", end)
    windows = []
    for wanted in phase or [-40.0]:
        found = moon_windows(first, last, wanted, tolerance)
        geometry = found.geometry
        for k in range(len(found.best)):
            windows.append(
                {
                    "start": f"{found.start[k].astype('M8[s]')}Z",
                    "best": f"{found.best[k].astype('M8[s]')}Z",
                    "end": f"{found.end[k].astype('M8[s]')}Z",
                    "phase_angle_deg": round(float(geometry.phase_angle_deg[k]), 2),
                    "observer_longitude_deg": round(float(geometry.observer_longitude_deg[k]), 2),
                    "observer_latitude_deg": round(float(geometry.observer_latitude_deg[k]), 2),
                    "sub_solar_longitude_deg": round(float(geometry.sub_solar_longitude_deg[k]), 2),
                    "distance_km": round(float(geometry.observer_distance_km[k])),
                }
            )
    windows.sort(key=lambda one: str(one["best"]))
    heads = {
        "start": "start (UTC)",
        "best": "best",
        "end": "end",
        "phase_angle_deg": "phase deg",
        "observer_longitude_deg": "libration lon",
        "observer_latitude_deg": "lat deg",
        "sub_solar_longitude_deg": "Sun lon deg",
        "distance_km": "distance km",
    }
    _show({"windows": windows}, "windows", heads, json)


@app.command("sno")
def plan_sno(
    elements: Annotated[Path, typer.Argument(help="File of two-line elements (TLE).")],
    start: Annotated[str, typer.Option(help="First day, UTC.")],
    end: Annotated[str, typer.Option(help="Last day, UTC, inclusive.")],
    satellite: Annotated[str, typer.Option(help="Name or catalogue number.")] = "VENUS",
    reference: Annotated[
        list[str] | None,
        typer.Option(help="Reference; may be given again. [SENTINEL-2A, SENTINEL-2B]"),
    ] = None,
    site: Annotated[
        list[str] | None, typer.Option(help="Site; may be given again; by default all of them.")
    ] = None,
    sites: Annotated[
        Path | None, typer.Option(help="Table of sites (CSV or TOML); else the CNES deserts.")
    ] = None,
    minutes: Annotated[float, typer.Option(help="Largest difference of the times.")] = 30.0,
    view: Annotated[float, typer.Option(help="Largest viewing zenith of the satellite.")] = 38.0,
    reference_view: Annotated[float, typer.Option(help="And of the references.")] = 12.0,
    json: Annotated[
        bool,
        typer.Option("--json", help='{"opportunities": [...]} on standard output, nothing else.'),
    ] = False,
) -> None:
    """List when two satellites see a site at nearly the same time, in daylight.

    Example: venus-analysis plan sno active.tle --start 2026-01-01 --end 2026-01-31 --site "Libya 4"
    """
    import sys

    import numpy as np

    from venus_analysis.collect.elements import nearest_elements, read_elements
    from venus_analysis.collect.sites import read_sites
    from venus_analysis.compute.sno.opportunities import opportunities
    from venus_analysis.compute.sno.passes import site_passes

    first, last = _time("--start", start), _end("--end", end)
    known, found = read_sites(sites), read_elements(elements)
    absent = sorted(set(site or []) - set(known))
    if absent:
        raise UsageError(f"--site: expected one of {', '.join(known)}, received {absent[0]!r}")
    names = [satellite, *(reference or ["SENTINEL-2A", "SENTINEL-2B"])]
    orbits = [nearest_elements(found, name, first + (last - first) // 2) for name in names]
    for one in orbits:
        age = max(abs(first - one.epoch), abs(last - one.epoch)) / np.timedelta64(1, "D")
        if age > DAYS_OF_TRUST:
            print(
                f"warning: elements of {one.name} are up to {age:.0f} days away from the dates: "
                "times may be minutes off",
                file=sys.stderr,
            )
    listed = []
    for name in site or known:
        place = known[name]
        passes = [
            site_passes(
                one,
                place.latitude_deg,
                place.longitude_deg,
                first,
                last,
                most_viewing_zenith_deg=limit,
            )
            for one, limit in zip(
                orbits, [view, *[reference_view] * (len(orbits) - 1)], strict=True
            )
        ]
        for orbit, others in zip(orbits[1:], passes[1:], strict=True):
            for row in opportunities(passes[0], others, minutes):
                listed.append({"site": name, "reference": orbit.name} | row)
    listed.sort(key=lambda one: str(one["time"]))
    heads = {
        "time": "time (UTC)",
        "site": "site",
        "reference": "reference",
        "minutes_apart": "min apart",
        "viewing_zenith_deg": "view deg",
        "reference_viewing_zenith_deg": "ref. view",
        "solar_zenith_deg": "Sun deg",
        "azimuth_difference_deg": "azimuth diff.",
        "within_tolerances": "usable",
    }
    _show({"opportunities": listed}, "opportunities", heads, json)


@app.command("campaign")
def plan_campaign(
    files: Annotated[
        list[Path], typer.Argument(help="Moon scenes or images: the archive, or a sample of it.")
    ],
    parameters: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Scenes: folder of the official parameter files (GIPP)."),
    ] = None,
    inputs: Annotated[
        int | None, typer.Option(help="Inputs of the archive, if the files are a sample.", min=1)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes at once; one per core by default.", min=1)
    ] = None,
    deadline: Annotated[
        float | None, typer.Option(help="Hours it may take; how many workers keep it?", min=0.0)
    ] = None,
    band: Bands = None,
    json: Annotated[
        bool, typer.Option("--json", help="The estimate as one object on standard output.")
    ] = False,
) -> None:
    """Estimate time, memory and bytes of `moon --scheduler processes`; keeps nothing.

    A few of the files are calibrated for it, in one process and in several.

    Example: venus-analysis plan campaign archive/*.zarr --parameters gipp --deadline 2
    """
    from dataclasses import asdict

    from venus_analysis.calibrate import estimate
    from venus_analysis.calibrate.inputs import MoonCampaign
    from venus_analysis.instrument import venus_responses

    campaign = MoonCampaign(
        parameters=parameters.absolute() if parameters else None,
        responses=tuple(venus_responses()),
        bands=tuple(band) if band else None,
    )
    plan = estimate.plan_campaign(
        files,
        campaign,
        workers=workers,
        deadline_s=None if deadline is None else 3600.0 * deadline,
        inputs=inputs,
    )
    if json:
        print(json_module.dumps(asdict(plan), allow_nan=False))
    else:
        print(estimate.plan_text(plan))


def _time(option: str, text: str) -> np.datetime64:
    from venus_analysis.collect.check import utc_time
    from venus_analysis.errors import InputError

    try:
        return utc_time(option, text)
    except InputError:
        raise UsageError(f"{option}: expected a date as 2026-01-31, received {text!r}") from None


def _end(option: str, text: str) -> np.datetime64:
    """Time given, or the end of a day given alone."""
    import numpy as np

    day_only = len(text.strip()) <= len("2026-01-31")
    return _time(option, text) + np.timedelta64(1 if day_only else 0, "D")


def _show(document: dict[str, Any], key: str, heads: dict[str, str], json: bool) -> None:
    """Rows as JSON, or as a table."""
    if json:
        print(json_module.dumps(document, allow_nan=False))
        return
    cells = [list(heads.values())]
    cells += [[_cell(row[name]) for name in heads] for row in document[key]]
    print("\n".join(aligned(cells)))
    if len(cells) == 1:
        print(f"no {key}")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        str(value).replace("T", " ").removesuffix("Z") if isinstance(value, str) else f"{value:g}"
    )
