"""The registry's rules, one test each."""

from __future__ import annotations

import time

import numpy as np
import pytest

from venus_analysis.errors import InputError
from venus_analysis.parameters.check import check_folder
from venus_analysis.parameters.difference import changes, set_difference
from venus_analysis.parameters.instants import LAST_STOP, OPEN_START, OPEN_STOP
from venus_analysis.parameters.parameter_set import parameter_set
from venus_analysis.parameters.registry import Registry

ISRAEL = "VE_VM01_MPL_SITDEF_S_ISRAEL03"
LIBYA = "VE_VM01_MPL_SITDEF_C_LIBYA004"


@pytest.fixture
def put(make, tmp_path):
    """Write an invented file into the folder under test."""

    def write(kind, serial, start, seed=None, **options):
        return make.content(
            kind, serial, start, seed=serial if seed is None else seed, **options
        ).write(tmp_path)

    return write


def serial(folder, *question, **options):
    return Registry(folder).in_force(*question, **options).file.name.serial


def test_the_highest_serial_among_the_valid_ones_rules(put, tmp_path):
    put("PHGAIN", 7, "2017-08-01")
    put("PHGAIN", 8, "2019-06-01")
    assert serial(tmp_path, "PHGAIN", "2019-05-31T23:59:59") == 7
    assert serial(tmp_path, "PHGAIN", "2019-06-01") == 8
    assert Registry(tmp_path).in_force("PHGAIN", "2020-01-01").warnings == ()


def test_a_later_serial_with_an_earlier_start_replaces_the_past(put, tmp_path):
    put("PHGAIN", 5, "2017-08-01", created="2018-01-01")
    put("PHGAIN", 6, "2018-06-01", created="2018-06-05")
    put("PHGAIN", 7, "2017-08-01", created="2018-12-01")
    answer = Registry(tmp_path).in_force("PHGAIN", "2018-09-01")
    assert answer.file.name.serial == 7
    assert answer.warnings == (
        "serial 00006 starts later (20180601) than the chosen 00007 (20170801) but is lower",
    )
    assert serial(tmp_path, "PHGAIN", "2018-03-01") == 7


def test_history_by_issue(put, tmp_path):
    put("PHGAIN", 5, "2017-08-01", created="2018-01-01")
    put("PHGAIN", 6, "2018-06-01", created="2018-06-05")
    put("PHGAIN", 7, "2017-08-01", created="2018-12-01")
    question = ("PHGAIN", "2018-09-01")
    assert serial(tmp_path, *question, issued_before="2018-03-01") == 5
    assert serial(tmp_path, *question, issued_before="2018-12-01") == 6
    assert serial(tmp_path, *question, issued_before="2018-12-01T00:00:01") == 7
    with pytest.raises(InputError, match="none of 3 files"):
        serial(tmp_path, *question, issued_before="2018-01-01")
    history = Registry(tmp_path).history("PHGAIN")
    assert [file.name.serial for file in history] == [5, 6, 7]


def test_file_version_then_creation_date_decide_between_equal_serials(put, tmp_path):
    put("PHGAIN", 7, "2017-08-01", created="2018-01-03", version=1)
    put("PHGAIN", 7, "2017-08-02", created="2018-01-01", version=2)
    put("PHGAIN", 7, "2017-08-03", created="2018-01-02", version=2)
    name = Registry(tmp_path).in_force("PHGAIN", "2019-01-01").file.name
    assert name.start == np.datetime64("2017-08-03T00:00:00")
    name = Registry(tmp_path).in_force("PHGAIN", "2017-08-02T12:00:00").file.name
    assert name.start == np.datetime64("2017-08-02T00:00:00")


def test_a_site_file_precedes_a_list_precedes_all_sites(put, tmp_path):
    put("PHGAIN", 9, "2017-08-01")
    put("PHGAIN", 4, "2017-08-01", nick="DESERTS_", sites=(ISRAEL, LIBYA))
    put("PHGAIN", 2, "2017-08-01", nick="ISRAEL03", applicability="S", sites=(ISRAEL,))
    for site, expected, level in (
        ("ISRAEL03", 2, "site"),
        (LIBYA, 4, "list"),
        ("LIBYA004", 4, "list"),
        ("MALI", 9, "all"),
        (None, 9, "all"),
    ):
        answer = Registry(tmp_path).in_force("PHGAIN", "2019-01-01", site=site)
        assert (answer.file.name.serial, answer.level) == (expected, level)
    with pytest.raises(InputError, match="nick"):
        serial(tmp_path, "PHGAIN", "2019-01-01", site="Libya 4")


def test_a_site_file_that_is_not_yet_valid_does_not_precede(put, tmp_path):
    put("PHGAIN", 9, "2017-08-01")
    put("PHGAIN", 2, "2020-01-01", nick="ISRAEL03", applicability="S", sites=(ISRAEL,))
    assert serial(tmp_path, "PHGAIN", "2019-01-01", site="ISRAEL03") == 9


def test_the_list_of_sites_decides_not_the_nick(put, tmp_path):
    path = put("PHGAIN", 4, "2017-08-01", nick="ISRAEL03", sites=(LIBYA,))
    assert serial(tmp_path, "PHGAIN", "2019-01-01", site="LIBYA004") == 4
    with pytest.raises(InputError):
        serial(tmp_path, "PHGAIN", "2019-01-01", site="ISRAEL03")
    path.unlink()


def test_issues_may_group_tdi_differently(put, tmp_path):
    put("DARKCU", 7, "2017-08-01")
    put("DARKCU", 8, "2018-01-01", tdi=(8, 16))
    put("DARKCU", 9, "2018-01-01", tdi=(1,))
    answers = {
        tdi: serial(tmp_path, "DARKCU", "2019-01-01", "B5", tdi) for tdi in (1, 4, 8, 16, 32)
    }
    assert answers == {1: 9, 4: 7, 8: 8, 16: 8, 32: 7}
    with pytest.raises(InputError, match="name the TDI"):
        serial(tmp_path, "DARKCU", "2019-01-01", "B5")
    assert serial(tmp_path, "DARKCU", "2017-12-01", "B5") == 7


def test_bands_are_series_of_their_own(put, tmp_path):
    put("OUTORD", 3, "2017-08-01", band="B5")
    put("OUTORD", 4, "2017-08-01", band="B11")
    assert serial(tmp_path, "OUTORD", "2019-01-01", "B05") == 3
    assert serial(tmp_path, "OUTORD", "2019-01-01", "B11") == 4
    with pytest.raises(InputError, match="none of 0 files"):
        serial(tmp_path, "OUTORD", "2019-01-01", "B1")
    with pytest.raises(InputError, match="name the band"):
        serial(tmp_path, "OUTORD", "2019-01-01")


def test_open_ends_hold_every_date(put, tmp_path):
    put("PHGAIN", 1, OPEN_START, stop=OPEN_STOP)
    for date in ("0001-01-01", "2019-01-01", "9999-12-31T23:59:59"):
        assert serial(tmp_path, "PHGAIN", date) == 1


def test_validity_counts_by_the_second_and_includes_both_ends(put, tmp_path):
    put("PHGAIN", 1, "2018-01-01T06:00:00", stop="2018-01-02T12:00:00")
    for date in ("2018-01-01T06:00:00", "2018-01-02T12:00:00"):
        assert serial(tmp_path, "PHGAIN", date) == 1
    for date in ("2018-01-01T05:59:59", "2018-01-02T12:00:01"):
        with pytest.raises(InputError):
            serial(tmp_path, "PHGAIN", date)


def test_the_timeline_is_what_single_questions_answer(put, tmp_path):
    put("PHGAIN", 5, "2017-08-01", stop="2018-12-31")
    put("PHGAIN", 6, "2018-06-01", stop="2018-06-30T23:59:59")
    put("PHGAIN", 7, "2019-02-01", stop=LAST_STOP)
    registry = Registry(tmp_path)
    segments = registry.timeline("PHGAIN")
    assert [(str(s.start)[:10], str(s.stop)[:10], s.file.name.serial) for s in segments] == [
        ("2017-08-01", "2018-05-31", 5),
        ("2018-06-01", "2018-06-30", 6),
        ("2018-07-01", "2018-12-31", 5),
        ("2019-02-01", "9999-12-31", 7),
    ]
    registry.timeline("PHGAIN").clear()
    assert registry.timeline("PHGAIN") == segments
    random = np.random.default_rng(3)
    for day in random.integers(0, 1000, 60):
        date = np.datetime64("2017-06-01") + day
        inside = [s for s in segments if s.start <= date <= s.stop]
        if inside:
            assert registry.in_force("PHGAIN", date).file is inside[0].file
        else:
            with pytest.raises(InputError):
                registry.in_force("PHGAIN", date)


def test_one_bad_file_never_stops_the_others(put, tmp_path):
    put("PHGAIN", 7, "2017-08-01")
    bad = put("PHGAIN", 8, "2018-01-01")
    bad.write_text(bad.read_text()[:300])
    (tmp_path / "VE_VM04_GIP_PHGAIN_L_ALLSITES_00009_20180101_99991231.EEF").write_text("x")
    (tmp_path / "notes.txt").write_text("x")
    registry = Registry(tmp_path)
    answer = registry.in_force("PHGAIN", "2019-01-01")
    assert answer.file.name.serial == 7
    assert bad.name in answer.warnings[0]
    assert len(registry.misnamed) == 1
    assert [file.name.serial for file in registry.history("PHGAIN")] == [7]


def test_a_missing_entry_is_a_warning_of_the_answer(make, tmp_path):
    from venus_analysis.parameters.phgain import PhysicalGain

    gain = np.full((12, 5), 1.5)
    gain[4, 3] = np.nan
    PhysicalGain(header=make.header("PHGAIN", 7), gain=gain).write(tmp_path)
    registry = Registry(tmp_path)
    assert "TDI 16" in registry.in_force("PHGAIN", "2019-01-01", "B5", 16).warnings[0]
    assert registry.in_force("PHGAIN", "2019-01-01", "B5", 8).warnings == ()


def test_classes_that_compete_are_told(put, tmp_path):
    put("PHGAIN", 7, "2017-08-01", file_class="OPER")
    put("PHGAIN", 8, "2017-08-01", file_class="TEST")
    answer = Registry(tmp_path).in_force("PHGAIN", "2019-01-01")
    assert answer.warnings == ("files of classes OPER, TEST compete; chosen is TEST",)


def test_thousands_of_files_are_listed_by_name_and_answered_quickly(make, tmp_path):
    path = make.content("PHGAIN", 1).write(tmp_path)
    for number in range(2, 6000):
        (tmp_path / f"VE_TEST_GIP_PHGAIN_L_ALLSITES_{number:05d}_20170801_99991231.EEF").touch()
    path.rename(tmp_path / "VE_TEST_GIP_PHGAIN_L_ALLSITES_06000_20170801_99991231.EEF")
    start = time.process_time()
    answer = Registry(tmp_path).in_force("PHGAIN", "2019-01-01")
    assert time.process_time() - start < 2.0
    assert answer.file.name.serial == 6000


def test_a_whole_set_as_dataset(put, make, tmp_path):
    put("PHGAIN", 7, "2017-08-01")
    put("NOISMO", 2, "2017-08-01")
    for band in ("B3", "B5", "B11"):
        for kind in ("DARKCU", "RELSEN", "OUTORD"):
            put(kind, 8, "2017-08-01", band=band, seed=int(band[1:]))
    chosen = parameter_set(Registry(tmp_path), "2019-01-01", 8)
    assert chosen.serials == {
        "DARKCU": "00008",
        "NOISMO": "00002",
        "OUTORD": "00008",
        "PHGAIN": "00007",
        "RELSEN": "00008",
    }
    assert len(chosen.missing) == 3 * 9 + 12
    dataset = chosen.to_dataset()
    assert dataset["dark"].dims == ("band", "column")
    np.testing.assert_array_equal(
        dataset["dark"].sel(band="B3"), make.content("DARKCU", band="B3", seed=3).dark
    )
    np.testing.assert_array_equal(
        dataset["break_level"].sel(band="B11"), make.content("RELSEN", seed=11).break_level
    )
    assert bool(dataset["dark"].sel(band="B12").isnull().all())
    np.testing.assert_array_equal(
        dataset["absolute_gain"], make.content("PHGAIN", 7, seed=7).gain[:, 2]
    )
    assert dataset["defect"].sel(band="B5").values[:5].tolist() == [1, 1, 3, 1, 0]
    assert chosen.gain("B5") == float(dataset["absolute_gain"].sel(band="B5"))


def test_tdi_may_differ_between_bands(put, make, tmp_path):
    put("NOISMO", 2, "2017-08-01", seed=1)
    tdi = {f"B{number}": (8 if number < 7 else 32) for number in range(1, 13)}
    dataset = parameter_set(Registry(tmp_path), "2019-01-01", tdi).to_dataset()
    a = make.content("NOISMO").a
    np.testing.assert_array_equal(dataset["noise_a"], [*a[:6, 2], *a[6:, 4]])
    with pytest.raises(InputError, match="each of the 12 bands"):
        parameter_set(Registry(tmp_path), "2019-01-01", {"B1": 8})


def test_changes_between_two_files_are_the_planted_ones(make):
    from dataclasses import replace

    first = make.content("PHGAIN", 7)
    gain = first.gain.copy()
    gain[4] *= 1.5
    found = changes(first, replace(first, gain=gain, groups=()))
    assert {(c.band, c.quantity) for c in found} == {("B5", "absolute_gain")}
    assert [c.tdi for c in found] == [1, 4, 8, 16, 32]
    assert all(c.relative == pytest.approx(0.5) for c in found)
    dark = make.content("DARKCU")
    level = dark.dark.copy()
    level[17] += 2.0
    (change,) = changes(dark, replace(dark, dark=level, spikes=dark.spikes))
    assert (change.columns, change.largest) == (1, pytest.approx(2.0))
    (change,) = changes(dark, replace(dark, spikes=()))
    assert change.quantity == "spikes"
    defects = make.content("OUTORD")
    found = changes(defects, replace(defects, defects={}))
    assert {(c.tdi, c.quantity) for c in found} == {
        (8, "BLIND columns"),
        (8, "NOISY columns"),
        (16, "FILTER_HOLE columns"),
    }
    light = make.content("STRLGT")
    assert changes(light, light) == []
    assert [c.quantity for c in changes(light, replace(light, halo=()))] == [
        "halo filters, sum of kernels"
    ]
    with pytest.raises(InputError, match="one series"):
        changes(first, dark)


def test_sets_tell_whether_rebasing_is_exact(put, tmp_path):
    put("PHGAIN", 7, "2017-08-01")
    put("PHGAIN", 8, "2019-01-01")
    put("DARKCU", 8, "2017-08-01", seed=1)
    put("DARKCU", 9, "2020-01-01", seed=1)
    put("DARKCU", 10, "2021-01-01", seed=2)
    registry = Registry(tmp_path)
    sets = {year: parameter_set(registry, f"{year}-06-01", 8) for year in range(2018, 2022)}
    assert set_difference(sets[2018], sets[2018]).types == ()
    assert set_difference(sets[2018], sets[2019]).types == ("PHGAIN",)
    assert set_difference(sets[2018], sets[2019]).rebasing_exact
    assert set_difference(sets[2018], sets[2020]).rebasing_exact  # same numbers, new serial
    later = set_difference(sets[2018], sets[2021])
    assert later.types == ("DARKCU", "PHGAIN")
    assert not later.rebasing_exact


def test_check_lists_everything_wrong(put, tmp_path):
    put("PHGAIN", 7, "2017-08-01")
    put("PHGAIN", 7, "2018-08-01")
    put("PHGAIN", 8, "2017-08-01", file_class="OPER")
    wrong = put("NOISMO", 2, "2017-08-01")
    wrong.write_text(wrong.read_text().replace("<Serial_Key>00002", "<Serial_Key>00003"))
    broken = put("DARKCU", 8, "2017-08-01")
    broken.write_text(broken.read_text()[:-200])
    light = put("STRLGT", 8, "2017-08-01")
    light.unlink()
    put("OUTORD", 3, "2017-08-01").rename(
        tmp_path / "VE_TEST_GIP_OUTORD_L_ALLSITES_00003_20170801_99991231_B05.HDR"
    )
    (tmp_path / "VE_OPER_GIP_PHGAIN_bad.EEF").touch()
    problems = check_folder(tmp_path)
    text = [f"{p.severity} {p.file} {p.sentence}" for p in problems]
    for severity, part in (
        ("error", "VE_<class>"),
        ("error", "well-formed"),
        ("warning", "has the serial of"),
        ("warning", "mixes the classes OPER, TEST"),
        ("warning", "'00003' instead of '00002'"),
        ("warning", "without its header"),
        ("warning", "extension should be .EEF"),
        ("note", "missing here: B1"),
        ("note", "replaces it"),
    ):
        assert any(line.startswith(severity) and part in line for line in text), (severity, part)
    assert [p.severity for p in problems] == sorted(
        (p.severity for p in problems), key=["error", "warning", "note"].index
    )


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="a folder"):
        Registry(tmp_path / "absent")


def test_a_file_in_force_that_cannot_be_read_is_told_to_who_needs_it(put, tmp_path):
    broken = put("DARKCU", 8, "2017-08-01")
    broken.write_text(broken.read_text().replace('<Dark_Current sn="7">', '<Dark_Current sn="7">x'))
    files = parameter_set(Registry(tmp_path), "2019-01-01", 8, contents=True)
    assert ("DARKCU", "B5") in files.answers
    with pytest.raises(InputError, match="Dark_Current: expected a finite number"):
        files.band_rows("B5")
    assert np.isnan(files.band_rows("B4")["dark"]).all()
