"""Moon orders in one process: results, reports, repeats, choices of inputs, bad inputs."""

from __future__ import annotations

import json
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from venus_analysis import ledger
from venus_analysis.calibrate.row import file_digest
from venus_analysis.parameters.read import read_parameters
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings
from venus_analysis.statistics import read_statistics


def tree(path: Path) -> set[str]:
    return {str(one.relative_to(path)) for one in path.rglob("*")}


def test_a_good_order(run, moon, report, images, tmp_path) -> None:
    ended = run(moon)
    assert ended.code == 0, ended.said()
    frame = ledger.load(tmp_path / "ledger").frame
    assert len(frame) == 6, "three looks, two bands"
    table = read_statistics(tmp_path / "out" / "statistics.csv")
    assert sorted(table["ratio"]) == sorted(frame["ratio"])
    found = report()
    assert (found["exit_code"], found["meaning"], found["simulated"]) == (0, "done", True)
    assert [Path(one["path"]).name for one in found["inputs"]] == [one.name for one in images]
    assert [one["digest"] for one in found["inputs"]] == [file_digest(one) for one in images]
    assert {one["state"] for one in found["inputs"]} == {"done"}
    assert [one["ratio"] for one in found["results"]["rows"]] == pytest.approx(table["ratio"])
    assert [one["ratios"] for one in found["results"]["bands"]] == [3, 3]
    outputs = {one["role"]: one for one in found["outputs"]}
    assert outputs["statistics"]["digest"] == file_digest(tmp_path / "out" / "statistics.csv")
    assert found["anomalies"] == []
    assert tree(tmp_path / "out") == {"statistics.csv", "report.xml", "report.json"}


def test_both_reports_say_the_same(run, moon, report, tmp_path) -> None:
    absent = ("VA_MOONIMG", "Physical", "absent & <gone>.nc")
    run(replace(moon, inputs=[*moon.inputs, absent]))
    root = etree.parse(tmp_path / "out" / "report.xml").getroot()
    assert root.tag == "Job_Report"
    assert as_plain(root) == texts(report())


def as_plain(element):
    if "count" in element.attrib:
        assert int(element.get("count")) == len(element)
        return [as_plain(one) for one in element]
    return {one.tag: as_plain(one) for one in element} if len(element) else element.text or ""


def texts(value):
    if isinstance(value, dict):
        return {name: texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [texts(one) for one in value]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_the_same_order_twice_changes_nothing(run, moon, report, tmp_path) -> None:
    run(moon)
    before = ledger.history(tmp_path / "ledger").frame
    statistics = (tmp_path / "out" / "statistics.csv").read_bytes()
    again = run(moon)
    assert again.code == 0
    assert ledger.history(tmp_path / "ledger").frame.equals(before)
    assert (tmp_path / "out" / "statistics.csv").read_bytes() == statistics
    assert {one["state"] for one in report()["inputs"]} == {"in the ledger"}


def test_log_lines(run, moon) -> None:
    ended = run(moon)
    times = [line["time"] for line in ended.lines]
    assert times == sorted(times)
    progress = [int(line["progress"]) for line in ended.lines if line["task"] == "MOON"]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0, 100)
    assert sum(line["level"] == "PROGRESS" for line in ended.lines) == 5, "begin, 3 inputs, end"
    assert ended.errors == []
    quiet = run(replace(moon, levels=("WARNING", "DEBUG")))
    assert quiet.lines == []
    assert {line["level"] for line in quiet.errors} == {"INFO", "PROGRESS"}


def test_a_test_leaves_the_ledger_alone(run, moon, report, tmp_path) -> None:
    assert run(replace(moon, test="true")).code == 0
    assert report()["test"] is True
    assert [one["role"] for one in report()["outputs"]] == ["statistics"]
    assert len(report()["results"]["rows"]) == 6
    assert not (tmp_path / "ledger").exists()


@pytest.mark.parametrize(
    ("sensing", "own", "days"),
    [
        (("20190215_000000000000", "99999999_999999999999"), [], ["15", "16"]),
        (("00000000_000000000000", "20190215_235959000000"), [], ["14", "15"]),
        (None, [("20190214_000000000000", "20190214_120000000000")], ["14"]),
        (None, [("20190214_000000000000", "20190214_120000000000"),
                ("20190216_000000000000", "20190217_000000000000")], ["14", "16"]),
        (("20190215_000000000000", "99999999_999999999999"),
         [("20190214_000000000000", "20190215_120000000000")], ["15"]),
    ],
)  # fmt: skip
def test_periods_select_inputs(run, moon, report, sensing, own, days) -> None:
    order = replace(moon, intervals={"VA_MOONIMG": own})
    assert run(replace(order, sensing=sensing) if sensing else order).code == 0
    found = report()
    used = [one for one in found["inputs"] if one["state"] != "left out"]
    assert [Path(one["path"]).stem[-2:] for one in used] == days
    left_out = [one for one in found["inputs"] if one["state"] == "left out"]
    assert len(used) + len(left_out) == 3
    assert all("outside the periods" in one["reason"] for one in left_out)


def test_a_file_that_two_inputs_name_is_for_the_periods_of_both(run, moon, report) -> None:
    ((_, kind, name),) = moon.inputs
    both = [("VA_MOONIMG", kind, name), ("VSC_1AVALD", kind, name)]
    days = {one[0]: [(f"201902{day}_000000000000", f"201902{day}_235959000000")]
            for one, day in zip(both, ("14", "16"), strict=True)}  # fmt: skip
    assert run(replace(moon, inputs=both, intervals=days)).code == 0
    assert states(report()) == {14: "done", 15: "left out", 16: "done"}
    del days["VSC_1AVALD"]
    assert run(replace(moon, inputs=both, intervals=days)).code == 0
    assert "left out" not in states(report()).values(), "one of them asks for any time"


LONG_AGO = ("20000101_000000000000", "20000102_000000000000")


@pytest.mark.parametrize(
    ("kind", "name", "own", "left_out"),
    [
        ("Physical", "in/MOON_14.nc", "MOON_14.nc", [14]),
        ("Physical", "in/MOON_14.nc", "in/../in/MOON_14.nc", [14]),
        ("Logical", "in/MOON_14", "MOON_14", [14]),
        ("Logical", "in/MOON_14", "in/MOON_14.nc", [14]),
        ("Stem", "in/MOON_1", "in/MOON_1", [14, 15, 16]),
        ("Stem", "in/MOON_1", "MOON_15.nc", [15]),
        ("Regexp", "in/MOON_1[45].nc", "in/MOON_1[45].nc", [14, 15]),
    ],
)
def test_an_interval_is_for_the_file_that_it_names(run, moon, report, kind, name, own, left_out):
    order = replace(moon, inputs=[("VA_MOONIMG", kind, name)], test="true")
    run(replace(order, intervals={"VA_MOONIMG": [(*LONG_AGO, own)]}))
    found = states(report())
    assert [day for day, state in found.items() if state == "left out"] == left_out


@pytest.mark.parametrize(
    ("kind", "name", "own"),
    [
        ("Physical", "in/MOON_14.nc", "MOON_41.nc"),
        ("Physical", "in/MOON_14.nc", "out/MOON_14.nc"),
        ("Logical", "in/MOON_14", "MOON_1"),
        ("Stem", "in/MOON_", "SUN_14.nc"),
    ],
)
def test_an_interval_for_no_file_of_its_input_is_refused(run, moon, tmp_path, kind, name, own):
    ended = run(
        replace(
            moon,
            inputs=[("VA_MOONIMG", kind, name)],
            intervals={"VA_MOONIMG": [(*LONG_AGO, own)]},
        )
    )
    assert ended.code == 2, "its files would be taken whatever their time"
    assert f"received '{own}'" in ended.said()
    assert not (tmp_path / "ledger").exists()


def test_an_interval_for_a_file_that_is_not_there_is_told(run, moon, report) -> None:
    ended = run(replace(moon, intervals={"VA_MOONIMG": [(*LONG_AGO, "MOON_99.nc")]}))
    assert ended.code == 1
    assert "received 'MOON_99.nc'" in report()["anomalies"][0]["text"]


def test_two_files_of_one_name_have_their_own_intervals(run, moon, report, images, tmp_path):
    (tmp_path / "b").mkdir()
    images[1].rename(tmp_path / "b" / "MOON_14.nc")
    order = replace(moon, inputs=[("VA_MOONIMG", "Physical", "in/MOON_14.nc", "b/MOON_14.nc")])
    run(replace(order, intervals={"VA_MOONIMG": [(*LONG_AGO, "b/MOON_14.nc")]}))
    assert [one["state"] for one in report()["inputs"]] == ["done", "left out"]


def test_a_file_spelled_in_two_ways_counts_once(run, moon, report, tmp_path) -> None:
    names = (" in/MOON_14.nc\n", "in/../in/MOON_14.nc", str(tmp_path / "in" / "MOON_14.nc"))
    ended = run(replace(moon, inputs=[("VA_MOONIMG", "Physical", *names)]))
    assert ended.code == 0, ended.said()
    assert len(report()["inputs"]) == 1


def test_parameter_files_of_one_name_that_differ_are_refused(run, moon, report, tmp_path) -> None:
    written = write_scene(simulate_scene(SceneSettings(scale=0.05, bands=("B7",))), tmp_path / "s")
    (gains_file,) = written.parameters.glob("*PHGAIN*.EEF")
    gains = read_parameters(gains_file)
    for name in ("same", "other"):
        (tmp_path / name).mkdir()
    shutil.copy(gains_file, tmp_path / "same")
    replace(gains, gain=(1.1 * gains.gain).round(5)).write(tmp_path / "other")
    scene = ("VSC_1AVALD", "Physical", str(written.scene))

    def calibrate(*folders):
        names = [("VA_GIPPDIR", "Physical", str(folder)) for folder in folders]
        return run(replace(moon, inputs=[scene, *names], test="true"))

    assert calibrate(written.parameters, "same").code == 0
    for folders in ((written.parameters, "other"), ("other", written.parameters)):
        assert calibrate(*folders).code == 4
        assert "one parameter file of this name" in report()["anomalies"][0]["text"]


def states(report: dict) -> dict[int, str]:
    return {int(Path(one["path"]).stem[-2:]): one["state"] for one in report["inputs"]}


def test_a_period_without_inputs(run, moon, report, tmp_path) -> None:
    ended = run(replace(moon, sensing=("20200101_000000000000", "20200102_000000000000")))
    assert ended.code == 4
    assert report()["exit_code"] == 4
    assert not (tmp_path / "ledger").exists()
    assert not (tmp_path / "out" / "statistics.csv").exists()


def test_absent_and_bad_inputs_cost_only_themselves(run, moon, report, tmp_path) -> None:
    bad = tmp_path / "in" / "MOON_bad.nc"
    bad.write_bytes(b"nonsense")
    absent = ("VA_MOONIMG", "Physical", str(tmp_path / "absent.nc"))
    ended = run(replace(moon, inputs=[*moon.inputs, absent]))
    assert ended.code == 1
    assert len(ledger.load(tmp_path / "ledger").frame) == 6
    errors = [one["text"] for one in report()["anomalies"]]
    assert len(errors) == 2
    assert "absent.nc" in errors[0]
    assert "expected a complete netCDF file" in errors[1]
    states = {Path(one["path"]).name: one["state"] for one in report()["inputs"]}
    assert states["MOON_bad.nc"] == "failed"
    assert {line["message"] for line in ended.errors} >= set(errors)


def test_all_inputs_absent(run, moon, report, tmp_path) -> None:
    ended = run(replace(moon, inputs=[("VA_MOONIMG", "Regexp", str(tmp_path / "no" / ".*"))]))
    assert ended.code == 4
    assert "a readable folder" in report()["anomalies"][0]["text"]
    assert tree(tmp_path / "out") == {"report.xml", "report.json"}


def test_scenes_with_the_parameter_files_of_the_order(run, moon, report, tmp_path) -> None:
    written = write_scene(simulate_scene(SceneSettings(scale=0.05, bands=("B7",))), tmp_path / "s")
    files = sorted(one for one in written.parameters.iterdir() if one.suffix in (".EEF", ".HDR"))
    (tmp_path / "pictures").mkdir()
    order = replace(
        moon,
        inputs=[("VSC_1AVALD", "Logical", str(written.scene.with_suffix("")))],
        gipp=[str(one) for one in files],
        breakpoints=[
            ("VA_PICTURE", "Directory", str(tmp_path / "pictures")),
            ("VA_ROWS___", "Logical", str(tmp_path / "out" / "rows")),
        ],
    )
    ended = run(order)
    assert ended.code == 0, ended.said()
    truth = json.loads(written.truth.read_text())["bands"]["B7"]["planted_ratio"]
    (row,) = report()["results"]["rows"]
    assert row["ratio"] == pytest.approx(truth, rel=0.01)
    assert {Path(one["path"]).name for one in report()["parameters"]} == {one.name for one in files}
    assert len(list((tmp_path / "pictures").glob("*/*.zarr"))) == 1
    (kept,) = json.loads((tmp_path / "out" / "rows.json").read_text())["rows"]
    assert kept["ratio"] == row["ratio"]
    before = read_statistics(tmp_path / "out" / "statistics.csv")
    assert before["disk_mean"].notna().all()
    (tmp_path / "out" / "statistics.csv").unlink()
    assert run(order).code == 0
    again = read_statistics(tmp_path / "out" / "statistics.csv")
    assert again.drop(columns="committed").equals(before.drop(columns="committed")), (
        "a run that was cut off after the ledger loses no statistics"
    )
    whole_folder = ("VA_GIPPDIR", "Physical", str(written.parameters))
    assert run(replace(order, gipp=[], inputs=[*order.inputs, whole_folder])).code == 0
    assert len(ledger.history(tmp_path / "ledger").frame) == 1


def test_parameter_files_whose_data_come_packed(run, moon, report, tmp_path) -> None:
    written = write_scene(simulate_scene(SceneSettings(scale=0.05, bands=("B7",))), tmp_path / "s")
    for data in written.parameters.glob("*.DBL.DIR"):
        with tarfile.open(data.with_suffix(""), "w:bz2") as archive:
            archive.add(data, data.name)
        shutil.rmtree(data)
    files = [one for one in written.parameters.iterdir() if one.suffix in (".EEF", ".HDR")]
    assert any(one.with_suffix(".DBL").is_file() for one in files)
    inputs = [("VSC_1AVALD", "Logical", str(written.scene.with_suffix("")))]
    ended = run(replace(moon, inputs=inputs, gipp=[str(one) for one in files]))
    assert ended.code == 0, ended.said()
    assert len(report()["results"]["rows"]) == 1


def test_a_scene_without_parameters_fails(run, moon, report, tmp_path) -> None:
    written = write_scene(simulate_scene(SceneSettings(scale=0.05, bands=("B7",))), tmp_path / "s")
    ended = run(replace(moon, inputs=[("VSC_1AVALD", "Physical", str(written.scene))]))
    assert ended.code == 4
    assert "a folder of parameter files for scenes" in report()["anomalies"][0]["text"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "RAYLEIGH"}, "a Task_Name of MOON, DESERT, SNO"),
        ({"processor": "OTHER"}, "Processor_Name: expected VENUS_ANALYSIS, received 'OTHER'"),
        ({"version": "02.00"}, "Version: expected 01.00, received '02.00'"),
        ({"config": "absent.toml"}, "absent.toml: expected a file"),
        ({"inputs": [("VA_REFOBSV", "Stem", "x")]}, "a File_Type for the inputs of moon"),
        ({"inputs": [("VA_GIPPDIR", "Stem", "x")]}, "an Input for moon: File_Type VSC_1AVALD"),
        ({"inputs": [("XX_UNKNOWN", "Stem", "x")]}, "received XX_UNKNOWN"),
        ({"inputs": [("VA_MOONIMG", "Regexp", "x/(")]}, "a regular expression"),
        ({"outputs": [("VA_LEDGER_", "Directory", "x")]}, "an Output for the report"),
        ({"outputs": [("VA_REPORT_", "Physical", "x.pdf")]}, "a name in .xml"),
        ({"outputs": [("VA_REPORT_", "Physical", "x.xml")] * 2}, "one output for report"),
        ({"outputs": [("VA_REPORT_", "Regexp", "x/none")]}, "an expression that VA_REPORT_"),
        ({"outputs": [("VA_MOONIMG", "Physical", "x.xml")]}, "a File_Type for an output"),
        ({"outputs": [("VA_REPORT_", "Physical", "in/../order.xml")]}, "which is an input"),
        ({"outputs": [("VA_REPORT_", "Stem", "/")]}, "expected a file's name, received '/'"),
        ({"gipp": ["x" * 300]}, "File name too long"),
        ({"config": "x" * 300}, "File name too long"),
        ({"breakpoints": [("VA_REPORT_", "Physical", "x.xml")]}, "a File_Type for a breakpoint"),
    ],
)
def test_orders_that_cannot_be_carried_out_touch_nothing(run, moon, tmp_path, change, message):
    before = tree(tmp_path)
    ended = run(replace(moon, **change))
    assert ended.code == 2
    assert message in ended.said()
    assert message in "".join(line["message"] for line in ended.errors)
    assert tree(tmp_path) - before <= {"order.xml"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[moon", "expected TOML"),
        ("moon = 1", "expected a section"),
        ("[mon]", "did you mean moon"),
        ("[moon]\nguard = 3", "did you mean guard_px"),
        ("[moon]\nguard_px = 'x'", "an integer"),
        ("[moon]\nmtf = 1", "true or false"),
        ("[moon]\nspectral = 'linear'", "'apollo-relative' or"),
        ("[moon]\nbands = 'B2'", "a list of texts"),
        ("[desert]\nsolar_zenith_deg = true", "a number"),
        ("[tasks]\nLUNE = 'lune'", "one of moon, desert, sno"),
        ("[file_types]\nVSC_1AVALD = 'scene'", "one of moon, observations"),
    ],
)
def test_configurations_that_are_refused(run, moon, tmp_path, text, message) -> None:
    (tmp_path / "job.toml").write_text(text)
    ended = run(moon)
    assert ended.code == 2
    assert message in ended.said()


def test_names_of_the_framework_are_configured(run, moon, tmp_path) -> None:
    (tmp_path / "job.toml").write_text(
        '[processor]\nname = "ETALONNAGE"\n[tasks]\nLUNE = "moon"\n'
        '[file_types]\nLUNE_IMAGE = "moon"\n[moon]\nresponses = ["venus"]\nbands = ["B4"]\n'
    )
    inputs = [("LUNE_IMAGE", "Stem", str(tmp_path / "in" / "MOON_"))]
    ended = run(replace(moon, task="LUNE", processor="ETALONNAGE", inputs=inputs))
    assert ended.code == 0, ended.said()
    assert set(ledger.load(tmp_path / "ledger").frame["band"]) == {"B4"}


def test_an_error_nobody_foresaw_has_its_code_and_its_report(run, moon, report, monkeypatch):
    def broken(*args: object, **more: object) -> None:
        raise ZeroDivisionError("float division")

    monkeypatch.setattr("venus_analysis.calibrate.campaign.calibrate_inputs", broken)
    ended = run(moon)
    assert ended.code == 7
    assert "unexpected ZeroDivisionError" in report()["anomalies"][0]["text"]


def test_an_error_nobody_foresaw_in_an_order_has_its_code(run, moon, tmp_path, monkeypatch):
    def broken(*args: object) -> None:
        raise ZeroDivisionError("float division")

    monkeypatch.setattr("venus_analysis.calibrate.job.run.plan_order", broken)
    before = tree(tmp_path)
    ended = run(moon)
    assert ended.code == 7
    assert "unexpected ZeroDivisionError: float division" in ended.said()
    assert tree(tmp_path) - before <= {"order.xml"}
