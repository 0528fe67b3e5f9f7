"""Which band of the reference sensor answers to which band of the target."""

from __future__ import annotations

from typing import Final

from venus_analysis.errors import InputError

SENTINEL_2: Final = {
    "B2": "B1",
    "B3": "B2",
    "B4": "B3",
    "B7": "B4",
    "B8": "B5",
    "B9": "B6",
    "B10": "B7",
    "B11": "B8A",
}
NO_PARTNER: Final = {
    "B1": "no Sentinel-2 band reaches below 433 nm",
    "B5": "no Sentinel-2 band between 583 and 646 nm",
    "B6": "no Sentinel-2 band between 583 and 646 nm",
    "B12": "the water vapour bands are not comparable: Sentinel-2's B9 is centred at 945 nm",
}
AATSR_MERIS: Final = {"555": "560", "660": "665", "865": "865"}


def partner_bands(target: str, reference: str) -> tuple[dict[str, str], dict[str, str]]:
    """Partner of each band, and why the others have none.

    Parameters
    ----------
    target
        VENUS or AATSR.
    reference
        S2A, S2B or MERIS; for AATSR, MERIS.

    Returns
    -------
    partners, reasons
        Target band to reference band; target band to a phrase.

    Raises
    ------
    InputError
        Another pair of sensors.

    Examples
    --------
    >>> partners, reasons = partner_bands("VENUS", "S2A")
    >>> partners["B11"], reasons["B5"]
    ('B8A', 'no Sentinel-2 band between 583 and 646 nm')
    """
    known = {
        ("VENUS", "S2A"): (SENTINEL_2, NO_PARTNER),
        ("VENUS", "S2B"): (SENTINEL_2, NO_PARTNER),
        ("AATSR", "MERIS"): (AATSR_MERIS, {}),
    }
    found = known.get((target.upper(), reference.upper()))
    if found is None:
        raise InputError(
            "sensors",
            " or ".join(f"{a} with {b}" for a, b in known),
            f"{target} with {reference}",
            "give the partner bands",
        )
    return dict(found[0]), dict(found[1])
