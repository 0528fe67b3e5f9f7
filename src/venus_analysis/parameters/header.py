"""Header of an official parameter file: what it is, when and where it applies.

File class, type, serial, days, band and TDI are written once, in the
`FileName`; every other field that repeats them is derived when writing and
compared when reading. A difference on reading is a warning; which value rules
then is said at `read_header`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import LAST_STOP, Instant, format_day, instant, parse_day
from venus_analysis.parameters.names import CLASS, NICK, FileName, whole

SYSTEMS = ("VRS", "VIP", "VPDS", "TMC", "GCS", "POLCA", "VESTALE", "PDS", "VCAT", "VIQ", "MAJA")

SCHEMAS: dict[str, tuple[str, str, str]] = {
    "PHGAIN": ("0.40", "0.30", "PhysicalGainData"),
    "DARKCU": ("1.9", "1.9", "DarkCurrents"),
    "RELSEN": ("0.40", "0.30", "RelativeSensitivities"),
    "NOISMO": ("0.40", "0.30", "NoiseModel"),
    "OUTORD": ("0.40", "0.30", "OutOfOrderDetectors"),
    "STRLGT": ("1.3", "1.3", "StrayLightFilters"),
    "SPECSE": ("0.40", "0.30", "SpectralSensitivities"),
    "RADIOV": ("1.3", "1.3", "RadioVProcess"),
    "REFLEC": ("0.40", "0.30", "ReflectProcess"),
}
"""Of each type: schema version to write, least valid one, File_Description."""

SIMULATED = "SIMULATED"
"""What the notes of a file say whose numbers come from synthetic data."""

SITE_ID = re.compile(rf"VE_{CLASS}_MPL_SITDEF_[SCTMOPA]_({NICK})", re.ASCII)


@dataclass(frozen=True)
class Header:
    """Header of one parameter file.

    Parameters
    ----------
    name
        The file's name in its parts.
    start, stop
        First and last second of validity (or `OPEN_START`, `OPEN_STOP`); their
        days are those of the name.
    creation
        Date of issue.
    system, creator, creator_version
        Source: a system code, and two texts.
    version
        File version, 1 to 9999.
    notes
        Any text.
    sites
        Site definition ids this file applies to; empty for all sites.
    consumers, extensions
        System codes, and (keyword, value) pairs; kept when a file is rewritten.
    warnings
        What was odd on reading; no part of comparisons.

    Examples
    --------
    >>> header = new_header("PHGAIN", 9, "2024-01-01", created="2024-02-01")
    >>> str(header.name)
    'VE_TEST_GIP_PHGAIN_L_ALLSITES_00009_20240101_99991231'
    """

    name: FileName
    start: np.datetime64
    stop: np.datetime64
    creation: np.datetime64
    system: str = "VIQ"
    creator: str = "VENUS_ANALYSIS"
    creator_version: str = "1"
    version: int = 1
    notes: str = ""
    sites: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    extensions: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", whole(self.version, "version"))
        for name in ("start", "stop", "creation"):
            object.__setattr__(self, name, instant(getattr(self, name), name))

    @property
    def site_nicks(self) -> tuple[str, ...]:
        """Nicks of the sites the file applies to, empty for all sites."""
        return tuple(site[-8:] for site in self.sites)

    @property
    def simulated(self) -> bool:
        """Whether the notes say that the numbers are of no real camera."""
        return SIMULATED in self.notes

    def with_warnings(self, warnings: list[str]) -> Header:
        """Return the same header with these warnings."""
        return replace(self, warnings=tuple(warnings))


def marked(notes: str, *, simulated: bool) -> str:
    """Make notes say SIMULATED, once, where they have to.

    Examples
    --------
    >>> marked("x", simulated=True), marked("SIMULATED x", simulated=True)
    ('SIMULATED x', 'SIMULATED x')
    """
    said = SIMULATED in notes or not simulated
    return notes if said else f"{SIMULATED} {notes}".strip()


def new_header(
    file_type: str,
    serial: int,
    start: Instant,
    stop: Instant = LAST_STOP,
    *,
    created: Instant,
    band: str | None = None,
    tdi: tuple[int, ...] | None = None,
    file_class: str = "TEST",
    applicability: str = "L",
    nick: str = "ALLSITES",
    system: str = "VIQ",
    creator: str = "VENUS_ANALYSIS",
    creator_version: str = "1",
    version: int = 1,
    notes: str = "",
    sites: tuple[str, ...] = (),
) -> Header:
    """Header with a name that agrees with its fields (see `Header`).

    Parameters
    ----------
    file_type, serial, band, tdi, file_class, applicability, nick
        Parts of the name; see `FileName`.
    start, stop, created
        Validity and issue, UTC; a day alone means its first second.
    system, creator, creator_version, version, notes, sites
        See `Header`.
    """
    first, last = instant(start, "start"), instant(stop, "stop")
    days = (_day(first), _day(last))
    name = FileName(file_class, file_type, applicability, nick, serial, *days, band, tdi)
    return Header(
        name,
        first,
        last,
        instant(created, "created"),
        system,
        creator,
        creator_version,
        version,
        notes,
        tuple(sites),
    )


def _day(value: np.datetime64) -> np.datetime64:
    return parse_day(format_day(value))


def require_writable(header: Header) -> None:
    """Refuse a header that breaks a rule of the format.

    Raises
    ------
    InputError
        Naming the field.
    """
    name = header.name
    rules = [
        (name.file_type in SCHEMAS, "File_Type", "a type with a known schema", name.file_type),
        (header.system in SYSTEMS, "System", " or ".join(SYSTEMS), header.system),
        (_is_text(header.creator), "Creator", "text without padding", header.creator),
        (
            _is_text(header.creator_version),
            "Creator_Version",
            "text without padding",
            header.creator_version,
        ),
        (1 <= header.version <= 9999, "File_Version", "1 to 9999", header.version),
        (
            header.start <= header.stop,
            "Validity_Period",
            "a start not after the stop",
            f"{header.start} to {header.stop}",
        ),
        (
            format_day(header.start) == format_day(name.start),
            "Validity_Start",
            str(name),
            header.start,
        ),
        (format_day(header.stop) == format_day(name.stop), "Validity_Stop", str(name), header.stop),
        (
            len(header.consumers) <= 10 and set(header.consumers) <= set(SYSTEMS),
            "List_of_Consumers",
            "at most 10 system codes",
            header.consumers,
        ),
        (
            len(header.extensions) <= 100,
            "List_of_Extensions",
            "at most 100",
            len(header.extensions),
        ),
    ]
    for holds, part, expected, received in rules:
        if not holds:
            raise InputError(f"{name}: {part}", expected, repr(received), "correct the header")
    problem = site_problem(header)
    if problem:
        raise InputError(
            f"{name}: sites",
            "sites that agree with the name",
            problem,
            "correct the sites or the nick",
        )


def _is_text(text: str) -> bool:
    return bool(text) and text == text.strip()


def site_problem(header: Header) -> str:
    """Say what is wrong with the list of sites, or nothing.

    ``ALLSITES`` has an empty list, one site (``S``) exactly one with the
    file's nick, any other list at least one.

    Examples
    --------
    >>> site_problem(new_header("PHGAIN", 9, "2024-01-01", created="2024-02-01", nick="NOTNAMED"))
    'a list of sites that names none'
    """
    for site in header.sites:
        if not SITE_ID.fullmatch(site):
            return f"{site!r} is no site definition id"
    if len(set(header.sites)) < len(header.sites):
        return "a site named twice"
    if header.name.applicability == "S":
        wanted = (header.name.nick,)
        return "" if header.site_nicks == wanted else f"{header.site_nicks} instead of {wanted}"
    if header.name.nick == "ALLSITES":
        return "ALLSITES with a list of sites" if header.sites else ""
    return "" if header.sites else "a list of sites that names none"
