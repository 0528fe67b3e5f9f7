"""What a Sentinel-2 L1C product says of itself: facts, files and angles."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.tile_angles import TileAngles, direction, mean_direction
from venus_analysis.errors import InputError
from venus_analysis.parameters.xml import parse, read_bytes

Box = tuple[float, float, float, float]
BANDS: Final = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12")
"""In the order of the metadata's band numbers, 0 to 12."""
SIMULATED: Final = "SIMULATED"


@dataclass(frozen=True, eq=False)
class SafeProduct:
    """Files and facts of one L1C tile.

    Attributes
    ----------
    path
        The .SAFE folder.
    name, sensor, tile, baseline
        Its name without .SAFE; S2A or S2B; 36RXV; processing baseline as 02.07.
    time
        UTC at which the tile was seen.
    quantification, offsets
        Reflectance = (count + offset of the band) / quantification. Offsets are
        -1000 since baseline 04.00, and 0 before.
    nodata, saturated
        Counts with these meanings.
    epsg, edges
        Map of the tile, and (left, bottom, right, top), m.
    images
        Band to image file.
    folder
        The granule, in which the masks lie.
    angles
        Sun and views.
    """

    path: Path
    name: str
    sensor: str
    tile: str
    baseline: str
    time: np.datetime64
    quantification: float
    offsets: dict[str, float]
    nodata: int
    saturated: int
    epsg: int
    edges: Box
    images: dict[str, Path]
    folder: Path
    angles: TileAngles

    @property
    def simulated(self) -> bool:
        """Whether the product calls itself simulated."""
        return SIMULATED in self.name.upper()

    def mask(self, kind: str, band: str = "B00") -> Path | None:
        """File of a mask, .jp2 or .gml, or None when the product has none."""
        for suffix in (".jp2", ".gml"):
            found = sorted((self.folder / "QI_DATA").glob(f"*MSK_{kind}_{band}{suffix}"))
            if found:
                return found[0]
        return None


def open_safe(path: str | Path) -> SafeProduct:
    """Find out what a product consists of; no pixel is read.

    Parameters
    ----------
    path
        The unpacked .SAFE folder, or its MTD_MSIL1C.xml.

    Raises
    ------
    InputError
        No L1C product, more than one granule, or metadata that lack something.

    References
    ----------
    ESA, Sentinel-2 Products Specification Document, S2-PDGS-TAS-DI-PSD.

    Examples
    --------
    >>> open_safe("absent.SAFE")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.SAFE: expected an unpacked .SAFE folder ...
    """
    path = Path(path)
    folder = path.parent if path.name == "MTD_MSIL1C.xml" else path
    granules = sorted(folder.glob("GRANULE/*/MTD_TL.xml"))
    if not (folder / "MTD_MSIL1C.xml").is_file() or len(granules) != 1:
        raise InputError(
            path,
            "an unpacked .SAFE folder with MTD_MSIL1C.xml and one granule",
            f"{len(granules)} granules" if folder.is_dir() else "no folder",
            "unpack the L1C product; L2A does not serve",
        )
    product = Document(folder / "MTD_MSIL1C.xml")
    tile = Document(granules[0])
    granule = granules[0].parent
    name = folder.name.removesuffix(".SAFE")
    size = tile.root.find('.//Tile_Geocoding/Size[@resolution="10"]')
    corner = tile.root.find('.//Tile_Geocoding/Geoposition[@resolution="10"]')
    if size is None or corner is None:
        raise InputError(tile.path, "Tile_Geocoding at 10 m", "none", "fetch the product again")
    left, top = tile.number("ULX", corner), tile.number("ULY", corner)
    lines, columns = tile.number("NROWS", size), tile.number("NCOLS", size)
    special = _special_values(product)
    return SafeProduct(
        path=folder,
        name=name,
        sensor=_sensor(product),
        tile=tile.text("TILE_ID")[-12:-7].lstrip("T_"),
        baseline=product.text("PROCESSING_BASELINE"),
        time=tile.time("SENSING_TIME"),
        quantification=product.number("QUANTIFICATION_VALUE"),
        offsets=_offsets(product),
        nodata=special.get("NODATA", 0),
        saturated=special.get("SATURATED", 65535),
        epsg=_epsg(tile),
        edges=(left, top - 10.0 * lines, left + 10.0 * columns, top),
        images=_images(granule),
        folder=granule,
        angles=_angles(tile, left, top),
    )


class Document:
    """A metadata file whose elements must be there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = parse(read_bytes(path), str(path))

    def text(self, tag: str, within: Any = None) -> str:
        """Text of the first element of this name."""
        found = (self.root if within is None else within).findtext(f".//{tag}")
        if found is None or not found.strip():
            raise InputError(f"{self.path}: {tag}", "a value", "none", "fetch the product again")
        return str(found).strip()

    def number(self, tag: str, within: Any = None) -> float:
        """Its text as a finite number."""
        return self.finite(tag, self.text(tag, within))

    def finite(self, where: str, text: str) -> float:
        """Text as a finite number."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InputError(
                f"{self.path}: {where}", "a number", repr(text[:40]), "fetch the product again"
            )
        return value

    def time(self, tag: str) -> np.datetime64:
        """Its text as a time, UTC."""
        text = self.text(tag)
        try:
            return np.datetime64(text.removesuffix("Z"), "us")
        except ValueError:
            raise InputError(
                f"{self.path}: {tag}", "an ISO time", repr(text[:40]), "fetch the product again"
            ) from None

    def table(self, element: Any) -> NDArray[np.float64]:
        """Rows of a Values_List."""
        rows = [] if element is None else [row.text or "" for row in element.findall(".//VALUES")]
        try:
            found = np.array([row.split() for row in rows], np.float64)
        except ValueError:
            found = np.empty(0)
        if found.ndim != 2 or min(found.shape) < 2:
            raise InputError(
                f"{self.path}: Values_List",
                "rows of numbers",
                f"{len(rows)} rows",
                "fetch it again",
            )
        return found


def _sensor(product: Document) -> str:
    name = product.text("SPACECRAFT_NAME").replace("Sentinel-2", "S2")
    if name not in ("S2A", "S2B"):
        raise InputError(
            f"{product.path}: SPACECRAFT_NAME",
            "Sentinel-2A or Sentinel-2B",
            repr(name),
            "other spacecraft have no responses here",
        )
    return name


def _epsg(tile: Document) -> int:
    text = tile.text("HORIZONTAL_CS_CODE")
    found = re.fullmatch(r"EPSG:(\d{4,5})", text)
    if not found:
        raise InputError(f"{tile.path}: HORIZONTAL_CS_CODE", "EPSG:n", repr(text), "check it")
    return int(found[1])


def _offsets(product: Document) -> dict[str, float]:
    offsets = dict.fromkeys(BANDS, 0.0)
    for element in product.root.iterfind(".//RADIO_ADD_OFFSET"):
        number = product.finite("RADIO_ADD_OFFSET", element.text or "")
        offsets[_band(element, "band_id", product)] = number
    return offsets


def _band(element: Any, attribute: str, where: Document) -> str:
    number = str(element.get(attribute, ""))
    if not number.isdigit() or int(number) >= len(BANDS):
        raise InputError(f"{where.path}: {attribute}", "0 to 12", repr(number), "fetch it again")
    return BANDS[int(number)]


def _special_values(product: Document) -> dict[str, int]:
    return {
        product.text("SPECIAL_VALUE_TEXT", one): int(product.number("SPECIAL_VALUE_INDEX", one))
        for one in product.root.iterfind(".//Special_Values")
    }


def _images(granule: Path) -> dict[str, Path]:
    found = {}
    for band in BANDS:
        code = band if band == "B8A" else f"B{int(band[1:]):02d}"
        for path in sorted((granule / "IMG_DATA").glob(f"*_{code}.jp2")):
            found[band] = path
    if not found:
        raise InputError(granule, "IMG_DATA/..._Bnn.jp2", "none", "unpack the whole product")
    return found


def _angles(tile: Document, left: float, top: float) -> TileAngles:
    sun = tile.root.find(".//Sun_Angles_Grid")
    if sun is None:
        raise InputError(tile.path, "a Sun_Angles_Grid", "none", "fetch the product again")
    views: dict[str, list[NDArray[np.float64]]] = {}
    for grid in tile.root.iterfind(".//Viewing_Incidence_Angles_Grids"):
        band = _band(grid, "bandId", tile)
        views.setdefault(band, []).append(_directions(tile, grid))
    for mean in tile.root.iterfind(".//Mean_Viewing_Incidence_Angle"):
        band = _band(mean, "bandId", tile)
        if not any(np.isfinite(one).any() for one in views.get(band, [])):
            angle = tile.number("ZENITH_ANGLE", mean), tile.number("AZIMUTH_ANGLE", mean)
            views[band] = [
                np.broadcast_to(direction(*map(np.array, angle))[:, None, None], (3, 2, 2))
            ]
    step = (tile.number("ROW_STEP", sun), tile.number("COL_STEP", sun))
    return TileAngles(
        left,
        top,
        step,
        _directions(tile, sun),
        {band: mean_direction(grids) for band, grids in views.items()},
    )


def _directions(tile: Document, grid: Any) -> NDArray[np.float64]:
    zenith, azimuth = (tile.table(grid.find(name)) for name in ("Zenith", "Azimuth"))
    if zenith.shape != azimuth.shape:
        received = f"{zenith.shape} and {azimuth.shape}"
        raise InputError(f"{tile.path}: angles", "grids of one size", received, "fetch it again")
    return direction(zenith, azimuth)
