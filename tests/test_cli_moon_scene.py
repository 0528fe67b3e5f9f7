"""`venus-analysis moon` on L1A scenes, as a user or a program meets it."""

from __future__ import annotations

import json
import runpy
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from venus_analysis import ledger
from venus_analysis.cli import main
from venus_analysis.collect.glod_export import write_glod
from venus_analysis.collect.product import product_path, read_product
from venus_analysis.schema import NAMES
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings
from venus_analysis.statistics import read_statistics

BANDS = ("B5", "B7", "B9")


@dataclass(frozen=True)
class Planted:
    """Two SIMULATED scenes of one camera, and what was planted in the first."""

    scene: Path
    other: Path
    parameters: Path
    truth: dict


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    folder = tmp_path_factory.mktemp("scenes")
    settings = SceneSettings(scale=0.05, bands=BANDS)
    first = write_scene(simulate_scene(settings), folder)
    other = SceneSettings(scale=0.05, bands=BANDS, time="2019-03-24T16:00:00", seed=2)
    second = write_scene(
        simulate_scene(other), folder, file_format="netcdf", parameters=first.parameters
    )
    truth = json.loads(first.truth.read_text())
    return Planted(first.scene, second.scene, first.parameters, truth)


in_process = runpy.run_path(str(Path(__file__).with_name("in_process.py")))["run"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return in_process("moon", *arguments)


def document(result: subprocess.CompletedProcess[str]) -> dict:
    return json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def test_a_plain_scene_needs_none_of_the_slow_libraries(planted, tmp_path) -> None:
    program = """
import atexit, sys
atexit.register(lambda: print("LOADED", *sys.modules))
from venus_analysis.cli import main
main()
"""
    options = ("--ledger", tmp_path / "ledger", "--statistics", tmp_path / "statistics.csv")
    command = ("moon", planted.scene, "--parameters", planted.parameters, *options)
    shown = subprocess.run(
        [sys.executable, "-c", program, *map(str, command)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    loaded = set(shown.split("LOADED")[1].split())
    assert {"numpy", "numcodecs", "pyarrow"} <= loaded
    assert not loaded & {"xarray", "pandas", "zarr", "dask", "netCDF4", "skimage", "scipy"}
    assert not loaded & {"unittest", "numpy.random", "numpy.f2py", "venus_analysis.cli_drift"}
    assert len(ledger.load(tmp_path / "ledger").frame) == len(BANDS)
    assert len(read_statistics(tmp_path / "statistics.csv")) == len(BANDS)


def test_a_scene_becomes_rows_ledger_statistics_and_pictures(planted, tmp_path) -> None:
    products, statistics = tmp_path / "products", tmp_path / "statistics.csv"
    options = ("--ledger", tmp_path / "ledger", "--statistics", statistics)
    command = (planted.scene, "--parameters", planted.parameters, *options, "--json")
    result = run(*command, "--products", products)
    assert result.returncode == 0, result.stderr
    assert "[1/1] done" in result.stderr
    found = document(result)
    assert found["failed"] == []
    assert tuple(found["rows"][0]) == NAMES
    assert [row["band"] for row in found["rows"]] == list(BANDS)
    for row in found["rows"]:
        truth = planted.truth["bands"][row["band"]]
        assert row["ratio"] == pytest.approx(truth["planted_ratio"], rel=0.01)
        with read_product(product_path(products, row)) as product:
            assert product.attrs["acquisition_id"] == row["acquisition_id"]
            middle = product["limb_line"].sel(band=row["band"]).values[:-1].mean()
            assert middle == pytest.approx(truth["centre_line"], abs=0.5)
    table = read_statistics(statistics)
    assert table["band"].tolist() == list(BANDS)
    np.testing.assert_allclose(table["ratio"], [row["ratio"] for row in found["rows"]], rtol=1e-12)
    assert (table["disk_mean"] > table["sky_mean"]).all()
    again = run(*command)
    assert "in the ledger" in again.stderr
    assert [row["run_id"] for row in document(again)["rows"]] == [
        row["run_id"] for row in found["rows"]
    ]
    assert read_statistics(statistics).equals(table), "nothing of the statistics is lost"


def test_scenes_images_and_what_is_neither(planted, glod_file, tmp_path) -> None:
    empty = tmp_path / "empty.zarr"
    empty.mkdir()
    cut = tmp_path / "cut.zarr"
    shutil.copytree(planted.scene, cut)
    metadata = cut / "zarr.json"
    metadata.write_text(metadata.read_text().replace("T160000_001", "T160000_CUT"))
    for chunk in (one for one in (cut / "counts").rglob("*") if one.is_file()):
        if chunk.name != "zarr.json":
            chunk.write_bytes(chunk.read_bytes()[:100])
    inputs = [empty, planted.scene, cut, glod_file, planted.other]
    result = run(*inputs, "--parameters", planted.parameters, "--response", "venus", "--json",
                 "--ledger", tmp_path / "ledger")  # fmt: skip
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    found = document(result)
    failed = {Path(item["input"]).name: item["error"] for item in found["failed"]}
    assert "a Zarr group" in failed["empty.zarr"]
    good = [row for row in found["rows"] if row["ratio"] is not None]
    acquisitions = {row["acquisition_id"] for row in good}
    assert len(acquisitions) == 3, "two scenes and an image"
    assert failed.keys() == {"empty.zarr", "cut.zarr"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["SCENE"], "--parameters: L1A scenes hold raw counts"),
        (["SCENE", "--parameters", "GIPP", "--halo", "fit"], "--halo: an option for Moon images"),
        (["SCENE", "--parameters", "absent"], "absent"),
        (["SCENE", "--parameters", "GIPP", "--mtf"], "name it with --statistics FILE"),
        (["IMAGE", "--parameters", "GIPP"], "--parameters: an option for L1A scenes"),
        (["IMAGE", "--separate"], "--separate: an option for L1A scenes"),
        (["SCENE", "--parameters", "GIPP", "--statistics", "out.txt"], "in .csv or .nc"),
        (["IMAGE", "--scheduler", "proceses"], "or the address of a dask scheduler"),
    ],
)
def test_wrong_usage(planted, glod_file, arguments, message, monkeypatch, capsys) -> None:
    names = {"SCENE": planted.scene, "IMAGE": glod_file, "GIPP": planted.parameters}
    given = [str(names.get(argument, argument)) for argument in arguments]
    monkeypatch.setattr(sys, "argv", ["venus-analysis", "moon", *given])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr()
    assert stop.value.code == 2
    assert message in said.err
    assert said.out == ""


def test_options_of_both_kinds_go_with_both_kinds(planted, glod_file) -> None:
    result = run(planted.scene, glod_file, "--parameters", planted.parameters, "--guard", "2",
                 "--band", "B7", "--reference-band", "B9", "--json")  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert {row["band"] for row in document(result)["rows"]} == {"B7"}


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_control_c_keeps_what_is_done(look, tmp_path, scheduler, heeds_interrupts) -> None:
    images = [
        write_glod(tmp_path / f"{n}.nc", look.isel(band=[3]).assign_attrs(acquisition_id=f"S{n}"))
        for n in range(16)
    ]
    command = [sys.executable, "-m", "venus_analysis", "moon", *images, "--workers", "1",
               "--ledger", tmp_path / "kept", "--scheduler", scheduler]  # fmt: skip
    with subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeds_interrupts,
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)
    assert first.startswith("[1/16] done")
    assert process.returncode == 1
    assert "interrupted; what was done is in" in rest
    assert "Traceback" not in rest
    assert 1 <= len(ledger.load(tmp_path / "kept").frame) < 16


def test_products_that_cannot_be_written_cost_a_warning_only(planted, tmp_path) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("not a folder")
    result = run(planted.scene, "--parameters", planted.parameters, "--products", blocked,
                 "--band", "B7", "--json")  # fmt: skip
    assert result.returncode == 0
    assert "no product" in result.stderr
    (row,) = document(result)["rows"]
    assert row["ratio"] is not None
    assert row["product"] == ""
