"""Metadata files of SIMULATED Sentinel-2 L1C products, only what is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.sentinel2_metadata import BANDS
from venus_analysis.collect.tile_angles import angles
from venus_analysis.simulate.l1c_metadata import xml_bytes

if TYPE_CHECKING:
    from venus_analysis.simulate.safe_product import SafeScene

NAMESPACE = "https://psd-14.sentinel2.eo.esa.int/PSD"


def product_metadata(scene: SafeScene) -> bytes:
    """MTD_MSIL1C.xml: spacecraft, baseline, quantification, offsets, special counts."""
    from lxml import etree

    root = etree.Element(f"{{{NAMESPACE}}}Level-1C_User_Product", nsmap={"n1": NAMESPACE})
    info = etree.SubElement(root, f"{{{NAMESPACE}}}General_Info")
    facts = _add(info, "Product_Info")
    _add(facts, "PROCESSING_BASELINE", scene.baseline)
    _add(_add(facts, "Datatake"), "SPACECRAFT_NAME", scene.sensor.replace("S2", "Sentinel-2"))
    image = _add(info, "Product_Image_Characteristics")
    for text, index in (("NODATA", "0"), ("SATURATED", "65535")):
        special = _add(image, "Special_Values")
        _add(special, "SPECIAL_VALUE_TEXT", text)
        _add(special, "SPECIAL_VALUE_INDEX", index)
    _add(image, "QUANTIFICATION_VALUE", "10000", unit="none")
    if scene.offset:
        offsets = _add(image, "Radiometric_Offset_List")
        for number in range(len(BANDS)):
            _add(offsets, "RADIO_ADD_OFFSET", f"{scene.offset:g}", band_id=str(number))
    return xml_bytes(root)


def tile_metadata(
    scene: SafeScene, placed: Mapping[str, Any], sun: NDArray[np.float64], view: NDArray[np.float64]
) -> bytes:
    """MTD_TL.xml: time, map and angle grids (3, line, column) on nodes of 5 km."""
    from lxml import etree

    root = etree.Element(f"{{{NAMESPACE}}}Level-1C_Tile_ID", nsmap={"n1": NAMESPACE})
    info = etree.SubElement(root, f"{{{NAMESPACE}}}General_Info")
    _add(info, "TILE_ID", f"{scene.name}_T{scene.tile}_N{scene.baseline}")
    _add(info, "SENSING_TIME", f"{scene.time}Z")
    geometric = etree.SubElement(root, f"{{{NAMESPACE}}}Geometric_Info")
    coding = _add(geometric, "Tile_Geocoding")
    _add(coding, "HORIZONTAL_CS_CODE", str(placed["crs"]))
    for step in (10, 20, 60):
        size = _add(coding, "Size", resolution=str(step))
        _add(size, "NROWS", str(scene.side_m // step))
        _add(size, "NCOLS", str(scene.side_m // step))
    corner = _add(coding, "Geoposition", resolution="10")
    _add(corner, "ULX", f"{placed['left']:g}")
    _add(corner, "ULY", f"{placed['top']:g}")
    tile = _add(geometric, "Tile_Angles")
    _grid(_add(tile, "Sun_Angles_Grid"), sun)
    halves = [view.copy(), view.copy()]
    middle = view.shape[2] // 2
    halves[0][:, :, middle:] = np.nan
    halves[1][:, :, : middle - 1] = np.nan
    for number in range(len(BANDS)):
        for detector, half in enumerate(halves, start=5):
            grids = _add(
                tile, "Viewing_Incidence_Angles_Grids", bandId=str(number), detectorId=str(detector)
            )
            _grid(grids, half)
    return xml_bytes(root)


def _grid(parent: Any, vectors: NDArray[np.float64]) -> None:
    for name, values in zip(("Zenith", "Azimuth"), angles(vectors), strict=True):
        table = _add(parent, name)
        _add(table, "COL_STEP", "5000", unit="m")
        _add(table, "ROW_STEP", "5000", unit="m")
        rows = _add(table, "Values_List")
        for row in values:
            text = " ".join("NaN" if np.isnan(value) else f"{value:.6f}" for value in row)
            _add(rows, "VALUES", text)


def _add(parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
    from lxml import etree

    element = etree.SubElement(parent, tag, attributes)
    element.text = text
    return element
