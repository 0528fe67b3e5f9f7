"""`venus-analysis parameters propose`: new gains or a new dark level as the next serial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from venus_analysis.cli_parameters_output import dump, table
from venus_analysis.errors import InputError

if TYPE_CHECKING:
    from venus_analysis.parameters.gain_base import GainBase


def propose(
    folder: Annotated[Path, typer.Argument(help="Folder of parameter files (.EEF, .HDR).")],
    start: Annotated[
        str,
        typer.Option(help="First second of validity, UTC; the Ak in force then are the base."),
    ],
    gain: Annotated[list[str] | None, typer.Option(help="B5=1.66: new Ak; again per band.")] = None,
    ratio: Annotated[
        list[str] | None,
        typer.Option(help="B5=0.995: Ak_new = Ak in force at --start * ratio; again per band."),
    ] = None,
    dark: Annotated[
        Path | None, typer.Option(help="Text or .npy of 5200 dark levels: a DARKCU instead.")
    ] = None,
    band: Annotated[str | None, typer.Option(help="Band of the dark level, as B5.")] = None,
    tdi: Annotated[str, typer.Option(help="TDI of the dark level, as 1,4,8.")] = "1,4,8,16,32",
    output: Annotated[Path | None, typer.Option(help="Folder to write to; FOLDER itself.")] = None,
    file_class: Annotated[str, typer.Option("--class", help="File class.")] = "TEST",
    notes: Annotated[str, typer.Option(help="Text for the file's notes.")] = "",
    json: Annotated[
        bool, typer.Option("--json", help="JSON on standard output, nothing else.")
    ] = False,
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
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    header = {"output": output, "file_class": file_class, "notes": notes}
    if dark is not None:
        levels, stages = _numbers(dark), tuple(_integers(tdi))
        path = propose_darkcu(folder, levels, str(band), stages, start, **header)  # type: ignore[arg-type]
        found: dict[str, Any] = {}
    else:
        path, found = _gains(folder, _by_band(gain or []), _by_band(ratio or []), start, header)
    if json:
        dump({"file": str(path), "serial": f"{FileName.parse(path.stem).serial:05d}", **found})
        return
    typer.echo(_text(found) + f"written: {path}")
    for sentence in found.get("warnings", ()):
        typer.echo(f"warning: {sentence}", err=True)


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
    return path, _told(base, PhysicalGain.read(path))


def _told(base: GainBase, new: Any) -> dict[str, Any]:
    from venus_analysis.parameters.gain_base import far_changes, gain_changes

    changes = gain_changes(base, new)
    return {
        "base": base.serial or None,
        "changes": [asdict(one) for one in changes],
        "warnings": [*base.warnings, *far_changes(changes)],
    }


def _text(found: dict[str, Any]) -> str:
    """Put base serial and changes in lines; empty for a dark level."""
    if not found:
        return ""
    base = f"base: PHGAIN serial {found['base']}" if found["base"] else "base: none, a first file"
    rows = [
        {"band": one["band"], "TDI": one["tdi"], "Ak old": one["old"], "Ak new": one["new"],
         "new / old": one["ratio"]}
        for one in found["changes"]
    ]  # fmt: skip
    return f"{base}\n{table(rows) if rows else 'no Ak changes'}\n"


def _by_band(pairs: Iterable[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for pair in pairs:
        band, _, text = pair.partition("=")
        try:
            values[band] = float(text)
        except ValueError:
            raise typer.BadParameter(f"{pair!r}: write band=number, as B5=1.66") from None
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
