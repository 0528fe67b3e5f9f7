"""Which parameter file of a folder is in force, and since which issue.

The rules are inferred, as no public text states them: files of a series
(type, list or site with nick, band; where names carry a TDI mask, single TDI)
are issued with growing serials and overlap, since older ones keep their open
end. In force at a time is, among the files whose validity holds it, one for
the very site before a list that names the site before ``ALLSITES``, and within
that the highest serial, then file version, then creation date. A later serial
with an earlier start so replaces the past: `issued_before` asks what the
answer was at an earlier date. For a given product its own list of files
overrules every rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.instants import (
    OPEN_START,
    OPEN_STOP,
    SECOND,
    Instant,
    instant,
    readable,
)
from venus_analysis.parameters.names import (
    BAND_TYPES,
    TDI,
    TDI_TYPES,
    FileName,
    band_name,
    check_tdi,
)
from venus_analysis.parameters.parameter_file import ParameterFile, Series
from venus_analysis.parameters.selection import (
    Usable,
    best,
    levels,
    may_apply,
    remarks_on,
    site_nick,
)


@dataclass(frozen=True)
class InForce:
    """The answer of a registry.

    Parameters
    ----------
    file
        The file in force.
    level
        ``site``, ``list`` or ``all``: how the file applies to the site.
    date
        The time asked for.
    warnings
        What a reader of the answer should know.
    """

    file: ParameterFile
    level: str
    date: np.datetime64
    warnings: tuple[str, ...] = ()


class Segment(NamedTuple):
    """A stretch of time, both ends inclusive, and the file in force in it."""

    start: np.datetime64
    stop: np.datetime64
    file: ParameterFile


class Registry:
    """The parameter files of one folder (not of folders in it).

    Listing goes by names only, so that thousands of files take milliseconds;
    a file is opened once, when an answer depends on it. A file that cannot be
    read is left out with a warning in the answer; `check` tells about all.

    Parameters
    ----------
    folder
        Folder of ``.EEF`` and ``.HDR`` files.

    Attributes
    ----------
    files
        Files with a valid name, by type, series and serial.
    misnamed
        Path and error of ``.EEF`` and ``.HDR`` files without one.

    Raises
    ------
    InputError
        When the folder cannot be listed.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        files, self.misnamed = [], list[tuple[Path, InputError]]()
        for entry in _listing(self.folder):
            path = self.folder / entry
            if path.suffix not in (".EEF", ".HDR"):
                continue
            try:
                files.append(ParameterFile(path, FileName.parse(path.stem, entry)))
            except InputError as error:
                self.misnamed.append((path, error))
        self.files = tuple(sorted(files, key=_order))
        self._by_type: dict[tuple[str, str | None], list[ParameterFile]] = {}
        for file in self.files:
            self._by_type.setdefault((file.name.file_type, file.name.band), []).append(file)
        self._timelines: dict[tuple[object, ...], list[Segment]] = {}

    def series(self) -> dict[Series, tuple[ParameterFile, ...]]:
        """Files of each series, by ascending serial."""
        found: dict[Series, list[ParameterFile]] = {}
        for file in self.files:
            found.setdefault(file.series, []).append(file)
        return {key: tuple(files) for key, files in found.items()}

    def highest_serial(self, series: Series) -> int:
        """Highest serial of a series by name, readable or not; -1 when it is empty.

        Serials are never given twice, so unreadable files count.
        """
        files = self._by_type.get((series.file_type, series.band), [])
        return max((file.name.serial for file in files if file.series == series), default=-1)

    def history(self, file_type: str, band: str | None = None) -> list[ParameterFile]:
        """Files of a type (and band) in the order of issue: creation, then serial.

        Unreadable files are left out; `check` tells about them.
        """
        files = self._of(file_type, band)
        readable_files = [file for file in files if file.error is None]
        return sorted(readable_files, key=lambda file: (file.header.creation, file.name.serial))

    def in_force(
        self,
        file_type: str,
        date: Instant,
        band: str | None = None,
        tdi: int | None = None,
        site: str | None = None,
        issued_before: Instant | None = None,
    ) -> InForce:
        """Return the one file in force.

        Parameters
        ----------
        file_type
            ``PHGAIN``, ``DARKCU``, ...
        date
            Time of the acquisition, UTC.
        band
            Band name; needed for types with a band in their names.
        tdi
            TDI; needed for types with a TDI mask in their names unless all
            TDI have the same answer. For PHGAIN and NOISMO a warning tells
            when the file has no entry for this band and TDI.
        site
            Nick of the site (8 characters) or its site definition id; None
            asks for files of all sites only.
        issued_before
            Leave out files created at or after this time.

        Raises
        ------
        InputError
            When no file is in force, or the question is incomplete.
        """
        when = instant(date)
        band = self._checked_band(file_type, band)
        if tdi is None and file_type in TDI_TYPES:
            return self._for_every_tdi(file_type, when, band, site, issued_before)
        answer = self._resolve(file_type, when, band, tdi, site, issued_before)
        return _with_entry_warning(answer, band, tdi)

    def timeline(
        self,
        file_type: str,
        band: str | None = None,
        tdi: int | None = None,
        site: str | None = None,
        issued_before: Instant | None = None,
    ) -> list[Segment]:
        """Stretches of time and the file in force in each; gaps where none is.

        Parameters are those of `in_force`. Files are listed and read once, so an answer is
        kept.
        """
        question = (file_type, band, tdi, site, issued_before)
        if question not in self._timelines:
            self._timelines[question] = self._timeline(*question)
        return list(self._timelines[question])

    def _timeline(
        self,
        file_type: str,
        band: str | None,
        tdi: int | None,
        site: str | None,
        issued_before: Instant | None,
    ) -> list[Segment]:
        band = self._checked_band(file_type, band)
        ends: set[np.datetime64] = {OPEN_START}
        for file in self._of(file_type, band):
            start, stop = file.validity
            ends |= {start, min(stop + SECOND, OPEN_STOP)}
        edges = sorted(ends)
        segments: list[Segment] = []
        for start, following in zip(edges, [*edges[1:], OPEN_STOP + SECOND], strict=True):
            try:
                file = self.in_force(file_type, start, band, tdi, site, issued_before).file
            except InputError:
                continue
            stop = following - SECOND
            if segments and segments[-1].file is file and segments[-1].stop + SECOND == start:
                start = segments.pop().start
            segments.append(Segment(start, stop, file))
        return segments

    def _of(self, file_type: str, band: str | None) -> list[ParameterFile]:
        wanted = band_name(band) if band and file_type in BAND_TYPES else None
        return self._by_type.get((file_type, wanted), [])

    def _checked_band(self, file_type: str, band: str | None) -> str | None:
        if band is None and file_type in BAND_TYPES:
            raise InputError(
                "band", f"a band, as {file_type} files hold one each", "none", "name the band"
            )
        return None if band is None else band_name(band)

    def _for_every_tdi(
        self,
        file_type: str,
        when: np.datetime64,
        band: str | None,
        site: str | None,
        issued_before: Instant | None,
    ) -> InForce:
        covered = {tdi for file in self._of(file_type, band) for tdi in file.name.tdi or ()}
        answers = [
            self._resolve(file_type, when, band, tdi, site, issued_before)
            for tdi in TDI
            if tdi in covered or not covered
        ]
        if len({answer.file.path for answer in answers}) > 1:
            raise InputError("tdi", "a TDI, as they have different files", "none", "name the TDI")
        return answers[0]

    def _resolve(
        self,
        file_type: str,
        when: np.datetime64,
        band: str | None,
        tdi: int | None,
        site: str | None,
        issued_before: Instant | None,
    ) -> InForce:
        if tdi is not None:
            check_tdi([tdi])
        nick = None if site is None else site_nick(site)
        issued = OPEN_STOP if issued_before is None else instant(issued_before, "issued_before")
        warnings: list[str] = []
        pool = [file for file in self._of(file_type, band) if may_apply(file, when, tdi)]
        for level, files in levels(pool, nick):
            usable = Usable(when, nick, issued, warnings)
            chosen = best(files, usable)
            if chosen is not None:
                later = [
                    file for file in files if file.name.start > chosen.name.start and usable(file)
                ]
                warnings += remarks_on(chosen, later, files, level)
                return InForce(chosen, level, when, tuple(warnings))
        what = f"{file_type} {band or ''} {'TDI ' + str(tdi) if tdi else ''}".strip()
        raise InputError(
            f"{self.folder.name}: {what}",
            f"a file in force at {readable(when)}",
            f"none of {len(self._of(file_type, band))} files" + "".join(f"; {w}" for w in warnings),
            "add the file, or check date, site and TDI",
        )


def _listing(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise InputError(
            str(folder), "a folder of parameter files", str(error), "check the path"
        ) from None


def _order(file: ParameterFile) -> tuple[str, str, str, int, int, str]:
    name = file.name
    number = int(name.band[1:]) if name.band else 0
    return (name.file_type, name.applicability, name.nick, number, name.serial, file.path.name)


def _with_entry_warning(answer: InForce, band: str | None, tdi: int | None) -> InForce:
    if answer.file.name.file_type not in ("PHGAIN", "NOISMO") or band is None or tdi is None:
        return answer
    try:
        answer.file.content.at(band, tdi)  # type: ignore[attr-defined]
    except InputError as error:
        return InForce(answer.file, answer.level, answer.date, (*answer.warnings, str(error)))
    return answer
