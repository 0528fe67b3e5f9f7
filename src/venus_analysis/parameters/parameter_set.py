"""All parameters in force at one date, as one object and one Dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.content import ColumnSense, column_coordinate, is_mirrored
from venus_analysis.parameters.instants import Instant, instant, readable
from venus_analysis.parameters.names import (
    BANDS,
    COLUMNS,
    CONTENT_TYPES,
    FileName,
    band_name,
    check_tdi,
    digest,
    serials,
)
from venus_analysis.parameters.outord import DEFECT_BITS, DefectiveColumns
from venus_analysis.parameters.registry import InForce, Registry

if TYPE_CHECKING:
    import xarray as xr

PLAIN = ("PHGAIN", "NOISMO")
COLUMN_ROWS = {"DARKCU": ("dark",), "RELSEN": ("first_slope", "second_slope", "break_level")}


@dataclass(frozen=True)
class ParameterSet:
    """Files in force at one date and TDI, for one site.

    Parameters
    ----------
    date
        Time asked for.
    tdi
        TDI of each band.
    answers
        (type, band) to the answer; band None for PHGAIN and NOISMO.
    missing
        Sentences on files that were not found.
    """

    date: np.datetime64
    tdi: Mapping[str, int]
    answers: Mapping[tuple[str, str | None], InForce]
    missing: tuple[str, ...]

    @property
    def names(self) -> tuple[FileName, ...]:
        """Names of the files."""
        return tuple(answer.file.name for answer in self.answers.values())

    @property
    def serials(self) -> dict[str, str]:
        """Serial of each type (see `names.serials`)."""
        return serials(self.names)

    @property
    def digest(self) -> str:
        """Digest of all names (see `names.digest`)."""
        return digest(self.names)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of all answers, each once."""
        return tuple(
            dict.fromkeys(text for answer in self.answers.values() for text in answer.warnings)
        )

    @property
    def simulated(self) -> bool:
        """Whether any file says in its notes that its numbers are SIMULATED."""
        return any(answer.file.header.simulated for answer in self.answers.values())

    def gain(self, band: str) -> float:
        """Ak of a band at its TDI; NaN where no PHGAIN is in force or it has no entry."""
        band = band_name(band)
        answer = self.answers.get(("PHGAIN", None))
        try:
            return (
                np.nan
                if answer is None
                else float(
                    answer.file.content.at(band, self.tdi[band])  # type: ignore[attr-defined]
                )
            )
        except InputError:
            return np.nan

    def noise(self, band: str) -> tuple[float, float]:
        """Return A and B (counts) of a band's noise at its TDI; NaN where not known."""
        answer = self.answers.get(("NOISMO", None))
        try:
            if answer is not None:
                found = answer.file.content.at(  # type: ignore[attr-defined]
                    band_name(band), self.tdi[band_name(band)]
                )
                return float(found[0]), float(found[1])
        except InputError:
            pass
        return np.nan, np.nan

    def band_rows(self, band: str, file_sense: ColumnSense = "image") -> dict[str, NDArray[Any]]:
        """Rows (column,) of one band in image sense, without the detour of a Dataset.

        Parameters
        ----------
        band
            Band name.
        file_sense
            How the columns of a file run.

        Returns
        -------
        dict
            ``dark``, ``first_slope``, ``second_slope``, ``break_level``, NaN where
            no file is in force, and ``defect`` (0: good).

        Raises
        ------
        InputError
            When a file in force cannot be read.
        """
        band = band_name(band)
        step = -1 if is_mirrored(band, file_sense) else 1
        rows: dict[str, NDArray[Any]] = {}
        for kind, names in COLUMN_ROWS.items():
            answer = self.answers.get((kind, band))
            for name in names:
                rows[name] = np.full(COLUMNS, np.nan)
                if answer is not None:
                    rows[name] = getattr(answer.file.content, name)[::step]
        rows["defect"] = np.zeros(COLUMNS, np.uint8)
        answer = self.answers.get(("OUTORD", band))
        if answer is not None and isinstance(answer.file.content, DefectiveColumns):
            rows["defect"] = answer.file.content.mask(self.tdi[band], file_sense)
        return rows

    def to_dataset(self, file_sense: ColumnSense = "image") -> xr.Dataset:
        """Everything but stray light, of all bands, at each band's TDI.

        Returns
        -------
        xarray.Dataset
            ``absolute_gain``, ``noise_a``, ``noise_b`` and ``tdi`` (band);
            ``dark``, ``first_slope``, ``second_slope``, ``break_level`` and
            ``defect`` (band, column) in image sense. NaN (``defect``: 0) where
            no file is in force; `missing` in the attributes says which.

        Raises
        ------
        InputError
            When a file in force cannot be read.
        """
        import xarray as xr

        tables = [self._plain(kind) for kind in PLAIN]
        columns = [self._columns(kind, file_sense) for kind in ("DARKCU", "RELSEN")]
        dataset = xr.merge([*tables, *columns, self._defects(file_sense)], combine_attrs="drop")
        dataset = dataset.assign_coords(tdi=("band", [self.tdi[band] for band in BANDS]))
        dataset.attrs = {
            "date": readable(self.date),
            "serials": " ".join(f"{kind}:{value}" for kind, value in self.serials.items()),
            "parameter_digest": self.digest,
            "missing": "; ".join(self.missing),
            "warnings": "; ".join(self.warnings),
            "file_column_sense": file_sense,
            "simulated": int(self.simulated),
        }
        return dataset

    def _plain(self, kind: str) -> xr.Dataset:
        import xarray as xr

        names = {"PHGAIN": ("absolute_gain",), "NOISMO": ("noise_a", "noise_b")}[kind]
        answer = self.answers.get((kind, None))
        if answer is None:
            empty = {name: ("band", np.full(len(BANDS), np.nan)) for name in names}
            return xr.Dataset(empty, coords={"band": list(BANDS)})
        table = answer.file.content.to_dataset()
        tdi = xr.DataArray([self.tdi[band] for band in BANDS], coords={"band": list(BANDS)})
        return table.sel(band=list(BANDS), tdi=tdi).drop_vars("tdi")

    def _columns(self, kind: str, file_sense: ColumnSense) -> xr.Dataset:
        import xarray as xr

        arrays = {name: np.full((len(BANDS), COLUMNS), np.nan) for name in COLUMN_ROWS[kind]}
        attributes: dict[str, dict[str, str]] = {name: {} for name in arrays}
        for row, band in enumerate(BANDS):
            answer = self.answers.get((kind, band))
            if answer is not None:
                one = answer.file.content.to_dataset(file_sense)  # type: ignore[call-arg]
                for name, array in arrays.items():
                    array[row], attributes[name] = one[name].values[0], one[name].attrs
        variables = {
            name: (("band", "column"), array, attributes[name]) for name, array in arrays.items()
        }
        return xr.Dataset(variables, coords={"band": list(BANDS), "column": column_coordinate()})

    def _defects(self, file_sense: ColumnSense) -> xr.Dataset:
        import xarray as xr

        masks = np.zeros((len(BANDS), COLUMNS), np.uint8)
        for row, band in enumerate(BANDS):
            answer = self.answers.get(("OUTORD", band))
            if answer is not None and isinstance(answer.file.content, DefectiveColumns):
                masks[row] = answer.file.content.mask(self.tdi[band], file_sense)
        attributes = {
            "long_name": "defects of a column",
            "flag_masks": np.array(list(DEFECT_BITS.values()), np.uint8),
            "flag_meanings": " ".join(DEFECT_BITS),
        }
        return xr.Dataset(
            {"defect": (("band", "column"), masks, attributes)},
            coords={"band": list(BANDS), "column": column_coordinate()},
        )


def parameter_set(
    registry: Registry,
    date: Instant,
    tdi: int | Mapping[str, int],
    site: str | None = None,
    issued_before: Instant | None = None,
    types: Sequence[str] = CONTENT_TYPES,
    *,
    bands: Sequence[str] = BANDS,
    contents: bool = False,
) -> ParameterSet:
    """Ask a registry for all types and twelve bands, or some of them.

    Parameters
    ----------
    registry
        The folder's files.
    date, site, issued_before
        See `Registry.in_force`.
    tdi
        TDI of all bands, or of each.
    types
        Types to ask for; all six when absent.
    bands
        Bands to ask for; all twelve when absent.
    contents
        Read the contents too while the files are open, which saves opening
        them twice where they are all needed.

    Returns
    -------
    ParameterSet
        Files that are not there are listed in `missing`, not raised.
    """
    stages = _tdi_of_bands(tdi)
    answers: dict[tuple[str, str | None], InForce] = {}
    missing = []
    for kind in types:
        for band in (None,) if kind in PLAIN else bands:
            stage = stages[band] if band else None
            try:
                answers[kind, band] = registry.in_force(
                    kind, date, band, stage, site, issued_before
                )
            except InputError as error:
                missing.append(str(error))
                continue
            if contents:
                with suppress(InputError):  # told to whom asks for the content
                    _ = answers[kind, band].file.content
    return ParameterSet(instant(date), stages, answers, tuple(missing))


def _tdi_of_bands(tdi: int | Mapping[str, int]) -> dict[str, int]:
    given = dict.fromkeys(BANDS, tdi) if isinstance(tdi, int) else dict(tdi)
    given = {band_name(band): value for band, value in given.items()}
    if set(given) != set(BANDS):
        raise InputError(
            "tdi",
            "a TDI for each of the 12 bands",
            f"{sorted(given)}",
            "give one number for all, or all twelve",
        )
    return {band: check_tdi([given[band]])[0] for band in BANDS}
