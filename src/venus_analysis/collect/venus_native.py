"""The native layout of VENuS L1 products: a header, and one image of 15 bands."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from venus_analysis.collect.venus_product import (
    ALL_BANDS,
    SUN,
    AngleSource,
    Plane,
    VenusProduct,
    inside,
)
from venus_analysis.errors import InputError
from venus_analysis.parameters.names import BANDS, TRI_DETECTORS
from venus_analysis.parameters.product_header import ProductHeader
from venus_analysis.parameters.product_read import read_product_header

PLANES = {"saturated": "SAT", "defective": "PIX", "cloud": "CLD"}


def open_native(path: Path) -> VenusProduct:
    """Open a product by its header (``VE_..._VSC_L1VALD_..._yyyymmdd.HDR``).

    Bands 1 to 12 of the image are reflectances, 13 to 15 saturation, defects and
    clouds, in the order that the header lists. Bit k of saturation and defects
    belongs to band k, as public processing code reads them; any cloud value but 0
    counts as cloud, which is our inference. The angles at the corners come from
    the header; the HDF annexes with denser grids are not read.

    Raises
    ------
    InputError
        No L1 header, or one without image, scale, bands, time or angles.
    """
    header = read_product_header(path)
    where = path.name
    images = [inside(path.parent, str(name), where) for name in header.image_files]
    if not images:
        raise InputError(where, "an image file", "none", "choose the product's own header")
    if header.quantification is None or header.time is None:
        raise InputError(
            where, "a reflectance scale and a time", "none", "use an L1 product, not 1A"
        )
    absent = [band for band in BANDS if band not in header.bands]
    if absent:
        raise InputError(where, f"bands {', '.join(BANDS)}", f"no {', '.join(absent)}", "check it")
    place = {band: number for number, band in enumerate(header.bands, start=1)}
    size = (header.lines, header.columns)
    return VenusProduct(
        path=path,
        layout="native",
        name=header.name,
        site=header.site,
        time=header.time,
        scale=header.quantification,
        nodata=header.nodata or 0,
        images={band: Plane(images[0], place[band]) for band in BANDS},
        masks=_masks(images[0], place),
        angles=_angles(header, where),
        shape=None if size[0] is None or size[1] is None else (size[0], size[1]),
        absolute_gain=header.absolute_gain,
        parameter_set=header.serials.get("PHGAIN", ""),
        epsg=header.epsg,
    )


def _masks(image: Path, place: dict[str, int]) -> dict[str, dict[str, Plane]]:
    masks: dict[str, dict[str, Plane]] = {}
    for kind, code in PLANES.items():
        if code not in place:
            continue
        if kind == "cloud":
            masks[kind] = {ALL_BANDS: Plane(image, place[code])}
        else:
            masks[kind] = {
                band: Plane(image, place[code], (bit,)) for bit, band in enumerate(BANDS, 1)
            }
    return masks


def _angles(header: ProductHeader, where: str) -> AngleSource:
    mean, corners = {}, {}
    for key in (SUN, *TRI_DETECTORS):
        pairs = {
            (area, point): header.angles_deg.get((key, area, point))
            for area in ("product", "useful_image")
            for point in ("upper_left", "upper_right", "lower_left", "lower_right", "centre")
        }
        centre = pairs["useful_image", "centre"]
        if centre is None:
            raise InputError(
                where, "angles of the Sun and of four tri-detectors", f"none of {key}", "check it"
            )
        mean[key] = (centre[1], centre[0])
        square = [
            [pairs["product", "upper_left"], pairs["product", "upper_right"]],
            [pairs["product", "lower_left"], pairs["product", "lower_right"]],
        ]
        if all(pair is not None for row in square for pair in row):
            corners[key] = np.array(square, np.float64)[..., ::-1]
    return AngleSource(mean, corners)
