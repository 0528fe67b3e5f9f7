"""Ratios under another absolute gain, without reading an image again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from venus_analysis.errors import InputError
from venus_analysis.flags import Flag

UnknownSerials = Literal["refuse", "accept"]

CHANGES_EQUALISED_COUNTS: Final = ("DARKCU", "RELSEN", "OUTORD", "STRLGT", "RADIOV")
"""Types whose change alters the equalised counts by an amount that differs from
pixel to pixel: dark level, relative sensitivities, which columns are filled,
stray light, and how gaps and stray light are treated. No factor undoes that."""

LEAVES_EQUALISED_COUNTS: Final = ("PHGAIN", "NOISMO", "SPECSE", "REFLEC")
"""Types that do not enter the equalised counts: PHGAIN is the factor itself,
NOISMO touches uncertainties only, SPECSE and REFLEC what follows the radiance."""


@dataclass(frozen=True, eq=False)
class Rebased:
    """Ratios under another parameter set.

    Parameters
    ----------
    ratio
        NaN where `flags` has NEEDS_REPROCESSING, or an input was NaN.
    flags
        The rows' flags, `Flag.NEEDS_REPROCESSING` added where it applies.
    """

    ratio: NDArray[np.float64]
    flags: NDArray[np.int64]


def rebase_ratio(
    ratio: ArrayLike,
    gain_from: ArrayLike,
    gain_to: ArrayLike,
    serials_from: Mapping[str, ArrayLike],
    serials_to: Mapping[str, ArrayLike],
    *,
    flags: ArrayLike = 0,
    unknown_serials: UnknownSerials = "refuse",
) -> Rebased:
    r"""Ratios measured with one absolute gain, as another would have given them.

    .. math:: r_b = r_a \, A_{k,a} / A_{k,b}

    because the radiance is the equalised count divided by Ak. Exact where
    nothing but PHGAIN differs; refused, row by row, where it does not (see
    `needs_reprocessing`). It rests on two of our inferences: stray light is
    corrected on equalised counts, so that a source band's Ak has no part in it;
    and whatever selects the pixels scales with the radiance. A mask by a fixed
    radiance would break the second.

    Parameters
    ----------
    ratio
        Measured / modelled, or any quantity proportional to the radiance.
    gain_from, gain_to
        Ak used and Ak wanted, counts / (W m-2 sr-1 um-1).
    serials_from, serials_to
        Type (``DARKCU``, ...) to the serial, one for all rows or one for each.
    flags
        Flags of the rows so far.
    unknown_serials
        See `needs_reprocessing`.

    Returns
    -------
    Rebased
        Of the common shape of all inputs. NaN ratio or gain gives NaN.

    Raises
    ------
    InputError
        A gain is not positive or infinite, or shapes do not fit.

    Examples
    --------
    >>> same = {"DARKCU": "00008", "RELSEN": "00008", "OUTORD": "00003", "STRLGT": "00008"}
    >>> rebase_ratio([0.98, 1.0], 2.0, 1.96, same, same).ratio.round(6)
    array([1.      , 1.020408])
    >>> other = same | {"DARKCU": ["00008", "00009"]}
    >>> rebase_ratio([0.98, 1.0], 2.0, 1.96, same, other)
    Rebased(ratio=array([ 1., nan]), flags=array([   0, 8192]))
    """
    refused = needs_reprocessing(serials_from, serials_to, unknown_serials=unknown_serials)
    before, after = _gain("gain_from", gain_from), _gain("gain_to", gain_to)
    values = np.asarray(ratio, dtype=np.float64)
    bits = np.asarray(flags, dtype=np.int64)
    try:
        values, before, after, bits, refused = np.broadcast_arrays(
            values, before, after, bits, refused
        )
    except ValueError as error:
        shapes = [np.shape(array) for array in (values, before, after, bits, refused)]
        raise InputError(
            "rows", "arrays of one shape, or single values", str(shapes), "give one value per row"
        ) from error
    return Rebased(
        np.where(refused, np.nan, values * before / after),
        np.where(refused, bits | int(Flag.NEEDS_REPROCESSING), bits),
    )


def needs_reprocessing(
    serials_from: Mapping[str, ArrayLike],
    serials_to: Mapping[str, ArrayLike],
    *,
    unknown_serials: UnknownSerials = "refuse",
) -> NDArray[np.bool_]:
    """Whether two parameter sets differ in more than the absolute gain.

    They do where a serial differs in a type of `CHANGES_EQUALISED_COUNTS`, or in
    a type this package does not know; `LEAVES_EQUALISED_COUNTS` may differ.

    Parameters
    ----------
    serials_from, serials_to
        Type to the serial, one for all rows or one for each; an empty or
        missing text, or a type that is absent, says unknown. Serials are of one band each.
    unknown_serials
        ``refuse``: unknown in either set needs reprocessing, as sameness is not
        shown; RADIOV, which no row records, counts only where either set has
        it. ``accept``: unknown on both sides counts as the same.

    Returns
    -------
    array of bool
        Common shape of the serials.

    Raises
    ------
    InputError
        Serials that are no texts, whose numbers do not fit, or an unknown choice.

    Examples
    --------
    >>> a = {"DARKCU": "00008", "RELSEN": "00008", "OUTORD": "00003", "STRLGT": "00008"}
    >>> bool(needs_reprocessing(a, a | {"NOISMO": "00003"}))
    False
    >>> needs_reprocessing(a, a | {"STRLGT": ["00008", "00009", ""]})
    array([False,  True,  True])
    """
    if unknown_serials not in get_args(UnknownSerials):
        choices = " or ".join(get_args(UnknownSerials))
        raise InputError("unknown_serials", choices, repr(unknown_serials), "choose one of these")
    recorded = {kind for kind in CHANGES_EQUALISED_COUNTS if kind != "RADIOV"}
    kinds = (recorded | set(serials_from) | set(serials_to)) - set(LEAVES_EQUALISED_COUNTS)
    refused: NDArray[np.bool_] = np.zeros((), dtype=np.bool_)
    for kind in sorted(kinds):
        before, after = _serial(serials_from, kind), _serial(serials_to, kind)
        try:
            differs = before != after
            unknown = (before == "") | (after == "")
            refused = refused | differs | (unknown & (unknown_serials == "refuse"))
        except ValueError as error:
            raise InputError(
                f"serials of {kind}",
                "one text, or one for each row",
                f"shapes {before.shape} and {after.shape}",
                "give one serial per row",
            ) from error
    return np.asarray(refused)


def sensor_sensitivity(ratio: ArrayLike, absolute_gain: ArrayLike) -> NDArray[np.float64]:
    """Sensitivity of the sensor, free of any official gain: ``ratio * Ak``.

    Parameters
    ----------
    ratio
        Measured / modelled.
    absolute_gain
        The Ak it was measured with, counts / (W m-2 sr-1 um-1).

    Returns
    -------
    ndarray
        counts / (W m-2 sr-1 um-1) that the sensor gives for the modelled
        radiance: the Ak that would make the ratio 1. NaN where either is NaN.

    Raises
    ------
    InputError
        A gain is not positive or infinite.

    Examples
    --------
    >>> sensor_sensitivity([0.98, 1.0], [2.0, 1.96])
    array([1.96, 1.96])
    """
    return np.asarray(ratio, dtype=np.float64) * _gain("absolute_gain", absolute_gain)


def _gain(where: str, value: ArrayLike) -> NDArray[np.float64]:
    gain = np.asarray(value, dtype=np.float64)
    wrong = gain[(gain <= 0.0) | np.isinf(gain)]
    if wrong.size:
        raise InputError(
            where, "gains above 0, or NaN where unknown", f"{wrong[0]:g}", "correct the gain"
        )
    return gain


def _serial(serials: Mapping[str, ArrayLike], kind: str) -> NDArray[np.str_]:
    array = np.asarray(serials.get(kind, ""), dtype=np.object_)
    # a frame marks a missing text by None or NaN, which differs from itself
    texts = ["" if text is None or text != text else text for text in array.flat]
    wrong = [text for text in texts if not isinstance(text, str)]
    if wrong:
        raise InputError(
            f"serials of {kind}", "texts such as '00008'", repr(wrong[0]), "keep them as text"
        )
    return np.array(texts, dtype=np.str_).reshape(array.shape)
