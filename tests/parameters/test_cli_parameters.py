"""The command line of parameter files."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from venus_analysis.cli_parameters import app
from venus_analysis.simulate.gains import simulate_gains

runner = CliRunner()


@pytest.fixture(scope="module")
def filled(make, tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled")
    make.content("PHGAIN", 7, seed=7).write(folder)
    make.content("PHGAIN", 8, "2019-06-01", seed=8).write(folder)
    make.content("NOISMO", 2).write(folder)
    for number in range(1, 13):
        for kind in ("DARKCU", "RELSEN", "OUTORD", "STRLGT"):
            make.content(kind, 8, band=f"B{number}", seed=number).write(folder)
    return folder


@pytest.fixture
def folder(filled, tmp_path):
    return shutil.copytree(filled, tmp_path / "gipp")


def run(*arguments, code=0):
    result = runner.invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def as_json(*arguments, code=0):
    result = run(*arguments, "--json", code=code)
    return json.loads(result.stdout)


def test_list(folder):
    assert len(as_json("list", folder)["files"]) == 3 + 4 * 12
    assert [row["serial"] for row in as_json("list", folder, "--type", "PHGAIN")["files"]] == [
        "00007",
        "00008",
    ]
    assert "PHGAIN" in run("list", folder).stdout
    (folder / "wrong.EEF").touch()
    assert as_json("list", folder, code=1)["failed"][0]["input"] == "wrong.EEF"


def test_show_every_kind(folder, product_file, make):
    files = sorted(folder.glob("*B05*.EEF")) + sorted(folder.glob("*B05.HDR"))
    files += [*folder.glob("*PHGAIN*"), *folder.glob("*NOISMO*")]
    shown = as_json("show", *files, product_file, folder)["shown"]
    assert len(shown) == len(files) + 2
    gain = next(one for one in shown if "PHGAIN" in one.get("file", "") and "00007" in one["file"])
    assert gain["content"]["absolute_gain"]["B5"]["8"] == make.content("PHGAIN", seed=7).gain[4, 2]
    assert len(shown[-1]["history"]) == 3 + 4 * 12
    assert "absolute_gain" in run("show", *files, product_file, folder).stdout
    assert len(as_json("show", files[0], folder / "absent.EEF", code=1)["failed"]) == 1


def test_in_force(folder):
    one = as_json("in-force", folder, "--date", "2019-02-04", "--type", "PHGAIN")
    assert [answer["serial"] for answer in one["answers"]] == ["00007"]
    whole = as_json("in-force", folder, "--date", "2019-07-04", "--tdi", 8)
    assert len(whole["answers"]) == 2 + 4 * 12
    band = as_json("in-force", folder, "--date", "2019-07-04", "--tdi", 8, "--band", "B5")
    assert {answer["type"] for answer in band["answers"]} == {
        "PHGAIN",
        "NOISMO",
        "DARKCU",
        "RELSEN",
        "OUTORD",
        "STRLGT",
    }
    assert len(band["answers"]) == 6
    early = as_json("in-force", folder, "--date", "2016-01-01", "--type", "PHGAIN", code=1)
    assert early["answers"] == []
    assert len(early["failed"]) == 1
    plain = as_json("in-force", folder, "--date", "2019-07-04", "--type", "DARKCU")
    assert len(plain["answers"]) == 12


def test_diff(folder):
    found = as_json("diff", folder, "--type", "PHGAIN", "--from", 7, "--to", 8)
    assert (found["types"], found["rebasing_exact"]) == (["PHGAIN"], True)
    assert len(found["changes"]) == 60
    dates = as_json("diff", folder, "--from", "2019-01-01", "--to", "2020-01-01", "--tdi", 8)
    assert dates["changes"] == found["changes"]
    same = run("diff", folder, "--from", "2019-01-01", "--to", "2019-01-02", "--tdi", 8)
    assert "no differences" in same.stdout
    run("diff", folder, "--from", 7, "--to", "2019-01-01", code=2)
    run("diff", folder, "--type", "PHGAIN", "--from", 7, "--to", 70, code=2)


def test_propose_gains_and_dark(folder, tmp_path):
    made = as_json("propose", folder, "--start", "2024-01-01", "--ratio", "B5=0.99")
    assert made["serial"] == "00009"
    made = as_json("propose", folder, "--start", "2024-01-01", "--gain", "B5=1.66")
    assert made["serial"] == "00010"
    for name, save in (("dark.csv", np.savetxt), ("dark.npy", np.save)):
        save(tmp_path / name, np.full(5200, 22.5))
        made = as_json(
            "propose",
            folder,
            "--start",
            "2024-01-01",
            "--dark",
            tmp_path / name,
            "--band",
            "B5",
            "--tdi",
            "1,8",
        )
        assert made["file"].endswith("_B05_001001.EEF")
    run("propose", folder, "--start", "2024-01-01", code=2)
    for wrong in ("B5", "B5=nan", "B5=0", "B5=-1", "B5=inf"):
        run("propose", folder, "--start", "2024-01-01", "--gain", wrong, code=2)
    run("propose", folder, "--start", "2024-01-01", "--dark", "x.npy", code=2)
    for stray in (("--tdi", 8), ("--band", "B5")):
        run("propose", folder, "--start", "2024-01-01", "--gain", "B5=1.66", *stray, code=2)


def test_propose_tells_base_and_changes(folder, tmp_path, make):
    options = ("--start", "2018-06-01", "--ratio", "B1=0.4", "--output", tmp_path / "out")
    made = as_json("propose", folder, *options)
    old = make.content("PHGAIN", 7, seed=7)
    assert (made["base"], made["serial"]) == ("00007", "00009")
    assert {one["band"] for one in made["changes"]} == {"B1"}
    for one in made["changes"]:
        assert one["old"] == old.at("B1", one["tdi"][0])
        assert one["new"] == pytest.approx(0.4 * one["old"], abs=1e-5)
    assert ["00008" in made["warnings"][0], "far from 1" in made["warnings"][1]] == [True, True]
    said = run("propose", folder, *options)
    assert "base: PHGAIN serial 00007" in said.stdout
    assert f"{old.at('B1', 8):.6g}" in said.stdout
    assert "far from 1" in said.stderr


def test_export_says_simulated(folder, tmp_path):
    options = ("--date", "2019-07-04", "--tdi", 8)
    for planted, name in ((False, "real"), (True, "planted")):
        if planted:
            simulate_gains(folder / "planted")
            for path in (folder / "planted").iterdir():
                path.rename(folder / path.name)
        run("export", folder, tmp_path / f"{name}.nc", *options)
        run("export", folder, tmp_path / f"{name}.csv", *options)
        with xr.open_dataset(tmp_path / f"{name}.nc") as dataset:
            assert bool(dataset.attrs["simulated"]) is planted
        with (tmp_path / f"{name}.csv").open(newline="") as file:
            assert [one["simulated"] for one in csv.DictReader(file)] == [str(planted)] * 12


def test_export(folder, tmp_path):
    options = ("--date", "2019-07-04", "--tdi", 8)
    as_json("export", folder, tmp_path / "set.nc", *options)
    with xr.open_dataset(tmp_path / "set.nc") as dataset:
        assert dataset["dark"].sizes == {"band": 12, "column": 5200}
        assert not bool(dataset["dark"].isnull().any())
        assert dataset.attrs["serials"].startswith("DARKCU:00008")
    as_json("export", folder, tmp_path / "set.csv", *options)
    assert (tmp_path / "set.csv").read_text().startswith("band,")
    run("export", folder, tmp_path / "set.csv", *options, code=2)
    run("export", folder, tmp_path / "set.txt", *options, code=2)


def test_check(folder):
    found = as_json("check", folder)  # Ak of the two sets is drawn at random
    assert found["passed"]
    ((severity, file, sentence),) = (tuple(one.values()) for one in found["problems"])
    assert (severity, "_00008_" in file) == ("note", True)
    assert sentence.startswith("Ak new / old is far from 1")
    next(folder.glob("*PHGAIN*_00007_*")).unlink()
    assert as_json("check", folder) == {"passed": True, "problems": []}
    for path in folder.glob("*_B*.EEF"):
        path.unlink()
    (folder / "wrong.EEF").touch()
    found = as_json("check", folder, code=3)
    assert [(p["severity"], p["file"]) for p in found["problems"]] == [("error", "wrong.EEF")]


def test_listing_imports_nothing_heavy(folder):
    code = (
        "import sys; from venus_analysis.cli_parameters import app\n"
        f"try: app(['list', {str(folder)!r}, '--json'])\n"
        "except SystemExit: pass\n"
        "heavy = {'xarray', 'pandas', 'dask', 'scipy', 'tifffile'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
