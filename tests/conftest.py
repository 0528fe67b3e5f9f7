"""Fixtures every test may use."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as commands do, before numpy: the same digits

import numpy as np
import pandas as pd
import pytest
import xarray as xr

REAL_DATA_VARIABLE = "VENUS_ANALYSIS_REAL_DATA"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data; skipped without the variable, a failure once it is set."""
    folder = os.environ.get(REAL_DATA_VARIABLE)
    if not folder:
        pytest.skip(f"real data: {REAL_DATA_VARIABLE} does not name its folder")
    path = Path(folder)
    assert path.is_dir(), f"{REAL_DATA_VARIABLE}={folder} is not a folder"
    return path


@pytest.fixture(scope="session")
def heeds_interrupts() -> Callable[[], None]:
    """To run in a child before its program: Ctrl-C reaches it, whoever started the tests.

    A shell without a terminal starts what runs in the background deaf to it.
    """

    def restore() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    return restore


@pytest.fixture(scope="session")
def look() -> xr.Dataset:
    """A small SIMULATED Moon image in the 12 bands."""
    from venus_analysis.simulate.look import simulate_look

    return simulate_look("2019-02-16T02:00:00", diameter_px=60.0)


@pytest.fixture
def glod_file(look: xr.Dataset, tmp_path: Path) -> Path:
    """The same look as a GLOD file of its own for each test."""
    from venus_analysis.collect.glod_export import write_glod

    return write_glod(tmp_path / "look.nc", look)


@pytest.fixture(scope="session")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the SIMULATED mission by default settings, written once; not to be written to."""
    from venus_analysis.simulate.mission import simulate_mission
    from venus_analysis.simulate.mission_settings import MissionSettings

    folder = tmp_path_factory.mktemp("mission") / "mission"
    simulate_mission(folder, MissionSettings())
    return folder


@pytest.fixture(scope="session")
def planted_product() -> xr.Dataset:
    """Product of two bands: a disk of radius 30 at (50, 60), two spikes, a ghost of B4 in B3."""
    bands, angle = ["B3", "B4"], np.radians(np.arange(361.0))
    i, j = np.mgrid[:100, :120]
    disk, summed = (np.hypot(i - 50.0, j - 60.0) < radius for radius in (30.0, 33.0))
    reasons = np.zeros((2, 100, 120), np.uint8)
    reasons[0, 50, 58:60] = 64
    sky = np.where(disk[::4, ::4], np.nan, 0.001 * ((i + j) % 3 - 1.0)[::4, ::4])
    both = {"band": bands}
    rings = np.linspace(1.1, 2.9, 10)
    halo = 0.4 * np.exp(-rings)
    ghost = {
        "ct2_band": "B3", "ct2_source_band": "B4", "ct2_factor": 0.002, "u_ct2_factor": 0.0002,
        "ct2_listed_factor": 0.0021, "ct2_detection_limit": 0.001, "ct2_shift_columns": 40.0,
        "ct2_probability": 1e-6, "ct2_overlaps_disk": False,
    }  # fmt: skip
    return xr.Dataset(
        {
            "radiance": (("band", "i", "j"), np.stack([40.0 * disk + 0.1, 30.0 * disk + 0.1])),
            "mask": (("band", "i", "j"), np.stack([summed, summed])),
            "reasons": (("band", "i", "j"), reasons),
            "line": (("band", "i"), np.tile(np.arange(100.0), (2, 1))),
            "column": (("band", "j"), np.tile(np.arange(120.0), (2, 1))),
            "limb_line": (("band", "vertex"), np.tile(50.0 + 30.0 * np.sin(angle), (2, 1))),
            "limb_column": (("band", "vertex"), np.tile(60.0 + 30.0 * np.cos(angle), (2, 1))),
            "aperture": ("band", [1.1, 1.1]),
            "rejected": (("band", "reason"), [[2], [0]]),
            "halo_radius": ("ring", rings),
            "halo_radiance": (("band", "ring"), np.tile(halo, (2, 1))),
            "u_halo_radiance": (("band", "ring"), np.tile(0.1 * halo, (2, 1))),
            "sky": (("band", "sky_i", "sky_j"), np.stack([sky, sky])),
            "sky_line": (("band", "sky_i"), np.tile(np.arange(25) * 4.0 + 1.5, (2, 1))),
            "sky_column": ("sky_j", np.arange(30) * 4.0 + 1.5),
            "halo_ring": ("halo_ring", rings),
            "residual_halo": (("band", "halo_ring"), np.tile(halo, (2, 1))),
            "u_residual_halo": (("band", "halo_ring"), np.tile(0.1 * halo, (2, 1))),
            "fitted_halo": (("band", "halo_ring"), np.tile(halo, (2, 1))),
            "ct1_fraction": ("band", [0.02, 0.001]),
            "u_ct1_fraction": ("band", [0.002, 0.002]),
            "disk_radiance": ("band", [40.0, 30.0]),
            "ct2_line": (("ct2", "ct2_vertex"), [50.0 + 30.0 * np.sin(angle[::3])]),
            "ct2_column": (("ct2", "ct2_vertex"), [100.0 + 30.0 * np.cos(angle[::3])]),
        }
        | {name: ("ct2", np.array([value], object if isinstance(value, str) else None))
           for name, value in ghost.items()},
        coords={name: (name, np.array(values, object)) for name, values in both.items()}
        | {"reason": ("reason", np.array(["SPIKE"], object))},
        attrs={"acquisition_id": "look", "reference_band": "B3", "sun_direction_deg": 0.0,
               "simulated": 1},
    )  # fmt: skip


@pytest.fixture(scope="session")
def pictured(mission: Path, planted_product: xr.Dataset, tmp_path_factory) -> Path:
    """The SIMULATED mission with pictures of its newest Moon look; not to be written to."""
    import shutil

    from venus_analysis.collect.product import product_name, write_product
    from venus_analysis.ledger import load, write

    folder = tmp_path_factory.mktemp("pictured") / "mission"
    shutil.copytree(mission, folder)
    rows = load(folder / "ledger").frame
    rows = rows[(rows["method"] == "moon") & rows["band"].isin(["B3", "B4"])].sort_values("time")
    rows = rows.tail(2).assign(run_id="pictures", committed=None)
    look = str(rows["acquisition_id"].iloc[0])
    product = planted_product.assign_attrs(acquisition_id=look)
    write_product(folder / "products" / "pictures", product)
    write(folder / "ledger", rows.assign(product=product_name(look)).to_dict("records"))
    return folder


@pytest.fixture(scope="session")
def small_rows() -> Callable[..., pd.DataFrame]:
    """Make ledger rows of band B2: 1 % per year lost, an update of -2 % on 2020-01-01."""

    def rows(acquisition: str = "LOOK") -> pd.DataFrame:
        from venus_analysis.calibrate.row import new_row

        times = np.datetime64("2018-01-01", "us") + (np.arange(60) * 24).astype("timedelta64[D]")
        years = (times - times[0]) / np.timedelta64(1, "D") / 365.25
        later = times >= np.datetime64("2020-01-01")
        noise = 0.001 * np.random.default_rng(5).standard_normal(60)
        sensitivity = 2.0 * (1.0 - 0.01 * years) * (1.0 + noise)
        gain = np.where(later, 2.0 * 0.98, 2.0)
        return pd.DataFrame(
            [
                new_row(
                    instrument="VENUS/VSSC",
                    acquisition_id=f"{acquisition}_{k}",
                    band="B2",
                    method="moon",
                    site="THE_MOON",
                    reference="ROLO",
                    time=times[k],
                    parameter_set="00008" if later[k] else "00007",
                    absolute_gain=gain[k],
                    ratio=sensitivity[k] / gain[k],
                    u_random=0.001,
                    simulated=True,
                    run_id="r1",
                )
                for k in range(60)
            ]
        )

    return rows


@pytest.fixture
def small_project(tmp_path: Path, small_rows: Callable[..., pd.DataFrame]) -> Path:
    """Folder of one test: ledger with `small_rows`, and two sets of parameter files."""
    from venus_analysis.ledger import write
    from venus_analysis.simulate.gains import simulate_gains

    folder = tmp_path / "project"
    simulate_gains(folder / "parameters", {"2020-01-01": (-2.0,) * 12})
    write(folder / "ledger", small_rows())
    return folder


@pytest.fixture
def pictured_project(
    small_project: Path, small_rows: Callable[..., pd.DataFrame], planted_product: xr.Dataset
) -> Path:
    """`small_project` with looks of B3: pictures of the newest, halo, 1e-4 per degree of phase."""
    from venus_analysis.collect.product import product_name, write_product
    from venus_analysis.ledger import write
    from venus_analysis.plot.scene import REASON_COLOURS

    phase = 30.0 * np.sin(2.4 * np.arange(60))
    rows = small_rows("SEEN").assign(band="B3", run_id="r2", phase_angle_deg=phase)
    rows["ratio"] *= 1.0 + 1e-4 * phase
    rows["centre_column"] = np.where(np.arange(60) % 2, 1500.0, 3500.0)
    rows["ct1_fraction"], rows["u_ct1_fraction"] = np.linspace(0.01, 0.02, 60), 0.001
    rows.loc[59, "product"] = product_name("SEEN_59")
    write(small_project / "ledger", rows)
    reasons = np.array(list(REASON_COLOURS), object)
    product = planted_product.assign_attrs(acquisition_id="SEEN_59")
    product = product.reindex(reason=reasons, fill_value=0)
    write_product(small_project / "products" / "r2", product)
    return small_project


@pytest.fixture(scope="session")
def two_phase_rows() -> pd.DataFrame:
    """Moon and desert in VM1 and VM5, B1, B2, B3, B4, B7, B9, B11.

    A loss of 1 %/yr, 0 on 2019-01-01, and a step of 1.5 % in the gap; B4's desert gains
    1 %/yr instead; the Ak falls by 3 % on 2019-05-01; the Moon (0.95, desert 1.01) reads B7
    high by 5 %.
    """
    from venus_analysis.calibrate.row import new_row

    random = np.random.default_rng(4)
    epoch, gap = np.datetime64("2019-01-01", "us"), np.datetime64("2021-06-01", "us")
    days = [
        *(np.datetime64("2018-01-04", "us") + np.arange(36) * np.timedelta64(29, "D")),
        *(np.datetime64("2022-01-04", "us") + np.arange(30) * np.timedelta64(29, "D")),
    ]
    rows = []
    for band in ("B1", "B2", "B3", "B4", "B7", "B9", "B11"):
        for method, level in (("moon", 0.95), ("desert", 1.01)):
            for time in days:
                years = (time - epoch) / np.timedelta64(1, "D") / 365.25
                slope = 0.01 if (band, method) == ("B4", "desert") else -0.01
                bump = 1.05 if (band, method) == ("B7", "moon") else 1.0
                gain = 1.94 if time >= np.datetime64("2019-05-01") else 2.0
                truth = level * bump * (1.0 + slope * years + 0.015 * (time > gap))
                rows.append(
                    new_row(
                        instrument="VENUS/VSSC",
                        acquisition_id=f"{method} {time}",
                        band=band,
                        method=method,
                        site="S",
                        reference="R",
                        time=time,
                        absolute_gain=gain,
                        ratio=truth * (1.0 + 0.001 * random.standard_normal()) * 2.0 / gain,
                        u_random=0.001,
                        simulated=True,
                        mission_phase="VM5" if time > gap else "VM1",
                        run_id="r1",
                    )
                )
    return pd.DataFrame(rows)
