"""SIMULATED scenes and the ledger in an S3 store (moto's server): the numbers of a local run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from venus_analysis import ledger
from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.scene import calibrate_scene
from venus_analysis.collect.place import as_place
from venus_analysis.errors import InputError
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

pytest.importorskip("s3fs")
moto = pytest.importorskip("moto.server")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an empty bucket."""
    import s3fs

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("no_proxy", "127.0.0.1")
        s3fs.S3FileSystem().mkdir("archive")
        yield "s3://archive"
        s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.fixture(scope="module")
def made(store: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """A scene on disk, its parameters, and its address in the store."""
    import s3fs

    files = write_scene(
        simulate_scene(SceneSettings(scale=0.03, bands=("B7",))), tmp_path_factory.mktemp("made")
    )
    address = f"{store}/{files.scene.name}"
    s3fs.S3FileSystem().put(str(files.scene), address, recursive=True)
    return files.scene, files.parameters, address


def test_a_scene_and_a_ledger_in_the_store(made, store, tmp_path) -> None:
    local, parameters, remote = made
    kept = f"{store}/ledger"
    (before,) = calibrate_inputs([local], MoonCampaign(parameters=parameters, run_id="one"))
    (first,) = calibrate_inputs(
        [Path(remote)], MoonCampaign(parameters=parameters, run_id="two"), ledger=kept
    )
    assert not first.problem
    strip = {"run_id": ""}
    assert [str(row | strip) for row in first.rows] == [str(row | strip) for row in before.rows]
    assert len(ledger.load(kept).frame) == 1
    assert ledger.check(kept).refused == ()


def test_resumed_by_what_the_store_says(made, store) -> None:
    _, parameters, remote = made
    kept = f"{store}/resumed"
    calibrate_inputs([remote], MoonCampaign(parameters=parameters, run_id="one"), ledger=kept)
    place = as_place(remote)
    chunk = place / "counts" / "c" / "0" / "0" / "0"
    chunk.write_bytes(chunk.read_bytes())
    (again,) = calibrate_inputs([remote], MoonCampaign(parameters=parameters), ledger=kept)
    assert not again.from_ledger, "written since its row was"


def test_no_scene_at_the_address(made, store) -> None:
    with pytest.raises(InputError, match="expected a Zarr group"):
        calibrate_scene(f"{store}/absent.zarr", made[1])
    (outcome,) = calibrate_inputs([f"{store}/absent.nc"], MoonCampaign(parameters=made[1]))
    assert "fetch netCDF files first" in outcome.error
