"""SIMULATED Sentinel-2 L1C products, small, in the SAFE layout before and since baseline 04.00."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.sentinel2 import band_code
from venus_analysis.collect.tile_angles import TileAngles, direction
from venus_analysis.simulate.safe_metadata import product_metadata, tile_metadata

Floats = NDArray[np.float64]
Image = Callable[[str, Floats, Floats], Floats]
"""Reflectance of a band at map coordinates x, y (line, column)."""

RESOLUTION_M: Final = {
    "B1": 60,
    "B2": 10,
    "B3": 10,
    "B4": 10,
    "B5": 20,
    "B6": 20,
    "B7": 20,
    "B8A": 20,
}
GRID_M: Final = 5000.0
SATURATED: Final = 65535
NEW_BASELINE: Final = "04.00"


@dataclass(frozen=True, eq=False)
class SafeScene:
    """What a SIMULATED product is.

    Parameters
    ----------
    sensor
        S2A or S2B.
    time
        UTC.
    latitude_deg, longitude_deg
        Centre of the tile.
    side_m
        Its size; a real tile has 109800 m. A multiple of 60.
    baseline
        Since 04.00 counts are higher by 1000 and masks are images.
    solar, viewing
        (zenith, azimuth) at the centre, degrees; both change by 0.2° over 5 km.
    cloud
        Rectangle (left, bottom, right, top) in metres from the tile's lower left
        corner that the mask calls cloud; its reflectance is 0.9.
    saturated
        Another, saturated in B4.
    """

    sensor: str = "S2A"
    time: np.datetime64 = field(default_factory=lambda: np.datetime64("2019-02-04T08:40:31", "us"))
    latitude_deg: float = 28.55
    longitude_deg: float = 23.39
    side_m: int = 12000
    baseline: str = "02.07"
    solar: tuple[float, float] = (35.5, 148.6)
    viewing: tuple[float, float] = (9.5, 166.0)
    cloud: tuple[float, float, float, float] = (1200.0, 1200.0, 1800.0, 2400.0)
    saturated: tuple[float, float, float, float] = (9000.0, 6000.0, 9060.0, 6060.0)

    tile = "00SIM"

    @property
    def offset(self) -> int:
        """RADIO_ADD_OFFSET."""
        return -1000 if self.baseline >= NEW_BASELINE else 0

    @property
    def name(self) -> str:
        """Name of the product."""
        stamp = str(self.time.astype("M8[s]")).replace("-", "").replace(":", "")
        number = self.baseline.replace(".", "")
        return f"{self.sensor}_MSIL1C_{stamp}_N{number}_R000_T{self.tile}_SIMULATED"

    def centre(self) -> tuple[str, float, float]:
        """Map system, and x and y of the tile's centre as asked for, m."""
        from rasterio.warp import transform

        zone = int((self.longitude_deg + 180.0) // 6) + 1
        crs = f"EPSG:{(32600 if self.latitude_deg >= 0.0 else 32700) + zone}"
        (x,), (y,) = transform("EPSG:4326", crs, [self.longitude_deg], [self.latitude_deg])
        return crs, float(x), float(y)

    def place(self) -> dict[str, Any]:
        """Map system, left and top edge, m; edges on whole 60 m."""
        crs, x, y = self.centre()
        left, top = (
            60.0 * round(edge / 60.0) for edge in (x - self.side_m / 2, y + self.side_m / 2)
        )
        return {"crs": crs, "left": left, "top": top}

    def angles(self) -> TileAngles:
        """Directions to the Sun and to the camera, the same for all bands."""
        place = self.place()
        nodes = int(np.ceil(self.side_m / GRID_M)) + 1
        away = 0.2 * (np.arange(nodes) - (nodes - 1) / 2)
        down, across = np.meshgrid(away, away, indexing="ij")
        sun, view = (
            direction(zenith + down, azimuth + across)
            for zenith, azimuth in (self.solar, self.viewing)
        )
        return TileAngles(
            place["left"], place["top"], (GRID_M, GRID_M), sun, dict.fromkeys(RESOLUTION_M, view)
        )


def write_safe(folder: str | Path, image: Image, scene: SafeScene | None = None) -> Path:
    """Write a product; returns its .SAFE folder.

    Parameters
    ----------
    folder
        Where it is made.
    image
        Reflectance at the top of the atmosphere.
    scene
        All else.

    Examples
    --------
    >>> import tempfile
    >>> from venus_analysis.collect.sentinel2_metadata import open_safe
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_safe(folder, lambda band, x, y: 0.0 * x + 0.3, SafeScene(side_m=1200))
    ...     open_safe(path).sensor
    'S2A'
    """
    scene = scene or SafeScene()
    place, directions = scene.place(), scene.angles()
    root = Path(folder) / f"{scene.name}.SAFE"
    granule = root / "GRANULE" / f"L1C_T{scene.tile}_SIMULATED"
    (granule / "IMG_DATA").mkdir(parents=True)
    (granule / "QI_DATA").mkdir()
    view = next(iter(directions.views.values()))
    (root / "MTD_MSIL1C.xml").write_bytes(product_metadata(scene))
    (granule / "MTD_TL.xml").write_bytes(tile_metadata(scene, place, directions.sun, view))
    for band, step in RESOLUTION_M.items():
        x, y = _centres(scene, place, step)
        rho = image(band, x, y)
        rho[_within(scene, place, scene.cloud, x, y)] = 0.9
        counts = np.round(10000.0 * rho) - scene.offset
        if band == "B4":
            counts[_within(scene, place, scene.saturated, x, y)] = SATURATED
        name = f"T{scene.tile}_SIMULATED_{band_code(band)}.jp2"
        _write(granule / "IMG_DATA" / name, counts[None].astype(np.uint16), place, step)
    _write_masks(granule / "QI_DATA", scene, place)
    return root


def _centres(scene: SafeScene, place: dict[str, Any], step: int) -> tuple[Floats, Floats]:
    along = step * (np.arange(scene.side_m // step) + 0.5)
    x, y = np.meshgrid(place["left"] + along, place["top"] - along)
    return x, y


def _within(
    scene: SafeScene,
    place: dict[str, Any],
    given: tuple[float, float, float, float],
    x: Floats,
    y: Floats,
) -> NDArray[np.bool_]:
    across, up = x - place["left"], y - (place["top"] - scene.side_m)
    left, bottom, right, top = given
    return np.asarray((across > left) & (across < right) & (up > bottom) & (up < top))


def _write_masks(folder: Path, scene: SafeScene, place: dict[str, Any]) -> None:
    x, y = _centres(scene, place, 60)
    cloud = _within(scene, place, scene.cloud, x, y).astype(np.uint8)
    if scene.offset:
        classes = np.stack([cloud, 0 * cloud, 0 * cloud])
        _write(folder / "MSK_CLASSI_B00.jp2", classes, place, 60)
        for band, step in RESOLUTION_M.items():
            size = scene.side_m // step
            none = np.zeros((8, size, size), np.uint8)
            _write(folder / f"MSK_QUALIT_{band_code(band)}.jp2", none, place, step)
        return
    left, bottom = place["left"], place["top"] - scene.side_m
    a, b, c, d = scene.cloud
    corners = [(a, b), (a, d), (c, d), (c, b), (a, b)]
    ring = " ".join(f"{left + across:g} {bottom + up:g}" for across, up in corners)
    (folder / "MSK_CLOUDS_B00.gml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<eop:Mask xmlns:eop="http://www.opengis.net/eop/2.0" '
        'xmlns:gml="http://www.opengis.net/gml/3.2"><eop:maskMembers><eop:MaskFeature>'
        "<eop:extentOf><gml:Polygon><gml:exterior><gml:LinearRing>"
        f'<gml:posList srsDimension="2">{ring}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:Polygon></eop:extentOf>"
        "</eop:MaskFeature></eop:maskMembers></eop:Mask>\n",
        encoding="utf-8",
    )


def _write(path: Path, planes: NDArray[Any], place: dict[str, Any], step: int) -> None:
    import rasterio
    from rasterio.transform import Affine

    with rasterio.open(
        path, "w", driver="JP2OpenJPEG", count=planes.shape[0], height=planes.shape[1],
        width=planes.shape[2], dtype=planes.dtype.name, crs=place["crs"],
        transform=Affine(step, 0, place["left"], 0, -step, place["top"]),
        QUALITY="100", REVERSIBLE="YES",
    ) as file:  # fmt: skip
        file.write(planes)
