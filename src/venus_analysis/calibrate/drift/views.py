"""Four views of a series: one measurement under different absolute gains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from venus_analysis.calibrate.drift.in_force import (
    Tdi,
    gain_at,
    gains_in_force,
    serials_in_force,
    set_of_serial,
    tdi_or_recorded,
)
from venus_analysis.compute.rebase import rebase_ratio, sensor_sensitivity
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.parameters.registry import Registry

ViewName = Literal["as produced", "in force", "re-based", "sensitivity"]
VIEWS: Final = get_args(ViewName)
RATIO: Final = "measured / modelled"


@dataclass(frozen=True, eq=False)
class View:
    """Rows of a series under the gains asked for.

    Attributes
    ----------
    view
        Its name.
    frame
        The rows with three more columns: ``view_value`` (the ratio; for the
        sensitivity ratio * Ak, counts / (W m-2 sr-1 um-1)), ``view_gain`` (the Ak
        behind it) and ``view_flags``. The value is NaN where the ratio or the gain
        is unknown, and where NEEDS_REPROCESSING is set.
    label
        What the value is, for an axis.
    notes
        Sentences on rows that could not be shown, and on what was taken as given.
    """

    view: str
    frame: pd.DataFrame
    label: str
    notes: tuple[str, ...] = ()


def view_of(
    frame: pd.DataFrame,
    view: ViewName = "as produced",
    registry: Registry | None = None,
    *,
    serial: str = "",
    tdi: Tdi = None,
    sites: Mapping[str, str] | None = None,
) -> View:
    """Show rows as produced, as the registry would apply today, re-based, or free of any gain.

    Re-basing is ``ratio * Ak of the row / Ak wanted``. It is refused, row by row, where
    the other parameters (dark level, equalisation, defects, stray light) differ from
    those the registry puts in force at the row's date. Of a type the registry has no
    file of, the serial of the band's latest row is taken as the one wanted.

    Parameters
    ----------
    frame
        Rows as from `selection.select`.
    view
        ``as produced``: the ratio and Ak the row records. ``in force``: the Ak the
        registry gives for the row's date. ``re-based``: one set for all dates.
        ``sensitivity``: ratio * Ak, which no update changes.
    registry
        Folder of parameter files; needed by ``in force`` and by ``re-based`` to a
        serial.
    serial
        PHGAIN serial to re-base to.
    tdi
        TDI, one or by band, where Ak or files differ by TDI; by default what
        `in_force.recorded_tdi` makes of the Ak that rows record.
    sites
        Site of the ledger to the nick of the parameter files; others take the files
        of all sites, but the Moon those of THE_MOON first.

    Returns
    -------
    View

    Raises
    ------
    InputError
        An unknown view or serial, no registry where one is needed, or a TDI that is
        needed and not given.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> rows = pd.DataFrame([new_row(band="B1", ratio=0.98, absolute_gain=2.0)])
    >>> view_of(rows, "sensitivity").frame["view_value"].round(6).tolist()
    [1.96]
    """
    if view not in VIEWS:
        raise InputError("view", f"one of {', '.join(VIEWS)}", repr(view), "choose one")
    ratio, gain = frame["ratio"].to_numpy(np.float64), frame["absolute_gain"].to_numpy(float)
    flags = frame["flags"].to_numpy(np.int64)
    if view == "as produced":
        return View(view, _with(frame, ratio, gain, flags), f"{RATIO}, as produced")
    if view == "sensitivity":
        value = sensor_sensitivity(ratio, gain)
        label = "sensor sensitivity, counts / (W m⁻² sr⁻¹ µm⁻¹)"
        return View(view, _with(frame, value, gain, flags), label)
    tdi = tdi_or_recorded(frame, registry, tdi)
    if view == "in force":
        wanted, _ = gains_in_force(frame, _needed(registry, view), tdi, sites)
        label = f"{RATIO}, as the registry applies today"
    else:
        wanted = _gains_of_set(frame, _needed(registry, view), serial, tdi)
        label = f"{RATIO}, re-based to PHGAIN {int(serial):05d}"
    return rebased(frame, wanted, view, label, registry, tdi, sites)


def rebased(
    frame: pd.DataFrame,
    wanted: NDArray[np.float64],
    view: str,
    label: str,
    registry: Registry | None,
    tdi: Tdi = None,
    sites: Mapping[str, str] | None = None,
) -> View:
    """Show rows under wanted gains; the other arguments are those of `view_of`.

    Examples
    --------
    >>> from venus_analysis.calibrate.row import new_row
    >>> rows = pd.DataFrame([new_row(band="B1", ratio=0.98, absolute_gain=2.0)])
    >>> rebased(rows, np.array([4.0]), "re-based", "", None).frame["view_value"].tolist()
    [0.49]
    """
    tdi = tdi_or_recorded(frame, registry, tdi)
    have, want, notes = serials_in_force(frame, registry, tdi, sites)
    found = rebase_ratio(
        frame["ratio"].to_numpy(np.float64),
        frame["absolute_gain"].to_numpy(np.float64),
        wanted,
        have,
        want,
        flags=frame["flags"].to_numpy(np.int64),
    )
    refused = int(((found.flags & int(Flag.NEEDS_REPROCESSING)) != 0).sum())
    known = frame["ratio"].notna().to_numpy()
    ungained = int((known & ~np.isfinite(wanted)).sum())
    if refused:
        notes.append(
            f"{refused} of {len(frame)} rows need reprocessing: more than PHGAIN differs, so no "
            "factor re-bases them; they are not shown in this view."
        )
    if ungained:
        notes.append(f"{ungained} rows have no absolute gain in force at their date.")
    shown = _with(frame, found.ratio, np.asarray(wanted, np.float64), found.flags)
    return View(view, shown, label, tuple(notes))


def _with(
    frame: pd.DataFrame,
    value: NDArray[np.float64],
    gain: NDArray[np.float64],
    flags: NDArray[np.int64],
) -> pd.DataFrame:
    return frame.assign(view_value=value, view_gain=gain, view_flags=flags)


def _needed(registry: Registry | None, view: str) -> Registry:
    if registry is None:
        raise InputError(
            f"view {view}", "a folder of parameter files", "none", "name it with parameters"
        )
    return registry


def _gains_of_set(
    frame: pd.DataFrame, registry: Registry, serial: str, tdi: Tdi
) -> NDArray[np.float64]:
    file = set_of_serial(registry, serial)
    bands = {band: gain_at(file, band, tdi) for band in map(str, frame["band"].unique())}
    return np.asarray(frame["band"].map(bands), np.float64)
