"""Many inputs: what is bad, lost, repeated or interrupted costs only itself."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from venus_analysis import ledger
from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.calibrate.outcome import Outcome
from venus_analysis.collect.glod_export import write_glod
from venus_analysis.errors import UsageError
from venus_analysis.instrument import venus_responses


def campaign(run_id: str) -> MoonCampaign:
    return MoonCampaign(responses=tuple(venus_responses()), run_id=run_id)


@pytest.fixture
def images(look: xr.Dataset, tmp_path: Path) -> list[Path]:
    """Three looks of two bands."""
    paths = []
    for day in (14, 15, 16):
        one = look.isel(band=[3, 5]).assign_attrs(acquisition_id=f"SIMULATED_{day}", id="")
        paths.append(write_glod(tmp_path / f"look_{day}.nc", one))
    return paths


def comparable(folder: Path) -> list[dict]:
    frame = ledger.load(folder).frame.drop(columns=["run_id", "committed"])
    return frame.astype(str).to_dict("records")


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_a_bad_input_does_not_stop_the_others(images, tmp_path, scheduler) -> None:
    bad = tmp_path / "bad.nc"
    bad.write_bytes(b"nonsense")
    inputs = [images[0], bad, tmp_path / "absent.nc", images[1], images[0]]
    seen: list[Outcome] = []
    outcomes = calibrate_inputs(
        inputs, campaign("one"), scheduler=scheduler, workers=2, report=seen.append
    )
    assert [one.path for one in outcomes] == inputs[:4], "in order, the repeated one once"
    assert [len(one.rows) for one in outcomes] == [2, 0, 0, 2]
    assert "expected a complete netCDF file" in outcomes[1].error
    assert "absent.nc: expected a file" in outcomes[2].error
    assert {row["run_id"] for one in outcomes for row in one.rows} == {"one"}
    assert sorted(str(one.path) for one in seen) == sorted(str(one.path) for one in outcomes)


def test_the_same_acquisition_twice_is_refused_not_mixed(images, tmp_path) -> None:
    copy = tmp_path / "copy.nc"
    copy.write_bytes(images[0].read_bytes())
    first, second = calibrate_inputs(
        [images[0], copy], campaign("one"), ledger=tmp_path / "ledger", workers=1
    )
    assert sorted([first.error, second.error])[0] == ""
    assert "the same acquisition as" in first.error + second.error
    assert len(ledger.load(tmp_path / "ledger").frame) == 2


def test_a_copy_does_not_take_the_place_of_what_the_ledger_has(images, tmp_path) -> None:
    """Two files of one acquisition with other bytes, as after a download that was repeated."""
    copy, kept = tmp_path / "copy.nc", tmp_path / "ledger"
    with xr.open_dataset(images[0]) as dataset:
        dataset.assign_attrs(history="written once more").to_netcdf(copy)
    calibrate_inputs(images[:1], campaign("one"), ledger=kept)
    for run in ("two", "three"):
        first, second = calibrate_inputs([images[0], copy], campaign(run), ledger=kept)
        assert first.from_ledger
        assert "the same acquisition as" in second.error
        assert set(ledger.load(kept).frame["run_id"]) == {"one"}


def test_what_the_ledger_has_is_not_computed_again(images, tmp_path, monkeypatch) -> None:
    kept = tmp_path / "ledger"
    calibrate_inputs(images[:2], campaign("one"), ledger=kept)
    worked: list[Path] = []
    monkeypatch.setattr(
        "venus_analysis.calibrate.campaign.calibrate_input",
        _watched(worked),
    )
    outcomes = calibrate_inputs(images, campaign("two"), ledger=kept)
    assert worked == [images[2]]
    assert [one.from_ledger for one in outcomes] == [True, True, False]
    assert [row["run_id"] for one in outcomes for row in one.rows] == ["one"] * 4 + ["two"] * 2
    calibrate_inputs(images, campaign("three"), ledger=kept, force=True)
    assert sorted(worked[1:]) == images


def _watched(worked: list[Path]):
    from venus_analysis.calibrate.inputs import calibrate_input

    def work(settings: MoonCampaign, path: Path) -> Outcome:
        worked.append(path)
        return calibrate_input(settings, path)

    return work


def test_withdrawn_rows_stay_withdrawn(images, tmp_path) -> None:
    kept = tmp_path / "ledger"
    calibrate_inputs(images[:1], campaign("one"), ledger=kept)
    ledger.withdraw(kept, acquisition="SIMULATED_14", reason="test", who="Ada", bands=["B4"])
    (again,) = calibrate_inputs(images[:1], campaign("two"), ledger=kept)
    assert again.from_ledger
    assert [row["band"] for row in again.rows] == ["B6"]
    assert len(ledger.load(kept).frame) == 1


def test_other_options_are_other_results(images, tmp_path) -> None:
    kept = tmp_path / "ledger"
    calibrate_inputs(images[:1], campaign("one"), ledger=kept)
    (again,) = calibrate_inputs(images[:1], MoonCampaign(run_id="two", bands=("B4",)), ledger=kept)
    assert again.from_ledger, "fewer bands need nothing new"
    changed = images[0]
    with xr.open_dataset(changed) as dataset:
        spoilt = dataset.load()
    spoilt.attrs["history"] = "written once more"
    spoilt.to_netcdf(changed)
    (other,) = calibrate_inputs(images[:1], campaign("three"), ledger=kept)
    assert not other.from_ledger


def test_a_mistyped_scheduler_is_refused(images) -> None:
    with pytest.raises(UsageError, match="threads, processes, slurm"):
        calibrate_inputs(images, scheduler="thread")


def test_a_killed_campaign_goes_on_and_ends_the_same(images, tmp_path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    calibrate_inputs(images, campaign("whole"), ledger=whole)
    script = Path(__file__).with_name("killed_campaign.py")
    command = [sys.executable, script, "processes", broken, "2", *images]
    killed = subprocess.run([str(part) for part in command], timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(ledger.load(broken).frame) == 4, "two of three inputs, two bands each"
    outcomes = calibrate_inputs(images, campaign("rest"), ledger=broken)
    assert [one.from_ledger for one in outcomes] == [True, True, False]
    assert comparable(broken) == comparable(whole)
    assert set(ledger.load(broken).frame["run_id"]) == {"killed", "rest"}


def test_control_c_keeps_what_is_done(images, tmp_path) -> None:
    seen: list[Outcome] = []

    def interrupt(outcome: Outcome) -> None:
        seen.append(outcome)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate_inputs(
            images, campaign("one"), ledger=tmp_path / "kept", workers=1, report=interrupt
        )
    assert len(ledger.load(tmp_path / "kept").frame) == 4


def test_rows_land_in_batches(images, tmp_path) -> None:
    calibrate_inputs(images, campaign("one"), ledger=tmp_path / "kept")
    assert len(ledger.check(tmp_path / "kept").parts) == 1


def test_an_unforeseen_error_is_kept_with_its_input(images, monkeypatch) -> None:
    def broken(path: Path, bands: object) -> None:
        raise ZeroDivisionError("float division")

    monkeypatch.setattr("venus_analysis.calibrate.inputs.read_glod", broken)
    (outcome,) = calibrate_inputs(images[:1], campaign("one"))
    assert "unexpected ZeroDivisionError: float division (test_campaign.py:" in outcome.error
