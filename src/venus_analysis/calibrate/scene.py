"""A scene of up to twelve bands and its parameter files: one result and ledger row per band."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from venus_analysis.calibrate.row import Row, new_run_id
from venus_analysis.calibrate.scene_assemble import assemble
from venus_analysis.calibrate.scene_band import (
    BandLook,
    BandRead,
    BandSums,
    expected_window,
    look_at_band,
)
from venus_analysis.calibrate.scene_inputs import (
    SceneInputs,
    SceneParameters,
    parameters_of,
    read_parameters,
)
from venus_analysis.calibrate.scene_offsets import fill_offsets
from venus_analysis.calibrate.scene_options import SceneOptions
from venus_analysis.calibrate.scene_reference import Reference, find_reference, scouted_lines
from venus_analysis.calibrate.scene_result import BandResult, SceneResult
from venus_analysis.calibrate.scene_rows import ALGORITHM_VERSION, by_band, fill_models, plan_rows
from venus_analysis.calibrate.scene_scan import scan_oversampling
from venus_analysis.calibrate.scene_stray import StrayLight, stray_light
from venus_analysis.collect.scene import open_look
from venus_analysis.collect.scene_digest import scene_digest
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.compute.moon.halo_prior import common_halo
from venus_analysis.compute.moon.scene_sky import SceneSky
from venus_analysis.errors import InputError, VenusAnalysisError
from venus_analysis.flags import Flag
from venus_analysis.instrument import SpectralResponse, venus_responses
from venus_analysis.parameters.parameter_set import ParameterSet
from venus_analysis.parameters.registry import Registry

if TYPE_CHECKING:
    from venus_analysis.calibrate.residual_result import BandResiduals
    from venus_analysis.calibrate.scene_residuals import PixelResiduals
    from venus_analysis.calibrate.scene_sky_rows import SkyRows
    from venus_analysis.collect.plain_scene import Scene

__all__ = ["ALGORITHM_VERSION", "SceneOptions", "calibrate_scene", "planned_rows"]

REFERENCE_ORDER: Final = (
    "B7", "B9", "B4", "B5", "B6", "B8", "B11", "B3", "B10", "B12", "B2", "B1",
)  # fmt: skip


def calibrate_scene(
    path: str | Path,
    parameters: str | Path | Registry | ParameterSet,
    responses: Iterable[SpectralResponse] = (),
    options: SceneOptions | None = None,
    *,
    bands: Sequence[str] | None = None,
    threads: int = 2,
) -> SceneResult:
    """Calibrate a scene: one row per band of the scene, against ROLO.

    The Moon is found in one band by its Laplacian edges and its limb; the others
    are registered to it. Only chunks that hold a band's disk and the sky beside
    it are read, and while the first band is solved. The irradiance counts the
    halo and leaves ghosts of other bands out (see
    `venus_analysis.compute.moon.scene_irradiance`).

    Parameters
    ----------
    path
        The scene, see `venus_analysis.collect.scene.open_scene`.
    parameters
        Folder of the official parameter files, their registry, or the files in force.
    responses
        Spectral responses; those of VENuS unless given.
    options
        Everything that changes numbers.
    bands
        Bands whose rows are wanted; None takes all. All of the scene are read in any
        case: place, halo and ghosts are found from all, so that no row depends on which
        others were asked for.
    threads
        Bands worked on at once.

    Returns
    -------
    SceneResult
        A band that cannot be measured has NaN in its row and flags that say why.

    Raises
    ------
    InputError
        The scene or the folder cannot be read, or is of another layout.
    """
    options = options or SceneOptions()
    scene = open_look(path)
    try:
        with ThreadPoolExecutor(threads) as pool:
            return _Calibration(scene, parameters, options, bands, pool).result(responses)
    finally:
        scene.close()


def planned_rows(
    scene: Scene,
    parameters: str | Path | Registry | ParameterSet,
    options: SceneOptions | None = None,
    bands: Sequence[str] | None = None,
) -> list[Row]:
    """Rows of an open scene before anything is measured, with all columns of the ledger's key.

    `input_digest` is the part that needs no counts: metadata, names and sizes of
    all chunks. `calibrate_scene` appends ``-`` and the digest of the bytes it read.

    Parameters
    ----------
    scene
        From `venus_analysis.collect.scene.open_look` or `open_scene`.
    parameters, options, bands
        As in `calibrate_scene`.
    """
    files = parameters_of(scene, parameters)
    stamp = read_parameters(files, ()).stamp
    stamp = {**stamp, "input_digest": scene_digest(scene).hexdigest()}
    return plan_rows(scene, _wanted(scene, bands), options or SceneOptions(), stamp)


def _wanted(scene: Scene, bands: Sequence[str] | None) -> list[str]:
    there = [str(name) for name in scene["band"].values]
    names = [name for name in there if bands is None or name in bands]
    if not names:
        given = ", ".join(bands or ()) or "none"
        raise InputError("bands", f"some of {', '.join(there)}", given, "name bands of the scene")
    return names


def _require_all_columns(columns: NDArray[np.intp]) -> None:
    """Refuse to correct stray light, whose filters are of all columns, in a part of them."""
    if not np.array_equal(columns, np.arange(columns.size)):
        raise InputError(
            "scene: column",
            "all columns from 0 on, as stray light reaches across them",
            f"{columns[0]} to {columns[-1]}",
            "give the whole scene, or leave its stray light to the fit",
        )


class _Calibration:
    """One scene on its way from counts to rows."""

    def __init__(
        self,
        scene: Scene,
        parameters: str | Path | Registry | ParameterSet,
        options: SceneOptions,
        bands: Sequence[str] | None,
        pool: ThreadPoolExecutor,
    ) -> None:
        self.wanted, self.names = _wanted(scene, bands), _wanted(scene, None)
        self.options, self.pool = options, pool
        self.inputs = SceneInputs.of(scene)
        if options.stray_light != "none":
            _require_all_columns(self.inputs.file_columns)
        if isinstance(parameters, str | Path):
            parameters = Registry(parameters)
        first = self._order(self.names)[:1]
        for part in scouted_lines(self.inputs) if first else ():
            pool.submit(self.inputs.counts.read, first[0], part)  # while its files are parsed
        self.first = self._parameters(parameters_of(scene, parameters, first), first)
        self.files = pool.submit(parameters_of, scene, parameters)
        self.windows: dict[str, slice] = {}
        self.reads: dict[str, Future[BandRead]] = {}
        self.pixels: dict[str, PixelResiduals] = {}
        self.sky: dict[str, SkyRows] = {}

    @cached_property
    def known(self) -> SceneParameters:
        """Parameters of all bands, parsed while the Moon is looked for in the first one."""
        return self._parameters(self.files.result(), self.names)

    def _parameters(self, files: ParameterSet, bands: Sequence[str]) -> SceneParameters:
        return read_parameters(files, bands, self.inputs.file_columns)

    def result(self, responses: Iterable[SpectralResponse]) -> SceneResult:
        reference, tried = self._reference()
        rows = planned_rows(self.inputs.scene, self.known.files, self.options, self.names)
        wanted = [band for band in self.windows if band in self.known.coefficients]
        self.reads = {band: self.pool.submit(self._read, band) for band in wanted}
        looks = dict(
            zip(
                self.names,
                self.pool.map(lambda band: self._look(band, reference, tried), self.names),
                strict=True,
            )
        )
        if self.options.stray_light != "none":
            from venus_analysis.calibrate.scene_correction import corrected_looks

            looks, self.sky = corrected_looks(
                looks, self.sky, self.known.files, self.options.stray_light, self.pool.map
            )
        left = self.pool.submit(self._residuals, looks) if self.options.residuals else None
        middle = self.inputs.lines / 2.0
        lines = [one.sums.outline.centre_line if one.sums else middle for one in looks.values()]
        known = by_band((*venus_responses(), *responses))
        posed = list(self.pool.map(lambda band: self._stray(band, looks, reference), self.names))
        halo = common_halo([one.problem for one in posed if one])
        skies = self.pool.map(lambda one: one.problem.solve(halo) if one else None, posed)
        fill_models(self.inputs, rows, np.array(lines), known, self.options)
        for row in rows:
            row["run_id"] = new_run_id() if row is rows[0] else rows[0]["run_id"]
            row["input_digest"] += f"-{self.inputs.counts.digest()}"
        files = self.known.files
        scan = scan_oversampling(self.inputs, reference) if reference else (float("nan"), 0.0)

        def whole(row: Row, stray: StrayLight | None, sky: SceneSky | None) -> BandResult:
            look = looks[row["band"]]
            return assemble(
                self.inputs, look, row, stray, sky, reference, scan, self.options, files.serials
            )

        bands = list(self.pool.map(whole, rows, posed, skies))
        fill_offsets(bands, self.inputs.ifov_rad)
        if left is not None:
            from venus_analysis.calibrate.scene_residuals import with_residuals

            found = left.result()
            bands = [with_residuals(one, found.get(one.band)) for one in bands]
        return SceneResult(
            Path(str(self.inputs.scene.encoding["source"])),
            str(self.inputs.scene.attrs["acquisition_id"]),
            bool(self.inputs.scene.attrs.get("simulated", 0)),
            reference.band if reference else "",
            reference.disk.sun_direction_deg if reference else float("nan"),
            [one for one in bands if one.band in self.wanted],
        )

    def _order(self, bands: Iterable[str]) -> list[str]:
        """Bands in the order in which the Moon is looked for."""
        order = [name for name in REFERENCE_ORDER if name in bands]
        if self.options.reference_band in order:
            order = [str(self.options.reference_band), *order]
        return order

    def _reference(self) -> tuple[Reference | None, str]:
        """First band of the order of preference in which the Moon is found."""
        reasons = []
        for name in self._order(self.names):
            known = self.first if name in self.first.coefficients else self.known
            if name not in known.coefficients:
                continue
            announce = partial(self._prefetch, reference_band=name)
            at = known.coefficients[name]
            try:
                ahead = partial(self._ahead, name)
                return find_reference(self.inputs, name, at, announce, ahead), ""
            except VenusAnalysisError as error:
                reasons.append(str(error))
        return None, "; ".join(reasons)

    def _prefetch(self, outline: Outline, slack_lines: float, reference_band: str) -> None:
        """Read all bands where their disks are expected, in the background."""
        first = sorted(self.names, key=lambda band: band != reference_band)
        self.windows = {
            band: expected_window(self.inputs, outline, slack_lines, reference_band, band)
            for band in first
        }
        self.inputs.counts.read_many(self.windows, self._later, last=True)

    def _ahead(self, band: str, lines: slice) -> None:
        """Read lines of one band in the background."""
        self.inputs.counts.read_many({band: lines}, self._later)

    def _later(self, read: Callable[[Any], None], chunks: list[Any]) -> list[Future[None]]:
        return [self.pool.submit(read, chunk) for chunk in chunks]

    def _read(self, band: str) -> BandRead:
        at = self.known.coefficients[band]
        return BandRead.of(self.inputs, band, self.windows[band], at)

    def _look(self, band: str, reference: Reference | None, tried: str) -> BandLook:
        if band not in self.known.coefficients:
            return BandLook(band, Flag.NO_PARAMETERS, f"{band}: no parameters")
        if reference is None:
            return BandLook(band, Flag.DISK_NOT_FOUND, tried)
        try:
            read = self.reads[band].result()
            found = look_at_band(
                self.inputs,
                reference,
                read,
                band,
                self.known.coefficients[band],
                self.known.noise[band],
                separately=self.options.registration == "separate",
            )
            if found.sums is not None:
                self._keep(band, read, found.sums)
        except VenusAnalysisError as error:
            return BandLook(band, Flag.DISK_NOT_FOUND, str(error))
        finally:
            if reference is not None and band != reference.band:
                self.reads.pop(band, None)
                self.inputs.counts.release(band)
        return found

    def _keep(self, band: str, read: BandRead, sums: BandSums) -> None:
        """Keep what residuals and the correction of stray light need of a band's pixels."""
        if self.options.residuals or self.options.stray_light != "none":
            from venus_analysis.calibrate.scene_sky_rows import sky_rows

            noise = self.known.noise[band]
            self.sky[band] = sky_rows(self.inputs, band, read, sums, noise)
        if self.options.residuals:
            from venus_analysis.calibrate.scene_residuals import pixel_residuals

            self.pixels[band] = pixel_residuals(read, sums, self.sky[band])

    def _residuals(self, looks: dict[str, BandLook]) -> dict[str, BandResiduals]:
        from venus_analysis.calibrate.scene_residuals import scene_residuals

        # many small steps: a second thread would wait for the first
        return scene_residuals(
            looks, self.sky, self.pixels, self.known.files, self.known.noise,
            self.inputs.ifov_rad, stray_light=self.options.stray_light,
            first_column=int(self.inputs.file_columns[0]),
        )  # fmt: skip

    def _stray(
        self, band: str, looks: dict[str, BandLook], reference: Reference | None
    ) -> StrayLight | None:
        if reference is None:
            return None
        return stray_light(looks, band, self.known.files, self.inputs, reference, self.options)
