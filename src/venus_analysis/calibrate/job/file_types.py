"""What a File_Type of a job order stands for.

Those that begin with ``VSC_`` and ``GIP_`` are names of VENuS products and parameter
files. The ``VA_`` ones are ours, and so is what each stands for: the ground segment's
own table is not public. A configuration file replaces or adds entries.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

InputRole = Literal["moon", "observations", "reference", "parameters"]
OutputRole = Literal["ledger", "statistics", "report", "rows", "pictures"]
Method = Literal["moon", "desert", "sno"]

INPUT_ROLES: Final[tuple[str, ...]] = get_args(InputRole)
OUTPUT_ROLES: Final[tuple[str, ...]] = get_args(OutputRole)
METHODS: Final[tuple[str, ...]] = get_args(Method)

ROLES: Final[dict[str, str]] = {
    **dict.fromkeys(("VSC_1AVALD", "VSC_1ANOTV", "VSC_1AVVIQ", "VSC_1ANVIQ"), "moon"),
    "VA_MOONIMG": "moon",
    **dict.fromkeys(("VSC_L1VALD", "VSC_L1NOTV", "VSC_L1VVIQ", "VSC_L1NVIQ"), "observations"),
    "VA_OBSERVA": "observations",
    "VA_REFOBSV": "reference",
    "S2MSI1C___": "reference",
    "VA_GIPPDIR": "parameters",
    **{
        f"GIP_{kind}": "parameters"
        for kind in ("PHGAIN", "DARKCU", "RELSEN", "NOISMO", "OUTORD", "STRLGT")
    },
    "VA_LEDGER_": "ledger",
    "VA_STATIST": "statistics",
    "VA_REPORT_": "report",
    "VA_ROWS___": "rows",
    "VA_PICTURE": "pictures",
}
"""File type to role."""

TAKEN: Final[dict[str, tuple[str, ...]]] = {
    "moon": ("moon", "parameters"),
    "desert": ("observations", "reference"),
    "sno": ("observations", "reference"),
}
"""Roles of the inputs that a method takes, those it needs first."""

NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "moon": ("moon",),
    "desert": ("observations", "reference"),
    "sno": ("observations", "reference"),
}

TASKS: Final[dict[str, str]] = {"MOON": "moon", "DESERT": "desert", "SNO": "sno"}
"""Task_Name to method."""

SUFFIXES: Final[dict[str, tuple[str, ...]]] = {
    "ledger": (),
    "statistics": (".csv", ".nc"),
    "report": (".xml",),
    "rows": (".json",),
    "pictures": (),
}
"""What the name of an output may end in, the default first; none: a folder."""
