"""From an image to ledger rows."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from venus_analysis.calibrate.measure import MeasureOptions
from venus_analysis.calibrate.moon import MoonOptions, calibrate_files, calibrate_image
from venus_analysis.calibrate.row import as_json, new_row
from venus_analysis.collect.glod_export import write_glod
from venus_analysis.collect.lunar_model import ModelIrradiance
from venus_analysis.compute.moon.spectrum import RoloModel
from venus_analysis.flags import Flag
from venus_analysis.instrument import SpectralResponse, venus_responses
from venus_analysis.schema import NAMES

RESPONSES = {response.band: response for response in venus_responses()}


@pytest.mark.parametrize("extraction", ["laplace", "stated"])
def test_planted_ratios_come_back(look: xr.Dataset, extraction: str) -> None:
    options = MoonOptions(measure=MeasureOptions(extraction=extraction))
    rows = calibrate_image(look, RESPONSES, options)
    planted = look["planted_ratio"].values
    found = np.array([row["ratio"] for row in rows])
    # a bare mask misses light of the halo; a counts threshold cuts the limb as well
    np.testing.assert_allclose(found, planted, rtol=0.001 if extraction == "laplace" else 0.005)
    for row in rows:
        assert row["ratio"] == row["measured"] / row["modelled"]
        assert row["flags"] == 0
        assert row["simulated"] is True


def test_the_halo_outside_the_mask_is_added_when_asked_for(look: xr.Dataset) -> None:
    options = MoonOptions(measure=MeasureOptions(background="far_sky", halo="fit"))
    rows = calibrate_image(look, RESPONSES, options)
    ratio = np.array([row["ratio"] for row in rows]) / look["planted_ratio"].values
    assert abs(ratio.mean() - 1.0) < 2e-4
    for row in rows:
        assert 0 < row["halo_outside_mask"] < 0.005
        assert {"budget", "sensitivity", "outline"} == set(json.loads(row["budget_text"]))


def test_the_disk_is_where_it_was_planted(look: xr.Dataset) -> None:
    middle = [(look.sizes[name] - 1) / 2.0 for name in ("line", "column")]
    rows = calibrate_image(look, RESPONSES)
    for row in rows:
        assert row["centre_line"] == pytest.approx(middle[0], abs=0.1)
        assert row["centre_column"] == pytest.approx(middle[1], abs=0.1)
        assert row["oversampling_limb"] == pytest.approx(1.3, rel=0.003)
        assert row["across_px"] == pytest.approx(30.0, rel=1e-6), "from distance and solid angle"
        outline = json.loads(row["budget_text"])["outline"]
        assert outline["across_px_from"] == "distance and pixel solid angle"
    # the noise of one band's ring is half as large as the halo in it
    near_ring = [row["sensitivity_background"] for row in rows]
    assert np.mean(near_ring) < -1e-4, "a ring near the limb holds moonlight"


def test_the_limb_alone_finds_the_disk_within_its_own_sigmas(look: xr.Dataset) -> None:
    options = MoonOptions(measure=MeasureOptions(across_axis="limb"))
    row = calibrate_image(look.isel(band=[0]), RESPONSES, options)[0]
    outline = json.loads(row["budget_text"])["outline"]
    assert outline["across_px_from"] == "limb"
    assert abs(row["across_px"] - 30.0) < 4.0 * outline["u_across_px_of_limb"] < 0.4
    assert abs(row["oversampling_limb"] - 1.3) < 4.0 * row["u_oversampling_limb"] < 0.02


def test_a_wrong_solid_angle_contradicts_the_limb_and_is_flagged(look: xr.Dataset) -> None:
    wrong = look.isel(band=[0]).copy()
    wrong["pixel_solid_angle_sr"] = wrong["pixel_solid_angle_sr"] * 0.94
    assert calibrate_image(wrong, RESPONSES)[0]["flags"] == Flag.AXIS_DISAGREES


def test_rows_have_every_column_of_the_schema(look: xr.Dataset) -> None:
    row = calibrate_image(look.isel(band=[0]), RESPONSES)[0]
    assert tuple(row) == NAMES
    assert row["reference"] == "ROLO311g/apollo-relative/TSIS1/lon-lat"
    assert as_json(row)["altitude_km"] is None
    with pytest.raises(KeyError, match="no column of the ledger: ration"):
        new_row(ration=1.0)


def test_model_options_reach_the_row(look: xr.Dataset) -> None:
    one = look.isel(band=[5])
    default = calibrate_image(one, RESPONSES)[0]
    literal = calibrate_image(one, RESPONSES, MoonOptions(RoloModel(libration="literal")))[0]
    assert literal["reference"].endswith("/literal")
    assert literal["modelled"] != default["modelled"]
    assert literal["measured"] == default["measured"]
    other = calibrate_image(one, RESPONSES, MoonOptions(u_model=0.1))[0]
    assert other["configuration"] != default["configuration"]


def test_a_further_model_is_a_further_reference(look: xr.Dataset) -> None:
    one = look.isel(band=[0])
    model = ModelIrradiance("LIME", one.attrs["acquisition_id"], "B1", 1e-3, 0.01)
    elsewhere = ModelIrradiance("LIME", "another look", "B1", 5e-3, 0.01)
    rolo, lime = calibrate_image(one, RESPONSES, other_models=[model, elsewhere])
    assert lime["reference"] == "LIME"
    assert lime["ratio"] == rolo["measured"] / 1e-3
    assert lime["u_model"] == 0.01


def flags_of(
    image: xr.Dataset,
    responses: dict[str, SpectralResponse] = RESPONSES,
    extraction: str = "laplace",
) -> Flag:
    options = MoonOptions(measure=MeasureOptions(extraction=extraction))
    row = calibrate_image(image.isel(band=[3]), responses, options)[0]
    assert np.isnan(row["ratio"]) or row["flags"]
    return Flag(row["flags"])


def test_what_cannot_be_had_is_nan_and_flagged(look: xr.Dataset) -> None:
    assert flags_of(look, {}) == Flag.NO_RESPONSE
    infrared = SpectralResponse("B4", np.array([3000.0, 3100.0]), np.array([1.0, 1.0]))
    assert flags_of(look, {"B4": infrared}) == Flag.RESPONSE_OUTSIDE_MODEL
    dark = look.assign(counts=look["counts"] * 0, radiance=look["radiance"] * 0.0)
    assert flags_of(dark, extraction="stated") == Flag.EMPTY_IMAGE
    assert flags_of(dark) == Flag.DISK_NOT_FOUND
    # another distance than the image was drawn for, which its limb may tell
    for time in ("2019-02-08T02:00:00", "2019-01-21T05:12:00"):
        outside = look.assign_coords(time=np.datetime64(time, "ns"))
        assert flags_of(outside) & ~Flag.AXIS_DISAGREES == Flag.PHASE_OUTSIDE_MODEL
    cut = look.isel(line=slice(look.sizes["line"] // 2, None))
    assert flags_of(cut, extraction="stated") == Flag.MASK_TOUCHES_FRAME
    assert flags_of(cut) & (Flag.MASK_TOUCHES_FRAME | Flag.DISK_NOT_FOUND)


def test_a_bad_file_does_not_stop_the_others(look: xr.Dataset, tmp_path) -> None:
    good = write_glod(tmp_path / "good.nc", look)
    bad = tmp_path / "bad.nc"
    bad.write_bytes(b"nonsense")
    outcomes = list(calibrate_files([bad, good, tmp_path / "absent.nc"], venus_responses()))
    assert [len(outcome.rows) for outcome in outcomes] == [0, 12, 0]
    assert "bad.nc" in outcomes[0].error
    assert "absent.nc" in outcomes[2].error
    assert {row["run_id"] for row in outcomes[1].rows} != {""}
    assert len({row["input_digest"] for row in outcomes[1].rows}) == 1
