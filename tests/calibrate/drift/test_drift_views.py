"""Views of a series: what a gain explains goes, what it does not explain is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from venus_analysis.calibrate.drift.in_force import recorded_tdi
from venus_analysis.calibrate.drift.selection import Selection, choices, select
from venus_analysis.calibrate.drift.updates import updates_in_force, updates_seen
from venus_analysis.calibrate.drift.views import view_of
from venus_analysis.calibrate.drift.what_if import TypedGain, what_if
from venus_analysis.compute.rebase import sensor_sensitivity
from venus_analysis.errors import InputError
from venus_analysis.flags import Flag
from venus_analysis.parameters.header import new_header
from venus_analysis.parameters.names import BANDS
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.propose import propose_darkcu, propose_phgain, scaled_gain
from venus_analysis.parameters.registry import Registry

MOON = Selection("moon")


@pytest.fixture
def rows(planted):
    return select(planted.frame, MOON)


@pytest.mark.parametrize("serial", ["00007", "8", "00009", "00010"])
def test_rebasing_to_any_set_leaves_the_sensitivity_unchanged(rows, planted, serial):
    shown = view_of(rows, "re-based", planted.registry, serial=serial).frame
    assert shown["view_value"].notna().all()
    again = sensor_sensitivity(shown["view_value"], shown["view_gain"])
    free = view_of(rows, "sensitivity").frame["view_value"]
    np.testing.assert_allclose(again, free, rtol=1e-12)


def test_rebased_series_has_no_step_left(make_planted, tmp_path):
    """Without noise, each band re-based to one set is its planted exponential."""
    planted = make_planted(tmp_path, scatter=0.0)
    rows = select(planted.frame, MOON)
    shown = view_of(rows, "re-based", planted.registry, serial="00009").frame
    for band, drift in (("B1", -0.010), ("B5", -0.003)):
        value = shown.loc[shown["band"] == band, "view_value"].to_numpy()
        gain = planted.gain[band]
        truth = 0.95 * gain[0] / gain[2] * np.exp(drift * planted.years)
        np.testing.assert_allclose(value, truth, rtol=1e-12)


def test_files_of_the_moon_are_in_force_for_the_moon_only(rows, planted, tmp_path):
    for path in planted.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = scaled_gain(tmp_path, {}, "2023-01-01")
    table[BANDS.index("B1")] = 0.2
    propose_phgain(
        tmp_path, table, "2018-01-01", applicability="S", nick="THE_MOON",
        sites=("VE_TEST_MPL_SITDEF_O_THE_MOON",),
    )  # fmt: skip
    registry, first = Registry(tmp_path), rows["band"] == "B1"
    gains = {}
    for site in ("THE_MOON", "Libya 4"):
        shown = view_of(rows.assign(site=site), "in force", registry).frame
        gains[site] = shown.loc[first, "view_gain"].to_numpy()
    assert (gains["THE_MOON"] == 0.2).all()
    np.testing.assert_allclose(gains["Libya 4"], rows.loc[first, "absolute_gain"], rtol=1e-12)


def test_as_produced_and_in_force_differ_once_a_serial_reaches_back(rows, planted, tmp_path):
    for path in planted.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    today = view_of(rows, "in force", Registry(tmp_path)).frame
    np.testing.assert_allclose(today["view_value"], rows["ratio"], rtol=1e-14)
    propose_phgain(tmp_path, {"B1": 0.2}, "2018-06-01", created="2024-01-01")
    today = view_of(rows, "in force", Registry(tmp_path)).frame
    late = (rows["time"] >= np.datetime64("2018-06-01")) & (rows["band"] == "B1")
    assert late.sum() > 100
    np.testing.assert_allclose(
        today.loc[late, "view_value"], rows["ratio"][late] * rows["absolute_gain"][late] / 0.2
    )
    early = rows["time"] < np.datetime64("2018-06-01")
    np.testing.assert_allclose(today.loc[early, "view_value"], rows["ratio"][early], rtol=1e-14)


@pytest.mark.parametrize("kind", ["darkcu", "relsen", "outord", "strlgt"])
def test_rows_with_another_file_of_another_type_are_not_rebased(rows, planted, kind):
    changed = rows.copy()
    changed.loc[[3, 40], f"serial_{kind}"] = "00008"
    shown = view_of(changed, "re-based", planted.registry, serial="00008")
    flagged = (shown.frame["view_flags"] & int(Flag.NEEDS_REPROCESSING)) != 0
    assert flagged.to_numpy().nonzero()[0].tolist() == [3, 40]
    assert shown.frame["view_value"].isna().to_numpy().nonzero()[0].tolist() == [3, 40]
    assert any(note.startswith("2 of 360 rows need reprocessing") for note in shown.notes)
    kept = view_of(changed, "as produced").frame
    np.testing.assert_array_equal(kept["view_value"], rows["ratio"])


def test_noise_model_may_differ(rows, planted):
    changed = rows.assign(serial_noismo=["00001" if k % 2 else "00009" for k in rows.index])
    shown = view_of(changed, "re-based", planted.registry, serial="00008").frame
    assert shown["view_value"].notna().all()


def test_the_registry_decides_where_it_has_files_of_a_type(rows, planted, tmp_path):
    for path in planted.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    propose_darkcu(tmp_path, np.full(5200, 60.0), "B1", (8,), "2017-01-01", created="2018-01-01")
    same = rows.assign(serial_darkcu="00001")
    shown = view_of(same, "in force", Registry(tmp_path), tdi=8).frame
    assert shown["view_value"].notna().all()
    other = view_of(rows, "in force", Registry(tmp_path), tdi=8).frame
    assert other["view_value"].isna().all()


def test_the_ak_that_rows_record_tells_the_tdi(rows, planted, tmp_path):
    """Ak four times as high at each TDI as at the one before, the bands at TDI 1, 8 and 32."""
    stages = {"B1": 0, "B5": 2, "B11": 4}
    factor = np.ones((12, 5))
    for band, column in stages.items():
        factor[BANDS.index(band)] = 4.0 ** (np.arange(5) - column)
    for segment in planted.registry.timeline("PHGAIN"):
        old = segment.file.content
        PhysicalGain(header=old.header, gain=np.round(old.gain * factor, 5)).write(tmp_path)
    registry = Registry(tmp_path)
    for view, serial in (("in force", ""), ("re-based", "00008")):
        found = view_of(rows, view, registry, serial=serial).frame["view_gain"]
        expected = view_of(rows, view, planted.registry, serial=serial).frame["view_gain"]
        np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert recorded_tdi(rows, registry) == {"B1": 1, "B5": 8, "B11": 32}
    both = updates_in_force(rows, registry), updates_in_force(rows, planted.registry)
    np.testing.assert_allclose(both[0].expected, both[1].expected, atol=2e-4)
    # a row of another TDI, and none can be told any more
    mixed = rows.copy()
    mixed.loc[0, "absolute_gain"] *= 4.0
    assert len(recorded_tdi(mixed, registry)) == 2


def test_gain_that_differs_by_tdi_needs_the_tdi(rows, tmp_path):
    table = np.outer(np.ones(12), [1.0, 1.1, 1.2, 1.3, 1.4])
    header = new_header("PHGAIN", 7, "2017-08-01", created="2018-01-01")
    PhysicalGain(header=header, gain=table).write(tmp_path)
    with pytest.raises(InputError, match="expected a TDI, as Ak differs by TDI"):
        view_of(rows, "in force", Registry(tmp_path))
    shown = view_of(rows, "in force", Registry(tmp_path), tdi=8).frame
    assert set(shown["view_gain"]) == {1.2}
    by_band = view_of(rows, "in force", Registry(tmp_path), tdi={"B1": 32, "B5": 1, "B11": 4})
    assert set(by_band.frame["view_gain"]) == {1.4, 1.0, 1.1}


def test_what_cannot_be_shown_is_said(rows, planted):
    with pytest.raises(InputError, match="one of 00007, 00008, 00009, 00010, received '00042'"):
        view_of(rows, "re-based", planted.registry, serial="00042")
    with pytest.raises(InputError, match="a folder of parameter files"):
        view_of(rows, "in force")
    with pytest.raises(InputError, match="one of as produced, in force"):
        view_of(rows, "yesterday")


def test_what_if_changes_typed_bands_from_their_date_on(rows):
    typed = [
        TypedGain("B1", np.datetime64("2020-01-01"), 0.2),
        TypedGain("B1", np.datetime64("2022-01-01"), 0.1),
    ]
    shown = what_if(rows, typed).frame
    when, own = rows["time"].to_numpy(), (rows["band"] == "B1").to_numpy()
    wanted = rows["absolute_gain"].to_numpy().copy()
    wanted[own & (when >= typed[0].start)] = 0.2
    wanted[own & (when >= typed[1].start)] = 0.1
    np.testing.assert_allclose(
        shown["view_value"], rows["ratio"] * rows["absolute_gain"] / wanted, rtol=1e-12
    )
    with pytest.raises(InputError, match="an Ak above 0"):
        what_if(rows, [TypedGain("B1", np.datetime64("2020-01-01"), -1.0)])
    with pytest.raises(InputError, match="one of B1, B11, B5, received 'B2'"):
        what_if(rows, [TypedGain("B2", np.datetime64("2020-01-01"), 1.0)])


def test_updates_are_those_of_the_files(rows, planted):
    for found in (updates_seen(rows, planted.registry), updates_in_force(rows, planted.registry)):
        assert found.serial == ("00008", "00009", "00010")
        assert found.time.astype("M8[D]").astype(str).tolist() == [
            "2019-06-01",
            "2020-03-01",
            "2022-06-01",
        ]
        for band, own in zip(found.bands, found.expected, strict=True):
            gain = planted.gain[band]
            np.testing.assert_allclose(own, gain[:-1] / gain[1:] - 1.0, rtol=1e-12)
    blind = updates_seen(rows)
    assert (blind.time >= updates_seen(rows, planted.registry).time).all()


def test_a_look_that_still_carries_an_older_set_is_named(rows):
    changed = rows.copy()
    last = changed.index[-1]
    changed.loc[last, ["serial_phgain", "parameter_set"]] = "00008"
    found = updates_seen(changed)
    assert found.serial == ("00008", "00009", "00010")
    assert any("1 looks after the update to 00010 still carry an older set" in note
               for note in found.notes)  # fmt: skip


def test_selection_refuses_what_is_not_one_series(planted):
    assert choices(planted.frame)["band"] == ["B1", "B5", "B11"]
    twice = planted.frame.assign(reference="other model")
    both = pd.concat([planted.frame, twice], ignore_index=True)
    with pytest.raises(InputError, match="one reference, received 2 of them; choose reference"):
        select(both, MOON)
    assert len(select(both, Selection("moon", reference="ROLO"))) == len(planted.frame)
    with pytest.raises(InputError, match="one of 'moon', received 'desert'"):
        select(planted.frame, Selection("desert"))
    with pytest.raises(InputError, match="selection: expected rows, received none for method moon"):
        select(planted.frame, Selection("moon", since=np.datetime64("2030-01-01")))
    some = select(planted.frame, Selection("moon", ("B5",), until=np.datetime64("2019-01-01")))
    assert set(some["band"]) == {"B5"}
    assert (some["time"] <= np.datetime64("2019-01-01")).all()
