"""Statistics of looks beside their rows of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from venus_analysis.schema import KEY
from venus_analysis.statistics.files import read_statistics

if TYPE_CHECKING:
    import pandas as pd


def with_statistics(frame: pd.DataFrame, paths: Sequence[Path]) -> pd.DataFrame:
    """Add columns the ledger does not have, look by look; of a look told twice the last counts.

    Parameters
    ----------
    frame
        Rows as from `venus_analysis.ledger.load`.
    paths
        Statistics files, as `write_statistics` writes them; none adds nothing.

    Returns
    -------
    pandas.DataFrame
        As many rows; NaN where no file has the look.

    Examples
    --------
    >>> import pandas as pd
    >>> with_statistics(pd.DataFrame({"band": ["B1"]}), []).columns.tolist()
    ['band']
    """
    import pandas as pd

    if not paths:
        return frame
    own = pd.concat([read_statistics(path) for path in paths], ignore_index=True)
    more = [name for name in own if name not in frame]
    known = own[[*KEY, *more]].drop_duplicates(list(KEY), keep="last")
    return frame.merge(known, how="left", on=list(KEY), validate="many_to_one")
