"""A Moon image in words: its ratio, filtered pixels, halo and ghosts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from venus_analysis.flags import decode
from venus_analysis.plot import style
from venus_analysis.plot.moon_picture import Picture
from venus_analysis.plot.residuals import SIGNIFICANT, ghosts_of
from venus_analysis.plot.scene import REASON_COLOURS, REASON_NAMES
from venus_analysis.report.headline import Line
from venus_analysis.report.tables import Cell, render, table
from venus_analysis.report.wording import number, percent

if TYPE_CHECKING:
    import xarray as xr


def look_headline(row: Any, product: xr.Dataset, theme: str = "light") -> str:
    """Tell what one band of a look says, and of which look, in HTML."""
    lines = [look_line(row, product)]
    return render("headline.html.j2", lines=lines, facts=look_facts(row), theme=theme)


def look_facts(row: Any) -> str:
    """Give acquisition, date, geometry and parameter set of a look in a sentence."""
    return (
        f"{row['acquisition_id']} · {str(row['time'])[:19]} UTC · "
        f"phase {number(row['phase_angle_deg'], 1, sign=True)}° · {row['mission_phase']} · "
        f"oversampling {number(row['oversampling'], 3)} · Ak set {row['parameter_set']} · k = 2"
    )


def look_line(row: Any, product: xr.Dataset) -> Line:
    """Tell what one band of a look says, in pieces (kind, text).

    Parameters
    ----------
    row
        Ledger row of look and band.
    product
        Of the look.
    """
    band = str(row["band"])
    plane = product.sel(band=band)
    u = float(
        np.hypot(np.nan_to_num(row["u_random"]), np.nan_to_num(row["u_systematic_instrument"]))
    )
    rejected = int(plane["rejected"].sum())
    pieces = [
        ("", f"{band} · ratio {number(row['ratio'], 4)} ± {percent(2.0 * u, 2, sign=False)}"),
        ("open" if rejected else "good", f"  ·  {rejected} pixels filtered"),
    ]
    if "ct1_fraction" in plane:
        h, u_h = float(plane["ct1_fraction"]), float(plane["u_ct1_fraction"])
        seen = h > 2.0 * u_h
        pieces.append(("open" if seen else "good", f"  ·  {_halo(h, u_h, seen)}"))
    ghosts = [
        one for one in ghosts_of(product, band) if float(one["ct2_probability"]) < SIGNIFICANT
    ]
    if "ct2_band" in product:
        names = ", ".join(str(one["ct2_source_band"].item()) for one in ghosts)
        told = f"ghost of {names}" if ghosts else "no ghost found"
        pieces.append(("open" if ghosts else "good", f"  ·  {told}"))
    flags = decode(int(row["flags"]))
    if flags:
        pieces.append(("bad", f"  ·  {', '.join(flags)}"))
    return tuple(pieces)


def rejected_table(product: xr.Dataset, theme: str = "light") -> str:
    """Pixels filtered inside the mask of each band, by reason."""
    bands = [str(band) for band in product["band"].to_numpy()]
    there = [name for name in REASON_COLOURS if name in product["reason"].to_numpy()]
    counts = {name: product["rejected"].sel(reason=name).to_numpy() for name in there}
    inside = product["mask"].sum(["i", "j"]).to_numpy()
    rows: list[list[Cell | str]] = [
        [
            band,
            *(Cell(str(int(values[k])), "number") for values in counts.values()),
            Cell(str(sum(int(values[k]) for values in counts.values())), "number"),
            Cell(str(int(inside[k])), "number"),
        ]
        for k, band in enumerate(bands)
    ]
    return table(
        ["band", *(REASON_NAMES[name] for name in counts), "all", "blocks in the mask"],
        rows,
        caption="Pixels filtered inside the mask, by reason; the picture marks them with colours",
        theme=theme,
    )


def ghost_table(product: xr.Dataset, theme: str = "light") -> str:
    """Ghosts looked for: factor, chance, detection limit."""
    rows: list[list[Cell | str]] = []
    count = product.sizes.get("ct2", 0) if "ct2_band" in product else 0
    for k in range(count):
        one = product.isel(ct2=k)
        factor, u = float(one["ct2_factor"]), float(one["u_ct2_factor"])
        found = float(one["ct2_probability"]) < SIGNIFICANT
        rows.append(
            [
                str(one["ct2_band"].item()),
                str(one["ct2_source_band"].item()),
                Cell("found" if found else "not found", "open" if found else "good"),
                Cell(f"{percent(factor, 3)} ± {percent(2.0 * u, 3, sign=False)}", "number"),
                Cell(percent(float(one["ct2_listed_factor"]), 3), "number"),
                Cell(percent(float(one["ct2_detection_limit"]), 3, sign=False), "number"),
                Cell(number(float(one["ct2_shift_columns"]), 1, sign=True), "number"),
                "on the disk" if bool(one["ct2_overlaps_disk"]) else "",
            ]
        )
    return table(
        ["band", "ghost of", "verdict", "factor (k = 2)", "factor in STRLGT", "detection limit",
         "shift (columns)", ""],
        rows,
        caption="CT2: ghosts of the other bands of the tri-detector",
        theme=theme,
        empty="Ghosts were not looked for: calibrate the scene with --residuals.",
    )  # fmt: skip


def picture_legend(picture: Picture, theme: str = "light") -> str:
    """Explain a picture's colours, in HTML: limb, mask, rejected pixels, ghosts."""
    keys = [
        ("┅", style.LIMB, "fitted limb", False),
        ("━", style.MASK, "edge of the mask: what is summed", False),
        *(("■", colour, f"{name}: {count} px", False) for name, colour, count in picture.reasons),
        *(
            ("━" if one.found else "┅", one.colour, f"ghost of {one.text}", True)
            for one in picture.ghosts
        ),
    ]
    return render("legend.html.j2", keys=keys, theme=theme)


def band_legend(bands: Sequence[str], theme: str = "light") -> str:
    """Name the colours of bands, in HTML."""
    keys = [("●", style.band_colour(band, theme), band, False) for band in bands]
    return render("legend.html.j2", keys=keys, theme=theme)


def budget_rows(row: Any) -> list[tuple[str, float]]:
    """Terms of a row's uncertainty budget (k = 1, relative), the largest first.

    Examples
    --------
    >>> budget_rows({"budget_text": '{"budget": {"noise": 0.001, "halo": 0.002}}'})
    [('halo', 0.002), ('noise', 0.001)]
    """
    text = str(row["budget_text"] or "{}")
    terms = json.loads(text).get("budget", {})
    known = [(name, float(value)) for name, value in terms.items() if value is not None]
    return sorted(known, key=lambda term: -term[1])


def budget_table(row: Any, theme: str = "light") -> str:
    """Terms of the uncertainty of the measured irradiance of a look and band."""
    return table(
        ["term", "relative uncertainty (k = 1)"],
        [[name, Cell(percent(value, 3, sign=False), "number")] for name, value in budget_rows(row)],
        caption=f"{row['band']}: uncertainty of the measured irradiance, by term",
        theme=theme,
        empty="The row has no budget.",
    )


def _halo(share: float, u: float, seen: bool) -> str:
    said = f"halo {percent(share, 2, sign=False)} ± {percent(2.0 * u, 2, sign=False)} of the light"
    return (
        said if seen else f"no sure halo ({percent(share, 2)} ± {percent(2.0 * u, 2, sign=False)})"
    )
