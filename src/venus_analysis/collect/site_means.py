"""From the image of a product to one observation of each site that it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from venus_analysis.collect.archive import is_archive, unpacked
from venus_analysis.collect.sites import Site, read_sites
from venus_analysis.collect.venus_angles import mean_direction, relative_azimuth_deg
from venus_analysis.collect.venus_l1c import TRI_DETECTOR, open_venus_l1c
from venus_analysis.collect.venus_product import SUN, VenusProduct
from venus_analysis.collect.venus_window import Pixels, Window, frame_of, window_of
from venus_analysis.errors import InputError

LEAST_SHARE: Final = 0.8
"""Share of a site's square that must be in the image, clear and valid in a band."""
BLOCK_LINES: Final = 256
AIR: Final = {"ozone_du": "DU", "water_vapour_g_cm2": "g cm-2", "pressure_hpa": "hPa"}


def read_product_observations(
    path: str | Path, sites: Iterable[Site] | None = None, *, least_share: float = LEAST_SHARE
) -> xr.Dataset:
    """Observations of every site that a VENuS L1 product shows.

    Parameters
    ----------
    path
        What `open_venus_l1c` takes, or an archive of it (zip, tar).
    sites
        By default the desert sites of the package.
    least_share
        See `site_observations`.

    Raises
    ------
    InputError
        As `open_venus_l1c`, `unpacked` and `site_observations`.
    """
    wanted = list(read_sites().values() if sites is None else sites)
    if not is_archive(path):
        return site_observations(open_venus_l1c(path), wanted, least_share=least_share)
    with unpacked(path) as folder:
        found = site_observations(open_venus_l1c(folder), wanted, least_share=least_share)
    found.attrs["source"] = Path(path).name
    return found


def site_observations(
    product: VenusProduct, sites: Iterable[Site], *, least_share: float = LEAST_SHARE
) -> xr.Dataset:
    """Mean and scatter over each site, pixels under cloud, saturated or defective left out.

    Blocks of 256 lines are read, all bands of a file at once, and counts are summed
    as whole numbers: the mean does not depend on the blocks.

    Parameters
    ----------
    product
        From `open_venus_l1c`.
    sites
        Those whose square does not lie in the image to `least_share` are passed
        over.
    least_share
        A band of which less of the square remains has no reflectance (NaN).

    Returns
    -------
    xarray.Dataset
        As `read_observations`, with ``site``, ``pixels`` and ``clear_share`` (the
        share of the square in the image that the cloud mask leaves). The view is
        that of the mean of the four tri-detectors; ``viewing_zenith_by_band_deg``
        and ``relative_azimuth_by_band_deg`` keep each band's own. Air is not
        in a product and NaN. ``absolute_gain`` (time, band) and
        ``parameter_set`` as applied, where the metadata say.

    Raises
    ------
    InputError
        No site lies in the image; or as `read_window`.
    """
    frame = frame_of(product)
    shown = [site for site in sites if frame.share(site) >= least_share]
    found = [_observation(window_of(product, frame, site), site, least_share) for site in shown]
    if not found:
        raise InputError(
            product.path,
            f"an image that shows a site to {100 * least_share:.0f} %",
            "none of the sites",
            "give the site in a table with --sites",
        )
    observations = xr.concat(found, "time")
    observations.attrs = {
        "source": product.path.name,
        "instrument": "VENUS",
        "simulated": int(product.simulated),
    }
    return observations


def _observation(window: Window, site: Site, least_share: float) -> xr.Dataset:
    product = window.product
    bands, share = list(product.images), window.frame.share(site)
    found = _Sums(len(bands))
    with window.blocks(BLOCK_LINES) as blocks:
        for pixels in blocks:
            _add(found, product, pixels)
    mean, scatter = found.moments(product.scale)
    few = found.number < least_share / share * found.size
    mean[few] = scatter[few] = np.nan
    number = found.number
    angles, how = window.angles()
    look: dict[str, Any] = {
        "reflectance": (("time", "band"), mean[None], {"units": "1"}),
        "reflectance_sd": (("time", "band"), scatter[None], {"units": "1"}),
        "pixels": (("time", "band"), number[None]),
        "clear_share": ("time", [1.0 - found.cloudy / found.size]),
        "site": ("time", np.array([site.name], object)),
        "acquisition_id": ("time", np.array([product.name], object)),
        "angles_from": ("time", np.array([how], object)),
        **{name: ("time", [np.nan], {"units": unit}) for name, unit in AIR.items()},
        **_directions(bands, angles),
    }
    if product.absolute_gain:
        gains = [[product.absolute_gain.get(band, np.nan) for band in bands]]
        look["absolute_gain"] = (("time", "band"), gains)
    if product.parameter_set:
        look["parameter_set"] = ("time", np.array([product.parameter_set], object))
    time = np.array([product.time], "M8[us]")
    return xr.Dataset(look, {"time": time, "band": np.array(bands, object)})


@dataclass(eq=False)
class _Sums:
    """Number, sum and sum of squares of counts by band: whole numbers, so exact."""

    bands: int
    size: int = 0
    cloudy: int = 0

    def __post_init__(self) -> None:
        self.number, self.total, self.squares = np.zeros((3, self.bands), np.int64)

    def moments(self, scale: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation by band; NaN where there is none."""
        number = np.where(self.number > 1, self.number, np.nan)
        mean = self.total / number
        centred = self.squares - mean * self.total
        return scale * mean, scale * np.sqrt(np.maximum(centred, 0.0) / (number - 1.0))


def _add(sums: _Sums, product: VenusProduct, pixels: Pixels) -> None:
    cloud = pixels.mask("cloud", next(iter(product.images)))
    for k, band in enumerate(product.images):
        counts = pixels.counts(band)
        bad = cloud | pixels.mask("saturated", band) | pixels.mask("defective", band)
        used = counts[~bad & (counts != product.nodata)].astype(np.int64)
        sums.number[k] += used.size
        sums.total[k] += used.sum()
        sums.squares[k] += np.dot(used, used)
    sums.size += cloud.size
    sums.cloudy += int(cloud.sum())


def _directions(bands: list[str], angles: dict[int, tuple[float, float]]) -> dict[str, Any]:
    views = np.array([angles[TRI_DETECTOR[band]] for band in bands])
    detectors = np.array([angles[key] for key in angles if key != SUN])
    middle = mean_direction(detectors[:, 0], detectors[:, 1])
    sun = np.array(angles[SUN])
    degree = {"units": "degree"}
    one = {
        "solar_zenith_deg": sun[0],
        "solar_azimuth_deg": sun[1],
        "viewing_zenith_deg": middle[0],
        "viewing_azimuth_deg": middle[1],
        "relative_azimuth_deg": relative_azimuth_deg(sun[1], middle[1]),
    }
    each = {
        "viewing_zenith_by_band_deg": views[:, 0],
        "relative_azimuth_by_band_deg": relative_azimuth_deg(sun[1], views[:, 1]),
    }
    return {name: ("time", [float(value)], degree) for name, value in one.items()} | {
        name: (("time", "band"), value[None], degree) for name, value in each.items()
    }
