"""The ledger: a grow-only set of calibration results that survives everything.

`write` (or `Writer`, in batches) adds rows, `load` gives the current ones,
`history` all of them, `missing` tells what is still to be computed, `withdraw`
takes rows out reversibly, `snapshot` keeps what a report showed, `compact`
merges files, `check` reads everything, `diff` compares two runs; `to_xarray`
and `export` hand rows on.

A row is identified by its key (`schema.KEY`) and run_id, and never changes.
Rows live in immutable Parquet parts named by their own digest, so damage is
found and named while the rest still loads (`Loaded.refused`). Of two runs the
one committed later counts; commit times only grow, whatever the clock does.
A view by date settles once the writes that were under way at that date have
ended; a snapshot is exact.
"""

from venus_analysis.ledger.check import Checked, check
from venus_analysis.ledger.compact import Compacted, compact
from venus_analysis.ledger.convert import choose, export, to_xarray
from venus_analysis.ledger.diff import diff
from venus_analysis.ledger.missing import missing
from venus_analysis.ledger.parts import Refused
from venus_analysis.ledger.snapshot import snapshot
from venus_analysis.ledger.view import Loaded, history, load
from venus_analysis.ledger.withdraw import withdraw
from venus_analysis.ledger.write import Writer, Written, write

__all__ = [
    "Checked",
    "Compacted",
    "Loaded",
    "Refused",
    "Writer",
    "Written",
    "check",
    "choose",
    "compact",
    "diff",
    "export",
    "history",
    "load",
    "missing",
    "snapshot",
    "to_xarray",
    "withdraw",
    "write",
]
