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
}


def decode(flags: int) -> list[str]:
    """Names of the flags that are set.

    Parameters
    ----------
    flags
        Sum of bits, as stored in a row.

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
    """
    known = {int(flag): flag.name or "" for flag in Flag}
    bits = (1 << n for n in range(int(flags).bit_length()) if flags >> n & 1)
    return [known.get(bit, f"UNKNOWN_BIT_{bit.bit_length() - 1}") for bit in bits]


def describe(flags: int) -> list[str]:
    """Sentences of the flags that are set, one each.

    Examples
    --------
    >>> describe(4)[0]
    'No spectral response was given for this band; the modelled irradiance is NaN.'
    """
    return [SENTENCES[flag] for flag in Flag if flags & flag]
