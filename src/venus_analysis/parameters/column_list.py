"""Long lists of one text a column, taken out of a file before its XML is parsed.

Ten thousand elements take a parser longer than all the rest of a file; those of
a list that is written evenly are told apart by their tags alone. A list with
anything else in it stays where it is, and is read, or refused, as XML.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from venus_analysis.parameters.names import COLUMNS

LISTS: Final = {
    "List_of_Dark_Currents": "Dark_Current",
    "List_of_Relative_Sensitivities": "Relative_Sensitivity",
}


def cut_columns(data: bytes) -> tuple[bytes, dict[str, list[str]]]:
    """Take the evenly written lists of columns out of a document, which keeps them empty.

    Parameters
    ----------
    data
        The document. It may hold no comment, no processing instruction and no
        CDATA, where a list could hide.

    Returns
    -------
    bytes
        The document, as it was if no list could be taken out.
    dict
        Texts of the columns 1 to 5200 by name of the list.

    Examples
    --------
    >>> rows = "".join(f'<Dark_Current sn="{n}">4.5</Dark_Current>' for n in range(1, 5201))
    >>> text = f'<x><List_of_Dark_Currents count="5200">{rows}</List_of_Dark_Currents></x>'
    >>> rest, found = cut_columns(text.encode())
    >>> rest, len(found["List_of_Dark_Currents"])
    (b'<x><List_of_Dark_Currents count="5200"></List_of_Dark_Currents></x>', 5200)
    """
    for name, item in LISTS.items():
        head, opening, rest = data.partition(f'<{name} count="{COLUMNS}">'.encode())
        if not opening:
            continue
        block, closing, tail = rest.partition(f"</{name}>".encode())
        short = head + opening + closing + tail
        hidden = b"<!" in short or short.count(b"<?") > 1 or short.count(b"<" + name.encode()) > 1
        texts = None if hidden or not closing else _even_texts(block, item)
        return (data, {}) if texts is None else (short, {name: texts})
    return data, {}


def _even_texts(block: bytes, item: str) -> list[str] | None:
    """Texts of all columns in order, if the same blanks lie between any two; else None."""
    start, end = f'<{item} sn="'.encode(), f"</{item}>".encode()
    blanks, _, rows = block.partition(start)
    rows, _, after = rows.rpartition(end)
    if blanks.strip() or after.strip():
        return None
    lines, places = rows.split(end + blanks + start), _places()
    if len(lines) != len(places) or not all(map(bytes.startswith, lines, places)):
        return None
    joined = b"\n".join(map(bytes.removeprefix, lines, places))
    if b"<" in joined or b"&" in joined or not joined.isascii():
        return None
    texts = joined.decode("ascii").split("\n")
    return texts if len(texts) == len(places) else None


@cache
def _places() -> list[bytes]:
    return [f'{column}">'.encode() for column in range(1, COLUMNS + 1)]
