"""What one session shows: its choices, and the address that leads back to them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import param

from venus_analysis.app.query import (
    ESTIMATORS,
    MODELS,
    PAGES,
    PICTURES,
    THEMES,
    VIEWS,
    Shown,
    from_query,
    to_query,
)

NAMES = tuple(field.name for field in fields(Shown))


class State(param.Parameterized):
    """Choices of one session; every session has its own.

    Parameters are the fields of `venus_analysis.app.query.Shown`.

    Attributes
    ----------
    served
        Names of the pages that are served.
    asked
        What the last address asked for, as far as it could be used.
    """

    served: tuple[str, ...] = ()
    asked: Shown = Shown()

    page: Any = param.Selector(default="overview", objects=list(PAGES), doc="Page shown.")
    instrument = param.String(doc="Camera; empty for the only one.")
    method = param.String(doc="moon, desert, sno or an importer's own.")
    site = param.String(doc="Site; empty for all.")
    reference = param.String(doc="Model or sensor compared with; empty for all.")
    configuration = param.String(doc="Digest of options; empty for the only one.")
    band = param.ClassSelector(class_=tuple, default=(), doc="Bands drawn.")
    phase = param.String(doc="Mission phase; empty for all.")
    since = param.String(doc="First day, ISO; empty for the first there is.")
    until = param.String(doc="Last day, ISO; empty for the last there is.")
    view: Any = param.Selector(
        default="as produced", objects=list(VIEWS), doc="View of the series."
    )
    serial = param.String(doc="PHGAIN serial of the view re-based.")
    model: Any = param.Selector(default="auto", objects=list(MODELS), doc="Model of the fits.")
    estimator: Any = param.Selector(default="huber", objects=list(ESTIMATORS), doc="Estimator.")
    gain = param.ClassSelector(class_=tuple, default=(), doc="Gains tried out.")
    as_of = param.String(doc="Date, time or snapshot of the ledger; empty for now.")
    look = param.String(doc="Acquisition chosen.")
    axis = param.String(doc="Column that residuals are drawn against.")
    picture: Any = param.Selector(default="disk", objects=list(PICTURES), doc="Picture drawn.")
    quantity = param.String(doc="Column drawn over time beside a Moon image.")
    epoch = param.String(doc="Day at which methods are aligned, ISO.")
    sort = param.String(doc="Column that rows are sorted by, descending after a minus.")
    theme: Any = param.Selector(default="light", objects=list(THEMES), doc="Light or dark.")
    remarks = param.ClassSelector(
        class_=tuple, default=(), doc="What of an address could not be used."
    )

    @classmethod
    def of_query(cls, query: str) -> State:
        """Make the state an address asks for.

        Examples
        --------
        >>> State.of_query("?page=drift&band=B2").query()
        '?page=drift&band=B2'
        """
        shown, remarks = from_query(query)
        made = cls(remarks=remarks, **vars(shown))
        made.asked = shown
        return made

    def shown(self) -> Shown:
        """Everything chosen, as one value."""
        return Shown(**{name: getattr(self, name) for name in NAMES})

    def query(self) -> str:
        """Query of the address that leads back here."""
        return to_query(self.shown())

    def show(self, query: str) -> None:
        """Take over the choices of an address, as after going back in the browser."""
        shown, remarks = from_query(query)
        if shown != self.shown():
            self.asked = shown
            self.param.update(remarks=remarks, **vars(shown))

    def told(self) -> tuple[str, ...]:
        """Give what of the address could not be used, until something else is chosen."""
        return self.remarks if self.shown() == self.asked else ()

    def watch(self, function: Any, *names: str) -> None:
        """Call `function()` once after any of these choices changed; all by default."""
        self.param.watch(lambda *_: function(), list(names or NAMES))
