"""A million SMAC inversions, and the pairs of a million candidates, beside plain Python loops.

The loops are timed on a share and scaled up. The inversion's peer is what the
published single-look codes do, `math` on one look; the pairs' peer compares
each look with each.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.compute.desert.matchup import find_pairs
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_inverse
from venus_analysis.compute.desert.smac_coefficients import (
    NAMES,
    SmacCoefficients,
    built_in_coefficients,
)

LOOKS = 1_000_000
BLOCK = 16384
SHARE = 2000
SIDE = 1000
REPEATS = 5
AIR = {"aot_550": 0.2, "water_vapour_g_cm2": 1.5, "ozone_du": 300.0, "pressure_hpa": 1013.0}


def run() -> list[dict[str, object]]:
    """Rows of the table: name, ours_s, peer_s, ratio (peer / ours), peer."""
    return [inversions(), pairs()]


def inversions() -> dict[str, object]:
    """Surface reflectance of a million looks in one band."""
    coefficients = built_in_coefficients("venus")[1].take(6)
    plain = SmacCoefficients(**{name: float(getattr(coefficients, name)) for name in NAMES})
    random = np.random.default_rng(1)
    columns = random.uniform([[20], [0], [0], [0.2]], [[60], [40], [180], [0.6]], (4, LOOKS))

    def ours() -> None:
        for start in range(0, LOOKS, BLOCK):
            sun, view, azimuth, rho = columns[:, start : start + BLOCK]
            smac_inverse(rho, smac_atmosphere(coefficients, sun, view, azimuth, **AIR))

    share = columns[:, :SHARE].T.tolist()

    def peer() -> None:
        for look in share:
            one_inversion(plain, *look)

    sun, view, azimuth, rho = columns[:, :SHARE]
    found = smac_inverse(rho, smac_atmosphere(coefficients, sun, view, azimuth, **AIR))
    assert np.allclose(found, [one_inversion(plain, *look) for look in share], atol=1e-12)
    mine, other = _interleaved(ours, peer)
    return _row("SMAC inverse, 1e6 looks", mine, other * LOOKS / SHARE, "loop over math, scaled up")


def one_inversion(
    c: SmacCoefficients, sun: float, view: float, azimuth: float, rho: float
) -> float:
    """Surface reflectance of one look, every term of the model in plain numbers."""
    us, uv = math.cos(math.radians(sun)), math.cos(math.radians(view))
    mass = 1.0 / us + 1.0 / uv
    turn = math.cos(math.radians(azimuth))
    cos_xi = -(us * uv + math.sqrt((1 - us * us) * (1 - uv * uv)) * turn)
    aot, pressure = AIR["aot_550"], AIR["pressure_hpa"] / 1013.25
    gas = math.exp(c.a_h2o * (AIR["water_vapour_g_cm2"] * mass) ** c.n_h2o)
    gas *= math.exp(c.a_o3 * (AIR["ozone_du"] / 1000.0 * mass) ** c.n_o3)
    down, up = (
        c.a0_t + c.a1_t * aot / mu + (c.a2_t * pressure + c.a3_t) / (1.0 + mu) for mu in (us, uv)
    )
    spherical = c.a0_s * pressure + c.a3_s + c.a1_s * aot + c.a2_s * aot**2
    tau = c.a0_tau + c.a1_tau * aot
    single = c.tau_r * (0.7190443 * (1.0 + cos_xi**2) + 0.0412742) / (us * uv)
    one, two = tau * mass * cos_xi, (tau + c.tau_r * pressure) * mass * cos_xi
    path = single * pressure / 4.0 - c.rayleigh_1 - c.rayleigh_2 * single - c.rayleigh_3 * single**2
    path -= c.aerosol_1 + c.aerosol_2 * one + c.aerosol_3 * one**2 + c.aerosol_4 * one**3
    path += c.total_1 + c.total_2 * two + c.total_3 * two**2 + c.total_4 * two**3
    x = math.degrees(math.acos(cos_xi))
    phase = c.phase_0 + c.phase_1 * x + c.phase_2 * x**2 + c.phase_3 * x**3 + c.phase_4 * x**4
    path += one_layer(c.albedo, 3.0 * c.asymmetry, tau, us, uv, phase)
    above = rho / gas - path
    return float(above / (down * up + spherical * above))


def one_layer(w: float, g: float, tau: float, us: float, uv: float, phase: float) -> float:
    """Aerosol reflectance of one look; `g` is three times the asymmetry."""
    d = 3.0 - w * g
    k = math.sqrt((1.0 - w) * d)
    b, off, lossy = 2.0 * k / d, 1.0 - (k * us) ** 2, (1.0 - w) * g * us
    grow, fade = math.exp(k * tau), math.exp(-k * tau)
    top = 2.0 + 3.0 * us + lossy * (1.0 + 2.0 * us)
    low = (2.0 - 3.0 * us - lossy * (1.0 - 2.0 * us)) * math.exp(-tau / us)
    scale = w * us / (4.0 * off * (grow * (1.0 + b) ** 2 - fade * (1.0 - b) ** 2))
    e = -0.75 * w * us * us / off
    f = -0.25 * w * (1.0 - w) * g * us * us / off
    sources = (
        (scale * (top * grow * (1.0 + b) + low * (1.0 - b)) * (1.0 - w * g * uv * k / d)),
        (-scale * (top * fade * (1.0 - b) + low * (1.0 + b)) * (1.0 + w * g * uv * k / d)),
        e + f - w * g * uv * (e / (3.0 * us) + us * f) + w * phase / 4.0,
    )
    paths = (uv / (1.0 + k * uv), uv / (1.0 - k * uv), us * uv / (us + uv))
    total = sum(s * p * (1.0 - math.exp(-tau / p)) for s, p in zip(sources, paths, strict=True))
    return total / (us * uv)


def pairs() -> dict[str, object]:
    """Pairs of two sensors' thousand looks each: a million candidates."""
    looks = []
    for seed in (1, 2):
        random = np.random.default_rng(seed)
        sun, view, azimuth = random.uniform([[20], [0], [0]], [[60], [40], [180]], (3, SIDE))
        days = np.datetime64("2018-01-01", "us") + np.arange(SIDE) * np.timedelta64(1, "D")
        looks.append(make_looks(days, sun, view, azimuth, np.full((SIDE, 1), 0.4)))
    target, reference = looks

    def angles(of: object) -> list[list[float]]:
        names = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")
        return np.stack([getattr(of, name) for name in names], axis=1).tolist()

    some, all_of = angles(target)[: SIDE // 20], angles(reference)

    def ours() -> None:
        find_pairs(target, reference)

    def peer() -> None:
        [
            (i, j)
            for i, (s, v, a) in enumerate(some)
            for j, (t, w, b) in enumerate(all_of)
            if abs(s - t) <= 5.0 and abs(v - w) <= 5.0 and abs(a - b) <= 10.0
        ]

    mine, other = _interleaved(ours, peer)
    return _row("match-up, 1e6 candidate pairs", mine, other * 20, "nested loop, scaled up")


def _row(name: str, ours_s: float, peer_s: float, peer: str) -> dict[str, object]:
    return {
        "name": name,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": peer_s / ours_s,
        "peer": peer,
    }


def _interleaved(ours: Callable[[], None], peer: Callable[[], None]) -> tuple[float, float]:
    best = [math.inf, math.inf]
    for _ in range(REPEATS):
        for k, function in enumerate((ours, peer)):
            start = time.perf_counter()
            function()
            best[k] = min(best[k], time.perf_counter() - start)
    return best[0], best[1]
