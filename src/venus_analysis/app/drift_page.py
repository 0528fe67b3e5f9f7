"""From what is shown to the page of a series; a pure function of project and choices."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from venus_analysis.app.query import Gain, Shown
from venus_analysis.calibrate.drift.page import DriftPage, drift_page
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.calibrate.drift.what_if import TypedGain
from venus_analysis.app.store import Store

LAST_INSTANT: Final = np.timedelta64(86_399, "s")


def selection_of(shown: Shown) -> Selection:
    """Rows that the choices ask for, of all bands.

    Examples
    --------
    >>> selection_of(Shown(method="moon", until="2021-05-31")).until
    np.datetime64('2021-05-31T23:59:59')
    """
    return Selection(
        method=shown.method,
        instrument=shown.instrument,
        site=shown.site,
        reference=shown.reference,
        configuration=shown.configuration,
        mission_phase=shown.phase,
        since=np.datetime64(shown.since, "s") if shown.since else None,
        until=np.datetime64(shown.until, "s") + LAST_INSTANT if shown.until else None,
    )


def options_of(shown: Shown) -> Options:
    """How the choices ask for a page to be computed."""
    serial = shown.serial if shown.view == "re-based" else ""
    return Options(view=shown.view, serial=serial, model=shown.model, estimator=shown.estimator)


def typed(gains: tuple[Gain, ...]) -> tuple[TypedGain, ...]:
    """Gains of an address as `TypedGain`."""
    return tuple(
        TypedGain(gain.band, np.datetime64(gain.start, "s"), gain.absolute_gain) for gain in gains
    )


def shown_page(store: Store, shown: Shown, *, tried: bool = True) -> DriftPage:
    """Page of the series that is shown, computed once for all sessions.

    Parameters
    ----------
    store
        What is loaded.
    shown
        Choices, resolved.
    tried
        Whether the gains tried out count.

    Raises
    ------
    InputError
        When the rows make no series; it names the choices.
    """
    selection, options = selection_of(shown), options_of(shown)
    gains = typed(shown.gain) if tried else ()
    return store.derived(
        ("page", selection, options, gains),
        lambda project: drift_page(
            project.frame,
            selection,
            options,
            registry=project.registry,
            events=project.events,
            exclusions=project.exclusions,
            typed=gains,
        ),
    )


def telling_bands(page: DriftPage) -> list[str]:
    """Bands by how much there is to see: refused updates first, then the strongest drift.

    Returns
    -------
    list of str
        Every band with a drift.
    """
    refused = page.steps[page.steps["verdict"] == "not effective"].groupby("band").size()
    strength = page.sensor.set_index("band")["drift"].abs()
    found = pd.DataFrame({"refused": refused, "strength": strength}).fillna(0.0)
    return list(found.sort_values(["refused", "strength"], ascending=False).index)
