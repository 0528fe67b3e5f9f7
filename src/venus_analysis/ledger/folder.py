"""Reading a folder of parts, while others may write or compact it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from venus_analysis import schema
from venus_analysis.errors import LedgerError
from venus_analysis.ledger.parts import Refused, arrow_schema, decode
from venus_analysis.ledger.store import ROWS, Store
from venus_analysis.schema import Column

LISTINGS = 20


@dataclass
class Folder:
    """Everything readable in one folder of the ledger, by part name."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)

    def table(self, columns: tuple[Column, ...]) -> pa.Table:
        """All parts as one table, in the order of their names."""
        parts = [self.tables[name] for name in sorted(self.tables)]
        wanted = arrow_schema(columns)
        if not parts:
            return wanted.empty_table()
        table = pa.concat_tables([part.select(wanted.names) for part in parts])
        return table.unify_dictionaries().combine_chunks()


def read_folder(
    store: Store,
    folder: str,
    columns: tuple[Column, ...] = schema.COLUMNS,
    wanted: list[str] | None = None,
) -> Folder:
    """Read and check every part of a folder.

    A compaction may delete a part between listing and reading; its rows are
    then in a part that a new listing shows. So list until nothing is new;
    what was read stays good, for a part never changes.
    """
    found = Folder()
    names = [column.name for column in columns] if wanted is None else wanted
    for _ in range(LISTINGS):
        vanished = 0
        listed = store.names(folder)
        new = [n for n in listed if n not in found.tables and n not in found.refused]
        for name in new:
            try:
                found.tables[name] = decode(name, store.read(folder, name), columns, names)
            except FileNotFoundError:
                vanished += 1
            except (LedgerError, OSError) as error:
                found.refused[name] = Refused(f"{folder}/{name}", str(error))
        if not new:
            break
    else:
        if vanished:
            raise LedgerError(
                f"ledger {store.label}: expected parts that stay while they are read, received "
                f"{LISTINGS} listings with parts that had gone; let the compactions end and retry"
            )
    return found


def rows_table(store: Store, wanted: list[str] | None = None) -> tuple[pa.Table, list[Refused]]:
    """All readable rows, repeats and withdrawn ones included, and the refused parts."""
    found = read_folder(store, ROWS, wanted=wanted)
    columns = schema.COLUMNS
    if wanted is not None:
        columns = tuple(column for column in columns if column.name in wanted)
    return found.table(columns), list(found.refused.values())
