"""One band of a product as a picture about the disk's centre: plain arrays, no drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.flags import PixelFlag
from venus_analysis.plot import style
from venus_analysis.plot.residuals import SIGNIFICANT, ghosts_of, smoothed
from venus_analysis.plot.scene import REASON_COLOURS, REASON_NAMES, disk_mean, plane_of

Kind = Literal["disk", "faint light", "rejected pixels", "ghosts"]
KINDS: Final = get_args(Kind)
FAINT_PERCENT: Final = 2.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ghost:
    """Where a ghost lies or would lie.

    Attributes
    ----------
    xs, ys
        Its outline, columns and lines from the disk's centre.
    text
        Source band, factor with k = 2.
    colour
        Of its source band.
    found
        Whether it stands out of chance.
    """

    xs: Floats
    ys: Floats
    text: str
    colour: str
    found: bool


@dataclass(frozen=True, eq=False)
class Picture:
    """A band's picture; x runs along columns, y along lines, pixels from the disk's centre.

    Attributes
    ----------
    band, kind
        What it shows.
    values
        (i, j) float32: radiance in W m-2 sr-1 um-1, or its share of the disk's mean
        (percent for faint light, 1e-4 for ghosts); NaN beyond the scene.
    label
        What the values are, with unit.
    left, top, width, height
        Edges of the picture.
    centre
        Line and column of the disk's centre, pixels of the scene.
    low, high
        Ends of the colour scale.
    limb, aperture
        (2, vertex) x and y of the fitted limb and of the edge of what is summed.
    stretch
        Lines that cover as much as one column (the oversampling).
    rejected
        (i, j) uint32 RGBA of rejected pixels; empty for the other kinds.
    reasons
        Name, colour and number within the aperture of each reason there is.
    ghosts
        Places looked at.
    """

    band: str
    kind: Kind
    values: NDArray[np.float32]
    label: str
    left: float
    top: float
    width: float
    height: float
    centre: tuple[float, float]
    low: float
    high: float
    limb: Floats
    aperture: Floats
    stretch: float
    rejected: NDArray[np.uint32]
    reasons: tuple[tuple[str, str, int], ...] = ()
    ghosts: tuple[Ghost, ...] = field(default=())


def moon_picture(product: xr.Dataset, band: str, kind: Kind = "disk") -> Picture | None:
    """Picture of one band of a product.

    Parameters
    ----------
    product
        As `venus_analysis.collect.product.read_product` returns it.
    band
        The band.
    kind
        ``disk``: radiance; ``faint light``: the same in percent of the disk's mean, to
        2 %, smoothed over a few blocks; ``rejected pixels``: which are not believed, and
        why; ``ghosts``: the sky without columns, drift and halo, of products with residuals.

    Returns
    -------
    Picture or None
        None where the band has no disk, or no sky of residuals.
    """
    plane = plane_of(product, band)
    limb = np.stack([plane["limb_column"].values, plane["limb_line"].values])
    if not np.isfinite(limb).all() or (kind == "ghosts" and "sky" not in plane):
        return None
    middle = limb[:, :-1].mean(axis=1)
    limb = limb - middle[:, None]
    names = (
        ("sky", "sky_column", "sky_line") if kind == "ghosts" else ("radiance", "column", "line")
    )
    values, column, line = _known(*(plane[name].values for name in names))
    mean = disk_mean(plane)
    scaled, label, low, high = _scaled(values, kind, mean)
    rejected = np.zeros((0, 0), np.uint32)
    reasons: tuple[tuple[str, str, int], ...] = ()
    if kind == "rejected pixels":
        rejected = _coloured(plane["reasons"].values[: len(line), : len(column)])
        reasons = _reasons(plane)
    left, width = _edges(column - middle[0])
    top, height = _edges(line - middle[1])
    reach = np.ptp(limb, axis=1)
    return Picture(
        band,
        kind,
        scaled.astype(np.float32),
        label,
        left,
        top,
        width,
        height,
        (float(middle[1]), float(middle[0])),
        low,
        high,
        limb,
        limb * float(plane["aperture"]),
        float(reach[1] / reach[0]),
        rejected,
        reasons,
        tuple(_ghost(one, middle) for one in ghosts_of(product, band)) if kind == "ghosts" else (),
    )


def _known(values: Any, column: Any, line: Any) -> tuple[Floats, Floats, Floats]:
    """Leave out what only fills up the arrays of a smaller band."""
    columns, lines = np.isfinite(column), np.isfinite(line)
    return values[np.ix_(lines, columns)], column[columns], line[lines]


def _scaled(values: Floats, kind: Kind, mean: float) -> tuple[Floats, str, float, float]:
    """Values in the unit of their kind, its label, and the ends of the colour scale."""
    if kind == "ghosts":
        share = smoothed(values) / mean * 1e4
        limit = max(float(np.nanquantile(np.abs(share), 0.99)), 1.0)
        return share, "sky (1e-4 of the disk's mean)", -limit, limit
    if kind == "faint light":
        share = smoothed(values) / mean * 100.0
        return share, "radiance, smoothed (% of the disk's mean)", 0.0, FAINT_PERCENT
    known = values[np.isfinite(values)]
    high = float(np.quantile(known, 0.999)) if known.size else 1.0
    return values, "radiance (W m⁻² sr⁻¹ µm⁻¹)", 0.0, max(high, 1e-9)


def _edges(centres: Floats) -> tuple[float, float]:
    """First edge and extent of blocks of equal size."""
    step = float(centres[1] - centres[0]) if len(centres) > 1 else 1.0
    return float(centres[0]) - step / 2.0, step * len(centres)


def _coloured(bits: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """RGBA of the first reason of each block; what has none is transparent."""
    found = np.zeros(bits.shape, np.uint32)
    for name, colour in reversed(REASON_COLOURS.items()):
        red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
        found[(bits & int(PixelFlag[name])) > 0] = (255 << 24) + (blue << 16) + (green << 8) + red
    return found


def _reasons(plane: xr.Dataset) -> tuple[tuple[str, str, int], ...]:
    bits = int(np.bitwise_or.reduce(plane["reasons"].values, axis=None))
    return tuple(
        (REASON_NAMES[name], colour, int(plane["rejected"].sel(reason=name)))
        for name, colour in REASON_COLOURS.items()
        if bits & int(PixelFlag[name])
    )


def _ghost(ghost: xr.Dataset, middle: Floats) -> Ghost:
    factor, doubt = 100.0 * float(ghost["ct2_factor"]), 200.0 * float(ghost["u_ct2_factor"])
    found = float(ghost["ct2_probability"]) < SIGNIFICANT
    source = str(ghost["ct2_source_band"].item())
    measured = f": {factor:.3f} ± {doubt:.3f} %" if np.isfinite(factor) else ""
    return Ghost(
        ghost["ct2_column"].values - middle[0],
        ghost["ct2_line"].values - middle[1],
        f"{source}{measured}" + ("" if found else ", not found"),
        style.BAND_COLOURS.get(source, "#777777"),
        found,
    )
