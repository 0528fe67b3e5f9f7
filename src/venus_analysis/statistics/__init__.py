"""The statistical results file: one row per acquisition, band and reference, as CSV or NetCDF.

`statistics_row` joins a ledger row and what its measurement rests on;
`write_statistics` and `read_statistics` are each other's inverse, in both
formats; `with_statistics` puts them beside rows of the ledger; `dictionary` is the table of
columns that stands in the files.
"""

from venus_analysis.statistics.columns import dictionary
from venus_analysis.statistics.files import read_statistics, write_statistics
from venus_analysis.statistics.join import with_statistics
from venus_analysis.statistics.row import statistics_row

__all__ = [
    "dictionary",
    "read_statistics",
    "statistics_row",
    "with_statistics",
    "write_statistics",
]
