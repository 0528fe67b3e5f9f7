"""`venus-analysis parameters`: official parameter files on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from venus_analysis.cli_options import AsJson
from venus_analysis.cli_parameters_output import (
    dump,
    finish,
    print_rows,
    proposal,
    proposal_text,
    table,
)
from venus_analysis.cli_stray_light import propose_stray_light
from venus_analysis.errors import InputError

if TYPE_CHECKING:
    from venus_analysis.parameters.parameter_file import ParameterFile
    from venus_analysis.parameters.parameter_set import ParameterSet
    from venus_analysis.parameters.registry import InForce, Registry

NEGATIVE = 3
ALL_TDI = "1,4,8,16,32"

app = typer.Typer(help="Official parameters: list, show, compare, propose.", no_args_is_help=True)


class FileColumns(StrEnum):
    """How the columns of the files run in bands B7 to B12."""

    image = "image"
    camera = "camera"


Folder = Annotated[Path, typer.Argument(help="Folder of parameter files (.EEF, .HDR).")]
Kind = Annotated[str | None, typer.Option("--type", help="PHGAIN, DARKCU, RELSEN, ...")]
Band = Annotated[str | None, typer.Option(help="Band, as B5.")]
Tdi = Annotated[int | None, typer.Option(help="TDI: 1, 4, 8, 16 or 32.")]
Site = Annotated[str | None, typer.Option(help="Nick of the site; all sites when absent.")]
Date = Annotated[str, typer.Option(help="Time of the acquisition, UTC: 2019-02-04T08:34:37.")]
IssuedBefore = Annotated[
    str | None, typer.Option(help="Only files created before this time: the answer of then.")
]


@app.command("list")
def list_files(folder: Folder, kind: Kind = None, json: AsJson = False) -> None:
    """List the parameter files of a folder by name.

    Example: venus-analysis parameters list gipp --type PHGAIN
    """
    from venus_analysis.parameters.names import TYPES
    from venus_analysis.parameters.registry import Registry

    registry = Registry(folder)
    rows = [_file_row(file) for file in registry.files if kind in (None, file.name.file_type)]
    if kind is not None and kind not in TYPES and not rows:
        raise InputError("--type", ", ".join(TYPES), repr(kind), "choose one of these")
    failed = [{"input": path.name, "error": str(error)} for path, error in registry.misnamed]
    print_rows({"files": rows, "failed": failed}, rows, json=json)
    finish(failed, json=json)


@app.command()
def show(
    paths: Annotated[
        list[Path], typer.Argument(help="Parameter files, product headers, or a folder.")
    ],
    json: AsJson = False,
) -> None:
    """Show what files say; of a folder, the history of its series by issue.

    Example: venus-analysis parameters show product.HDR
    """
    from venus_analysis.parameters import describe

    shown: list[dict[str, Any]] = []
    failed = []
    for path in paths:
        try:
            shown.append(describe.describe(path))
        except InputError as error:
            failed.append({"input": str(path), "error": str(error)})
    if json:
        dump({"shown": shown, "failed": failed})
    else:
        for one in shown:
            typer.echo(describe.text(one))
    finish(failed, json=json)


@app.command("in-force")
def in_force(
    folder: Folder,
    date: Date,
    kind: Kind = None,
    band: Band = None,
    tdi: Tdi = None,
    site: Site = None,
    issued_before: IssuedBefore = None,
    json: AsJson = False,
) -> None:
    """Tell which file applies at a date, of one type and band or of all.

    Example: venus-analysis parameters in-force gipp --date 2019-02-04 --tdi 8
    """
    from venus_analysis.parameters.names import BAND_TYPES, BANDS, CONTENT_TYPES
    from venus_analysis.parameters.registry import Registry

    registry, rows, failed = Registry(folder), [], []
    for one in CONTENT_TYPES if kind is None else (kind,):
        for of_band in BANDS if one in BAND_TYPES and band is None else (band,):
            try:
                answer = registry.in_force(one, date, of_band, tdi, site, issued_before)
                rows.append(_answer_row(answer))
            except InputError as error:
                failed.append({"input": f"{one} {of_band or ''}".strip(), "error": str(error)})
    print_rows({"date": date, "answers": rows, "failed": failed}, rows, json=json)
    finish(failed, json=json)


@app.command()
def diff(
    folder: Folder,
    first: Annotated[str, typer.Option("--from", help="Serial (with --type) or date.")],
    second: Annotated[str, typer.Option("--to", help="Serial (with --type) or date.")],
    kind: Kind = None,
    tdi: Tdi = None,
    site: Site = None,
    json: AsJson = False,
) -> None:
    """Compare two serials of a type, or what is in force at two dates.

    Example: venus-analysis parameters diff gipp --type PHGAIN --from 7 --to 8
    """
    from venus_analysis.calibrate.row import plain
    from venus_analysis.parameters.difference import set_difference
    from venus_analysis.parameters.registry import Registry

    registry = Registry(folder)
    by_serial = [re.fullmatch(r"\d{1,5}", one) is not None for one in (first, second)]
    if by_serial == [True, True] and kind is not None:
        sets = [_set_of_serial(registry, kind, int(one)) for one in (first, second)]
    elif by_serial == [False, False]:
        sets = [_set(registry, one, tdi, site, None, kind) for one in (first, second)]
    else:
        raise typer.BadParameter("give two serials with --type, or two dates")
    found = set_difference(*sets)
    rows = [plain(change._asdict()) for change in found.changes]
    document = {
        "types": found.types,
        "changes": rows,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "rebasing_exact": found.rebasing_exact,
    }
    print_rows(document, rows, json=json, empty="no differences")
    if not json:
        for side, names in (("first", found.only_first), ("second", found.only_second)):
            if names:
                typer.echo(f"only in the {side}: {', '.join(names)}")


@app.command()
def propose(
    folder: Folder,
    start: Annotated[
        str,
        typer.Option(help="First second of validity, UTC; the Ak in force then are the base."),
    ],
    gain: Annotated[
        list[str] | None,
        typer.Option(
            help="B5=1.66: new Ak; where Ak differs by TDI, of the one it is near, and the others "
            "change alike; again per band."
        ),
    ] = None,
    ratio: Annotated[
        list[str] | None,
        typer.Option(help="B5=0.995: Ak_new = Ak in force at --start * ratio; again per band."),
    ] = None,
    dark: Annotated[
        Path | None, typer.Option(help="Text or .npy of 5200 dark levels: a DARKCU instead.")
    ] = None,
    band: Annotated[str | None, typer.Option(help="Band of the dark level, as B5.")] = None,
    tdi: Annotated[
        str | None, typer.Option(help="TDI of the dark level, as 1,4,8; all by default.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Folder to write to; FOLDER itself.")] = None,
    file_class: Annotated[str, typer.Option("--class", help="File class.")] = "TEST",
    notes: Annotated[str, typer.Option(help="Text for the file's notes.")] = "",
    json: AsJson = False,
) -> None:
    """Write new gains or a new dark level as the next serial; older files stay untouched.

    The Ak of bands not named are those in force at --start. JSON: {"file", "serial"}, and of
    gains "base" (serial in force at --start), "changes" [{"band", "tdi", "old", "new",
    "ratio"}] and "warnings".

    Example: venus-analysis parameters propose gipp --start 2024-01-01 --ratio B5=0.995
    """
    from venus_analysis.parameters.names import FileName
    from venus_analysis.parameters.propose import propose_darkcu

    if sum(choice is not None for choice in (gain or None, ratio or None, dark)) != 1:
        raise typer.BadParameter("give one of --gain, --ratio, --dark")
    if dark is not None and band is None:
        raise typer.BadParameter("--dark needs --band")
    if dark is None and (band is not None or tdi is not None):
        raise typer.BadParameter("--band and --tdi are of --dark; leave them out")
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    header = {"output": output, "file_class": file_class, "notes": notes}
    if dark is not None:
        levels, stages = _numbers(dark), tuple(_integers(tdi or ALL_TDI))
        path = propose_darkcu(folder, levels, str(band), stages, start, **header)  # type: ignore[arg-type]
        found: dict[str, Any] = {}
    else:
        path, found = _gains(folder, _by_band(gain or []), _by_band(ratio or []), start, header)
    if json:
        dump({"file": str(path), "serial": f"{FileName.parse(path.stem).serial:05d}", **found})
        return
    typer.echo(proposal_text(found) + f"written: {path}")
    for sentence in found.get("warnings", ()):
        typer.echo(f"warning: {sentence}", err=True)


app.command("propose-stray-light")(propose_stray_light)


@app.command()
def dark(
    scene: Annotated[Path, typer.Argument(help="Moon scene (L1A).")],
    folder: Folder,
    band: Annotated[str, typer.Option(help="Band, as B5.")],
    start: Annotated[
        str | None, typer.Option(help="Write the proposal as next DARKCU, valid from then on.")
    ] = None,
    significance: Annotated[
        float, typer.Option(help="Change only columns off by so many sigma.", min=0.0)
    ] = 0.0,
    output: Annotated[Path | None, typer.Option(help="Folder to write to; FOLDER itself.")] = None,
    file_class: Annotated[str, typer.Option("--class", help="File class.")] = "TEST",
    figure: Annotated[Path | None, typer.Option(help="Folder for a figure (HTML).")] = None,
    json: AsJson = False,
) -> None:
    """Compare the dark level in force with the deep sky of a Moon scene, and propose the next.

    Deep sky tells nothing of the equalisation: that scales light, and the sky has none.

    Example: venus-analysis parameters dark scene.zarr gipp --band B5 --start 2019-03-01
    """
    import numpy as np

    from venus_analysis.calibrate.dark import monitor_dark
    from venus_analysis.parameters.propose import propose_darkcu

    found = monitor_dark(scene, folder, band, significance=significance)
    residual = found.residual
    document = {
        "acquisition_id": found.acquisition_id,
        "simulated": found.simulated,
        "band": found.band,
        "serial": found.serial,
        "sky_lines": found.sky_lines,
        "mean_residual_counts": float(np.nanmean(residual.residual)),
        "rms_residual_counts": float(np.sqrt(np.nanmean(residual.residual**2))),
        "median_uncertainty_counts": float(np.nanmedian(residual.u_residual)),
        "drift_counts": float(np.nanmax(residual.profile) - np.nanmin(residual.profile)),
        "chi_square": float(residual.chi_square),
        "changed_columns": int(found.proposal.changed.sum()),
        "file": "",
    }
    if start is not None:
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
        notes = f"{'SIMULATED ' if found.simulated else ''}from deep sky of {found.acquisition_id}"
        document["file"] = str(
            propose_darkcu(
                folder,
                found.proposal.dark,
                found.band,
                (found.tdi,),
                start,
                output=output,
                file_class=file_class,
                notes=notes,
            )
        )
    if figure is not None:
        from venus_analysis.plot.parameters import dark_monitor
        from venus_analysis.plot.save import save_html

        name = f"{found.acquisition_id.replace('/', '_')}_{found.band}_dark.html"
        path = save_html(dark_monitor(found), figure / name, title=name.removesuffix(".html"))
        typer.echo(f"figure: {path}", err=True)
    if json:
        dump(document)
    else:
        typer.echo(table([{"quantity": key, "value": value} for key, value in document.items()]))


@app.command()
def export(
    folder: Folder,
    output: Annotated[Path, typer.Argument(help="New .nc (everything) or .csv (gains, noise).")],
    date: Date,
    tdi: Annotated[int, typer.Option(help="TDI: 1, 4, 8, 16 or 32.")],
    site: Site = None,
    issued_before: IssuedBefore = None,
    file_columns: Annotated[
        FileColumns, typer.Option(help="How file columns run in B7 to B12 (not public).")
    ] = FileColumns.image,
    json: AsJson = False,
) -> None:
    """Write the set in force at a date as NetCDF or as a table.

    The attribute or column `simulated` tells whether a file of the set says SIMULATED.

    Example: venus-analysis parameters export gipp set.nc --date 2019-02-04 --tdi 8
    """
    from venus_analysis.parameters.registry import Registry

    if output.suffix not in (".nc", ".csv") or output.exists():
        raise typer.BadParameter("OUTPUT must be a new file ending in .nc or .csv")
    chosen = _set(Registry(folder), date, tdi, site, issued_before)
    dataset = chosen.to_dataset(file_columns.value)
    if output.suffix == ".nc":
        dataset.to_netcdf(output, engine="netcdf4")
    else:
        gains = dataset[["absolute_gain", "noise_a", "noise_b"]].to_dataframe()
        gains.assign(simulated=chosen.simulated).to_csv(output)
    missing = [{"input": str(folder), "error": sentence} for sentence in chosen.missing]
    document = {"file": str(output), "serials": chosen.serials, "digest": chosen.digest}
    if json:
        dump({**document, "failed": missing})
    else:
        typer.echo(f"written: {output}")
    finish(missing, json=json)


@app.command()
def check(folder: Folder, json: AsJson = False) -> None:
    """List everything wrong in a folder; exit code 3 for errors or warnings.

    Example: venus-analysis parameters check gipp
    """
    from venus_analysis.parameters.check import check_folder

    problems = check_folder(folder)
    bad = any(problem.severity != "note" for problem in problems)
    rows = [problem._asdict() for problem in problems]
    print_rows({"passed": not bad, "problems": rows}, rows, json=json, empty="nothing wrong")
    if bad:
        raise typer.Exit(NEGATIVE)


def _set(
    registry: Registry,
    date: str,
    tdi: int | None,
    site: str | None,
    issued_before: str | None,
    kind: str | None = None,
) -> ParameterSet:
    from venus_analysis.parameters.names import CONTENT_TYPES
    from venus_analysis.parameters.parameter_set import parameter_set

    if tdi is None:
        raise typer.BadParameter("a set needs --tdi")
    types = CONTENT_TYPES if kind is None else (kind,)
    return parameter_set(registry, date, tdi, site, issued_before, types)


def _set_of_serial(registry: Registry, kind: str, serial: int) -> ParameterSet:
    """Files of one type and serial, as a set."""
    from venus_analysis.parameters.instants import OPEN_START
    from venus_analysis.parameters.parameter_set import ParameterSet
    from venus_analysis.parameters.registry import InForce

    files = [f for f in registry.files if (f.name.file_type, f.name.serial) == (kind, serial)]
    if not files:
        raise typer.BadParameter(f"no {kind} file of serial {serial:05d}")
    answers = {(kind, file.name.band): InForce(file, "all", OPEN_START) for file in files}
    if len(answers) < len(files):
        raise typer.BadParameter(f"several {kind} files of serial {serial:05d}: compare by date")
    return ParameterSet(OPEN_START, {}, answers, ())


def _file_row(file: ParameterFile) -> dict[str, Any]:
    from venus_analysis.parameters.instants import readable

    name = file.name
    return {
        "type": name.file_type,
        "applies": f"{name.applicability}_{name.nick}",
        "band": name.band,
        "tdi": name.tdi,
        "serial": f"{name.serial:05d}",
        "start": readable(name.start),
        "stop": readable(name.last_second),
        "class": name.file_class,
        "file": file.path.name,
    }


def _answer_row(answer: InForce) -> dict[str, Any]:
    return {**_file_row(answer.file), "level": answer.level, "warnings": answer.warnings}


def _gains(
    folder: Path, gain: dict[str, float], ratio: dict[str, float], start: str, header: Any
) -> tuple[Path, dict[str, Any]]:
    """Write a PHGAIN file, and tell what it starts from and changes."""
    from venus_analysis.parameters.gain_base import gain_base, gain_series
    from venus_analysis.parameters.phgain import PhysicalGain
    from venus_analysis.parameters.propose import propose_phgain, scaled_gain
    from venus_analysis.parameters.registry import Registry

    base = gain_base(Registry(folder), gain_series(), start)
    path = propose_phgain(
        folder, gain if gain else scaled_gain(folder, ratio, start), start, **header
    )
    return path, proposal(base, PhysicalGain.read(path))


def _by_band(pairs: Iterable[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for pair in pairs:
        band, _, text = pair.partition("=")
        try:
            values[band] = float(text)
        except ValueError:
            raise typer.BadParameter(f"{pair!r}: write band=number, as B5=1.66") from None
        if not 0.0 < values[band] < float("inf"):
            raise typer.BadParameter(f"{pair!r}: the number has to be above 0")
    return values


def _integers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(f"{text!r}: write numbers with commas, as 1,4,8") from None


def _numbers(path: Path) -> Any:
    import numpy as np

    try:
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False).ravel()
        return np.loadtxt(path, delimiter="," if path.suffix == ".csv" else None, ndmin=1).ravel()
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            path.name,
            "5200 numbers as text or .npy",
            str(error)[:200],
            "write one dark level per column",
        ) from None
