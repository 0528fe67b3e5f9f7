"""What an L1 product of VENuS consists of, whichever layout it comes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, Literal

import numpy as np

from venus_analysis.errors import InputError

Masks = Literal["cloud", "saturated", "defective"]
MASKS: Final[tuple[Masks, ...]] = ("cloud", "saturated", "defective")
ALL_BANDS: Final = ""
"""Key of a mask that holds for every band."""
SUN: Final = 0
"""Key of the Sun beside the tri-detectors 1 to 4."""
SIMULATED: Final = "SIMULATED"


@dataclass(frozen=True)
class Plane:
    """One band of one image file.

    Parameters
    ----------
    path
        A GeoTIFF, or a zip file that holds one.
    index
        Its band, from 1.
    bits
        Bits that count, from 1 for the lowest; empty: any value but 0.
    """

    path: Path
    index: int = 1
    bits: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class AngleSource:
    """Directions to the Sun (key 0) and to the camera (tri-detectors 1 to 4).

    Zenith and azimuth in degrees, azimuth from north through east, both seen from
    the ground: public processing code treats the view like the Sun.

    Parameters
    ----------
    mean
        (zenith, azimuth) of the image.
    corners
        (zenith, azimuth) at the centres of the first and last pixels: (line end,
        column end, 2), where the header has them.
    grids
        Coarse images of the horizontal offset (east, north) that a height makes;
        height and unit are not public, so only their change over the image is
        used, on top of `mean`.
    """

    mean: dict[int, tuple[float, float]]
    corners: dict[int, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = field(
        default_factory=dict
    )
    grids: dict[int, tuple[Plane, Plane]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class VenusProduct:
    """Files and facts of one L1 product.

    Parameters
    ----------
    path, layout
        Its metadata file; ``muscate`` or ``native``.
    name, site
        Its identifier and the ground segment's name of the site.
    time
        UTC of the middle of the acquisition.
    scale, nodata
        Reflectance = count * scale, where count is not nodata.
    images
        Band to image.
    masks
        Kind of mask to band (or `ALL_BANDS`) to image; kinds that the product
        does not have are absent.
    angles
        Sun and views.
    shape
        (lines, columns), where the metadata say so.
    absolute_gain, parameter_set
        Ak by band and serial of the set that were applied; empty where the
        metadata do not say (MUSCATE).
    epsg
        Map system of the metadata, used where the images state none.
    """

    path: Path
    layout: Literal["muscate", "native"]
    name: str
    site: str
    time: np.datetime64
    scale: float
    nodata: int
    images: dict[str, Plane]
    masks: dict[str, dict[str, Plane]]
    angles: AngleSource
    shape: tuple[int, int] | None = None
    absolute_gain: dict[str, float] = field(default_factory=dict)
    parameter_set: str = ""
    epsg: int | None = None

    @property
    def simulated(self) -> bool:
        """Whether the product calls itself simulated."""
        return SIMULATED in self.name.upper() or SIMULATED in self.site.upper()

    def mask(self, kind: str, band: str) -> Plane | None:
        """Image of a mask for one band, or None when the product has none."""
        planes = self.masks.get(kind, {})
        return planes.get(band, planes.get(ALL_BANDS))


def inside(folder: Path, text: str, where: str) -> Path:
    """Path of a file that metadata name, which must lie below the product's folder.

    Raises
    ------
    InputError
        An absolute name, or one that leaves the folder, also through a link.

    Examples
    --------
    >>> inside(Path("P"), "MASKS/a.tif", "P/MTD.xml").as_posix()
    'P/MASKS/a.tif'
    """
    inner = PurePosixPath(text.strip())
    path = folder / inner
    leaves = inner.is_absolute() or ".." in inner.parts or "\\" in text or not inner.name
    if leaves or not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            where,
            "names of files below the product's folder",
            repr(text[:100]),
            "fetch the product again from its source",
        )
    return path
