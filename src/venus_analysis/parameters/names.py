"""Names of official parameter files (GIPP), read and built by one expression.

Bands carry the package's own names (``B5``) everywhere; the code of the files
(``B05``) appears only in files. TDI numbers are 1, 4, 8, 16, 32.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import (
    DAY,
    OPEN_START,
    OPEN_STOP,
    SECOND,
    format_day,
    parse_day,
)

BANDS = tuple(f"B{number}" for number in range(1, 13))
TDI = (1, 4, 8, 16, 32)
COLUMNS = 5200
MOON = "THE_MOON"
"""Nick of files for looks at the Moon, and the Moon's site in the ledger."""
TRI_DETECTORS = {
    1: ("B1", "B2", "B5"),
    2: ("B10", "B11", "B12"),
    3: ("B7", "B8", "B9"),
    4: ("B3", "B4", "B6"),
}
CONTENT_TYPES = ("PHGAIN", "DARKCU", "RELSEN", "NOISMO", "OUTORD", "STRLGT")
"""The six types whose content this package reads and writes."""
BAND_TYPES = ("DARKCU", "RELSEN", "OUTORD", "STRLGT", "VIEDIR", "POLART")
TDI_TYPES = ("DARKCU", "RELSEN", "VIEDIR")
PLAIN_TYPES = ("PHGAIN", "NOISMO", "SPECSE", "RADIOV", "REFLEC", "REMANE")
TYPES = (*PLAIN_TYPES, *BAND_TYPES)
HEADER_TYPES = ("STRLGT", "POLART")
"""Types made of a header and a data folder (``.HDR``, ``.DBL.DIR``)."""

CLASS = r"(?:OPER|TEST|GSOV|IOTE|VM0[123]|DROB|SVT[0-9A-Z_]|TD[0-9A-Z_]{2})"
NICK = r"[0-9A-Z_]{8}"
_NAME = re.compile(
    rf"VE_(?P<file_class>.{{4}})_GIP_(?P<file_type>[0-9A-Z_]{{6}})_(?P<applicability>[LS])"
    rf"_(?P<nick>{NICK})_(?P<serial>\d{{5}})_(?P<start>\d{{8}})_(?P<stop>\d{{8}})"
    r"(?:_(?P<band>B\d\d))?(?:_(?P<mask>[01]{6}))?",
    re.ASCII,
)


def band_name(code: str, where: str = "band") -> str:
    """Band name of a file's code, or of a band name itself.

    Examples
    --------
    >>> band_name("B05"), band_name("B5")
    ('B5', 'B5')
    """
    match = re.fullmatch(r"B0?([1-9]|1[0-2])", code, re.ASCII)
    if match is None or len(code) > 3:
        raise InputError(where, "B01 to B12", repr(code[:40]), "name one of the twelve bands")
    return f"B{match[1]}"


def band_code(band: str) -> str:
    """Code that files use for a band.

    Examples
    --------
    >>> band_code("B5"), band_code("B12")
    ('B05', 'B12')
    """
    return f"B{int(band_name(band)[1:]):02d}"


def check_tdi(values: Iterable[int], where: str = "tdi") -> tuple[int, ...]:
    """TDI numbers in ascending order; refuses unknown ones and repetitions.

    Examples
    --------
    >>> check_tdi([8, 1])
    (1, 8)
    """
    given = tuple(whole(value, where) for value in values)
    if not given or set(given) - set(TDI) or len(set(given)) < len(given):
        raise InputError(
            where, "some of TDI 1, 4, 8, 16, 32, each once", str(given), "correct the TDI"
        )
    return tuple(sorted(given))


def whole(value: object, where: str) -> int:
    """Bring a number to an integer; refuses fractions.

    Examples
    --------
    >>> whole(417.0, "position")
    417
    """
    try:
        number = int(value)  # type: ignore[call-overload]
        exact = bool(number == value)
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact:
        raise InputError(where, "a whole number", repr(value)[:60], "give an integer")
    return int(number)


def tdi_mask(tdi: Iterable[int]) -> str:
    """Six digits of a file name for TDI 32, 16, 8, 4, 2, 1 (the fifth always 0).

    Examples
    --------
    >>> tdi_mask((1, 4, 8, 16, 32)), tdi_mask([8])
    ('111101', '001000')
    """
    return format(sum(check_tdi(tdi)), "06b")


@dataclass(frozen=True)
class FileName:
    """Name of a parameter file, without extension, in its parts.

    Parameters
    ----------
    file_class
        ``OPER``, ``TEST``, ``VM01``, ...
    file_type
        Six characters: ``PHGAIN``, ...
    applicability
        ``L`` for a list of sites, ``S`` for one site.
    nick
        Eight characters; ``ALLSITES`` for every site.
    serial
        0 to 99999.
    start, stop
        First second of the first and of the last day of validity, or
        `OPEN_START`, `OPEN_STOP`.
    band, tdi
        Band name and TDI numbers where the type has them.

    Raises
    ------
    InputError
        When a part breaks the rules of the format.

    Examples
    --------
    >>> name = FileName.parse("VE_OPER_GIP_DARKCU_L_ALLSITES_00008_20171021_99991231_B05_111101")
    >>> name.file_type, name.serial, name.band, name.tdi
    ('DARKCU', 8, 'B5', (1, 4, 8, 16, 32))
    >>> FileName.parse("VE_VM04_GIP_PHGAIN_L_ALLSITES_00007_20170801_99991231")
    Traceback (most recent call last):
    ...
    venus_analysis.errors.InputError: file name: expected a known class as OPER, TEST or VM01,
    received 'VM04'; correct the class
    """

    file_class: str
    file_type: str
    applicability: str
    nick: str
    serial: int
    start: np.datetime64
    stop: np.datetime64
    band: str | None = None
    tdi: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "serial", whole(self.serial, "serial"))
        _require(
            re.fullmatch(CLASS, self.file_class, re.ASCII),
            "a known class as OPER, TEST or VM01",
            self.file_class,
            "correct the class",
        )
        _require(
            re.fullmatch(r"[0-9A-Z_]{6}", self.file_type, re.ASCII),
            "a type of six capitals",
            self.file_type,
            "correct the type",
        )
        _require(
            self.applicability in ("L", "S"),
            "L (list) or S (site)",
            self.applicability,
            "correct the letter before the nick",
        )
        _require(
            re.fullmatch(NICK, self.nick, re.ASCII),
            "a nick of 8 characters A-Z 0-9 _",
            self.nick,
            "pad the nick with _",
        )
        _require(
            0 <= self.serial <= 99999, "a serial of five digits", self.serial, "correct the serial"
        )
        self._check_band_and_tdi()

    def _check_band_and_tdi(self) -> None:
        if self.band is not None:
            object.__setattr__(self, "band", band_name(self.band, "file name"))
        if self.tdi is not None:
            object.__setattr__(self, "tdi", check_tdi(self.tdi, "file name"))
        kind = self.file_type
        for part, value, types in (("band", self.band, BAND_TYPES), ("TDI", self.tdi, TDI_TYPES)):
            if kind in types:
                _require(
                    value is not None,
                    f"a {part} in the name of a {kind} file",
                    "none",
                    f"add the {part}",
                )
            elif kind in PLAIN_TYPES or kind in BAND_TYPES:
                _require(
                    value is None,
                    f"no {part} in the name of a {kind} file",
                    value,
                    f"leave the {part} out",
                )

    @classmethod
    def parse(cls, text: str, where: str = "file name") -> FileName:
        """Read a name without extension (see the class)."""
        match = _NAME.fullmatch(text)
        if match is None:
            raise InputError(
                where,
                "VE_<class>_GIP_<TYPE>_<L|S>_<nick>_<serial>_<start>_<stop>[_<band>][_<mask>]",
                repr(text[:100]),
                "name the file by this rule",
            )
        part = match.groupdict()
        try:
            return cls(
                part["file_class"],
                part["file_type"],
                part["applicability"],
                part["nick"],
                int(part["serial"]),
                parse_day(part["start"]),
                parse_day(part["stop"]),
                part["band"] and _strict_band(part["band"]),
                _tdi_of_mask(part["mask"]),
            )
        except InputError as error:
            raise InputError(where, error.expected, error.received, error.remedy) from None

    def __str__(self) -> str:
        text = (
            f"VE_{self.file_class}_GIP_{self.file_type}_{self.applicability}_{self.nick}"
            f"_{self.serial:05d}_{format_day(self.start)}_{format_day(self.stop)}"
        )
        text += f"_{band_code(self.band)}" if self.band else ""
        return text + (f"_{tdi_mask(self.tdi)}" if self.tdi else "")

    @property
    def extension(self) -> str:
        """``.HDR`` for types with a data folder, else ``.EEF``."""
        return ".HDR" if self.file_type in HEADER_TYPES else ".EEF"

    @property
    def last_second(self) -> np.datetime64:
        """Last second of the validity, as far as the name tells."""
        return self.stop if self.stop in (OPEN_START, OPEN_STOP) else self.stop + DAY - SECOND


def _strict_band(code: str) -> str:
    return band_name(code if len(code) == 3 else "")


def _tdi_of_mask(mask: str | None) -> tuple[int, ...] | None:
    if mask is None:
        return None
    if mask[4] != "0" or mask == "000000":
        raise InputError("mask", "a TDI mask with fifth digit 0", mask, "correct the mask")
    return tuple(tdi for tdi in TDI if int(mask, 2) & tdi)


def _require(holds: object, expected: str, received: Any, remedy: str) -> None:
    if not holds:
        raise InputError("file name", expected, repr(received), remedy)


def serials(names: Iterable[FileName]) -> dict[str, str]:
    """Give the serial of each type, five digits; several in use are joined by ``+``.

    Examples
    --------
    >>> serials([FileName.parse("VE_OPER_GIP_PHGAIN_L_ALLSITES_00007_20170801_99991231")])
    {'PHGAIN': '00007'}
    """
    found: dict[str, set[str]] = {}
    for name in names:
        found.setdefault(name.file_type, set()).add(f"{name.serial:05d}")
    return {kind: "+".join(sorted(values)) for kind, values in sorted(found.items())}


def digest(names: Iterable[FileName]) -> str:
    """Sixteen hexadecimal digits that change when any file of a set does.

    Examples
    --------
    >>> len(digest([]))
    16
    """
    import hashlib

    text = "\n".join(sorted({str(name) for name in names}))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
