"""Speed of the lunar model and geometry beside rimopy and spiceypy, in one run.

`python benchmarks/moon_model.py` prints the table; it needs the `dev` extra.
Best of several repeats; everything is loaded and warm on both sides.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.compute.moon import spectrum
from venus_analysis.compute.moon.geometry import LunarGeometry, lunar_geometry
from venus_analysis.instrument import venus_bands, venus_responses

KERNELS = (
    "naif0011.tls",
    "de421.bsp",
    "moon_080317.tf",
    "moon_pa_de421_1900-2050.bpc",
    "earth_latest_high_prec.bpc",
    "earth_assoc_itrf93.tf",
)
SATELLITE_M = np.array([42164.0e3, -75.0e3, 66.5e3])


def run() -> list[dict[str, Any]]:
    """Rows of the table: name, ours_s, peer_s, ratio (peer / ours, above 1 is faster), peer."""
    return [model(), geometry("J2000"), geometry("ITRF93")]


def model(count: int = 1000) -> dict[str, Any]:
    """Irradiance of 12 bands: ours integrates over the responses, rimopy takes 12 wavelengths."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        from rimopy import eli, types  # type: ignore[import-untyped]

    random = np.random.default_rng(1)
    low, high = [2, -97, -1.6, -8, -7, 0.98, 3.5e5], [97, 97, 1.6, 8, 7, 1.02, 4.1e5]
    at = LunarGeometry(*random.uniform(low, high, (count, 7)).T)
    wavelength = [band.central_wavelength_nm for band in venus_bands()]

    def ours() -> None:
        # What a first call has to do: the integrals over the responses count too.
        spectrum._band_weights.cache_clear()
        spectrum.band_irradiance(at, venus_responses())

    def peer() -> None:
        moon = types.MoonDatas(
            at.sun_distance_au,
            at.observer_distance_km,
            np.radians(at.sub_solar_longitude_deg),
            at.observer_latitude_deg,
            at.observer_longitude_deg,
            at.phase_angle_deg,
        )
        eli.get_irradiance(wavelength, mds=moon)

    return _row(f"model, {count} geometries x 12 bands", ours, peer, "rimopy, no integration")


def geometry(frame: str, count: int = 10_000) -> dict[str, Any]:
    """Selenographic geometry of one satellite at many epochs, from UTC on both sides."""
    import spiceypy

    times = np.datetime64("2013-01-01", "s") + np.arange(count) * np.timedelta64(5, "h")
    stamps = [str(moment) for moment in times]
    folder = _kernels()
    for name in KERNELS:
        spiceypy.furnsh(str(folder / name))

    def peer() -> None:
        for stamp in stamps:
            _spice_geometry(spiceypy.str2et(stamp), SATELLITE_M / 1e3, frame)

    try:
        return _row(
            f"geometry, {count} epochs, {frame}",
            lambda: lunar_geometry(times, SATELLITE_M, frame),
            peer,
            "spiceypy, a loop",
        )
    finally:
        spiceypy.kclear()


def _spice_geometry(et: float, observer_km: NDArray[np.float64], frame: str) -> tuple[float, ...]:
    import spiceypy

    sun, _ = spiceypy.spkpos("SUN", et, "J2000", "NONE", "MOON")
    earth, _ = spiceypy.spkpos("EARTH", et, "J2000", "NONE", "MOON")
    if frame != "J2000":
        observer_km = spiceypy.pxform(frame, "J2000", et) @ observer_km
    observer = earth + observer_km
    turn = spiceypy.pxform("J2000", "MOON_ME", et)
    sun_distance, *sun_angles = spiceypy.reclat(turn @ sun)
    observer_distance, *observer_angles = spiceypy.reclat(turn @ observer)
    phase = spiceypy.vsep(sun, observer)
    return (phase, *sun_angles, *observer_angles, sun_distance, observer_distance)


def _kernels() -> Path:
    spec = find_spec("rimopy")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "tests" / "kernels"


def _row(
    name: str, ours: Callable[[], object], peer: Callable[[], object], peer_name: str
) -> dict[str, Any]:
    ours_s, peer_s = _best(ours, 7), _best(peer, 3)
    return {
        "name": name,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": peer_s / ours_s,
        "peer": peer_name,
    }


def _best(function: Callable[[], object], repeats: int) -> float:
    function()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    print(f"{'what':38}{'ours':>10}{'peer':>10}{'ratio':>8}  peer")
    for row in run():
        print(
            f"{row['name']:38}{row['ours_s'] * 1e3:8.1f} ms{row['peer_s'] * 1e3:7.1f} ms"
            f"{row['ratio']:8.1f}  {row['peer']}"
        )
