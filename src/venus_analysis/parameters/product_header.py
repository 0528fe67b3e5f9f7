"""Header of an L1 product: what was looked at, and which parameters were applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from venus_analysis.parameters.names import TRI_DETECTORS, FileName, digest, serials

if TYPE_CHECKING:
    import xarray as xr

AREAS = {"useful_image": "Useful_Image", "product": "Product"}
POINTS = {
    "upper_left": "Upper_Left_Corner",
    "upper_right": "Upper_Right_Corner",
    "lower_left": "Lower_Left_Corner",
    "lower_right": "Lower_Right_Corner",
    "centre": "Image_Center",
}


def fold_angle(angle_deg: float) -> float:
    """Bring an angle to -180 (excluded) to 180 degrees.

    Examples
    --------
    >>> round(fold_angle(355.1755), 4), fold_angle(10.8794), fold_angle(180.0)
    (-4.8245, 10.8794, 180.0)
    """
    folded = angle_deg % 360.0
    return folded - 360.0 if folded > 180.0 else folded


@dataclass(frozen=True)
class ProductHeader:
    """An L1 product header.

    Parameters
    ----------
    path, name, product_type, file_class
        The file, its ``File_Name``, ``VSC_L1VALD``, and ``VM01`` to ``VM03``.
    site, site_id, level
        Nick of the site, its definition id, ``L1``.
    time, start, stop, created
        UTC: middle, first and last second of the scene (time in microseconds),
        and processing.
    orbit
        Absolute orbit number.
    parameter_files
        Names of all parameter files that were applied.
    absolute_gain
        Band to Ak that was applied, counts / (W m-2 sr-1 um-1); may be empty.
    polarisation, central_wavelength_nm
        Band to number; the polarisation is scene-dependent.
    flags
        Name to whether the processing step was done.
    quality
        (code, band or None, value) of each quality index.
    quantification
        Reflectance = count * value; None in system levels.
    satellite_frame_deg
        ``X``, ``Y``, ``XY`` to the view angle in the satellite's frame, folded
        to -180 to 180 degrees.
    cloud_percentage
        Percent.
    bands
        Names of the image's bands in order: B1 ... B12, then as written.
    lines, columns, bits, nodata
        Size and coding of the image.
    epsg, upper_left_m, sampling_m
        Map system, (x, y) of the centre of the first pixel, (by line, by
        column). Width and height of the map entry exceed the image: the size
        is `lines`, `columns`.
    image_files, annexes
        Pixel files and annex header files, relative to the header's folder.
    warnings
        What was odd on reading.
    """

    path: Path
    name: str
    product_type: str
    file_class: str
    site: str
    site_id: str | None
    level: str | None
    time: np.datetime64 | None
    start: np.datetime64
    stop: np.datetime64
    created: np.datetime64 | None
    orbit: int | None
    parameter_files: tuple[FileName, ...]
    absolute_gain: dict[str, float]
    polarisation: dict[str, float]
    central_wavelength_nm: dict[str, float]
    flags: dict[str, bool]
    quality: tuple[tuple[str, str | None, float | None], ...]
    quantification: float | None
    satellite_frame_deg: dict[str, float]
    cloud_percentage: float | None
    bands: tuple[str, ...]
    lines: int | None
    columns: int | None
    bits: int | None
    nodata: int | None
    epsg: int | None
    upper_left_m: tuple[float, float] | None
    sampling_m: tuple[float, float] | None
    image_files: tuple[PurePosixPath, ...]
    annexes: dict[str, PurePosixPath]
    angles_deg: dict[tuple[int, str, str], tuple[float, float]]
    warnings: tuple[str, ...] = ()

    @property
    def serials(self) -> dict[str, str]:
        """Serial of each type that was applied (see `names.serials`)."""
        return serials(self.parameter_files)

    @property
    def digest(self) -> str:
        """Digest of all parameter files that were applied."""
        return digest(self.parameter_files)

    def sun_zenith_deg(self, point: str = "centre", area: str = "useful_image") -> float:
        """Zenith angle of the Sun, degrees; NaN where the header has none."""
        return self.angles_deg.get((0, area, point), (np.nan, np.nan))[1]

    def view_zenith_deg(
        self, tri_detector: int, point: str = "centre", area: str = "useful_image"
    ) -> float:
        """Zenith angle of the view of tri-detector 1 to 4, degrees; NaN without one."""
        return self.angles_deg.get((tri_detector, area, point), (np.nan, np.nan))[1]

    def angles(self) -> xr.Dataset:
        """All angles as xarray, degrees, NaN where the header has none.

        Returns
        -------
        xarray.Dataset
            ``sun_zenith``, ``sun_azimuth`` (area, point) and ``view_zenith``,
            ``view_azimuth`` (tri_detector, area, point); areas are
            ``useful_image`` and ``product`` (which has no centre).
        """
        import xarray as xr

        shape = (5, len(AREAS), len(POINTS))
        azimuth, zenith = np.full(shape, np.nan), np.full(shape, np.nan)
        for (detector, area, point), pair in self.angles_deg.items():
            place = (detector, list(AREAS).index(area), list(POINTS).index(point))
            azimuth[place], zenith[place] = pair
        unit = {"units": "degree"}
        dims = ("area", "point")
        return xr.Dataset(
            {
                "sun_zenith": (dims, zenith[0], unit),
                "sun_azimuth": (dims, azimuth[0], unit),
                "view_zenith": (("tri_detector", *dims), zenith[1:], unit),
                "view_azimuth": (("tri_detector", *dims), azimuth[1:], unit),
            },
            coords={
                "tri_detector": list(TRI_DETECTORS),
                "area": list(AREAS),
                "point": list(POINTS),
            },
        )
