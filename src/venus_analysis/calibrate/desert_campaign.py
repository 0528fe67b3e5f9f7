"""Many files of observations, many sites: read, sorted by site and calibrated through dask.

Products are read side by side (a site and a date a piece), then the sites are
calibrated side by side: looks of different dates make pairs, so that a site is
not divided. One site from tables starts no workers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import xarray as xr

from venus_analysis.calibrate.cluster import LOCAL, Lost, check_scheduler, run
from venus_analysis.calibrate.cluster_queue import started
from venus_analysis.calibrate.desert import DesertOptions, SiteResult, calibrate_site
from venus_analysis.calibrate.desert_pairs import Table, pair_table
from venus_analysis.calibrate.desert_series import Series, join, split_by_site
from venus_analysis.calibrate.pieces import silent
from venus_analysis.calibrate.row import Row, digest, file_digest
from venus_analysis.collect.extracts import EXTRACTION, extracted
from venus_analysis.collect.observations import is_product, read_observations
from venus_analysis.collect.place import last_change
from venus_analysis.collect.sites import Site, read_sites, site_in_name
from venus_analysis.compute.desert.ratio import Sensor
from venus_analysis.errors import VenusAnalysisError

NO_SITE = "expected a site in the rows or the file's name, received none; give --site"
Found = tuple[SiteResult, Table | None]
Pieces = dict[str, list[tuple[Path, xr.Dataset]]]


@dataclass(frozen=True, eq=False)
class DesertCampaign:
    """How the sites of a campaign are calibrated.

    Parameters
    ----------
    target_sensor, reference_sensor
        From `sensor_of`.
    instrument, reference_name
        As they shall stand in the ledger.
    site
        Name for looks whose rows name none; empty takes the site that stands in the
        file's name, and refuses the file without one.
    sites
        Where products are looked at, and the spelling of names; None for the
        desert sites of the package.
    options
        Everything that changes numbers.
    pairs
        Whether the table of all pairs of each site is wanted too.
    extracts
        Folder for what is read of products; see `venus_analysis.collect.extracts`.
    """

    target_sensor: Sensor
    reference_sensor: Sensor
    instrument: str
    reference_name: str
    site: str = ""
    sites: Mapping[str, Site] | None = None
    options: DesertOptions = DesertOptions()  # noqa: RUF009  frozen
    pairs: bool = False
    extracts: Path | None = None


@dataclass(frozen=True, eq=False)
class SiteOutcome:
    """What became of one site.

    Attributes
    ----------
    site
        Its name.
    result
        None when it failed.
    error
        Empty when it did not.
    repeated, conflicting
        Looks of the target left out because they stood there twice.
    input_digest
        Of the files that went in.
    pairs
        All pairs as `pair_table` gives them; None unless asked for.
    """

    site: str
    result: SiteResult | None = None
    error: str = ""
    repeated: int = 0
    conflicting: int = 0
    input_digest: str = ""
    pairs: Table | None = None

    @property
    def rows(self) -> list[Row]:
        """Ledger rows, with the digest of the files."""
        found = self.result.rows if self.result is not None else []
        return [row | {"input_digest": self.input_digest} for row in found]


@dataclass(frozen=True, eq=False)
class DesertOutcome:
    """Sites in the order of the files, and what failed: (input, error)."""

    sites: list[SiteOutcome] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        """Ledger rows of all sites."""
        return [row for site in self.sites for row in site.rows]


def calibrate_desert(
    targets: Sequence[str | Path],
    references: Sequence[str | Path],
    campaign: DesertCampaign,
    *,
    scheduler: str = "threads",
    workers: int | None = None,
    memory_bytes: int | None = None,
    report: Callable[[SiteOutcome], None] = lambda site: None,
) -> DesertOutcome:
    """Calibrate one sensor against another over every site that both have.

    A file that cannot be read, or a site that cannot be calibrated, is named and
    stops nothing else. A file that is given twice counts once.

    Parameters
    ----------
    targets, references
        Whatever `read_observations` takes, kinds mixed.
    campaign
        How.
    scheduler, workers, memory_bytes
        See `venus_analysis.calibrate.cluster.run`; jobs of a queue stay for both steps.
    report
        Called with each site as soon as it is there.

    Raises
    ------
    UsageError
        No such scheduler.
    """
    check_scheduler(scheduler)
    with started(scheduler, workers, memory_bytes, silent) as address:
        how = {"scheduler": address, "workers": workers, "memory_bytes": memory_bytes}
        return _calibrated(targets, references, campaign, how, report)


def _calibrated(
    targets: Sequence[str | Path],
    references: Sequence[str | Path],
    campaign: DesertCampaign,
    how: Mapping[str, Any],
    report: Callable[[SiteOutcome], None],
) -> DesertOutcome:
    own, others = (list(dict.fromkeys(map(Path, given))) for given in (targets, references))
    read, failed = _read_all(list(dict.fromkeys([*own, *others])), campaign, how)
    pieces, lacking = _pieces(
        campaign, *({p: read[p] for p in side if p in read} for side in (own, others))
    )
    done: dict[int, SiteOutcome] = {}

    def take(number: int, result: Any) -> None:
        done[number] = _outcome(pieces[number], result)
        report(done[number])

    work, numbered = partial(_calibrate, campaign), dict(enumerate(pieces))
    run(work, numbered, take, **how)
    sites = [done[number] for number in numbered]
    failed += lacking
    failed += [
        (str(path), f"{site.site}: {site.error}")
        for piece, site in zip(pieces, sites, strict=True)
        if site.error
        for path in piece.paths
    ]
    return DesertOutcome(sites, failed)


@dataclass(frozen=True, eq=False)
class _Piece:
    """One site: what a worker is given, and what its files were."""

    site: str
    target: Series
    reference: Series
    paths: tuple[Path, ...]
    input_digest: str


def _pieces(
    campaign: DesertCampaign, targets: Mapping[Path, xr.Dataset], others: Mapping[Path, xr.Dataset]
) -> tuple[list[_Piece], list[tuple[str, str]]]:
    names = campaign.sites if campaign.sites is not None else read_sites()
    target, reference = (_by_site(side, campaign.site, names) for side in (targets, others))
    nameless = {path for side in (target, reference) for path, _ in side.pop("", [])}
    failed = [(str(path), NO_SITE) for path in sorted(nameless)]
    pieces = []
    for site, parts in target.items():
        if site not in reference:
            failed += [
                (str(path), f"{site}: no observations of the reference") for path, _ in parts
            ]
            continue
        both = (parts, reference[site])
        series = [join([part for _, part in side]) for side in both]
        read = digest(_digest(_files(path)).encode() for side in both for path, _ in side)
        pieces.append(_Piece(site, series[0], series[1], tuple(path for path, _ in parts), read))
    return pieces, failed


def _outcome(piece: _Piece, result: Found | str | Lost) -> SiteOutcome:
    error = result.reason if isinstance(result, Lost) else result
    counts = (piece.target.repeated, piece.target.conflicting, piece.input_digest)
    if isinstance(error, str):
        return SiteOutcome(piece.site, None, error, *counts)
    found, pairs = error
    return SiteOutcome(piece.site, found, "", *counts, pairs)


def _calibrate(campaign: DesertCampaign, piece: _Piece) -> Found | str:
    def apply(function: Callable[..., Any]) -> Any:
        return function(
            piece.target.observations,
            campaign.target_sensor,
            piece.reference.observations,
            campaign.reference_sensor,
            instrument=campaign.instrument,
            reference_name=campaign.reference_name,
            site=piece.site,
            options=campaign.options,
        )

    try:
        return apply(calibrate_site), apply(pair_table) if campaign.pairs else None
    except VenusAnalysisError as error:
        return str(error)


def _read(sites: tuple[Site, ...] | None, extracts: Path | None, path: Path) -> xr.Dataset | str:
    try:
        if extracts is None or not is_product(path):
            return read_observations(path, sites)
        files = _files(path)
        parts = [_digest(files), max(map(last_change, files)), EXTRACTION, sites]
        key = digest(str(part).encode() for part in parts)
        return extracted(extracts, key, lambda: [read_observations(path, sites)])[0]
    except (VenusAnalysisError, OSError) as error:
        return str(error)


def _read_all(
    paths: list[Path], campaign: DesertCampaign, how: Mapping[str, Any]
) -> tuple[dict[Path, xr.Dataset], list[tuple[str, str]]]:
    """Read products through dask, tables here: they take milliseconds."""
    sites = None if campaign.sites is None else tuple(campaign.sites.values())
    extracts = campaign.extracts and campaign.extracts.absolute()
    work = partial(_read, sites, extracts)
    found: dict[Path, Any] = {path: work(path) for path in paths if not is_product(path)}
    products = {n: path for n, path in enumerate(paths) if is_product(path)}
    if how["scheduler"] not in LOCAL:  # the workers of a cluster stand in another folder
        products = {n: path.absolute() for n, path in products.items()}

    def take(number: int, result: Any) -> None:
        found[paths[number]] = result.reason if isinstance(result, Lost) else result

    run(work, products, take, **how)
    failed = [(str(path), found[path]) for path in paths if isinstance(found[path], str)]
    good = {path: found[path] for path in paths if not isinstance(found[path], str)}
    return good, failed


def _by_site(read: Mapping[Path, xr.Dataset], default: str, names: Mapping[str, Site]) -> Pieces:
    pieces: Pieces = {}
    for path, observations in read.items():
        own = default or site_in_name(path.name, names) or ""
        for site, part in split_by_site(observations, own, names).items():
            pieces.setdefault(site, []).append((path, part))
    return pieces


def _digest(files: Sequence[Path]) -> str:
    """Of a file's bytes; of a product's metadata, and the names and sizes of the others."""
    metadata, *others = files
    if not others:
        return file_digest(metadata)
    there = sorted((file.name, file.stat().st_size) for file in others)
    return digest([file_digest(metadata).encode(), repr(there).encode()])


def _files(path: Path) -> list[Path]:
    """Return the file itself, or a product's metadata and the images and masks beside it."""
    from venus_analysis.collect.venus_l1c import open_venus_l1c

    if not path.is_dir() and path.suffix.lower() not in (".hdr", ".xml"):
        return [path]
    product = open_venus_l1c(path)
    files = {plane.path for plane in product.images.values()}
    files |= {plane.path for planes in product.masks.values() for plane in planes.values()}
    return [product.path, *sorted(file for file in files if file.is_file())]
