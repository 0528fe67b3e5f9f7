"""A VENuS L1 product as `macro_cells` wants it, one band at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.collect.tile_angles import TileAngles, direction
from venus_analysis.collect.venus_angles import angles_at
from venus_analysis.collect.venus_images import opened, sample_grid
from venus_analysis.collect.venus_l1c import TRI_DETECTOR, open_venus_l1c
from venus_analysis.collect.venus_product import SUN, Plane, VenusProduct
from venus_analysis.collect.venus_window import Box, Frame, Pixels, Window, frame_of, window_of

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
NODES: Final = 7
"""Places along each side of the image at which angles are asked for."""


class VenusRaster:
    """One product, in either layout.

    Parameters
    ----------
    path
        See `open_venus_l1c`.

    Examples
    --------
    >>> VenusRaster("absent")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent: expected a folder or metadata file ...
    """

    instrument = "VENUS"

    def __init__(self, path: str | Path) -> None:
        self.product: VenusProduct = open_venus_l1c(path)
        self.name = self.product.name
        self.time = self.product.time
        self.simulated = self.product.simulated
        self.frame = frame_of(self.product)
        self.crs: str = self.frame.crs.to_string()
        self.edges: Box = self.frame.edges
        self.bands = tuple(self.product.images)
        self._kept: tuple[Box | None, dict[Path, NDArray[Any]]] = (None, {})

    def band(self, band: str, box: Box) -> xr.Dataset:
        """Pixels of a band in a box of the map.

        Returns
        -------
        xarray.Dataset
            ``reflectance`` (y, x) float32, 1, NaN where there is none or the pixel
            is defective; ``saturated`` (y, x); map system in ``rio.crs``.

        Raises
        ------
        InputError
            As `read_window`.
        """
        import xarray as xr

        with self._pixels(box) as (pixels, y, x):
            counts = pixels.counts(band)
            rho = counts.astype(np.float32) * np.float32(self.product.scale)
            rho[(counts == self.product.nodata) | pixels.mask("defective", band)] = np.nan
            saturated = pixels.mask("saturated", band)
        found = xr.Dataset(
            {"reflectance": (("y", "x"), rho), "saturated": (("y", "x"), saturated)},
            {"y": y, "x": x},
        )
        return found.rio.write_crs(self.frame.crs)  # type: ignore[no-any-return]

    def cloud(self, box: Box) -> xr.DataArray | None:
        """Cloud (y, x) in a box by the product's mask; None without one."""
        import xarray as xr

        if "cloud" not in self.product.masks:
            return None
        with self._pixels(box) as (pixels, y, x):
            mask = pixels.mask("cloud", self.bands[0])
        found = xr.DataArray(mask, {"y": y, "x": x}, ("y", "x"))
        return found.rio.write_crs(self.frame.crs)  # type: ignore[no-any-return]

    def angles(self, x: ArrayLike, y: ArrayLike, bands: tuple[str, ...]) -> dict[str, Floats]:
        """Sun and view (the mean of the bands' directions) at places of the map, degrees."""
        views = [self._angles.views[band] for band in bands]
        return self._angles.sun_and_view(np.mean(views, axis=0), x, y)

    @cached_property
    def _angles(self) -> TileAngles:
        """Directions on a lattice over the image."""
        y, x = self.frame.y, self.frame.x
        found = np.empty((5, 2, NODES, NODES))
        shares = np.linspace(0.0, 1.0, NODES)
        for i, line in enumerate(shares):
            for j, column in enumerate(shares):
                at, _ = angles_at(self.product.angles, line, column, sample_grid)
                found[:, :, i, j] = [at[key] for key in range(5)]
        vectors = [direction(zenith, azimuth) for zenith, azimuth in found]
        views = {band: vectors[TRI_DETECTOR[band]] for band in self.bands}
        step = (abs(y[-1] - y[0]) / (NODES - 1), abs(x[-1] - x[0]) / (NODES - 1))
        return TileAngles(x[0], y[0], step, vectors[SUN], views)

    @contextmanager
    def _pixels(self, box: Box) -> Iterator[tuple[Pixels, Floats, Floats]]:
        """Give counts and masks of a box, and the centres y and x of its pixels.

        An image that holds all bands is decoded once and kept until another box is
        asked for: 30 bytes a pixel in the native layout.
        """
        window = self._window(box)
        if self._kept[0] != box:
            self._kept = (box, {})
        with ExitStack() as stack:
            images = _Images(stack, self.frame)
            yield (
                Pixels(self.product, images, window.lines, window.columns, self._kept[1]),
                self.frame.y[window.lines],
                self.frame.x[window.columns],
            )

    def _window(self, box: Box) -> Window:
        """Window one pixel wider than the box, so that pixels on its edge are in."""
        step_x = abs(self.frame.x[1] - self.frame.x[0])
        step_y = abs(self.frame.y[1] - self.frame.y[0])
        left, bottom, right, top = box
        wide = (left - step_x, bottom - step_y, right + step_x, top + step_y)
        return window_of(self.product, self.frame, wide)


class _Images(dict[Path, Any]):
    """Image files, opened when they are first asked for."""

    def __init__(self, stack: ExitStack, frame: Frame) -> None:
        self.stack, self.frame = stack, frame

    def __missing__(self, path: Path) -> Any:
        image = self.stack.enter_context(opened(Plane(path)))
        self.frame.require(path, (image.sizes["y"], image.sizes["x"]))
        self[path] = image
        return image
