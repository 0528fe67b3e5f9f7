"""The rules that choose among parameter files of one type and band (see `registry`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.header import SITE_ID
from venus_analysis.parameters.instants import OPEN_STOP, format_day
from venus_analysis.parameters.names import NICK
from venus_analysis.parameters.parameter_file import ParameterFile


def site_nick(site: str) -> str:
    """Nick of a site: of its definition id, or the nick itself, padded to 8 with ``_``.

    Examples
    --------
    >>> site_nick("VE_VM01_MPL_SITDEF_S_ISRAEL03"), site_nick("MALI")
    ('ISRAEL03', 'MALI____')
    """
    match = SITE_ID.fullmatch(site)
    nick = match[1] if match else site.ljust(8, "_")
    if not re.fullmatch(NICK, nick, re.ASCII):
        raise InputError(
            "site",
            "a nick of up to 8 characters A-Z 0-9 _, or a site definition id",
            repr(site[:60]),
            "use the name the ground segment gives the site",
        )
    return nick


@dataclass
class Usable:
    """Whether a file may be the answer; remembers why files were left out."""

    when: np.datetime64
    nick: str | None
    issued: np.datetime64
    warnings: list[str]

    def __call__(self, file: ParameterFile) -> bool:
        """Whether this file was issued, holds the time, and applies to the site."""
        if file.error is not None:
            sentence = f"{file.path.name} was left out: {file.error}"
            if sentence not in self.warnings:
                self.warnings.append(sentence)
            return False
        start, stop = file.validity
        sites = file.header.site_nicks
        if not sites and file.name.nick != "ALLSITES":
            sites = (file.name.nick,) if file.name.applicability == "S" else ("",)
        return bool(
            start <= self.when <= stop
            and (file.header.creation < self.issued or self.issued == OPEN_STOP)
            and (not sites or self.nick in sites)
        )


def may_apply(file: ParameterFile, when: np.datetime64, tdi: int | None) -> bool:
    """Whether a file's name admits it at this time and TDI."""
    name = file.name
    in_time = bool(name.start <= when <= name.last_second)
    return in_time and (tdi is None or name.tdi is None or tdi in name.tdi)


def levels(
    pool: Sequence[ParameterFile], nick: str | None
) -> Iterable[tuple[str, list[ParameterFile]]]:
    """Sort files by how they apply: to the site alone, to a list, to all sites."""
    if nick is not None:
        own = [file for file in pool if file.name.nick != "ALLSITES"]
        yield "site", [file for file in own if file.name.applicability == "S"]
        yield "list", [file for file in own if file.name.applicability == "L"]
    yield "all", [file for file in pool if file.name.nick == "ALLSITES"]


def best(files: Sequence[ParameterFile], usable: Usable) -> ParameterFile | None:
    """First usable serial from the highest down; headers of lower ones stay unread."""
    for serial in sorted({file.name.serial for file in files}, reverse=True):
        candidates = [file for file in files if file.name.serial == serial and usable(file)]
        if candidates:
            return max(
                candidates,
                key=lambda file: (file.header.version, file.header.creation, str(file.name)),
            )
    return None


def remarks_on(
    chosen: ParameterFile,
    later: Sequence[ParameterFile],
    files: Sequence[ParameterFile],
    level: str,
) -> list[str]:
    """Say what a reader of the answer should know."""
    remarks = [
        f"serial {file.name.serial:05d} starts later ({format_day(file.name.start)}) than the "
        f"chosen {chosen.name.serial:05d} ({format_day(chosen.name.start)}) but is lower"
        for file in later
        if file.name.serial < chosen.name.serial
    ]
    if level == "list" and len({file.name.nick for file in files}) > 1:
        remarks.append(
            "several lists were compared by serial: "
            + ", ".join(sorted({file.name.nick for file in files}))
        )
    classes = {file.name.file_class for file in files}
    if len(classes) > 1:
        remarks.append(
            f"files of classes {', '.join(sorted(classes))} compete; chosen is "
            f"{chosen.name.file_class}"
        )
    return remarks + list(chosen.header.warnings)
