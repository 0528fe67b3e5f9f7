"""Ledger rows of a simulated mission, in memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.row import configuration_of, digest, software_version
from venus_analysis.calibrate.scene_options import SceneOptions
from venus_analysis.flags import Flag
from venus_analysis.parameters import names
from venus_analysis.simulate.mission_image import image_columns, sharpness_columns
from venus_analysis.simulate.mission_looks import Looks
from venus_analysis.simulate.mission_methods import BANDS
from venus_analysis.simulate.mission_moon import moon_looks
from venus_analysis.simulate.mission_parameters import names_in_force
from venus_analysis.simulate.mission_settings import MissionSettings
from venus_analysis.simulate.mission_sites import desert_looks, sno_looks
from venus_analysis.simulate.mission_truth import gain_sets

if TYPE_CHECKING:
    import pandas as pd

INSTRUMENT: Final = "VENUS/VSSC"
# Relative standard uncertainties (k = 1): of the instrument, of the model or reference.
SYSTEMATIC: Final = {"moon": (0.005, 0.05), "desert": (0.005, 0.02), "sno": (0.005, 0.015)}
Texts = NDArray[np.object_]


def all_looks(settings: MissionSettings) -> list[Looks]:
    """Draw the looks of all methods, places and references of a mission.

    Examples
    --------
    >>> sorted({looks.method for looks in all_looks(MissionSettings())})
    ['desert', 'moon', 'sno']
    """
    sites = settings.desert.sites
    return [
        moon_looks(settings),
        *(desert_looks(settings, site) for site in sites),
        *(
            sno_looks(settings, site, reference)
            for reference in settings.sno.references
            for site in sites[: settings.sno.sites]
        ),
    ]


def mission_rows(settings: MissionSettings | None = None) -> pd.DataFrame:
    """Ledger rows of a whole mission, nothing written.

    Parameters
    ----------
    settings
        Default: `MissionSettings()`.

    Returns
    -------
    pandas.DataFrame
        Columns as in `schema`, `simulated` True, `committed` NaT; one row for each
        look and band, in order of time. As produced: ratio and measured stand for
        the Ak with which radiances were made, `absolute_gain` is that of the file
        in force.

    Examples
    --------
    >>> rows = mission_rows()
    >>> bool(rows["simulated"].all()), sorted(set(rows["mission_phase"]))
    (True, ['VM1', 'VM5'])
    """
    import pandas as pd

    from venus_analysis.ledger.rows import tidy

    settings = settings or MissionSettings()
    frames = [pd.DataFrame(_columns(settings, looks)) for looks in all_looks(settings)]
    frame = pd.concat(frames, ignore_index=True)
    return tidy(frame.sort_values("time", kind="stable", ignore_index=True))


def mission_statistics(settings: MissionSettings, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the Moon with what only the statistics file has: the MTF of each look.

    Examples
    --------
    >>> settings = MissionSettings()
    >>> found = mission_statistics(settings, mission_rows(settings))
    >>> set(found["method"]), bool(found["mtf_nyquist_across"].notna().all())
    ({'moon'}, True)
    """
    own = rows[rows["method"] == "moon"].reset_index(drop=True)
    look, band = own["time"].factorize()[0], own["band"].map(BANDS.index).to_numpy()
    time = own["time"].drop_duplicates().to_numpy("datetime64[us]")
    cells = sharpness_columns(settings, time)
    return own.assign(**{name: values[look, band] for name, values in cells.items()})


def _columns(settings: MissionSettings, looks: Looks) -> dict[str, Any]:
    bands = [BANDS.index(band) for band in looks.bands]
    ratio = looks.ratio(settings)[:, bands]
    modelled = looks.modelled[:, bands]
    instrument, model = SYSTEMATIC[looks.method]
    count = len(looks.time)
    configuration, text = _configuration(looks.method)
    of_look = _of_look(settings, looks) | dict(looks.geometry)
    constant = {
        "instrument": INSTRUMENT,
        "method": looks.method,
        "site": looks.site,
        "reference": looks.reference,
        "configuration": configuration,
        "configuration_text": text,
        "u_systematic_instrument": instrument,
        "u_model": model,
        "simulated": True,
        "algorithm_version": 1,
        "software_version": software_version(),
    }
    return (
        {name: np.repeat(values, len(bands)) for name, values in of_look.items()}
        | constant
        | {
            "band": np.tile(np.array(looks.bands, object), count),
            "absolute_gain": _official(settings, looks)[:, bands].ravel(),
            "measured": (ratio * modelled).ravel(),
            "modelled": modelled.ravel(),
            "ratio": ratio.ravel(),
            "u_random": np.tile(looks.u_random[bands], count),
            "flags": np.where(np.isnan(ratio), int(Flag.NOT_CALIBRATABLE), 0).ravel(),
        }
        | (_of_image(settings, looks) if looks.method == "moon" else {})
    )


def _of_image(settings: MissionSettings, looks: Looks) -> dict[str, NDArray[Any]]:
    return {name: cells.ravel() for name, cells in image_columns(settings, looks.time).items()}


def _configuration(method: str) -> tuple[str, str]:
    """Give the Moon the scenes' own configuration: a scene that is calibrated replaces its row."""
    if method == "moon":
        return SceneOptions().configuration()
    return configuration_of({"simulated mission": method})


def _official(settings: MissionSettings, looks: Looks) -> NDArray[np.float64]:
    gains = gain_sets(settings)
    return np.asarray(gains.official[gains.number_at(looks.time)])


def _of_look(settings: MissionSettings, looks: Looks) -> dict[str, Any]:
    """Columns that all bands of a look share."""
    starts = [np.datetime64(one.start) for one in settings.phases]
    phases = [settings.phases[i - 1] for i in np.searchsorted(starts, looks.time, "right")]
    stamps = [re.sub("[-:]", "", stamp) for stamp in np.datetime_as_string(looks.time, unit="s")]
    place = looks.site.removeprefix("THE_").replace(" ", "").upper()
    ids = [
        f"SIMULATED_{place}_{phase.name}_{stamp}_{settings.seed:03d}"
        for phase, stamp in zip(phases, stamps, strict=True)
    ]
    partner = "SIMULATED_" + looks.reference + "_" if looks.method == "sno" else ""
    return {
        "acquisition_id": _texts(ids),
        "reference_acquisition_id": _texts([partner and partner + stamp for stamp in stamps]),
        "time": looks.time,
        "mission_phase": _texts([phase.name for phase in phases]),
        "altitude_km": np.array([phase.altitude_km for phase in phases]),
        "run_id": _texts([f"SIMULATED-{stamp[:6]}-seed{settings.seed}" for stamp in stamps]),
        "input_digest": _texts([digest([name.encode()]) for name in ids]),
    } | _parameters(settings, looks)


def _parameters(settings: MissionSettings, looks: Looks) -> dict[str, Texts]:
    """Give serials and digest of the parameter files in force at each look."""
    sets = names_in_force(settings)
    serials = [names.serials(one) for one in sets]
    columns = {f"serial_{kind.lower()}": [one[kind] for one in serials] for kind in serials[0]}
    columns |= {
        "parameter_set": columns["serial_phgain"],
        "parameter_digest": [names.digest(one) for one in sets],
    }
    number = gain_sets(settings).number_at(looks.time)
    return {name: _texts(values)[number] for name, values in columns.items()}


def _texts(values: list[str]) -> Texts:
    return np.array(values, object)
