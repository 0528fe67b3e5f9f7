"""Print one table: `python -m benchmarks`, of some modules: `python -m benchmarks ledger`."""

from __future__ import annotations

import importlib
import os
import pkgutil
import platform
import sys
from pathlib import Path

import benchmarks


def main() -> None:
    """Run every benchmark module that has a `run` function; a row's unit is s unless it says so."""
    print(machine(), end="\n\n")
    print("| what | time | peer | its time | peer / ours |\n| --- | --- | --- | --- | --- |")
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name[0] != "_")
    for name in [name for name in names if name in (sys.argv[1:] or names)]:
        run = getattr(importlib.import_module(f"benchmarks.{name}"), "run", list)
        for row in run():
            print(
                f"| {row['name']} | {row['ours_s']:.3g} {row.get('unit', 's')} | {row['peer']} | "
                f"{row['peer_s']:.3g} {row.get('unit', 's')} | {row['ratio']:.3g} |",
                flush=True,
            )


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
