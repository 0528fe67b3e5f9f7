"""Plain rows become the table that a frame of them becomes."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from venus_analysis import ledger
from venus_analysis.errors import InputError
from venus_analysis.ledger.cells import arrow_cells, plain_cells
from venus_analysis.ledger.parts import arrow_schema, to_frame
from venus_analysis.ledger.rows import tidy
from venus_analysis.schema import COLUMNS, IDENTITY

TIME = np.datetime64("2024-05-01T12:00:00.000001", "us")


def row(**values):
    return dict.fromkeys(IDENTITY, "x") | values


def test_plain_cells_give_the_frame_of_the_long_way():
    rows = [
        row(band="B1", ratio=0.1 + 0.2, time=TIME, flags=2**40, simulated=True, site="é=µ"),
        row(band="B2", ratio=np.float32(0.5), time=None, flags=np.int64(-3), product=None),
        row(band="B10", ratio=float("nan"), altitude_km=720, simulated=np.bool_(False)),
    ]
    cells = plain_cells(rows, COLUMNS)
    assert cells is not None
    arrays = [arrow_cells(cells[one.name], one.kind) for one in COLUMNS]
    table = pa.Table.from_arrays(arrays, schema=arrow_schema())
    table.validate(full=True)
    pd.testing.assert_frame_equal(to_frame(table), tidy(rows), check_dtype=False)


@pytest.mark.parametrize(
    "change",
    [
        {"time": "2024-05-01T12:00:00Z"},
        {"ratio": "0.99"},
        {"ratio": True},
        {"flags": 1.0},
        {"flags": 2**63},
        {"ratio": 10**400},
        {"simulated": 1},
        {"site": float("nan")},
        {"site": "\ud800"},
        {"no_column": 1},
    ],
)
def test_what_is_not_plain_goes_the_long_way(change):
    assert plain_cells([row(), row(**change)], COLUMNS) is None


def test_twice_the_same_row_is_one_and_two_results_of_one_run_are_refused(tmp_path):
    with ledger.Writer(tmp_path) as writer:
        writer.add([row(ratio=0.5)])
        writer.add([row(ratio=0.5), row(ratio=0.5)])
    assert len(ledger.load(tmp_path).frame) == 1
    with pytest.raises(InputError, match="one result"):
        ledger.write(tmp_path, [row(ratio=0.5), row(ratio=0.6)])


def test_writing_plain_rows_imports_no_pandas(tmp_path):
    code = (
        "import sys; from venus_analysis.ledger import Writer;"
        "from venus_analysis.schema import IDENTITY;"
        "w = Writer(sys.argv[1]); w.add([dict.fromkeys(IDENTITY, 'x')]); w.flush();"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert len(ledger.load(tmp_path).frame) == 1
