"""Choices that change the numbers of a scene's calibration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from venus_analysis.calibrate.row import configuration_of
from venus_analysis.compute.moon.spectrum import RoloModel
from venus_analysis.compute.straylight import Scenario
from venus_analysis.errors import InputError
from venus_analysis.instrument import venus_bands

Registration = Literal["reference", "separate"]
OversamplingBy = Literal["attitude", "limb"]
CHOICES: Final = {
    "registration": get_args(Registration),
    "oversampling": get_args(OversamplingBy),
    "stray_light": get_args(Scenario),
}


@dataclass(frozen=True)
class SceneOptions:
    """Everything that changes the numbers of a scene's calibration.

    Parameters
    ----------
    model
        The lunar model and its options.
    registration
        ``reference``: one band is solved, the others follow by the focal plane
        and their limbs; ``separate``: every band is solved by itself.
    reference_band
        Is tried first; None, or one that the scene does not have or that shows no Moon,
        leaves it to the first of B7, B9, B4 ... in which the Moon is found.
    oversampling
        ``attitude``: by the scene's scan rate; ``limb``: by the disk's shape, or by the
        attitude where too little of the limb is seen to tell.
    u_oversampling
        Relative standard uncertainty of the attitude's oversampling.
    ghost_u_factor
        Relative standard uncertainty (k = 1) of STRLGT's ghost factors.
    u_model
        As in `venus_analysis.calibrate.moon.MoonOptions`.
    residuals
        Whether CT1, CT2, temporal noise and column patterns are measured as well;
        they change no ratio.
    stray_light
        Correction by the STRLGT files before anything is added up or fitted:
        ``TYPE1`` (halo), ``TYPE2`` (ghosts), ``TYPE1_TYPE2`` or ``TYPE2_TYPE1``.
        The irradiance leaves ghosts out and counts the halo in any case: what the
        files do not correct, a fit to the sky does.

    Raises
    ------
    InputError
        Unknown option or band.
    """

    model: RoloModel = field(default_factory=RoloModel)
    registration: Registration = "reference"
    reference_band: str | None = None
    oversampling: OversamplingBy = "attitude"
    u_oversampling: float = 0.0005
    ghost_u_factor: float = 0.1
    u_model: float = 0.05
    residuals: bool = False
    stray_light: Scenario = "none"

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                received = repr(getattr(self, name))
                raise InputError(name, " | ".join(allowed), received, "choose one of these")
        known = [one.band for one in venus_bands()]
        if self.reference_band is not None and self.reference_band not in known:
            raise InputError(
                "reference_band", f"one of {', '.join(known)}", self.reference_band, "choose one"
            )

    def configuration(self) -> tuple[str, str]:
        """Digest and text of the options; the model itself stands in `reference`."""
        left_out = {"model", "residuals"} | (
            {"stray_light"} if self.stray_light == "none" else set()
        )
        return configuration_of({k: v for k, v in vars(self).items() if k not in left_out})
