"""SIMULATED L1 products of VENuS in both layouts, small, with everything planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.venus_angles import between_corners
from venus_analysis.collect.venus_images import require_rioxarray
from venus_analysis.collect.venus_product import SUN
from venus_analysis.parameters.names import BANDS, TRI_DETECTORS
from venus_analysis.simulate.l1c_metadata import muscate_metadata, native_header

Layout = Literal["muscate", "native"]
SCALE: Final = 1000
GRID_STEP: Final = 20
GRID_HEIGHT_M: Final = 3000.0
SITE: Final = "SIMULATED"
DESERT: Final = (0.225, 0.235, 0.265, 0.335, 0.415, 0.415, 0.445, 0.455, 0.470, 0.480, 0.500, 0.460)


def _corners() -> dict[int, NDArray[np.float64]]:
    """(zenith, azimuth) at the corners, invented but of the size of a real header's."""
    sun = [[(36.1, 148.0), (35.9, 148.5)], [(35.8, 147.8), (35.6, 148.3)]]
    found = {SUN: np.array(sun)}
    for number in TRI_DETECTORS:
        tilt, turn = 0.4 * number, 0.9 * number
        view = [[(13.4, 160.0), (12.1, 174.0)], [(13.0, 162.0), (11.8, 177.0)]]
        found[number] = np.add(view, (tilt, turn))
    return found


@dataclass(frozen=True, eq=False)
class L1cScene:
    """What a SIMULATED product shows.

    Parameters
    ----------
    latitude_deg, longitude_deg
        Centre of the image.
    time
        UTC.
    lines, columns, sampling_m
        Size; a real product has about 7400 x 8400 pixels of 5 m.
    reflectance
        (band,) mean at the top of the atmosphere, 1.
    slope
        Relative change from the first column to the last.
    image
        (band, line, column) reflectance, in place of `reflectance` and `slope`.
    noise
        Relative scatter of pixels.
    cloud, saturated, defective
        Rectangles (first line, first column, lines, columns): cloud in all bands,
        the others in `marked_band`; their counts are far off, so that whoever
        forgets a mask is found out.
    marked_band
        See above.
    corners
        Sun (0) and tri-detectors: (2, 2, 2) zenith and azimuth, degrees.
    absolute_gain
        Ak by band, for the native header.
    seed
        Of the noise.
    """

    latitude_deg: float = 28.55
    longitude_deg: float = 23.39
    time: np.datetime64 = field(default_factory=lambda: np.datetime64("2019-02-04T08:34:37", "us"))
    lines: int = 360
    columns: int = 380
    sampling_m: float = 60.0
    reflectance: tuple[float, ...] = DESERT
    slope: float = 0.0
    image: NDArray[np.float64] | None = None
    noise: float = 0.01
    cloud: tuple[int, int, int, int] = (100, 120, 10, 12)
    saturated: tuple[int, int, int, int] = (200, 40, 4, 5)
    defective: tuple[int, int, int, int] = (0, 250, 360, 1)
    marked_band: str = "B7"
    corners: Mapping[int, NDArray[np.float64]] = field(default_factory=_corners)
    absolute_gain: Mapping[str, float] = field(
        default_factory=lambda: {band: 5.0 + 0.25 * n for n, band in enumerate(BANDS)}
    )
    seed: int = 1

    def name(self, layout: Layout) -> str:
        """Name of the product."""
        stamp = str(self.time.astype("M8[ms]")).replace("-", "").replace(":", "")
        if layout == "native":
            return f"VE_TEST_VSC_L1VALD_{SITE}_{stamp[:8]}"
        day, clock = stamp.split("T")
        return f"VENUS-XS_{day}-{clock[:6]}-{clock[7:10]}_L1C_{SITE}_C_V1-0"


def write_l1c_product(
    folder: str | Path, layout: Layout, scene: L1cScene | None = None, *, packed_masks: bool = True
) -> Path:
    """Write a product; returns its metadata file.

    Parameters
    ----------
    folder
        Where the product's own folder is made.
    layout
        ``muscate`` or ``native``.
    scene
        What it shows.
    packed_masks
        MUSCATE: masks as zip files, as they are distributed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_l1c_product(folder, "native", L1cScene(lines=20, columns=30)).name
    'VE_TEST_VSC_L1VALD_SIMULATED_20190204.HDR'
    """
    require_rioxarray()
    scene = scene or L1cScene()
    return (_write_native if layout == "native" else _write_muscate)(
        Path(folder), scene, packed_masks
    )


def true_angles(scene: L1cScene, line_share: float, column_share: float) -> dict[int, Any]:
    """Sun (0) and tri-detectors at a place of the image: (zenith, azimuth), degrees."""
    return {
        key: between_corners(corners, line_share, column_share)
        for key, corners in scene.corners.items()
    }


def _counts(scene: L1cScene) -> NDArray[np.uint16]:
    random = np.random.default_rng(scene.seed)
    shape = (len(BANDS), scene.lines, scene.columns)
    across = 1.0 + scene.slope * np.linspace(-0.5, 0.5, scene.columns)
    level = np.array(scene.reflectance)[:, None, None] * across
    if scene.image is not None:
        level = scene.image
    values = level * (1.0 + scene.noise * random.standard_normal(shape))
    band = BANDS.index(scene.marked_band)
    values[:, *_rectangle(scene.cloud)] = 0.9
    values[band][_rectangle(scene.saturated)] = 1.023
    values[band][_rectangle(scene.defective)] = 0.001
    return np.round(values * SCALE).astype(np.uint16)


def _rectangle(given: tuple[int, int, int, int]) -> tuple[slice, slice]:
    line, column, lines, columns = given
    return slice(line, line + lines), slice(column, column + columns)


def _marked(scene: L1cScene, rectangle: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    mask = np.zeros((scene.lines, scene.columns), np.bool_)
    mask[_rectangle(rectangle)] = True
    return mask


def _map(scene: L1cScene, step: float = 1.0) -> dict[str, Any]:
    """Map system and the transform of pixels `step` samples wide."""
    from rasterio.transform import Affine
    from rasterio.warp import transform

    zone = int((scene.longitude_deg + 180.0) // 6) + 1
    epsg = (32600 if scene.latitude_deg >= 0.0 else 32700) + zone
    (x,), (y,) = transform("EPSG:4326", f"EPSG:{epsg}", [scene.longitude_deg], [scene.latitude_deg])
    left = x - scene.columns * scene.sampling_m / 2
    top = y + scene.lines * scene.sampling_m / 2
    size = scene.sampling_m * step
    return {"crs": f"EPSG:{epsg}", "transform": Affine(size, 0, left, 0, -size, top)}


def _write_image(path: Path, planes: NDArray[Any], placed: Mapping[str, Any]) -> None:
    import rasterio

    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", driver="GTiff", count=planes.shape[0], height=planes.shape[1],
        width=planes.shape[2], dtype=planes.dtype.name, compress="deflate", **placed,
    ) as file:  # fmt: skip
        file.write(planes)


def _write_native(folder: Path, scene: L1cScene, packed_masks: bool) -> Path:
    del packed_masks
    name, placed = scene.name("native"), _map(scene)
    bit = 1 << BANDS.index(scene.marked_band)
    extra = [
        _marked(scene, scene.saturated) * bit,
        _marked(scene, scene.defective) * bit,
        _marked(scene, scene.cloud) * 1,
    ]
    planes = np.concatenate([_counts(scene), np.stack(extra).astype(np.uint16)])
    inner = f"{name}.DBL.DIR/{name.replace('_VSC_', '_VSC_PDTIMG_')}"
    _write_image(folder / f"{inner}.DBL.TIF", planes, placed)
    header = folder / f"{name}.HDR"
    header.write_bytes(native_header(scene, name, f"{inner}.HDR", placed))
    return header


def _write_muscate(folder: Path, scene: L1cScene, packed_masks: bool) -> Path:
    name, placed = scene.name("muscate"), _map(scene)
    root = folder / name
    for band, counts in zip(BANDS, _counts(scene), strict=True):
        _write_image(root / f"{name}_REF_{band}.tif", counts[None], placed)
    masks = {f"{name}_CLD_XS": _marked(scene, scene.cloud)}
    for code, rectangle in (("SAT", scene.saturated), ("PIX", scene.defective)):
        for band in BANDS:
            hit = _marked(scene, rectangle) & (band == scene.marked_band)
            masks[f"{name}_{code}_{band}"] = hit
    for mask, values in masks.items():
        path = root / "MASKS" / f"{mask}.tif"
        _write_image(path, values.astype(np.uint8)[None], placed)
        if packed_masks:
            _pack(path)
    coarse = _map(scene, GRID_STEP)
    grids = {key: _offsets(scene, key) for key in scene.corners}
    _write_image(root / f"DATA/{name}_SOL_ALL.tif", grids[SUN], coarse)
    views = np.concatenate([grids[number] for number in TRI_DETECTORS])
    _write_image(root / f"DATA/{name}_VIE_ALL.tif", views, coarse)
    metadata = root / f"{name}_MTD_ALL.xml"
    metadata.write_bytes(muscate_metadata(scene, name, placed))
    return metadata


def _pack(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    path.unlink()


def _offsets(scene: L1cScene, key: int) -> NDArray[np.float64]:
    """(2, line, column): east and north offset in pixels that 3000 m of height make."""
    lines, columns = (n // GRID_STEP + 1 for n in (scene.lines, scene.columns))
    grid = np.empty((2, lines, columns))
    for i, line in enumerate(np.linspace(0.0, 1.0, lines)):
        for j, column in enumerate(np.linspace(0.0, 1.0, columns)):
            zenith, azimuth = np.deg2rad(true_angles(scene, line, column)[key])
            reach = GRID_HEIGHT_M / scene.sampling_m * np.tan(zenith)
            grid[:, i, j] = reach * np.sin(azimuth), reach * np.cos(azimuth)
    return grid
