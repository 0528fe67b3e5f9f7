"""What residuals depend on, in words and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from venus_analysis.calibrate.drift.residuals import AXES
from venus_analysis.compute.dependence import Dependence
from venus_analysis.report.headline import Line
from venus_analysis.report.tables import Cell, render, table
from venus_analysis.report.wording import number, percent, plural

SURE: Final = 0.01
COVERAGE: Final = 1.96
WITHIN: Final = " within sites"
LEVELS: Final = (
    "; each site has a level of its own, and span is that of the site where it is widest"
)
ALONE: Final = "; none where no site has looks enough at two values of it"


def dependence_headline(
    found: Mapping[str, Dependence], axis: str, looks: int, theme: str = "light"
) -> str:
    """Tell band by band whether its residuals depend on a condition, in HTML."""
    lines = [dependence_line(one, band, axis) for band, one in list(found.items())[:3]]
    facts = (
        f"{plural(looks, 'look')} · residual: ratio as produced over the fitted line of its band; "
        "large marks: medians of classes of looks, site by site, bars 95 %"
    )
    return render("headline.html.j2", lines=lines, facts=facts, theme=theme)


def dependence_line(one: Dependence, band: str, axis: str) -> Line:
    """Pieces (kind, text) of the sentence on one band."""
    return (("", f"{band} · "), _verdict(one, AXES[axis].partition(" (")[0]))


def dependence_table(
    found: Mapping[str, Dependence],
    axis: str,
    halves: Mapping[str, Dependence],
    theme: str = "light",
) -> str:
    """Give span of the class medians, chance, slope and detector halves, band by band."""
    unit = _unit(axis)
    within = any(_several(one) for one in found.values())
    rows: list[list[Cell | str]] = []
    for band, one in found.items():
        side = halves.get(band)
        rows.append(
            [
                band,
                Cell(str(int(one.number.sum())), "number"),
                Cell(percent(one.span, sign=False), "number"),
                Cell(
                    "< 0.001" if one.probability < 0.001 else number(one.probability, 3), "number"
                ),
                Cell(_slope(one, axis), "number"),
                Cell(_sides(side) if side is not None else "–", "number"),
            ]
        )
    return table(
        ["band", "looks in classes", "span of medians", "chance", f"slope ({unit}, 95 %)",
         "right less left half (95 %)"],
        rows,
        caption=f"Residuals against {AXES[axis].partition(' (')[0]}; chance: of medians so "
        f"different{WITHIN if within else ''} if nothing depended on it, looks taken as "
        f"independent{LEVELS if within else ''}"
        f"{ALONE if any(one.contrasts == 0 for one in found.values()) else ''}",
        theme=theme,
        empty="No look has both a residual and this condition.",
    )  # fmt: skip


def _verdict(one: Dependence, name: str) -> tuple[str, str]:
    if len(one.median) < 2:
        return "none", f"too few looks to tell a dependence on {name}"
    span = percent(one.span, sign=False)
    if one.contrasts == 0:
        return "none", f"{name} cannot be told from a difference of sites"
    if _several(one):
        if one.probability < SURE:
            return "open", f"depends on {name} within sites: medians span up to {span}"
        return "good", f"no sure dependence on {name} within sites: medians span up to {span}"
    if one.probability < SURE:
        return "open", f"depends on {name}: medians span {span}"
    return "good", f"no sure dependence on {name}: medians span {span}"


def _several(one: Dependence) -> bool:
    return len(set(one.groups)) > 1


def _slope(one: Dependence, axis: str) -> str:
    scale = 100.0 * (365.25 * 86400e3 if axis == "time" else 1.0)
    value, reach = scale * one.slope, COVERAGE * scale * one.u_slope
    digits = 4 if axis == "centre_column" else 3
    if number(value, digits) == "–":
        return "–"
    return f"{number(value, digits, sign=True)} ± {number(reach, digits)}"


def _unit(axis: str) -> str:
    if axis == "time":
        return "%/yr"
    label = AXES[axis]
    unit = label.partition("(")[2].rstrip(")").partition(",")[0]
    return f"% per {unit}" if unit else "%"


def _sides(one: Dependence) -> str:
    if len(one.median) < 2:
        return "–"
    step = 100.0 * float(one.median[1] - one.median[0])
    reach = 100.0 * COVERAGE * float((one.u_median**2).sum()) ** 0.5
    return f"{number(step, 2, sign=True)} ± {number(reach, 2)} %"
