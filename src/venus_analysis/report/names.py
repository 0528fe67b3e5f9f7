"""Names of files that say what is in them, whatever the ledger's texts hold."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

MOST_CHARACTERS: Final = 120
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9.+-]+")


def file_stem(*words: object, simulated: bool = False) -> str:
    """Name of a file without its ending, safe in every file system and in a browser.

    Only letters of ASCII, digits and ``. + - _`` are left; anything else becomes one ``_``.
    It never begins or ends with a dot and holds no two in a row, so it cannot lead out of
    its folder. A longer one than `MOST_CHARACTERS` is cut and ends in a digest of the whole,
    so that two of them stay different.

    Parameters
    ----------
    words
        What is in it, most general first; empty ones are left out.
    simulated
        Whether it begins with SIMULATED.

    Examples
    --------
    >>> file_stem("residuals", "desert", "Libya 4", "", "against", "raa", simulated=True)
    'SIMULATED_residuals_desert_Libya_4_against_raa'
    >>> file_stem("moon", "../../etc/passwd", "B1")
    'moon_etc_passwd_B1'
    >>> len(file_stem("moon", "A" * 300))
    120
    """
    told = ("SIMULATED" if simulated else "", *(str(word) for word in words))
    whole = "_".join(text for text in map(_plain, told) if text) or "unnamed"
    if len(whole) <= MOST_CHARACTERS:
        return whole
    digest = blake2b(whole.encode(), digest_size=4).hexdigest()
    return f"{whole[: MOST_CHARACTERS - len(digest) - 1]}_{digest}"


def _plain(word: str) -> str:
    return re.sub(r"\.{2,}", ".", _NOT_IN_A_NAME.sub("_", word)).strip("._-")
