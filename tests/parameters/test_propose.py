"""Proposals: the next serial, older files untouched."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.errors import InputError
from venus_analysis.parameters.darkcu import DarkCurrent
from venus_analysis.parameters.gain_base import (
    GainChange,
    far_changes,
    gain_base,
    gain_changes,
    gain_series,
)
from venus_analysis.parameters.instants import LAST_STOP
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.propose import propose_darkcu, propose_phgain, scaled_gain
from venus_analysis.parameters.registry import Registry
from venus_analysis.simulate.gains import simulate_gains


def snapshot(folder):
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def test_a_proposal_is_the_next_serial_and_rules_from_its_start(make, tmp_path, broken_rules):
    make.content("PHGAIN", 7).write(tmp_path)
    make.content("PHGAIN", 12, "2016-01-01").write(tmp_path)
    before = snapshot(tmp_path)
    gain = np.random.default_rng(0).uniform(0.2, 2.3, (12, 5))
    path = propose_phgain(tmp_path, gain, "2020-02-03T04:05:06", created="2020-03-01")
    assert path.name == "VE_TEST_GIP_PHGAIN_L_ALLSITES_00013_20200203_99991231.EEF"
    assert broken_rules(path) == []
    content = PhysicalGain.read(path)
    np.testing.assert_array_equal(content.gain, np.round(gain, 5))
    assert content.header.stop == LAST_STOP
    assert content.warnings == ()
    registry = Registry(tmp_path)
    assert registry.in_force("PHGAIN", "2020-02-03T04:05:06").file.path == path
    assert registry.in_force("PHGAIN", "2020-02-03T04:05:05").file.name.serial == 12
    after = snapshot(tmp_path)
    assert {name: after[name] for name in before} == before


def test_bands_not_named_keep_their_gain(make, tmp_path):
    old = make.content("PHGAIN", 7)
    old.write(tmp_path)
    new = PhysicalGain.read(propose_phgain(tmp_path, {"B05": 1.66}, "2020-01-01"))
    assert new.at("B5", 16) == 1.66
    np.testing.assert_array_equal(np.delete(new.gain, 4, axis=0), np.delete(old.gain, 4, axis=0))


def test_a_ratio_restores_one(make, tmp_path):
    old = make.content("PHGAIN", 7)
    old.write(tmp_path)
    table = scaled_gain(tmp_path, {"B5": 0.99}, "2020-01-01")
    new = PhysicalGain.read(propose_phgain(tmp_path, table, "2020-01-01"))
    measured_with_old = 0.99  # a sensor that lost 1 %: radiance = counts / Ak
    assert measured_with_old * old.at("B5", 8) / new.at("B5", 8) == pytest.approx(1, abs=1e-5)


def test_the_base_is_in_force_at_the_start(make, tmp_path):
    old = make.content("PHGAIN", 7, "2017-08-01", seed=7)
    newer = make.content("PHGAIN", 8, "2019-06-01", seed=8)
    old.write(tmp_path)
    newer.write(tmp_path)
    registry = Registry(tmp_path)
    for start, base in (("2018-06-01", old), ("2019-06-01", newer), ("2019-05-31T23:59:59", old)):
        wanted = np.where(np.arange(12)[:, None] == 4, 0.9, 1.0) * base.gain
        np.testing.assert_array_equal(scaled_gain(tmp_path, {"B5": 0.9}, start), wanted)
        assert gain_base(registry, gain_series(), start).serial == f"{base.header.name.serial:05d}"
    output = tmp_path / "proposed"
    output.mkdir()
    path = propose_phgain(tmp_path, {"B5": 1.66}, "2018-06-01", output=output)
    found = PhysicalGain.read(path)
    np.testing.assert_array_equal(np.delete(found.gain, 4, 0), np.delete(old.gain, 4, 0))
    (change, *more) = gain_changes(gain_base(registry, gain_series(), "2018-06-01"), found)
    assert {one.band for one in (change, *more)} == {"B5"}
    assert change.old == old.at("B5", change.tdi[0])
    assert change.new == 1.66


def test_a_base_that_surprises_is_told(make, tmp_path):
    make.content("PHGAIN", 7, "2017-08-01").write(tmp_path)
    make.content("PHGAIN", 8, "2019-06-01").write(tmp_path)
    (tmp_path / "VE_TEST_GIP_PHGAIN_L_ALLSITES_00009_20170801_99991231.EEF").write_text("broken")
    registry = Registry(tmp_path)
    broken, *said = gain_base(registry, gain_series(), "2020-01-01").warnings
    assert "00009_20170801_99991231.EEF was left out" in broken
    assert said == []
    early = gain_base(registry, gain_series(), "2012-01-01")
    assert early.serial == "00007"
    assert "No gains are in force at 2012-01-01" in early.warnings[1]
    assert (
        "replaces what starts after 2012-01-01T00:00:00Z: serial 00007, 00008."
        in (early.warnings[2])
    )


@pytest.mark.parametrize(
    ("ratio", "told"), [(0.49, True), (0.5, False), (1.0, False), (2.0, False), (2.1, True)]
)
def test_a_ratio_far_from_one_is_told(ratio, told):
    assert bool(far_changes([GainChange("B1", (8,), 1.0, ratio, ratio)])) is told


@pytest.mark.parametrize("notes", ["", "mine", "SIMULATED by hand"])
def test_a_proposal_on_simulated_files_says_so(notes, tmp_path):
    simulate_gains(tmp_path)
    path = propose_phgain(tmp_path, {"B5": 1.66}, "2020-01-01", notes=notes)
    said = PhysicalGain.read(path).header.notes
    assert said.split()[0] == "SIMULATED"
    assert said.count("SIMULATED") == 1
    assert said.endswith(notes)


def test_a_proposal_on_other_files_does_not(make, tmp_path):
    make.content("PHGAIN", 7).write(tmp_path)
    path = propose_phgain(tmp_path, {"B5": 1.66}, "2020-01-01", notes="mine")
    assert PhysicalGain.read(path).header.notes == "mine"


def test_the_first_file_of_a_folder_gets_serial_1(tmp_path):
    path = propose_phgain(tmp_path, np.full(12, 1.5), "2020-01-01")
    assert "_00001_" in path.name
    with pytest.raises(InputError, match="every band"):
        propose_phgain(tmp_path / "..", {"B1": 1.0}, "2020-01-01", nick="NOTNAMED")


def test_unreadable_files_count_and_the_output_folder_too(make, tmp_path):
    (tmp_path / "VE_TEST_GIP_PHGAIN_L_ALLSITES_00020_20170801_99991231.EEF").write_text("broken")
    output = tmp_path / "proposals"
    output.mkdir()
    for serial in (21, 22):
        path = propose_phgain(tmp_path, np.full(12, 1.5), "2020-01-01", output=output)
        assert f"_000{serial}_" in path.name
    assert len(list(tmp_path.glob("*.EEF"))) == 1


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, 1e-7])
def test_gains_that_give_no_radiance_are_refused(bad, tmp_path):
    with pytest.raises(InputError):
        propose_phgain(tmp_path, np.full(12, bad), "2020-01-01")
    assert list(tmp_path.iterdir()) == []


def test_serials_end_at_99999(tmp_path):
    (tmp_path / "VE_TEST_GIP_PHGAIN_L_ALLSITES_99999_20170801_99991231.EEF").touch()
    with pytest.raises(InputError, match="99999"):
        propose_phgain(tmp_path, np.full(12, 1.5), "2020-01-01")


def test_a_dark_level_carries_the_spikes_over(make, tmp_path, broken_rules):
    old = make.content("DARKCU", 8, band="B7")
    old.write(tmp_path)
    make.content("DARKCU", 30, band="B6").write(tmp_path)
    dark = np.random.default_rng(0).uniform(20, 25, 5200).astype(np.float32)
    path = propose_darkcu(tmp_path, dark, "B07", (16, 8), "2020-01-01")
    assert path.name.endswith("_00009_20200101_99991231_B07_011000.EEF")
    assert broken_rules(path) == []
    new = DarkCurrent.read(path)
    np.testing.assert_allclose(new.dark, dark, atol=5.1e-5)
    assert new.spikes == old.spikes
    assert (
        DarkCurrent.read(propose_darkcu(tmp_path, dark, "B7", (8,), "2020-01-01", spikes=())).spikes
        == ()
    )


@pytest.mark.parametrize("dark", [np.full(5200, -0.1), np.full(5200, np.nan), np.zeros(5199)])
def test_dark_levels_that_break_a_rule_are_refused(dark, tmp_path):
    with pytest.raises(InputError):
        propose_darkcu(tmp_path, dark, "B7", (8,), "2020-01-01")
    assert list(tmp_path.iterdir()) == []


def by_tdi(make, folder):
    """Ak of every band in proportion to the TDI, as a camera that adds stages has it."""
    gain = np.outer(np.arange(1.0, 13.0), [1, 4, 8, 16, 32])
    PhysicalGain(header=make.content("PHGAIN", 7).header, gain=gain).write(folder)
    return gain


def test_a_new_ak_of_one_tdi_changes_the_others_alike(make, tmp_path):
    old = by_tdi(make, tmp_path)
    new = PhysicalGain.read(propose_phgain(tmp_path, {"B5": 0.98 * 5.0 * 8}, "2020-01-01")).gain
    np.testing.assert_allclose(new[4], 0.98 * old[4], rtol=1e-6)
    np.testing.assert_array_equal(np.delete(new, 4, axis=0), np.delete(old, 4, axis=0))


@pytest.mark.parametrize("gain", [12.0, 400.0, 0.1])
def test_an_ak_near_that_of_no_tdi_is_refused(make, tmp_path, gain):
    by_tdi(make, tmp_path)
    with pytest.raises(InputError, match=r"gain of B5: expected an Ak near .* 40 \(TDI 8\)"):
        propose_phgain(tmp_path, {"B5": gain}, "2020-01-01")
