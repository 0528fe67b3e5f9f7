"""The part of a product's images that shows an area: where it lies, and its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.sites import Site
from venus_analysis.collect.venus_angles import angles_at
from venus_analysis.collect.venus_images import opened, sample_grid
from venus_analysis.collect.venus_product import Plane, VenusProduct
from venus_analysis.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Box = tuple[float, float, float, float]


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

    def require(self, path: Path, shape: tuple[int, int]) -> None:
        """Raise unless something has the size of the images, and that is above one pixel."""
        if shape != self.shape or min(shape) < 2:
            raise InputError(
                path,
                "{} lines and {} columns in images, masks and metadata".format(*self.shape),
                "{} and {}".format(*shape),
                "fetch the product again",
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
        crs = _map_system(product, first.path, image)
        frame = Frame(crs, shape, np.asarray(image["y"].values), np.asarray(image["x"].values))
    frame.require(first.path, shape if product.shape is None else product.shape)
    return frame


@dataclass(frozen=True, eq=False)
class Window:
    """Lines and columns of a product's images that show an area; see `read_window`.

    Attributes
    ----------
    lines, columns
        Of the image.
    """

    product: VenusProduct
    frame: Frame
    lines: slice
    columns: slice

    def angles(self) -> tuple[dict[int, tuple[float, float]], str]:
        """Sun and tri-detectors at the middle of the window, see `angles_at`."""
        line = (self.lines.start + self.lines.stop - 1) / 2.0
        column = (self.columns.start + self.columns.stop - 1) / 2.0
        shares = line / (self.frame.shape[0] - 1), column / (self.frame.shape[1] - 1)
        return angles_at(self.product.angles, *shares, sample_grid)

    @contextmanager
    def blocks(self, lines: int | None = None) -> Iterator[Iterator[Pixels]]:
        """Pixels, at most so many lines at a time; files are open as long as the context.

        Blocks end where those of tiled files do, so that a tile is decoded once.
        """
        planes = [*self.product.images.values()]
        planes += [p for masks in self.product.masks.values() for p in masks.values()]
        bounds = [self.lines.start, self.lines.stop]
        if lines is not None:
            bounds[1:1] = range(self.lines.start // lines * lines + lines, self.lines.stop, lines)
        with ExitStack() as stack:
            images = {plane.path: stack.enter_context(opened(plane)) for plane in planes}
            for path, image in images.items():
                self.frame.require(path, (image.sizes["y"], image.sizes["x"]))
            yield (
                Pixels(self.product, images, slice(*pair), self.columns)
                for pair in pairwise(bounds)
            )


def window_of(product: VenusProduct, frame: Frame, area: Site | Box) -> Window:
    """Window of the pixels whose centres lie in an area.

    Raises
    ------
    InputError
        When there is none.
    """
    left, bottom, right, top = box_of(area, frame.crs)
    columns = np.flatnonzero((frame.x >= left) & (frame.x <= right))
    lines = np.flatnonzero((frame.y >= bottom) & (frame.y <= top))
    if not columns.size or not lines.size:
        name = area.name if isinstance(area, Site) else "the area"
        raise InputError(
            product.name, f"an image that shows {name}", "none of it", "choose another"
        )
    parts = (slice(int(found[0]), int(found[-1]) + 1) for found in (lines, columns))
    return Window(product, frame, *parts)


@dataclass(eq=False)
class Pixels:
    """Counts and masks of one block of a window."""

    product: VenusProduct
    images: dict[Path, xr.DataArray]
    lines: slice
    columns: slice
    _raw: dict[Path, NDArray[Any]] = field(default_factory=dict)

    def counts(self, band: str) -> NDArray[Any]:
        """(line, column) as stored."""
        return self._read(self.product.images[band])

    def mask(self, kind: str, band: str) -> NDArray[np.bool_]:
        """(line, column), true where the product's mask says so; false without one."""
        plane = self.product.mask(kind, band)
        if plane is None:
            size = (self.lines.stop - self.lines.start, self.columns.stop - self.columns.start)
            return np.zeros(size, np.bool_)
        raw = self._read(plane)
        if not plane.bits:
            return np.asarray(raw != 0)
        if raw.dtype.kind not in "iu" or max(plane.bits) > 8 * raw.itemsize:
            last = f"a mask with bit {max(plane.bits)}"
            raise InputError(plane.path, last, str(raw.dtype), "fetch the product again")
        wanted = sum(1 << (bit - 1) for bit in plane.bits)
        bits = raw.view(f"u{raw.itemsize}")
        return np.asarray((bits & bits.dtype.type(wanted)) != 0)

    def _read(self, plane: Plane) -> NDArray[Any]:
        """One band; a file of several is read once, as its pixels stand side by side."""
        if plane.path in self._raw:
            return np.asarray(self._raw[plane.path][plane.index - 1])
        part = self.images[plane.path].isel(y=self.lines, x=self.columns)
        raw = np.asarray(part.values)
        if len(raw) > 1:
            self._raw[plane.path] = raw
        return np.asarray(raw[plane.index - 1])


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
    if crs is None or not crs.is_projected or image.rio.transform().is_identity:
        raise InputError(path, "a map projection in metres", str(crs), "use a projected product")
    return crs
