"""Windows of VENuS L1 products: reflectances with their map, masks and angles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.sites import Site
from venus_analysis.collect.venus_angles import angles_at
from venus_analysis.collect.venus_images import opened, sample_grid
from venus_analysis.collect.venus_muscate import open_muscate
from venus_analysis.collect.venus_native import open_native
from venus_analysis.collect.venus_product import SUN, Plane, VenusProduct
from venus_analysis.errors import InputError
from venus_analysis.parameters.names import TRI_DETECTORS

if TYPE_CHECKING:
    import xarray as xr

Box = tuple[float, float, float, float]
TRI_DETECTOR: Final = {band: number for number, bands in TRI_DETECTORS.items() for band in bands}


def open_venus_l1c(path: str | Path) -> VenusProduct:
    """Find out what a product consists of; no pixel is read.

    Parameters
    ----------
    path
        Its folder, its header (.HDR, native layout) or its ``..._MTD_ALL.xml``
        (MUSCATE). For archives see `collect.archive.unpacked`.

    Raises
    ------
    InputError
        No product there, several, or one that cannot be understood.

    Examples
    --------
    >>> open_venus_l1c("absent")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent: expected a folder or metadata file ...
    """
    path = Path(path)
    if path.is_dir():
        found = _metadata(path)
        if len(found) != 1:
            names = ", ".join(sorted(p.name for p in found)[:4]) or "none"
            raise InputError(
                path, "one VENuS L1 product (..._MTD_ALL.xml or VE_..._L1....HDR)", names, "name it"
            )
        path = found[0]
    if not path.is_file():
        raise InputError(path, "a folder or metadata file of a product", "nothing", "check it")
    return open_muscate(path) if path.suffix.lower() == ".xml" else open_native(path)


def _metadata(folder: Path) -> list[Path]:
    if folder.name.endswith(".DBL.DIR"):
        return [folder.with_name(folder.name.removesuffix(".DBL.DIR") + ".HDR")]
    for pattern in ("*_MTD_ALL.xml", "VE_*_VSC_L1*.HDR"):
        found = [p for depth in ("", "*/") for p in folder.glob(depth + pattern)]
        if found:
            return [p for p in found if ".DBL.DIR" not in p.parent.name]
    return []


def read_window(
    product: VenusProduct, area: Site | Box, bands: Sequence[str] | None = None
) -> xr.Dataset:
    """Pixels of an area of a product, from its files.

    Parameters
    ----------
    product
        From `open_venus_l1c`.
    area
        A site, whose square stands around its centre; or (left, bottom, right,
        top) in the map's coordinates, metres. Pixels whose centres lie in it.
    bands
        All twelve by default, in the order of the camera. With all, a pixel
        takes about 80 bytes.

    Returns
    -------
    xarray.Dataset
        ``reflectance`` (band, y, x) float32, 1, at the top of the atmosphere, NaN
        where the product has none; ``cloud`` (y, x), ``saturated`` and
        ``defective`` (band, y, x), true where the product's masks say so (all
        false where it has no such mask: see attribute ``masks``);
        ``viewing_zenith_deg``, ``viewing_azimuth_deg`` (band) and
        ``solar_zenith_deg``, ``solar_azimuth_deg`` at the centre of the window.
        Coordinates: centres of pixels, m, and the map system (``rio.crs``).
        Attributes: ``time``, ``acquisition_id``, ``instrument``, ``simulated``,
        ``angles`` (see `angles_at`), ``share_of_area``: how much of the area
        lies in the image.

    Raises
    ------
    InputError
        The area lies outside the image, or files are absent, damaged, of
        another size, or no GeoTIFF.
    UsageError
        Without rioxarray.
    """
    import xarray as xr

    reader = Window(product, frame_of(product), area)
    names = list(bands or product.images)
    reflectance = np.stack([reader.reflectance(band) for band in names])
    flags = {kind: [reader.mask(kind, b) for b in names] for kind in ("saturated", "defective")}
    angles, used = reader.angles()
    dims = ("band", "y", "x")
    one_angle = {"units": "degree"}
    views = [angles[TRI_DETECTOR[band]] for band in names]
    dataset = xr.Dataset(
        {
            "reflectance": (dims, reflectance, {"units": "1"}),
            "cloud": (dims[1:], reader.mask("cloud", names[0])),
            **{kind: (dims, np.stack(masks)) for kind, masks in flags.items()},
            "viewing_zenith_deg": ("band", [zenith for zenith, _ in views], one_angle),
            "viewing_azimuth_deg": ("band", [azimuth for _, azimuth in views], one_angle),
            "solar_zenith_deg": ((), angles[SUN][0], one_angle),
            "solar_azimuth_deg": ((), angles[SUN][1], one_angle),
        },
        {"band": np.array(names, object), "y": reader.y, "x": reader.x},
        {
            "time": f"{product.time.astype('M8[us]')}Z",
            "acquisition_id": product.name,
            "instrument": "VENUS",
            "simulated": int(product.simulated),
            "angles": used,
            "masks": " ".join(product.masks),
            "share_of_area": reader.frame.share(area),
        },
    )
    return dataset.rio.write_crs(reader.frame.crs)  # type: ignore[no-any-return]


@dataclass(eq=False)
class Frame:
    """Size and map of a product's images.

    Examples
    --------
    >>> Frame(None, (2, 2), np.array([15.0, 5.0]), np.array([5.0, 15.0])).edges
    (0.0, 0.0, 20.0, 20.0)
    """

    crs: Any
    shape: tuple[int, int]
    y: NDArray[np.float64]
    x: NDArray[np.float64]

    @property
    def edges(self) -> Box:
        """(left, bottom, right, top) of the pixels' edges, m."""
        half_x, half_y = abs(self.x[-1] - self.x[0]), abs(self.y[-1] - self.y[0])
        half_x, half_y = half_x / (len(self.x) - 1) / 2, half_y / (len(self.y) - 1) / 2
        return (
            float(self.x.min() - half_x),
            float(self.y.min() - half_y),
            float(self.x.max() + half_x),
            float(self.y.max() + half_y),
        )

    def share(self, area: Site | Box) -> float:
        """Share of an area that lies in the image."""
        left, bottom, right, top = box_of(area, self.crs)
        edges = self.edges
        width = min(right, edges[2]) - max(left, edges[0])
        height = min(top, edges[3]) - max(bottom, edges[1])
        whole = (right - left) * (top - bottom)
        return max(width, 0.0) * max(height, 0.0) / whole if whole > 0.0 else 0.0


def frame_of(product: VenusProduct) -> Frame:
    """Size and map of a product's images, from its first one.

    Raises
    ------
    InputError
        The image has another size than the metadata say, or no map.
    """
    first = next(iter(product.images.values()))
    with opened(first) as image:
        shape = (image.sizes["y"], image.sizes["x"])
        if product.shape not in (None, shape) or min(shape) < 2:
            raise InputError(
                first.path,
                f"lines and columns {product.shape or 'above 1'}, as the metadata say",
                f"{shape}",
                "the file belongs to another product or is damaged",
            )
        crs = _map_system(product, first.path, image)
        return Frame(crs, shape, np.asarray(image["y"].values), np.asarray(image["x"].values))


@dataclass(eq=False)
class Window:
    """Pixels of one area, read a band at a time; see `read_window`.

    Parameters
    ----------
    product, frame, area
        As in `read_window`; the frame from `frame_of`.

    Attributes
    ----------
    y, x
        Centres of the pixels, m.
    """

    product: VenusProduct
    frame: Frame
    area: Site | Box
    _raw: dict[Plane, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        left, bottom, right, top = box_of(self.area, self.frame.crs)
        columns = np.flatnonzero((self.frame.x >= left) & (self.frame.x <= right))
        lines = np.flatnonzero((self.frame.y >= bottom) & (self.frame.y <= top))
        if not columns.size or not lines.size:
            name = self.area.name if isinstance(self.area, Site) else "the area"
            raise InputError(
                self.product.name, f"an image that shows {name}", "none of it", "choose another"
            )
        self.lines = slice(int(lines[0]), int(lines[-1]) + 1)
        self.columns = slice(int(columns[0]), int(columns[-1]) + 1)
        self.y, self.x = self.frame.y[self.lines], self.frame.x[self.columns]

    def reflectance(self, band: str) -> NDArray[np.float32]:
        """(line, column), 1; NaN where the product has none."""
        counts = self._read(self.product.images[band])
        scaled = counts.astype(np.float32) * np.float32(self.product.scale)
        scaled[counts == self.product.nodata] = np.nan
        return scaled

    def mask(self, kind: str, band: str) -> NDArray[np.bool_]:
        """(line, column), true where the product's mask says so; false without one."""
        plane = self.product.mask(kind, band)
        if plane is None:
            return np.zeros((self.y.size, self.x.size), np.bool_)
        same = Plane(plane.path, plane.index)
        if same not in self._raw:
            self._raw = {k: v for k, v in self._raw.items() if k.path == plane.path}
            self._raw[same] = self._read(same)
        raw = self._raw[same]
        if not plane.bits:
            return np.asarray(raw != 0)
        wanted = sum(1 << (bit - 1) for bit in plane.bits)
        return np.asarray((raw.astype(np.int64) & wanted) != 0)

    def angles(self) -> tuple[dict[int, tuple[float, float]], str]:
        """Sun and tri-detectors at the middle of the window, see `angles_at`."""
        line = (self.lines.start + self.lines.stop - 1) / 2.0
        column = (self.columns.start + self.columns.stop - 1) / 2.0
        shares = line / max(self.frame.shape[0] - 1, 1), column / max(self.frame.shape[1] - 1, 1)
        return angles_at(self.product.angles, *shares, sample_grid)

    def _read(self, plane: Plane) -> NDArray[Any]:
        with opened(plane) as image:
            if (image.sizes["y"], image.sizes["x"]) != self.frame.shape:
                raise InputError(
                    plane.path,
                    "{} lines and {} columns".format(*self.frame.shape),
                    f"{image.sizes['y']} and {image.sizes['x']}",
                    "fetch the product again",
                )
            part = image.isel(band=plane.index - 1, y=self.lines, x=self.columns)
            return np.asarray(part.values)


def box_of(area: Site | Box, crs: Any) -> Box:
    """(left, bottom, right, top) in metres of the map."""
    if not isinstance(area, Site):
        return area
    from rasterio.warp import transform

    (x,), (y,) = transform("EPSG:4326", crs, [area.longitude_deg], [area.latitude_deg])
    half = area.roi_km * 500.0
    return x - half, y - half, x + half, y + half


def _map_system(product: VenusProduct, path: Path, image: Any) -> Any:
    crs = image.rio.crs
    if crs is None and product.epsg is not None:
        from rasterio.crs import CRS

        crs = CRS.from_epsg(product.epsg)
    if crs is None or not crs.is_projected:
        raise InputError(path, "a map projection in metres", str(crs), "use a projected product")
    return crs
