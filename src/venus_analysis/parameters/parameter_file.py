"""One parameter file of a folder, known by its name, read when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.content import Content
from venus_analysis.parameters.header import Header
from venus_analysis.parameters.header_read import OpenFile, open_file
from venus_analysis.parameters.instants import format_day
from venus_analysis.parameters.names import FileName

# The document that was opened last: its content is mostly what is asked for next.
_LATEST: dict[Path, OpenFile] = {}


class Series(NamedTuple):
    """Files that replace one another: type, ``L`` or ``S``, nick and band."""

    file_type: str
    applicability: str
    nick: str
    band: str | None


@dataclass(frozen=True, eq=False)
class ParameterFile:
    """A file of a folder, known by its name on disk; header and content are read when asked for.

    Parameters
    ----------
    path, name
        The file, and its name in parts.
    """

    path: Path
    name: FileName

    @cached_property
    def _header(self) -> Header | InputError:
        try:
            opened = open_file(self.path)
            _LATEST.clear()
            _LATEST[self.path] = opened
            return opened.header
        except InputError as error:
            return error

    @property
    def error(self) -> InputError | None:
        """Why the header cannot be read, or None."""
        return self._header if isinstance(self._header, InputError) else None

    @property
    def header(self) -> Header:
        """Header of the file; InputError when it cannot be read."""
        if isinstance(self._header, InputError):
            raise self._header
        return self._header

    @cached_property
    def content(self) -> Content:
        """Content of the file; InputError when it cannot be read."""
        from venus_analysis.parameters.read import decode, read_parameters

        opened = _LATEST.pop(self.path, None)
        return read_parameters(self.path) if opened is None else decode(opened)

    @property
    def series(self) -> Series:
        """Series the file belongs to."""
        return Series(self.name.file_type, self.name.applicability, self.name.nick, self.name.band)

    @property
    def validity(self) -> tuple[np.datetime64, np.datetime64]:
        """First and last second: the header's where its days are the name's, else whole days."""
        days = (self.name.start, self.name.last_second)
        if self.error is not None:
            return days
        exact = (self.header.start, self.header.stop)
        return tuple(  # type: ignore[return-value]
            second if format_day(second) == format_day(day) else day
            for second, day in zip(exact, days, strict=True)
        )
