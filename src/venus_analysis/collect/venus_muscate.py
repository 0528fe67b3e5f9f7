"""The MUSCATE layout of VENuS L1C products: one file a band, masks, grids of angles."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Final

from venus_analysis.collect.check import utc_time
from venus_analysis.collect.venus_product import (
    ALL_BANDS,
    MASKS,
    SUN,
    AngleSource,
    Plane,
    VenusProduct,
    inside,
)
from venus_analysis.errors import InputError
from venus_analysis.parameters.names import BANDS, TRI_DETECTORS, band_name
from venus_analysis.parameters.xml import parse, read_bytes

NATURES: Final = {
    "cloud": ("Cloud", "Detailed_Cloud", "Clouds"),
    "saturated": ("Saturation",),
    "defective": ("Aberrant_Pixels", "Defective_Pixel"),
}
NODATA: Final = ".//SPECIAL_VALUE[@name='nodata']"
MOST_BITS: Final = 16
CODES: Final = {"cloud": "_CLD_", "saturated": "_SAT_", "defective": "_PIX_"}


def open_muscate(path: Path) -> VenusProduct:
    """Open a product by its metadata (``VENUS-XS_..._L1C_..._MTD_ALL.xml``).

    The metadata name every file. A mask is told by its nature, or by ``CLD``,
    ``SAT``, ``PIX`` in its name; ``bit_number`` counts from 1, and without one any
    value but 0 counts. Clouds have one mask for all bands. The layout is inferred
    from public readers (no specification of the L1C is public): natures and files
    that they do not name are left aside.

    Raises
    ------
    InputError
        Refused XML (see `parameters.xml`), another satellite or level, a file
        outside the product, or no images, scale, time or angles.
    """
    root, where = parse(read_bytes(path), path.name), path.name
    characteristics = "Product_Characteristics"
    found = {tag: _text(root, f".//{characteristics}/{tag}") for tag in _TAGS}
    if root.tag != "Muscate_Metadata_Document" or "VENUS" not in (found["PLATFORM"] or "").upper():
        raise InputError(
            where,
            "metadata of a VENuS product from MUSCATE",
            f"{root.tag} of {found['PLATFORM']}"[:100],
            "choose the product's MTD_ALL.xml",
        )
    if found["PRODUCT_LEVEL"] not in (None, "L1C"):
        raise InputError(where, "level L1C", str(found["PRODUCT_LEVEL"]), "fetch the L1C product")
    images = {
        band_name(item.get("band_id") or "", where): Plane(inside(path.parent, item.text, where))
        for item in root.iterfind(".//Image_List//IMAGE_FILE[@band_id]")
        if item.text
    }
    absent = [band for band in BANDS if band not in images]
    if absent:
        raise InputError(where, f"images of {', '.join(BANDS)}", f"no {', '.join(absent)}", "check")
    quantification = _number(root, ".//REFLECTANCE_QUANTIFICATION_VALUE", where)
    if not quantification >= 1.0:
        raise InputError(
            f"{where}: REFLECTANCE_QUANTIFICATION_VALUE",
            "counts for a reflectance of 1, as 1000",
            f"{quantification:g}",
            "check the metadata",
        )
    return VenusProduct(
        path=path,
        layout="muscate",
        name=found["PRODUCT_ID"] or path.name.partition("_MTD_")[0],
        site=_text(root, ".//GEOGRAPHICAL_ZONE") or "",
        time=utc_time(f"{where}: ACQUISITION_DATE", found["ACQUISITION_DATE"] or ""),
        scale=1.0 / quantification,
        nodata=int(_number(root, NODATA, where)) if _text(root, NODATA) else 0,
        images={band: images[band] for band in BANDS},
        masks=_masks(root, path.parent, where),
        angles=AngleSource(_means(root, where), grids=_grids(root, path.parent, where)),
        shape=_shape(root),
        epsg=_epsg(root),
    )


_TAGS: Final = ("PLATFORM", "PRODUCT_LEVEL", "PRODUCT_ID", "ACQUISITION_DATE")


def _text(root: Any, path: str) -> str | None:
    found = root.find(path)
    text = "" if found is None else (found.text or "").strip()
    return text or None


def _number(root: Any, path: str, where: str) -> float:
    text = _text(root, path)
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: {path[3:]}", "a number", repr(text), "check the metadata")
    return value


def _shape(root: Any) -> tuple[int, int] | None:
    sizes = [_text(root, f".//Group_Geopositioning/{tag}") for tag in ("NROWS", "NCOLS")]
    known = [re.fullmatch(r"(\d{1,6})(?:\.0*)?", text or "") for text in sizes]
    return (int(known[0][1]), int(known[1][1])) if known[0] and known[1] else None


def _epsg(root: Any) -> int | None:
    match = re.fullmatch(r"(?:EPSG:)?(\d{4,6})", _text(root, ".//HORIZONTAL_CS_CODE") or "")
    return int(match[1]) if match else None


def _masks(root: Any, folder: Path, where: str) -> dict[str, dict[str, Plane]]:
    masks: dict[str, dict[str, Plane]] = {}
    for mask in root.iterfind(".//Mask_List/Mask"):
        nature = _text(mask, "Mask_Properties/NATURE") or ""
        for item in mask.iterfind("Mask_File_List/MASK_FILE"):
            kind = _kind(nature, item.text or "")
            if kind is None:
                continue
            code = item.get("band_id")
            band = band_name(code, where) if code else ALL_BANDS
            bits = tuple(map(int, re.findall(r"\d+", item.get("bit_number") or "")))
            if bits and not 1 <= min(bits) <= max(bits) <= MOST_BITS:
                raise InputError(f"{where}: bit_number", f"1 to {MOST_BITS}", str(bits), "check it")
            plane = Plane(inside(folder, item.text or "", where), 1, bits)
            masks.setdefault(kind, {})[band] = plane
    return masks


def _kind(nature: str, name: str) -> str | None:
    by_nature = (kind for kind in MASKS if nature in NATURES[kind])
    by_name = (kind for kind in MASKS if CODES[kind] in name)
    return next(by_nature, None) or next(by_name, None)


def _means(root: Any, where: str) -> dict[int, tuple[float, float]]:
    values = ".//Mean_Value_List"
    view = f"{values}//Mean_Viewing_Incidence_Angle"
    places = {SUN: f"{values}/Sun_Angles"} | {
        number: f"{view}[@detector_id='{number:02d}']" for number in TRI_DETECTORS
    }
    for number in TRI_DETECTORS:  # both spellings are seen: 01 and 1
        if root.find(places[number]) is None:
            places[number] = f"{view}[@detector_id='{number}']"
    return {
        key: (
            _number(root, f"{place}/ZENITH_ANGLE", where),
            _number(root, f"{place}/AZIMUTH_ANGLE", where),
        )
        for key, place in places.items()
    }


def _grids(root: Any, folder: Path, where: str) -> dict[int, tuple[Plane, Plane]]:
    axes: dict[int, dict[str, Plane]] = {}
    for data in root.iterfind(".//Data_List/Data"):
        nature = _text(data, "Data_Properties/NATURE")
        for item in data.iterfind("Data_File_List/DATA_FILE"):
            detector = (item.get("detector_id") or "").strip()
            if nature == "Solar_Angles_Grid":
                key = SUN
            elif nature == "Viewing_Angles_Grid" and detector.isdigit():
                key = int(detector)
            else:
                continue
            number = re.fullmatch(r"[1-9]\d{0,2}", (item.get("band_number") or "1").strip())
            if number is None:
                raise InputError(f"{where}: {nature}", "a band_number", "none", "check it")
            plane = Plane(inside(folder, item.text or "", where), int(number[0]))
            axes.setdefault(key, {}).setdefault(str(item.get("axis")).upper(), plane)
    return {key: (pair["DX"], pair["DY"]) for key, pair in axes.items() if {"DX", "DY"} <= {*pair}}
