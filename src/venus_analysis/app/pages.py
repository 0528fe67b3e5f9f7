"""The pages there are: name in the address, title, what each asks and what it can choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from venus_analysis.errors import InputError

if TYPE_CHECKING:
    from venus_analysis.app.query import Shown
    from venus_analysis.report.project import Project

PERIOD: Final = ("phase", "since", "until")
KEYS: Final = ("site", "reference", "instrument", "configuration")
OF_A_METHOD: Final = ("site", "reference", "configuration", "axis")
"""Choices that mean nothing to another method."""


class View(Protocol):
    """A page's body; it is made once for a session, from its state and store, and refreshed."""

    panel: Any

    def refresh(self, project: Project, shown: Shown) -> None:
        """Show these choices."""

    def complete(self) -> None:
        """Add what can wait until the figure is on the screen."""


@dataclass(frozen=True)
class Page:
    """One page of the dashboard.

    Parameters
    ----------
    name
        As in the address.
    title
        As on its tab.
    question
        What it answers, in a sentence; the tab's tooltip.
    view
        Module and class of its body, ``module:Class``; imported when it is opened first.
    widgets
        Choices of the sidebar that it follows, top down; `as_of` is on every page.
    bands
        What no choice of band means: the most ``telling`` one, or ``all``.
    method
        The only method it shows; empty for the one chosen.
    any_method
        Whether no choice of method means all of them.
    one_band
        Whether it shows one band only: the last one chosen.
    """

    name: str
    title: str
    question: str
    view: str
    widgets: tuple[str, ...] = ()
    bands: Literal["telling", "all"] = "telling"
    method: str = ""
    any_method: bool = False
    one_band: bool = False

    def factory(self) -> Callable[..., View]:
        """Class of its body."""
        module, _, name = self.view.partition(":")
        found: Callable[..., View] = getattr(import_module(module), name)
        return found


_VIEWS: Final = "venus_analysis.app.views"
PAGES: Final[dict[str, Page]] = {
    page.name: page
    for page in (
        Page(
            "overview",
            "Overview",
            "Where does every band stand, by every method?",
            f"{_VIEWS}.overview:OverviewView",
            (*PERIOD, "estimator"),
            any_method=True,
        ),
        Page(
            "drift",
            "Temporal drift",
            "How does a band change, and what did each parameter update do?",
            f"{_VIEWS}.drift:DriftView",
            ("method", "band", "view", "serial", *PERIOD, *KEYS, "model", "estimator"),
        ),
        Page(
            "moon_vs_desert",
            "Moon vs desert",
            "Do Moon, deserts and SNO see the same sensitivity?",
            f"{_VIEWS}.moon_vs_desert:MoonVsDesertView",
            ("band", "epoch", *PERIOD, "instrument"),
            one_band=True,
        ),
        Page(
            "altitude_phase",
            "Altitude phases",
            "Did the change of orbit change the camera?",
            f"{_VIEWS}.altitude_phase:AltitudePhaseView",
            ("since", "until", "instrument"),
        ),
        Page(
            "moon_image",
            "Moon images",
            "What does an image of the Moon show: disk, limb, filtered pixels, halo, ghosts?",
            f"{_VIEWS}.moon_image:MoonImageView",
            (*PERIOD, "reference", "instrument", "configuration"),
            bands="all",
            method="moon",
        ),
        Page(
            "residuals",
            "Residuals",
            "What does the ratio depend on, beside time: phase, libration, angles, detector half?",
            f"{_VIEWS}.residuals:ResidualsView",
            ("method", "axis", "band", *PERIOD, *KEYS, "model", "estimator"),
        ),
        Page(
            "data",
            "Data",
            "Which rows are behind it all, and where do they come from?",
            f"{_VIEWS}.data:DataView",
            ("method", "band", *PERIOD, *KEYS),
            bands="all",
            any_method=True,
        ),
    )
}
"""By name, in the order of the tabs; the first is shown when the address names none."""


def chosen(names: tuple[str, ...] = ()) -> tuple[Page, ...]:
    """Pages by name; all of them for no name.

    Raises
    ------
    InputError
        For a name that no page has.

    Examples
    --------
    >>> [page.title for page in chosen(("drift",))]
    ['Temporal drift']
    """
    for name in names:
        if name not in PAGES:
            raise InputError("page", f"one of {', '.join(PAGES)}", repr(name), "choose one")
    return tuple(PAGES[name] for name in names or PAGES)
