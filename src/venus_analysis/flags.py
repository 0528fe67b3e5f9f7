"""The one registry of quality flags: bit, name, sentence.

A row's `flags` is the sum of the bits that apply. Bits are never used again
for another meaning; a new flag takes the next free bit.
"""

from __future__ import annotations

from enum import IntFlag


class Flag(IntFlag):
    """Quality flags of a calibration result (bit value, name).

    Examples
    --------
    >>> Flag.PHASE_OUTSIDE_MODEL | Flag.NO_RESPONSE
    <Flag.PHASE_OUTSIDE_MODEL|NO_RESPONSE: 5>
    """

    PHASE_OUTSIDE_MODEL = 1 << 0
    EARTH_ORIENTATION_PREDICTED = 1 << 1
    NO_RESPONSE = 1 << 2
    EMPTY_IMAGE = 1 << 3
    MASK_TOUCHES_FRAME = 1 << 4
    SATURATED = 1 << 5
    RESPONSE_OUTSIDE_MODEL = 1 << 7
    DISK_OUTSIDE_FRAME = 1 << 8
    OTHER_BRIGHT_OBJECT = 1 << 9
    LIMB_UNCERTAIN = 1 << 10
    THIN_CRESCENT = 1 << 11
    MISSING_PIXELS = 1 << 12
    NEEDS_REPROCESSING = 1 << 13
    DISK_NOT_FOUND = 1 << 14
    NO_PARAMETERS = 1 << 15
    DEFECTIVE_COLUMNS = 1 << 16
    GHOST_ON_DISK = 1 << 17
    AXIS_DISAGREES = 1 << 18
    NOT_CALIBRATABLE = 1 << 19
    SPECTRUM_EXTRAPOLATED = 1 << 20
    TIME_APART = 1 << 21


SENTENCES: dict[Flag, str] = {
    Flag.PHASE_OUTSIDE_MODEL: "The phase angle lies outside the lunar model's range; "
    "the modelled irradiance is NaN.",
    Flag.EARTH_ORIENTATION_PREDICTED: "The time lies beyond the measured Earth orientation; "
    "an Earth-fixed observer's position is less certain.",
    Flag.NO_RESPONSE: "No spectral response was given for this band; "
    "the modelled irradiance is NaN.",
    Flag.EMPTY_IMAGE: "No pixel of the image belongs to the Moon; the measured irradiance is NaN.",
    Flag.MASK_TOUCHES_FRAME: "The Moon's mask touches the frame: part of the light may be missing.",
    Flag.SATURATED: "Pixels of the Moon are saturated: the measured irradiance is too low.",
    Flag.RESPONSE_OUTSIDE_MODEL: "Part of the spectral response lies outside the lunar model's "
    "or the solar spectrum's wavelengths; the modelled irradiance is NaN.",
    Flag.DISK_OUTSIDE_FRAME: "The Moon's fitted outline reaches beyond the frame.",
    Flag.OTHER_BRIGHT_OBJECT: "The frame holds a further bright object beside the Moon.",
    Flag.LIMB_UNCERTAIN: "The limb scatters too much, or constrains the outline too little, "
    "for a tenth of a pixel.",
    Flag.THIN_CRESCENT: "The lit part is a crescent beyond 97 deg of phase, where no lunar "
    "model is valid and the limb holds the outline badly.",
    Flag.MISSING_PIXELS: "Pixels of the Moon are missing: the measured irradiance is too low.",
    Flag.NEEDS_REPROCESSING: "The two parameter sets differ, or may differ, in more than the "
    "absolute gain; the re-based ratio is NaN until the counts are processed again.",
    Flag.DISK_NOT_FOUND: "No Moon was found in the image; the measured irradiance is NaN.",
    Flag.NO_PARAMETERS: "Gain, dark level or equalisation of the band are not known; "
    "the measured irradiance is NaN.",
    Flag.DEFECTIVE_COLUMNS: "More than 10 % of the disk's columns are defective and interpolated.",
    Flag.GHOST_ON_DISK: "A ghost of another band overlaps the disk: what is known of it is taken "
    "off, and the uncertainty is wider.",
    Flag.AXIS_DISAGREES: "The limb contradicts the semi-axis across the scan that distance and "
    "field of view give: one of these is wrong, or the limb is poor.",
    Flag.NOT_CALIBRATABLE: "The method cannot calibrate this band (water vapour over desert, or no "
    "comparable band of the reference); the ratio is NaN.",
    Flag.SPECTRUM_EXTRAPOLATED: "Part of the band lies beyond the reference's outer bands: "
    "its surface reflectance is extrapolated.",
    Flag.TIME_APART: "The two sensors looked more than 10 min (or the limit set) apart.",
}


class PixelFlag(IntFlag):
    """Quality flags of a calibrated pixel (bit value, name); they fit in 8 bits.

    Examples
    --------
    >>> PixelFlag.SATURATED | PixelFlag.DEFECTIVE_INTERPOLATED
    <PixelFlag.DEFECTIVE_INTERPOLATED|SATURATED: 5>
    """

    DEFECTIVE_INTERPOLATED = 1 << 0
    DEFECTIVE_MASKED = 1 << 1
    SATURATED = 1 << 2
    ZERO_COUNT = 1 << 3
    INVALID_COUNT = 1 << 4
    NO_COEFFICIENTS = 1 << 5
    SPIKE = 1 << 6
    SUSPECT_COLUMN = 1 << 7


PIXEL_SENTENCES: dict[PixelFlag, str] = {
    PixelFlag.DEFECTIVE_INTERPOLATED: "The column is defective; "
    "the value is interpolated between the nearest good columns.",
    PixelFlag.DEFECTIVE_MASKED: "The column is defective and was not interpolated; "
    "the value is NaN.",
    PixelFlag.SATURATED: "The count, or one the value is interpolated from, is saturated; "
    "the radiance is too low.",
    PixelFlag.ZERO_COUNT: "The count, or one the value is interpolated from, is 0; "
    "the true level may lie below.",
    PixelFlag.INVALID_COUNT: "The count, or one the value is interpolated from, exceeds the "
    "camera's full scale; the value is NaN.",
    PixelFlag.NO_COEFFICIENTS: "The gain, dark level or equalisation of the column is NaN, "
    "or of one the value is interpolated from; the value is NaN.",
    PixelFlag.SPIKE: "The pixel stands out of all that surrounds it, as a cosmic hit does; "
    "the value is the median of its surroundings.",
    PixelFlag.SUSPECT_COLUMN: "No list names the column, but it is offset or noisy against its "
    "neighbours; the value is interpolated.",
}

_SENTENCES_OF: dict[type[IntFlag], dict[int, str]] = {
    Flag: {int(flag): text for flag, text in SENTENCES.items()},
    PixelFlag: {int(flag): text for flag, text in PIXEL_SENTENCES.items()},
}


def decode(flags: int, registry: type[IntFlag] = Flag) -> list[str]:
    """Names of the flags that are set.

    Parameters
    ----------
    flags
        Sum of bits, as stored in a row or a pixel.
    registry
        `Flag` for rows, `PixelFlag` for pixels.

    Returns
    -------
    list of str
        Names in bit order; a bit of a newer version is named ``UNKNOWN_BIT_n``.

    Examples
    --------
    >>> decode(5)
    ['PHASE_OUTSIDE_MODEL', 'NO_RESPONSE']
    >>> decode(1 << 62)
    ['UNKNOWN_BIT_62']
    >>> decode(5, PixelFlag)
    ['DEFECTIVE_INTERPOLATED', 'SATURATED']
    """
    known = {int(flag): flag.name or "" for flag in registry}
    bits = (1 << n for n in range(int(flags).bit_length()) if flags >> n & 1)
    return [known.get(bit, f"UNKNOWN_BIT_{bit.bit_length() - 1}") for bit in bits]


def describe(flags: int, registry: type[IntFlag] = Flag) -> list[str]:
    """Sentences of the flags that are set, one each.

    Examples
    --------
    >>> describe(4)[0]
    'No spectral response was given for this band; the modelled irradiance is NaN.'
    """
    return [text for bit, text in _SENTENCES_OF[registry].items() if flags & bit]
