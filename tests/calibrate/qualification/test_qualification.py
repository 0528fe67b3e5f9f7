"""A reference set comes back with the same software; each change is named, or refused."""

from __future__ import annotations

import copy
import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from venus_analysis.calibrate.qualification.judge import judge_rerun
from venus_analysis.calibrate.qualification.reference_set import digests, read_frozen, read_set
from venus_analysis.calibrate.qualification.tolerances import default_tolerances
from venus_analysis.cli import app
from venus_analysis.errors import InputError
from venus_analysis.report.qualification import qualification_html
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

BANDS = ("B4", "B7", "B9")
RUN = '[[run]]\ncommand = "moon"\narguments = []\n'
WHO = ("--freeze", "--who", "Ada", "--reason", "first release")


def qualify(*arguments: object):
    return CliRunner().invoke(app, ["qualify", *map(str, arguments)])


@pytest.fixture(scope="module")
def frozen_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of one small scene, frozen by the command line."""
    folder = tmp_path_factory.mktemp("set")
    scene = simulate_scene(SceneSettings(scale=0.05, bands=BANDS))
    written = write_scene(scene, folder / "inputs", parameters=folder / "parameters")
    arguments = [f"inputs/{Path(written.scene).name}", "--parameters", "parameters"]
    (folder / "qualify.toml").write_text(
        f'[[run]]\ncommand = "moon"\narguments = {json.dumps(arguments)}\n'
    )
    done = qualify(folder, *WHO)
    assert done.exit_code == 0, done.output
    return folder


def rerun(folder: Path, change=None, **versions: str):
    """Judge the frozen rows beside copies of themselves that `change` has altered."""
    frozen = read_frozen(folder)
    rows = copy.deepcopy([[dict(row) for row in run] for run in frozen.runs])
    if change is not None:
        change({row["band"]: row for row in rows[0]}, rows[0])
    now = dict(frozen.versions) | versions
    return judge_rerun(frozen, rows, now, frozen.digests, default_tolerances())


def failed(found) -> set[tuple[str, str]]:
    return {(one.column, one.band) for one in found.verdicts if one.verdict == "failed"}


def test_the_same_software_gives_the_same_numbers(frozen_set: Path, tmp_path: Path) -> None:
    done = qualify(frozen_set, "-o", tmp_path, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["passed"]
    assert document["simulated"]
    assert document["looks"] == len(BANDS)
    assert document["changed"] == []
    assert document["versions"]["numpy"] == document["frozen"]["versions"]["numpy"]
    html = (tmp_path / "qualification.html").read_text()
    assert "SIMULATED" in html
    assert "Nothing changed since" in html
    assert not re.search(r"(src|href)=.https?:", html)


def test_another_gain_fails_in_its_band_and_is_named(frozen_set: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    shutil.copytree(frozen_set, folder)
    (file,) = (folder / "parameters").glob("*PHGAIN*")
    text = file.read_text()
    start = text.index('<Band_Physical_Gain sn="7">')
    stop = text.index("</Band_Physical_Gain>", start)
    other = re.sub(
        r"(<Physical_Gain>)([\d.]+)", lambda m: f"{m[1]}{1.01 * float(m[2]):.6f}", text[start:stop]
    )
    file.write_text(text[:start] + other + text[stop:])
    done = qualify(folder, "-o", tmp_path / "sheet", "--json")
    assert done.exit_code == 3, done.output
    document = json.loads(done.stdout)
    names = {(one["column"], one["band"]) for one in document["verdicts"] if one["limit"] < 1.0
             and one["verdict"] == "failed"}  # fmt: skip
    assert names == {(name, "B7") for name in ("ratio", "measured", "absolute_gain")}
    assert any("parameter files" in one["what"] for one in document["changed"])
    by = {(one["column"], one["band"]): one for one in document["verdicts"]}
    assert by["absolute_gain", "B7"]["change"] == pytest.approx(1.0, abs=1e-3)
    assert by["ratio", "B7"]["change"] == pytest.approx(-0.990, abs=0.002)


def test_tolerance_decides_and_versions_stand_in_the_sheet(frozen_set: Path) -> None:
    def moved(size: float):
        def change(by, rows):
            by["B9"]["ratio"] *= 1.0 + size

        return change

    assert rerun(frozen_set, moved(1e-4)).passed
    found = rerun(frozen_set, moved(3e-4), numpy="9.9")
    assert failed(found) == {("ratio", "B9")}
    assert ("numpy", read_frozen(frozen_set).versions["numpy"], "9.9") in found.changed
    html = qualification_html(found)
    assert "9.9" in html
    assert "ratio beyond tolerance in B9" in html


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda by, rows: by["B4"].update(flags=by["B4"]["flags"] | 1024), "flags"),
        (lambda by, rows: rows.remove(by["B4"]), "absent now"),
        (lambda by, rows: rows.append(by["B4"] | {"band": "B5"}), "new"),
    ],
)
def test_other_looks_and_flags_fail_whatever_the_tolerance(frozen_set, change, what) -> None:
    found = rerun(frozen_set, change)
    assert not found.passed
    assert what in " ".join(found.problems)


def test_a_number_that_vanishes_fails(frozen_set: Path) -> None:
    found = rerun(frozen_set, lambda by, rows: by["B7"].update(ratio=None))
    assert failed(found) == {("ratio", "B7")}
    assert "value lost" in qualification_html(found)


def test_other_inputs_fail_and_changed_expectations_are_refused(frozen_set, tmp_path) -> None:
    frozen = read_frozen(frozen_set)
    found = judge_rerun(
        frozen, frozen.runs, frozen.versions, {"inputs": "x", "parameters": "y"},
        default_tolerances(),
    )  # fmt: skip
    assert not found.passed
    path = tmp_path / "expected.json"
    held = json.loads((frozen_set / "expected.json").read_text())
    held["content"]["runs"][0][0]["ratio"] = 1.0
    path.write_text(json.dumps(held))
    with pytest.raises(InputError, match="as they were frozen"):
        read_frozen(tmp_path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[[run]]\ncommand = "drift"\narguments = []\n', "a command"),
        ('[[run]]\ncommand = "moon"\narguments = ["../x.nc"]\n', "inside the set"),
        ('[[run]]\ncommand = "moon"\narguments = ["--parameters=/g"]\n', "inside the set"),
        ('[[run]]\ncommand = "moon"\narguments = ["--parameters=../g"]\n', "inside the set"),
        ('[[run]]\ncommand = "moon"\narguments = ["x.nc", "--ledger", "l"]\n', "writes nothing"),
        ('[[run]]\ncommand = "moon"\narguments = ["x.nc", "--log", "."]\n', "writes nothing"),
        ('[[run]]\ncommand = "sno"\narguments = ["x", "--extracts=e"]\n', "writes nothing"),
        (RUN + "[tolerance.rato]\nlimit = 1\n", "line 4"),
        (
            RUN + '[tolerance.ratio]\nlimit = 1\nunit = "px"\n',
            "line 6",
        ),
        ("[tolerance.ratio]\n", r"\[\[run\]\]"),
    ],
)
def test_mistakes_in_the_description_are_named(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "qualify.toml").write_text(text)
    with pytest.raises(InputError, match=what):
        read_set(tmp_path)


@pytest.mark.parametrize("form", [["--parameters", "gipp"], ["--parameters=gipp"]])
def test_parameters_are_told_from_inputs_however_they_are_named(tmp_path, form) -> None:
    run = f'[[run]]\ncommand = "moon"\narguments = {json.dumps(["scene.zarr", *form])}\n'
    (tmp_path / "qualify.toml").write_text(run)
    (tmp_path / "gipp").mkdir()
    (tmp_path / "gipp/gain.EEF").write_text("1")
    before = digests(read_set(tmp_path))
    (tmp_path / "gipp/gain.EEF").write_text("2")
    after = digests(read_set(tmp_path))
    assert after["inputs"] == before["inputs"]
    assert after["parameters"] != before["parameters"]


def test_freezing_is_a_decision_with_a_name(frozen_set: Path) -> None:
    assert qualify(frozen_set, "--freeze").exit_code == 2
    frozen = read_frozen(frozen_set)
    assert (frozen.who, frozen.reason) == ("Ada", "first release")
