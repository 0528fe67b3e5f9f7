"""Print one table: `python -m benchmarks`."""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks


def main() -> None:
    """Run every benchmark module that has a `run` function."""
    print("| what | time | peer | its time | peer / ours |\n| --- | --- | --- | --- | --- |")
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name[0] != "_")
    for name in names:
        run = getattr(importlib.import_module(f"benchmarks.{name}"), "run", list)
        for row in run():
            print(
                f"| {row['name']} | {row['ours_s']:.3g} s | {row['peer']} | "
                f"{row['peer_s']:.3g} s | {row['ratio']:.3g} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
