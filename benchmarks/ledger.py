"""Ledger of half a million rows: load and write, beside plain pandas and one Parquet file."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from venus_analysis import ledger, schema
from venus_analysis.ledger.rows import tidy

ROWS, BANDS, PARTS = 500_000, 12, 20
PEER_READ, PEER_WRITE = "pandas.read_parquet", "DataFrame.to_parquet"
PER_ROW = ("measured", "modelled", "ratio", "u_random", "altitude_km", "absolute_gain")


def run() -> list[dict[str, object]]:
    """Rows of the table: name, ours_s, peer_s, ratio (peer / ours, above 1 is faster), peer.

    The best of three. The peer reads or writes the same rows as one plain file; it neither
    verifies nor selects the current rows, nor waits until the disk has them.
    """
    frame = mission(ROWS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = folder / "plain.parquet"
        peer_write = best(lambda: frame.to_parquet(plain))
        peer_read = best(lambda: pd.read_parquet(plain))
        for part in np.array_split(np.arange(ROWS), PARTS):
            ledger.write(folder / "ledger", frame.iloc[part])
        rows = [
            measured(
                f"ledger load, {PARTS} parts",
                lambda: ledger.load(folder / "ledger"),
                peer_read,
                PEER_READ,
            )
        ]
        ledger.compact(folder / "ledger")
        rows.append(
            measured(
                "ledger load, compacted",
                lambda: ledger.load(folder / "ledger"),
                peer_read,
                PEER_READ,
            )
        )
        batch = frame.iloc[:5000]
        rows.append(
            measured(
                "ledger write, batch of 5000",
                lambda: ledger.write(folder / "batches", batch),
                best(lambda: batch.to_parquet(plain)),
                PEER_WRITE,
            )
        )
        rows.append(
            measured(
                "ledger write, 5e5 at once",
                lambda: ledger.write(folder / "whole", frame),
                peer_write,
                PEER_WRITE,
            )
        )
    for row, count in zip(rows, (ROWS, ROWS, 5000, ROWS), strict=True):
        row["rows_per_s"] = count / float(str(row["ours_s"]))
    return rows


def mission(rows: int) -> pd.DataFrame:
    """Make rows of a long mission: every column, numbers that vary as they do in practice."""
    random = np.random.default_rng(3)
    looks = -(-rows // BANDS)
    look, band = np.divmod(np.arange(rows), BANDS)
    columns: dict[str, object] = {}
    for column in schema.COLUMNS:
        if column.kind == "float":
            varies = random.normal(1.0, 0.01, rows if column.name in PER_ROW else looks)
            columns[column.name] = varies if column.name in PER_ROW else varies[look]
        elif column.kind == "text":
            columns[column.name] = np.array(texts(column.name, looks), dtype=object)[
                band if column.name == "band" else look
            ]
    columns["time"] = np.datetime64("2018-01-01", "us") + look * np.timedelta64(6, "h")
    columns["flags"] = random.integers(0, 4, rows)
    return tidy(pd.DataFrame(columns))


def texts(name: str, looks: int) -> list[str]:
    """One text per look (or band), with as many different ones as a mission has."""
    different = {
        "acquisition_id": looks,
        "input_digest": looks,
        "product": looks,
        "band": BANDS,
        "run_id": 200,
        "software_version": 20,
        "parameter_digest": 40,
        "parameter_set": 40,
        "site": 10,
        "mission_phase": 5,
    }.get(name, 1)
    digests = [
        f"{name}-{hashlib.blake2b(str(i).encode(), digest_size=8).hexdigest()}"
        for i in range(different)
    ]
    return [digests[i * different // looks] for i in range(looks)] if name != "band" else digests


def measured(name: str, ours: Callable[[], object], peer_s: float, peer: str) -> dict[str, object]:
    ours_s = best(ours)
    return {
        "name": name,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": peer_s / ours_s,
        "peer": peer,
    }


def best(work: Callable[[], object], times: int = 3) -> float:
    """Shortest wall time, seconds."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    print(pd.DataFrame(run()).to_string(index=False, float_format="%.3g"))
