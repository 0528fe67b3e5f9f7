"""Measure every stage beside its peer and print one table, or write it into the README.

`python -m benchmarks [NAME ...] [--scene FOLDER] [--readme README.md]`: all benchmarks, or those
named. Those of Moon scenes share one full SIMULATED scene, made first unless a folder with one is
given. An idle machine is needed; how busy it was stands above the table.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import os
import pkgutil
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import benchmarks

HEAD = "| what | time | peer | its time | peer / ours |\n| --- | --- | --- | --- | --- |"
MARKS = "<!-- table of `make benchmark` -->", "<!-- end of the table -->"


def main() -> None:
    """Read the arguments, run, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--scene", type=Path)
    parser.add_argument("--readme", type=Path)
    given = parser.parse_args()
    about = machine()
    print(about, flush=True)
    lines = []
    with contextlib.redirect_stdout(sys.stderr):
        for row in rows(given.names, given.scene):
            lines.append(line(row))
            print(lines[-1], flush=True)
    table = "\n".join((HEAD, *lines))
    print(table)
    if given.readme is not None:
        given.readme.write_text(replaced(given.readme.read_text(), f"{about}\n\n{table}"))


def rows(names: list[str], scene: Path | None) -> Iterator[dict[str, Any]]:
    """Rows of every benchmark module that has a `run` function."""
    modules = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name[0] != "_")
    wanted = [
        importlib.import_module(f"benchmarks.{n}") for n in modules if n in (names or modules)
    ]
    runs = [one.run for one in wanted if hasattr(one, "run")]
    with tempfile.TemporaryDirectory() as temporary:
        for run in runs:
            if "folder" not in inspect.signature(run).parameters:
                yield from run()
                continue
            if scene is None:
                from benchmarks.moon_scene import planted

                scene = Path(temporary)
                planted(scene, 1.0)
            yield from run(folder=scene)


def line(row: dict[str, Any]) -> str:
    """Row of the table; the unit is s unless the row says so, milliseconds where it is short."""
    unit = row.get("unit", "s")
    times = [row["ours_s"], row["peer_s"]]
    short = unit == "s" and max(times) < 1.0
    ours, peer = (f"{1e3 * t:.3g} ms" if short else f"{t:.3g} {unit}" for t in times)
    ratio = f"{row['ratio']:.2g}" if row["ratio"] < 10.0 else f"{row['ratio']:.0f}"
    return f"| {row['name']} | {ours} | {row['peer']} | {peer} | {ratio} |"


def replaced(text: str, table: str) -> str:
    """Text with another table between the marks.

    Raises
    ------
    ValueError
        The text lacks the marks.
    """
    before, _, rest = text.partition(MARKS[0])
    _, found, after = rest.partition(MARKS[1])
    if not found:
        raise ValueError(f"expected the marks {MARKS[0]} and {MARKS[1]}")
    return f"{before}{MARKS[0]}\n{table}\n{found}{after}"


def machine() -> str:
    """Describe the machine: processors, memory, system, and how busy it is."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    models = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return (
        f"{os.cpu_count()} processors ({', '.join(models) or platform.machine()}), "
        f"{gigabytes:.0f} GB, {platform.system()}, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )


if __name__ == "__main__":
    main()
