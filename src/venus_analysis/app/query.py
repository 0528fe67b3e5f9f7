"""What a page shows, as the query of its address and back; no Panel in here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from math import isfinite
from typing import Any, Final, Literal, NamedTuple, get_args
from urllib.parse import parse_qs, urlencode

from venus_analysis.app import pages
from venus_analysis.compute.drift.design import MODELS as OF_DRIFT

PAGES: Final = tuple(pages.PAGES)
VIEWS: Final = ("as produced", "in force", "re-based", "sensitivity")
MODELS: Final = ("auto", *OF_DRIFT)
ESTIMATORS: Final = ("huber", "weighted")
PICTURES: Final = ("disk", "faint light", "rejected pixels", "ghosts")
"""As `venus_analysis.plot.moon_picture.KINDS`; an address is read without drawing anything."""
Theme = Literal["light", "dark"]
THEMES: Final = get_args(Theme)


class Gain(NamedTuple):
    """An absolute gain somebody tries out: band, first day (ISO), Ak."""

    band: str
    start: str
    absolute_gain: float

    def __str__(self) -> str:
        """Write it as in an address: ``B1@2023-05-01=1.2345``."""
        return f"{self.band}@{self.start}={self.absolute_gain:.9g}"


@dataclass(frozen=True)
class Shown:
    """Everything a user chose; an empty text means no restriction.

    Parameters
    ----------
    page
        One of `PAGES`.
    instrument, method, site, reference, configuration
        Values of those ledger columns.
    band
        Bands drawn; none for the default ones.
    phase
        Mission phase, ``VM1`` ...
    since, until
        ISO days, both inclusive.
    view, serial
        One of `VIEWS`, and the serial of the PHGAIN set of ``re-based``.
    model, estimator
        Of the fits.
    gain
        Gains tried out.
    as_of
        The ledger as it was: a date, a time or a snapshot's name; empty for now.
    look
        Acquisition chosen, as by a tap on a point.
    axis
        Column that residuals are drawn against; empty for the method's first.
    picture
        One of `PICTURES`, of the Moon image explorer.
    quantity
        Column of the ledger drawn over time beside a Moon image.
    epoch
        ISO day at which methods are aligned; empty for their first common one.
    sort
        Column that the table of rows is sorted by, descending after a minus.
    theme
        One of `THEMES`.
    """

    page: str = "overview"
    instrument: str = ""
    method: str = ""
    site: str = ""
    reference: str = ""
    configuration: str = ""
    band: tuple[str, ...] = ()
    phase: str = ""
    since: str = ""
    until: str = ""
    view: str = "as produced"
    serial: str = ""
    model: str = "auto"
    estimator: str = "huber"
    gain: tuple[Gain, ...] = ()
    as_of: str = ""
    look: str = ""
    axis: str = ""
    picture: str = "disk"
    quantity: str = ""
    epoch: str = ""
    sort: str = ""
    theme: Theme = "light"


CLOSED: Final = {
    "page": PAGES,
    "view": VIEWS,
    "model": MODELS,
    "estimator": ESTIMATORS,
    "picture": PICTURES,
    "theme": THEMES,
}
MOST_VALUES: Final = 64
LONGEST: Final = 16_384


def to_query(shown: Shown) -> str:
    """Query of the address that shows the same again; what is default is left out.

    Examples
    --------
    >>> to_query(Shown(page="drift", band=("B1", "B2"), gain=(Gain("B1", "2023-05-01", 1.25),)))
    '?page=drift&band=B1&band=B2&gain=B1%402023-05-01%3D1.25'
    >>> to_query(Shown())
    ''
    """
    pairs: list[tuple[str, str]] = []
    for field in fields(Shown):
        value = getattr(shown, field.name)
        if value != field.default:
            many = value if isinstance(value, tuple) else (value,)
            pairs += [(field.name, str(one) if isinstance(one, Gain) else one) for one in many]
    return f"?{urlencode(pairs)}" if pairs else ""


def from_query(query: str) -> tuple[Shown, tuple[str, ...]]:
    """Read an address' query; what cannot be used is left out and said.

    Parameters
    ----------
    query
        With or without its question mark.

    Returns
    -------
    Shown
        Defaults where nothing usable was given.
    tuple of str
        A sentence for each thing that was left out.

    Examples
    --------
    >>> shown, remarks = from_query("?page=drift&view=sideways&band=B2")
    >>> shown.page, shown.band, shown.view
    ('drift', ('B2',), 'as produced')
    >>> remarks
    ("The address asks for view 'sideways', which is not one of as produced, in force, \
re-based, sensitivity.",)
    """
    query, remarks = _bounded(query.removeprefix("?"))
    given = parse_qs(query, max_num_fields=None)
    found: dict[str, Any] = {}
    for name, values in given.items():
        if name not in {field.name for field in fields(Shown)}:
            continue
        if len(values) > MOST_VALUES:
            remarks.append(
                f"The address names more than {MOST_VALUES} of {name}; the others were left out."
            )
        value, remark = _value(name, values[:MOST_VALUES])
        if remark:
            remarks.append(remark)
        else:
            found[name] = value
    return Shown(**found), tuple(remarks)


def _bounded(query: str) -> tuple[str, list[str]]:
    """Cut an address that nobody wrote by hand, between two choices."""
    if len(query) <= LONGEST:
        return query, []
    kept = query[:LONGEST].rpartition("&")[0]
    return kept, [f"The address is longer than {LONGEST} characters; its end was left out."]


def short(text: str) -> str:
    """Text as it is told, in quotes; the middle of a long one left out.

    Examples
    --------
    >>> short("B99"), len(short("B" * 10_000))
    ("'B99'", 60)
    """
    return repr(text if len(text) <= 58 else f"{text[:40]}...{text[-15:]}")


def _value(name: str, values: list[str]) -> tuple[object, str]:
    """Value of a field, or a sentence on why there is none."""
    if name == "band":
        return tuple(dict.fromkeys(values)), ""
    if name == "gain":
        return _gains(values)
    value = values[-1]
    if name in CLOSED and value not in CLOSED[name]:
        options = ", ".join(CLOSED[name])
        return None, f"The address asks for {name} {short(value)}, which is not one of {options}."
    if name in ("since", "until", "epoch") and not _is_day(value):
        return (
            None,
            f"The address asks for {name} {short(value)}, which is no day such as 2021-05-31.",
        )
    return value, ""


def _gains(values: Iterable[str]) -> tuple[tuple[Gain, ...], str]:
    found = {}
    for text in values:
        band, _, rest = text.partition("@")
        start, _, number = rest.partition("=")
        try:
            gain = Gain(band, date.fromisoformat(start).isoformat(), float(number))
        except ValueError:
            gain = Gain("", "", 0.0)
        if not (gain.band and isfinite(gain.absolute_gain) and gain.absolute_gain > 0.0):
            return (
                (),
                f"The address asks for gain {short(text)}; write one as B1@2023-05-01=1.2345.",
            )
        found[gain.band, gain.start] = gain
    return tuple(found.values()), ""


def _is_day(text: str) -> bool:
    """Whether it is written as numpy reads it too: 20210531 would be a year there."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
