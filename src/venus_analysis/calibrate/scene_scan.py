"""Oversampling by the scene's attitude, also where its rate is given in inertial space."""

from __future__ import annotations

import math

import numpy as np

from venus_analysis.calibrate.scene_inputs import SceneInputs, times_at
from venus_analysis.calibrate.scene_reference import Reference
from venus_analysis.compute.moon import ephemeris
from venus_analysis.compute.moon.observer import observer_gcrs
from venus_analysis.compute.moon.scan_rate import (
    apparent_motion,
    orbital_rate,
    rate_along_lines,
)

STEP_S = 1.0
LIMB_TELLS_SIGMA = 4.0


def scan_oversampling(inputs: SceneInputs, reference: Reference) -> tuple[float, float]:
    """Oversampling by the attitude, and the relative uncertainty of its correction.

    A rate relative to the Moon needs none. From a rate in inertial space the
    Moon's apparent motion along the scan is taken off. Of the two ways in which
    the image can lie on the sky (see `compute.moon.scan_rate`) the one is taken
    that is closer to the limb's oversampling; where the limb cannot tell, their
    mean, with half of what they differ by as uncertainty. A single observer
    position does not show the observer's own motion; its size is then the
    uncertainty.
    """
    at = inputs.scene.attrs
    rate = float(at["scan_rate_rad_per_s"])
    if at["scan_rate_frame"] != "INERTIAL":
        return inputs.oversampling, 0.0
    line = np.array([reference.outline.centre_line])
    moment = times_at(inputs.scene, line)[0]
    times = moment + np.array([-1, 0, 1]) * np.timedelta64(round(STEP_S * 1e9), "ns")
    position = inputs.scene["observer_position"]
    moving = position.ndim == 2 and inputs.lines > 1
    places = _places(inputs, times) if moving else np.broadcast_to(position.values, (3, 3))
    sun, moon = ephemeris.sun_and_moon_gcrs(times)
    to_moon = moon - observer_gcrs(places, position.attrs["frame"], times)
    direction, motion = apparent_motion(to_moon, STEP_S)
    both = rate_along_lines(direction, motion, sun[1] - moon[1], reference.disk.sun_direction_deg)
    found = [inputs.oversampling * rate / (rate - one) for one in both]
    limb, u_limb = reference.outline.oversampling, reference.disk.u_oversampling
    used, other = sorted(found, key=lambda one: abs(one - limb))
    doubt = 0.0
    if abs(other - limb) - abs(used - limb) < LIMB_TELLS_SIGMA * u_limb:
        doubt = abs(used - other) / (2.0 * used)
        used = 0.5 * (used + other)
    if not moving:
        distance = float(np.linalg.norm(to_moon[1]))
        doubt = math.hypot(doubt, orbital_rate(places[1], distance) / rate / math.sqrt(2.0))
    return used, doubt


def _places(inputs: SceneInputs, times: np.ndarray) -> np.ndarray:
    """Observer at times close by, on a straight line through the scene's positions."""
    stamps = inputs.scene["time"].values.astype("datetime64[ns]")
    values = inputs.scene["observer_position"].values
    span = (stamps[-1] - stamps[0]) / np.timedelta64(1, "s")
    seconds = (stamps - stamps[0]) / np.timedelta64(1, "s")
    wanted = (times - stamps[0]) / np.timedelta64(1, "s")
    degree = 2 if span > STEP_S else 1
    fitted = np.polynomial.polynomial.polyfit(seconds, values, degree)
    return np.stack([np.polynomial.polynomial.polyval(wanted, one) for one in fitted.T], axis=-1)
