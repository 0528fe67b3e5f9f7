"""Pixels of Sentinel-2 L1C products: reflectances, saturation and cloud with their map."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.collect.sentinel2_metadata import Box, SafeProduct, open_safe
from venus_analysis.errors import InputError, UsageError
from venus_analysis.parameters.xml import parse, read_bytes

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
OPAQUE, CIRRUS = 1, 2
"""Bands of MSK_CLASSI, since baseline 04.00."""
SATURATED_BAND: Final = 8
"""Band of MSK_QUALIT for pixels saturated in the raw counts, since baseline 04.00."""
GML_PIXEL_M: Final = 60.0


class SafeRaster:
    """A product as `macro_cells` wants it, one band at a time.

    Parameters
    ----------
    path
        See `open_safe`.

    Examples
    --------
    >>> SafeRaster("absent.SAFE")
    Traceback (most recent call last):
    venus_analysis.errors.InputError: absent.SAFE: expected an unpacked .SAFE folder ...
    """

    def __init__(self, path: str | Path) -> None:
        self.product: SafeProduct = open_safe(path)
        self.instrument = self.product.sensor
        self.name = self.product.name
        self.time = self.product.time
        self.simulated = self.product.simulated
        self.crs = f"EPSG:{self.product.epsg}"
        self.edges = self.product.edges
        self.bands = tuple(self.product.images)

    def band(self, band: str, box: Box) -> xr.Dataset:
        """Pixels of a band that touch a box of the tile's map.

        Returns
        -------
        xarray.Dataset
            ``reflectance`` (y, x) float32, 1, NaN where there is none; ``saturated``
            (y, x), true where the count says so, or, since baseline 04.00, the
            quality mask; saturated pixels have no reflectance. Coordinates:
            centres of pixels, m; map system in ``rio.crs``.

        Raises
        ------
        InputError
            A box outside the tile, a band that is absent, a file that is damaged.
        """
        import xarray as xr

        product = self.product
        if band not in product.images:
            raise InputError(
                product.path, f"a band of {', '.join(product.images)}", band, "choose another"
            )
        counts, y, x = _read(product.images[band], 1, box)
        saturated = counts == product.saturated
        mask = product.mask("QUALIT", band_code(band))
        if mask is not None and mask.suffix == ".jp2":
            raw, _, _ = _read(mask, SATURATED_BAND, box)
            saturated = saturated | ((raw > 0) if raw.shape == counts.shape else False)
        rho = (counts.astype(np.float32) + np.float32(product.offsets[band])) / np.float32(
            product.quantification
        )
        rho[(counts == product.nodata) | saturated] = np.nan
        found = xr.Dataset(
            {"reflectance": (("y", "x"), rho), "saturated": (("y", "x"), saturated)},
            {"y": y, "x": x},
        )
        return _with_map(found, self.crs)  # type: ignore[no-any-return]

    def cloud(self, box: Box) -> xr.DataArray | None:
        """Opaque cloud or cirrus (y, x) in a box by the product's mask; None without one."""
        import xarray as xr

        classes = self.product.mask("CLASSI")
        if classes is not None and classes.suffix == ".jp2":
            opaque, y, x = _read(classes, OPAQUE, box)
            cirrus, _, _ = _read(classes, CIRRUS, box)
            found = (opaque > 0) | (cirrus > 0)
        else:
            outlines = self.product.mask("CLOUDS")
            if outlines is None:
                return None
            found, y, x = _inside_outlines(outlines, box)
        return _with_map(xr.DataArray(found, {"y": y, "x": x}, ("y", "x")), self.crs)  # type: ignore[no-any-return]

    def angles(self, x: ArrayLike, y: ArrayLike, bands: tuple[str, ...]) -> dict[str, Floats]:
        """Sun and view (the mean of the bands' directions) at places of the map, degrees.

        Returns
        -------
        dict
            ``solar_zenith_deg``, ``solar_azimuth_deg``, ``viewing_zenith_deg``,
            ``viewing_azimuth_deg``.

        Raises
        ------
        InputError
            No view in the metadata.
        """
        source = self.product.angles
        known = [source.views[band] for band in bands if band in source.views]
        if not known:
            raise InputError(self.product.path, "viewing angles", "none", "fetch it again")
        return source.sun_and_view(np.mean(known, axis=0), x, y)


def band_code(band: str) -> str:
    """Name of a band as files of products write it: B04, B8A."""
    return band if band == "B8A" else f"B{int(band[1:]):02d}"


def _with_map(found: Any, crs: str) -> Any:
    import rioxarray  # noqa: F401  registers .rio

    return found.rio.write_crs(crs)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """JPEG 2000 file; only that driver, so that no file can point elsewhere."""
    try:
        import rasterio
        from rasterio.errors import RasterioError
    except ImportError:
        raise UsageError(
            "images of products need rioxarray: pip install venus-analysis[products]"
        ) from None
    try:
        with rasterio.open(path, driver="JP2OpenJPEG") as file:
            yield file
    except (RasterioError, OSError) as error:
        raise InputError(
            path, "a complete JPEG 2000 image", str(error)[:200], "fetch the product again"
        ) from error


def _read(path: Path, index: int, box: Box) -> tuple[NDArray[Any], Floats, Floats]:
    """Read counts, and centres y and x, of the pixels that touch a box."""
    with _opened(path) as file:
        if file.transform.is_identity:
            raise InputError(path, "an image with its place on the map", "none", "fetch it again")
        step_x, step_y = file.transform.a, -file.transform.e
        left, top = file.transform.c, file.transform.f
        first = max(int(np.floor((box[0] - left) / step_x)), 0)
        last = min(int(np.ceil((box[2] - left) / step_x)), file.width)
        upper = max(int(np.floor((top - box[3]) / step_y)), 0)
        lower = min(int(np.ceil((top - box[1]) / step_y)), file.height)
        if first >= last or upper >= lower or index > file.count:
            raise InputError(
                path, f"an image with band {index} that covers {box}", "another", "check the place"
            )
        counts = file.read(index, window=((upper, lower), (first, last)))
    y = top - step_y * (np.arange(upper, lower) + 0.5)
    x = left + step_x * (np.arange(first, last) + 0.5)
    return counts, y, x


def _inside_outlines(path: Path, box: Box) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Pixels of 60 m inside the polygons of a GML mask, as before baseline 04.00."""
    import rasterio.features
    from rasterio.transform import Affine

    root = parse(read_bytes(path), str(path))
    lines, columns = (
        int(np.ceil((box[3] - box[1]) / GML_PIXEL_M)),
        int(np.ceil((box[2] - box[0]) / GML_PIXEL_M)),
    )
    shapes = [
        {"type": "Polygon", "coordinates": [_ring(path, ring) for ring in _rings(polygon)]}
        for polygon in root.iterfind(".//{*}Polygon")
    ]
    found = np.zeros((lines, columns), bool)
    if shapes:
        transform = Affine(GML_PIXEL_M, 0.0, box[0], 0.0, -GML_PIXEL_M, box[3])
        found = rasterio.features.rasterize(
            shapes, (lines, columns), transform=transform, all_touched=True, dtype="uint8"
        ).astype(bool)
    y = box[3] - GML_PIXEL_M * (np.arange(lines) + 0.5)
    x = np.asarray(box[0] + GML_PIXEL_M * (np.arange(columns) + 0.5), np.float64)
    return np.asarray(found), np.asarray(y, np.float64), x


def _rings(polygon: Any) -> list[Any]:
    """Outer ring, then holes."""
    return [
        *polygon.iterfind("{*}exterior//{*}posList"),
        *polygon.iterfind("{*}interior//{*}posList"),
    ]


def _ring(path: Path, element: Any) -> list[tuple[float, float]]:
    try:
        numbers = np.array((element.text or "").split(), np.float64)
        points = numbers.reshape(-1, int(element.get("srsDimension", 2)))
    except ValueError as error:
        raise InputError(path, "rings of coordinates", str(error), "fetch it again") from None
    return [(float(x), float(y)) for x, y in points[:, :2]]
