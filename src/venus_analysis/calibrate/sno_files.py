"""Simultaneous looks from files: tables of a site, or products over a common grid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from venus_analysis.calibrate.cluster import Lost, check_scheduler, run
from venus_analysis.calibrate.row import Row, digest, file_digest, folder_digest
from venus_analysis.calibrate.sno import SnoOptions, SnoResult, calibrate_sno, sno_sensor
from venus_analysis.collect.archive import is_archive, unpacked
from venus_analysis.collect.extracts import EXTRACTION, extracted
from venus_analysis.collect.macro_cells import Raster, common_grid, macro_cells
from venus_analysis.collect.observations import (
    is_product,
    read_observations,
    read_sensor_responses,
)
from venus_analysis.collect.place import last_change
from venus_analysis.collect.sentinel2 import SafeRaster
from venus_analysis.collect.venus_raster import VenusRaster
from venus_analysis.compute.desert.ratio import Sensor
from venus_analysis.errors import InputError, UsageError, VenusAnalysisError


@dataclass(frozen=True, eq=False)
class SnoCampaign:
    """How files are compared.

    Parameters
    ----------
    instrument, reference_instrument
        VENUS with S2A or S2B, AATSR with MERIS. Of products the spacecraft that
        they name counts.
    reference_name
        Name in the ledger; the instrument's by default.
    response, reference_response
        Responses, see `read_sensor_responses`; None for the built-in ones.
    site
        Name for the ledger; of products their own by default.
    options
        Everything that changes numbers.
    extracts
        Folder for the cells of products; see `venus_analysis.collect.extracts`.
    """

    instrument: str = "VENUS"
    reference_instrument: str = "S2A"
    reference_name: str | None = None
    response: str | Path | None = None
    reference_response: str | Path | None = None
    site: str = ""
    options: SnoOptions = SnoOptions()  # noqa: RUF009  frozen
    extracts: Path | None = None

    def target_sensor(self) -> Sensor:
        """Sensor that is calibrated."""
        source = self.response or self.instrument.lower()
        given = read_sensor_responses(source, self.instrument)
        return sno_sensor(self.instrument, given, self.options.aerosol)

    def reference_sensor(self, name: str) -> Sensor:
        """Sensor it is compared with."""
        given = read_sensor_responses(self.reference_response or name.lower(), name)
        return sno_sensor(name, given, self.options.aerosol)


@dataclass(frozen=True, eq=False)
class SnoOutcome:
    """Results in the order of the files, and what failed.

    Attributes
    ----------
    results
        One for each pair of tables, or each site and reference of products.
    rows
        Ledger rows of all, with their `input_digest`.
    failed
        (input, error).
    """

    results: list[SnoResult] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Cells:
    """What one pair of products gives."""

    paths: tuple[str, str]
    names: tuple[str, str]
    site: str
    reference: str
    cells: tuple[xr.Dataset, xr.Dataset]
    facts: dict[str, Any]
    """Columns of the target's rows that products know."""
    gains: dict[str, float]


def calibrate_sno_files(
    targets: Sequence[str | Path],
    references: Sequence[str | Path],
    campaign: SnoCampaign,
    *,
    scheduler: str = "threads",
    workers: int | None = None,
    memory_bytes: int | None = None,
) -> SnoOutcome:
    """Calibrate one sensor against another with all files that go together.

    Products are compared when they are near in time and overlap by a cell; pairs
    are read side by side through dask. A file that cannot be read, or a second product
    of the same name, is named and stops nothing else.

    Parameters
    ----------
    targets, references
        Tables as `read_observations` takes them, or products: VENuS L1 and
        Sentinel-2 L1C (.SAFE folders), also packed.
    campaign
        How.
    scheduler, workers, memory_bytes
        See `venus_analysis.calibrate.cluster.run`.

    Raises
    ------
    UsageError
        No such scheduler; products without rioxarray.
    """
    check_scheduler(scheduler)
    own, others = (list(dict.fromkeys(map(Path, given))) for given in (targets, references))
    outcome = SnoOutcome()
    absent = "expected a file or folder, received none; check the path"
    outcome.failed.extend((str(one), absent) for one in (*own, *others) if not one.exists())
    own, others = ([one for one in given if one.exists()] for given in (own, others))
    pairs = [(a, b) for a in own for b in others if _is_product(a) and _is_product(b)]
    read: dict[int, Any] = {}
    if pairs:
        work = partial(_pair_cells, campaign)
        with _arrays_without_a_map():
            run(
                work,
                dict(enumerate(pairs)),
                read.__setitem__,
                scheduler=scheduler,
                workers=workers,
                memory_bytes=memory_bytes,
            )
    found: dict[tuple[str, str], _Cells] = {}
    for number in sorted(read):
        _sort_in(read[number], pairs[number], found, outcome.failed)
    for cells in _grouped(found.values()):
        _calibrate_cells(campaign, cells, outcome)
    for a in own:
        for b in others:
            if _is_product(a) != _is_product(b):
                text = "expected products with products, tables with tables, received one of each"
                outcome.failed.append((str(a), f"{text} ({b})"))
            elif not _is_product(a):
                _calibrate_tables(campaign, a, b, outcome)
    outcome.failed[:] = list(dict.fromkeys(outcome.failed))
    return outcome


@contextmanager
def _arrays_without_a_map() -> Iterator[None]:
    """Ignore what rasterio says of arrays; its own way to ignore it is not thread-safe."""
    import warnings

    try:
        from rasterio.errors import NotGeoreferencedWarning
    except ImportError:
        raise UsageError(
            "images of products need rioxarray: pip install venus-analysis[products]"
        ) from None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def _is_product(path: Path) -> bool:
    return path.suffix == ".SAFE" or path.name == "MTD_MSIL1C.xml" or is_product(path)


@contextmanager
def opened_raster(path: Path, *, sentinel2: bool) -> Iterator[Raster]:
    """Product of a folder, a metadata file or an archive, for as long as it is needed.

    Raises
    ------
    InputError
        No such product.
    """
    if not is_archive(path):
        yield SafeRaster(path) if sentinel2 else VenusRaster(path)
        return
    with unpacked(path) as folder:
        inner = next(iter(sorted(folder.rglob("MTD_MSIL1C.xml"))), folder)
        yield SafeRaster(inner) if sentinel2 else VenusRaster(folder)


def _pair_cells(campaign: SnoCampaign, pair: tuple[Path, Path]) -> _Cells | tuple[str, str] | None:
    """Cells of both products; (input, error); None when they do not belong together."""
    path = pair[0]
    with ExitStack() as stack:
        try:
            target = stack.enter_context(opened_raster(pair[0], sentinel2=False))
            path = pair[1]
            reference = stack.enter_context(opened_raster(pair[1], sentinel2=True))
            return _cells(campaign, target, reference, pair)
        except VenusAnalysisError as error:
            return str(path), str(error)


def _cells(
    campaign: SnoCampaign, target: Raster, reference: Raster, pair: tuple[Path, Path]
) -> _Cells | None:
    apart = abs(target.time - reference.time) / np.timedelta64(1, "m")
    if apart > campaign.options.tolerances.minutes:
        return None
    try:
        grid = common_grid(target, reference, campaign.options.cell_m)
    except InputError:
        return None
    bands = campaign.target_sensor().bands
    others = campaign.reference_sensor(reference.instrument).bands

    def read() -> list[xr.Dataset]:
        return [macro_cells(target, grid, bands), macro_cells(reference, grid, others)]

    both = digest(map(product_digest, pair))
    key = ""
    if campaign.extracts is not None:
        parts = [both, *map(_last_change, pair), EXTRACTION, grid, bands, others]
        key = digest(str(part).encode() for part in parts)
    cells = extracted(campaign.extracts, key, read)
    product = getattr(target, "product", None)
    return _Cells(
        (str(pair[0]), str(pair[1])),
        (target.name, reference.name),
        campaign.site or str(getattr(product, "site", "")),
        reference.instrument,
        (cells[0], cells[1]),
        {
            "parameter_set": str(getattr(product, "parameter_set", "")),
            "input_digest": both,
        },
        dict(getattr(product, "absolute_gain", {})),
    )


def product_digest(path: Path) -> bytes:
    """Digest of a product: bytes of its metadata, names and sizes of all its files.

    The pixels of a product are not read a second time for it.
    """
    if is_archive(path):
        return file_digest(path).encode()
    return folder_digest(_folder(path), lambda one: one.suffix.lower() in {".xml", ".hdr"}).encode()


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _last_change(path: Path) -> np.datetime64:
    return last_change(path if is_archive(path) else _folder(path))


def _sort_in(
    found: Any,
    pair: tuple[Path, Path],
    cells: dict[tuple[str, str], _Cells],
    failed: list[tuple[str, str]],
) -> None:
    """Keep cells by the names of their products; a second pair of the same names fails."""
    if isinstance(found, Lost):
        failed.append((str(pair[0]), found.reason))
    elif isinstance(found, tuple):
        failed.append(found)
    elif found is not None:
        first = cells.setdefault(found.names, found)
        if first is not found:
            side = int(found.paths[0] == first.paths[0])
            error = f"the same acquisition as {first.paths[side]}; give each acquisition once"
            failed.append((found.paths[side], error))


def _grouped(found: Iterable[_Cells]) -> list[list[_Cells]]:
    groups: dict[tuple[str, str], list[_Cells]] = {}
    for one in found:
        groups.setdefault((one.site, one.reference), []).append(one)
    return list(groups.values())


def _calibrate_cells(campaign: SnoCampaign, cells: list[_Cells], outcome: SnoOutcome) -> None:
    """Calibrate all pairs of one site and one reference; scenes join the lines."""
    first = cells[0]
    target, reference = (
        xr.concat([one.cells[side] for one in cells], "time", combine_attrs="override")
        for side in (0, 1)
    )
    target.attrs["simulated"] = max(int(one.cells[0].attrs["simulated"]) for one in cells)
    try:
        result = calibrate_sno(
            target,
            campaign.target_sensor(),
            reference,
            campaign.reference_sensor(first.reference),
            instrument=campaign.instrument,
            reference_instrument=first.reference,
            reference_name=campaign.reference_name,
            site=first.site,
            options=campaign.options,
        )
    except VenusAnalysisError as error:
        outcome.failed.extend((one.paths[0], str(error)) for one in cells)
        return
    known = {one.names: one for one in cells}
    for row in result.rows:
        one = known.get((row["acquisition_id"], row["reference_acquisition_id"]), first)
        row.update(one.facts)
        row["absolute_gain"] = float(one.gains.get(row["band"], np.nan))
    outcome.results.append(result)
    outcome.rows.extend(result.rows)


def _calibrate_tables(
    campaign: SnoCampaign, target: Path, reference: Path, outcome: SnoOutcome
) -> None:
    tables: dict[Path, xr.Dataset] = {}
    for path in (target, reference):
        try:
            tables[path] = read_observations(path)
        except VenusAnalysisError as error:
            outcome.failed.append((str(path), str(error)))
    if len(tables) < 2:
        return
    site = campaign.site or str(tables[target].attrs.get("site", ""))
    try:
        if not site:
            raise InputError(target, "a site for the ledger", "none", "give --site")
        result = calibrate_sno(
            tables[target],
            campaign.target_sensor(),
            tables[reference],
            campaign.reference_sensor(campaign.reference_instrument),
            instrument=campaign.instrument,
            reference_instrument=campaign.reference_instrument,
            reference_name=campaign.reference_name,
            site=site,
            options=campaign.options,
        )
    except VenusAnalysisError as error:
        outcome.failed.append((str(target), str(error)))
        return
    read = digest(file_digest(path).encode() for path in (target, reference))
    for row in result.rows:
        row |= {"input_digest": read} | _applied(tables[target], row)
    outcome.results.append(result)
    outcome.rows.extend(result.rows)


def _applied(table: xr.Dataset, row: Row) -> Row:
    """Parameter set, phase of the mission and Ak that a table states for the look of a row."""
    times = table["time"].values.astype("M8[us]")
    (places,) = np.nonzero(times == np.datetime64(row["time"], "us"))
    look = table.isel(time=int(places[0]))
    texts = [name for name in ("parameter_set", "mission_phase") if name in look]
    found: Row = {name: str(look[name].values) for name in texts}
    if "absolute_gain" in look and row["band"] in look["band"]:
        found["absolute_gain"] = float(look["absolute_gain"].sel(band=row["band"]))
    return found
