"""From an address to what is to be shown: page, ledger as of then, choices; no Panel in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from venus_analysis.app.choices import choices_in
from venus_analysis.app.drift_page import full_page
from venus_analysis.app.pages import KEYS, OF_A_METHOD, Page
from venus_analysis.app.query import Shown
from venus_analysis.app.resolve import Choices, resolve
from venus_analysis.app.store import Store
from venus_analysis.errors import InputError
from venus_analysis.report.pages import telling_bands
from venus_analysis.report.project import Project

ONLY_WHERE_OFFERED: Final = (*KEYS, "serial", "axis")


@dataclass(frozen=True)
class Asked:
    """What a session is to show.

    Attributes
    ----------
    page
        The page.
    project
        Loaded, as of the moment chosen.
    choices
        What there is to choose from.
    shown
        Choices, resolved.
    remarks
        A sentence for each choice that was given up.
    """

    page: Page
    project: Project
    choices: Choices
    shown: Shown
    remarks: tuple[str, ...]


def asked(store: Store, wanted: Shown, pages: Mapping[str, Page]) -> Asked:
    """Find what can be shown of what is wanted.

    Parameters
    ----------
    store
        What is loaded.
    wanted
        As chosen.
    pages
        Pages that are served, by name; the first stands in for one that is not.

    Returns
    -------
    Asked

    Raises
    ------
    InputError, LedgerError
        When the ledger cannot be read at all.
    """
    store.project()
    remarks: list[str] = []
    page = pages.get(wanted.page) or next(iter(pages.values()))
    wanted = replace(wanted, page=page.name)
    try:
        project = store.project(wanted.as_of)
    except InputError as error:
        remarks.append(f"The ledger as of then cannot be shown: {error}. Shown: now.")
        wanted = replace(wanted, as_of="")
        project = store.project()
    wanted = _followed(wanted, page)
    every = page.any_method
    choices = choices_in(store, wanted.method, wanted.as_of, every=every)
    telling = _telling(store, wanted, choices) if page.bands == "telling" else []
    shown, given_up = resolve(wanted, choices, telling, every=page.bands == "all", any_method=every)
    return Asked(page, project, choices, shown, (*remarks, *given_up))


def _followed(wanted: Shown, page: Page) -> Shown:
    """Leave out choices the page does not follow; they wait for the page they are of."""
    method = page.method or wanted.method
    others = {name for name in ONLY_WHERE_OFFERED if name not in page.widgets}
    if method != wanted.method:
        others |= set(OF_A_METHOD)
    given_up: dict[str, Any] = dict.fromkeys(others, "")
    return replace(wanted, method=method, **given_up)


def _telling(store: Store, wanted: Shown, choices: Choices) -> list[str]:
    """Bands worth showing where none is chosen."""
    if wanted.band or not choices.band:
        return []
    shown, _ = resolve(wanted, choices)
    try:
        return telling_bands(full_page(store, shown))
    except InputError:
        return []
