"""From what was chosen to what there is; no Panel in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from venus_analysis.app.query import Shown, short


@dataclass(frozen=True)
class Choices:
    """What there is to choose from, in the order it is offered.

    Parameters
    ----------
    method
        Methods of the ledger.
    site, reference, configuration, instrument, phase
        Those of the chosen method.
    band
        By wavelength.
    serial
        Serials of PHGAIN sets.
    axis
        Columns that residuals can be drawn against.
    """

    method: tuple[str, ...] = ()
    instrument: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    configuration: tuple[str, ...] = ()
    phase: tuple[str, ...] = ()
    band: tuple[str, ...] = ()
    serial: tuple[str, ...] = ()
    axis: tuple[str, ...] = ()


def resolve(
    shown: Shown,
    choices: Choices,
    worst: Sequence[str] = (),
    *,
    every: bool = False,
    any_method: bool = False,
) -> tuple[Shown, tuple[str, ...]]:
    """Replace choices that the data does not have, and fill in those that must be made.

    Parameters
    ----------
    shown
        As chosen.
    choices
        What there is.
    worst
        Bands to show where none is chosen, the most telling first.
    every
        Whether no choice of band means all of them: it then stays none, and bands
        chosen stay in their order.
    any_method
        Whether no choice of method means all of them.

    Returns
    -------
    Shown
        Every text is empty or one of `choices`; at least one band where there is any,
        unless `every`.
    tuple of str
        A sentence for each choice that was given up.

    Examples
    --------
    >>> there = Choices(method=("moon",), band=("B1", "B2"))
    >>> found, remarks = resolve(Shown(method="venus", band=("B2", "B99")), there)
    >>> found.method, found.band
    ('moon', ('B2',))
    >>> remarks
    ("There is no method 'venus' here; shown: moon.", "There is no band 'B99' here.")
    """
    remarks = []
    found: dict[str, Any] = {}
    for name in NAMES:
        there: Mapping[str, tuple[str, ...]] = vars(choices)
        wanted, offered = getattr(shown, name), there[name]
        if wanted and wanted not in offered:
            instead = _default(name, offered)
            what = instead or "all" if offered else "nothing"
            remarks.append(
                f"There is no {_WORDS.get(name, name)} {short(wanted)} here; shown: {what}."
            )
            wanted = instead
        kept_open = any_method and name == "method"
        found[name] = wanted or ("" if kept_open else _default(name, offered))
    remarks += [
        f"There is no band {short(band)} here." for band in shown.band if band not in choices.band
    ]
    bands = tuple(band for band in choices.band if band in shown.band)
    if every:
        bands = tuple(band for band in shown.band if band in choices.band)
    if not bands and not every:
        bands = tuple(band for band in worst if band in choices.band)[:1] or choices.band[:1]
    view = shown.view
    if not choices.serial and view in ("in force", "re-based"):
        remarks.append(f"The view {view!r} needs parameter files; shown: as produced.")
        view = "as produced"
    gains = tuple(gain for gain in shown.gain if gain.band in choices.band)
    return replace(shown, **found, band=bands, view=view, gain=gains), tuple(remarks)


NAMES: Final = (
    "method", "instrument", "site", "reference", "configuration", "phase", "serial", "axis"
)  # fmt: skip
_WORDS: Final = {"phase": "mission phase", "serial": "parameter set"}


def _default(name: str, offered: tuple[str, ...]) -> str:
    """Choice that must be made: first method and axis, last parameter set; else none."""
    if not offered:
        return ""
    return {"method": offered[0], "serial": offered[-1], "axis": offered[0]}.get(name, "")
