"""Windows of VENuS L1 products: reflectances with their map, masks and angles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.collect.sites import Site
from venus_analysis.collect.venus_muscate import open_muscate
from venus_analysis.collect.venus_native import open_native
from venus_analysis.collect.venus_product import SUN, VenusProduct
from venus_analysis.collect.venus_window import Box, frame_of, window_of
from venus_analysis.errors import InputError
from venus_analysis.parameters.names import TRI_DETECTORS

if TYPE_CHECKING:
    import xarray as xr

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

    frame = frame_of(product)
    window = window_of(product, frame, area)
    names = list(bands or product.images)
    with window.blocks() as blocks:
        (pixels,) = blocks
        reflectance = np.stack([_reflectance(product, pixels.counts(band)) for band in names])
        flags = {kind: [pixels.mask(kind, b) for b in names] for kind in ("saturated", "defective")}
        cloud = pixels.mask("cloud", names[0])
    angles, used = window.angles()
    dims = ("band", "y", "x")
    one_angle = {"units": "degree"}
    views = [angles[TRI_DETECTOR[band]] for band in names]
    dataset = xr.Dataset(
        {
            "reflectance": (dims, reflectance, {"units": "1"}),
            "cloud": (dims[1:], cloud),
            **{kind: (dims, np.stack(masks)) for kind, masks in flags.items()},
            "viewing_zenith_deg": ("band", [zenith for zenith, _ in views], one_angle),
            "viewing_azimuth_deg": ("band", [azimuth for _, azimuth in views], one_angle),
            "solar_zenith_deg": ((), angles[SUN][0], one_angle),
            "solar_azimuth_deg": ((), angles[SUN][1], one_angle),
        },
        {"band": np.array(names, object), "y": frame.y[window.lines], "x": frame.x[window.columns]},
        {
            "time": f"{product.time.astype('M8[us]')}Z",
            "acquisition_id": product.name,
            "instrument": "VENUS",
            "simulated": int(product.simulated),
            "angles": used,
            "masks": " ".join(product.masks),
            "share_of_area": frame.share(area),
        },
    )
    return dataset.rio.write_crs(frame.crs)  # type: ignore[no-any-return]


def _reflectance(product: VenusProduct, counts: NDArray[Any]) -> NDArray[np.float32]:
    scaled = counts.astype(np.float32) * np.float32(product.scale)
    scaled[counts == product.nodata] = np.nan
    return scaled
