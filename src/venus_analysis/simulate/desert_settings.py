"""What to plant in simulated desert observations: two sensors, a site, its air, faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.instrument import SpectralResponse
from venus_analysis.simulate.mission_methods import BANDS, DesertSite, PerBand
from venus_analysis.simulate.mission_settings import MissionSettings


@dataclass(frozen=True)
class ReferenceSensor:
    """A sensor that VENµS is compared with, and how it passes.

    Parameters
    ----------
    name
        As it stands in the ledger.
    instrument
        Name of its SMAC coefficients, upper case.
    start, stop
        First and last day.
    every_days
        Days between passes.
    local_time_h
        Mean solar time of a pass.
    farthest_view_deg
        Viewing zenith angles are drawn up to it, on either side of the track.
    bands
        Name to centre and full width, nm: the simulation takes boxes.
    """

    name: str
    instrument: str
    start: str
    stop: str
    every_days: int
    local_time_h: float
    farthest_view_deg: float
    bands: dict[str, tuple[float, float]]

    @property
    def responses(self) -> tuple[SpectralResponse, ...]:
        """Boxes of unit response."""
        return tuple(
            SpectralResponse(band, centre + width * np.array([-0.5, 0.5]), np.ones(2))
            for band, (centre, width) in self.bands.items()
        )


# Centres and widths as ESA publishes them, nm.
_MERIS: Final = {
    "412": (412.7, 9.9), "443": (442.6, 10.0), "490": (489.9, 10.0), "510": (509.8, 10.0),
    "560": (559.7, 10.0), "620": (619.6, 10.0), "665": (664.6, 10.0), "681": (680.8, 7.5),
    "708": (708.3, 10.0), "753": (753.4, 7.5), "778": (778.4, 15.0), "865": (864.9, 20.0),
    "885": (884.9, 10.0),
}  # fmt: skip
_S2A: Final = {
    "B1": (442.7, 20.0), "B2": (492.7, 65.0), "B3": (559.8, 35.0), "B4": (664.6, 30.0),
    "B5": (704.1, 14.0), "B6": (740.5, 14.0), "B7": (782.8, 19.0), "B8": (832.8, 105.0),
    "B8A": (864.7, 21.0),
}  # fmt: skip
REFERENCES: Final = {
    one.instrument: one
    for one in (
        ReferenceSensor("MERIS_3rd", "MERIS", "2002-05-01", "2012-04-08", 2, 10.0, 38.0, _MERIS),
        ReferenceSensor("S2A", "S2A", "2015-07-06", "2024-07-31", 5, 10.5, 11.0, _S2A),
    )
}

# Surface reflectance under nadir kernels = 0, found from MERIS over Libya 4 with
# this package (SMAC, aerosol 0.2); 400 and beyond 885 nm continued by eye.
SURFACE_NM: Final = (400, 412, 443, 490, 510, 560, 620, 665, 681, 708, 753, 778, 865, 885, 950)
SURFACE: Final = (
    0.131, 0.140, 0.176, 0.224, 0.250, 0.350, 0.453, 0.493, 0.506, 0.517, 0.558, 0.569, 0.588,
    0.590, 0.600,
)  # fmt: skip


@dataclass(frozen=True)
class DesertSeriesSettings:
    """Everything that decides a simulated pair of series over one site.

    Parameters
    ----------
    mission
        VENµS: dates, sites, drift, updates, events, and the size of the site's
        noise (`DesertSettings`); its seed decides all random numbers.
    site
        One of the mission's desert sites.
    reference
        Name in `REFERENCES`.
    gain
        Planted measured / modelled on the first day under the first parameter
        set, one for all bands or (band,).
    looks, reference_looks
        Keep so many of the clear looks, drawn at random; None keeps all.
    cloudy_share
        Looks that are cloudy and there all the same, as a share of the clear ones.
    dust_share, dust_depth
        Share of the days with dust, and the mean by which it brightens the first
        band (exponential); the last one darkens by a third of that.
    aot_550
        Aerosol of the air that the surface is seen through; that it varies is in
        the noise.
    ozone_error_du, water_error
        Standard deviation of stated ozone, and the relative one of water vapour.
    volume_weight, surface_weight
        Ross-thick and Li-sparse kernel relative to the isotropic part.

    Raises
    ------
    InputError
        An unknown site or reference, or a gain that has not one number per band.

    Examples
    --------
    >>> DesertSeriesSettings(gain=0.98).per_band[:2].tolist()
    [0.98, 0.98]
    >>> DesertSeriesSettings(site="Paris")
    Traceback (most recent call last):
        ...
    venus_analysis.errors.InputError: site: expected Libya 4, Algeria 3, ...
    """

    mission: MissionSettings = field(default_factory=MissionSettings)
    site: str = "Libya 4"
    reference: str = "MERIS"
    gain: float | PerBand = 1.0
    looks: int | None = None
    reference_looks: int | None = None
    cloudy_share: float = 0.05
    dust_share: float = 0.06
    dust_depth: float = 0.012
    aot_550: float = 0.2
    ozone_error_du: float = 6.0
    water_error: float = 0.1
    volume_weight: float = 0.28
    surface_weight: float = 0.01

    def __post_init__(self) -> None:
        sites = [one.site for one in self.mission.desert.sites]
        for name, given, known in (
            ("site", self.site, sites),
            ("reference", self.reference, list(REFERENCES)),
        ):
            if given not in known:
                raise InputError(name, ", ".join(known), repr(given), "choose one of these")
        if np.shape(self.gain) not in ((), (len(BANDS),)):
            raise InputError(
                "gain", f"one number or {len(BANDS)}", str(np.shape(self.gain)), "one for each band"
            )

    @property
    def place(self) -> DesertSite:
        """The site's coordinates, and the direction VENµS sees it from."""
        return next(one for one in self.mission.desert.sites if one.site == self.site)

    @property
    def per_band(self) -> np.ndarray:
        """(band,) planted gain."""
        return np.array(np.broadcast_to(np.asarray(self.gain, np.float64), len(BANDS)))
