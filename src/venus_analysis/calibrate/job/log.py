"""Log of a job order: one event, one line, one fixed form, on standard output and error."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from venus_analysis.collect.job_order import Level

NUMBERS: Final[dict[Level, int]] = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "PROGRESS": logging.INFO + 5,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
}
LINE: Final = (
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) "
    r"(?P<level>DEBUG|INFO|PROGRESS|WARNING|ERROR) "
    r"(?P<task>[A-Za-z0-9_-]+) (?P<progress>\d{3}) (?P<message>.*)"
)
"""Regular expression of every line; progress in percent of the task, task ``-`` for none."""


class JobLog:
    r"""Writes the lines.

    Parameters
    ----------
    stdout, stderr
        Streams; one that is closed on the other side stops nothing.
    stdout_level, stderr_level
        Lowest level that each stream gets.

    Examples
    --------
    >>> import io, re
    >>> out = io.StringIO()
    >>> log = JobLog(out, io.StringIO(), "INFO", "ERROR")
    >>> log.write("INFO", "two\nlines")
    >>> re.fullmatch(LINE, out.getvalue().rstrip())["message"]
    'two\\nlines'
    """

    def __init__(
        self, stdout: TextIO, stderr: TextIO, stdout_level: Level, stderr_level: Level
    ) -> None:
        self.task, self.progress = "-", 0
        self._logger = logging.Logger("job")
        for stream, level in ((stdout, stdout_level), (stderr, stderr_level)):
            handler = _Stream(stream)
            handler.setFormatter(logging.Formatter("%(message)s"))
            handler.setLevel(NUMBERS[level])
            self._logger.addHandler(handler)

    def set_levels(self, stdout_level: Level, stderr_level: Level) -> None:
        """Take the levels of an order that has been read."""
        levels = (stdout_level, stderr_level)
        for handler, level in zip(self._logger.handlers, levels, strict=True):
            handler.setLevel(NUMBERS[level])

    def begin(self, task: str) -> None:
        """Begin a task at 0 %; ``-`` ends it."""
        self.task, self.progress = task, 0

    def write(self, level: Level, message: object, progress: float | None = None) -> None:
        """Write one line; `progress` in percent, the last one by default."""
        if progress is not None:
            self.progress = round(min(max(progress, 0.0), 100.0))
        time = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
        line = f"{time} {level} {self.task} {self.progress:03d} {one_line(message)}"
        self._logger.log(NUMBERS[level], "%s", line)

    @contextmanager
    def warnings_as_lines(self) -> Iterator[None]:
        """Write warnings of libraries as lines of the log."""

        def show(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
            self.write("WARNING", f"{category.__name__}: {message}")

        with warnings.catch_warnings():
            warnings.showwarning = show
            yield


class _Stream(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """Go on without a reader."""


def one_line(message: object) -> str:
    r"""Text without control characters and line ends.

    Examples
    --------
    >>> print(one_line("a\tb"))
    a\tb
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in str(message)
    )
