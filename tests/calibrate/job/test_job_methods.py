"""Desert and SNO orders: planted gains come back through the order's files."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from venus_analysis import ledger
from venus_analysis.collect.observations import read_sensor_responses
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_direct
from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
from venus_analysis.compute.desert.spectrum import BandTransfer
from venus_analysis.simulate.safe_product import SafeScene
from venus_analysis.simulate.sno import SnoScene, write_pair
from venus_analysis.statistics import read_statistics

GAIN = 0.98
LOOKS = 60


def write_observations(path: Path, instrument: str, surface, gain: float, seed: int) -> Path:
    """Looks every fourth day from 1 March 2018 on, through 6S air by SMAC."""
    random = np.random.default_rng(seed)
    bands, coefficients = built_in_coefficients(instrument)
    angles = random.uniform([[20], [5], [60]], [[45], [30], [120]], (3, LOOKS))
    sun, view, azimuth = (one[:, None] for one in angles)
    air = {"aot_550": 0.2, "water_vapour_g_cm2": 1.5, "ozone_du": 300.0, "pressure_hpa": 1013.25}
    rho = gain * smac_direct(surface, smac_atmosphere(coefficients, sun, view, azimuth, **air))
    rho *= 1 + 0.003 * random.standard_normal((LOOKS, 1))
    times = np.datetime64("2018-03-01T08:00") + np.arange(LOOKS) * np.timedelta64(4, "D")
    head = ["time", "solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg"]
    with path.open("w", newline="") as file:
        file.write("# SIMULATED\n")
        writer = csv.writer(file)
        writer.writerow([*head, *(f"reflectance_{band}" for band in bands)])
        writer.writerows([f"{t}Z", *a, *r] for t, a, r in zip(times, angles.T, rho, strict=True))
    return path


@pytest.fixture
def desert(moon, tmp_path):
    """Order for VENuS against Sentinel-2A over Libya 4."""
    s2a, venus = (read_sensor_responses(name, name.upper()) for name in ("s2a", "venus"))
    bands = built_in_coefficients("s2a")[0]
    responses = {one.band: one for one in s2a}
    surface = np.linspace(0.2, 0.5, len(bands))
    transfer = BandTransfer([responses[band] for band in bands], venus)
    folder = tmp_path / "in"
    write_observations(folder / "s2a_Libya4.csv", "s2a", surface, 1.0, 1)
    write_observations(folder / "venus_Libya4.csv", "venus", transfer.apply(surface), GAIN, 2)
    (tmp_path / "job.toml").write_text(
        '[desert]\nreference_instrument = "S2A"\nreference_response = "s2a"\nsite = "Libya 4"\n'
    )
    return replace(
        moon,
        task="DESERT",
        inputs=[
            ("VA_OBSERVA", "Logical", str(folder / "venus_Libya4")),
            ("VA_REFOBSV", "Physical", str(folder / "s2a_Libya4.csv")),
        ],
    )


def test_a_desert_order_twice(run, desert, report, tmp_path) -> None:
    for _ in range(2):
        ended = run(desert)
        assert ended.code == 0, ended.said()
    found = report()
    assert found["simulated"] is True
    assert [one["role"] for one in found["inputs"]] == ["observations", "reference"]
    medians = {one["name"]: one["median_ratio"] for one in found["results"]["bands"]}
    assert len(medians) == 12
    for name in ("B3", "B4", "B5", "B7", "B11"):
        assert medians[name] == pytest.approx(GAIN, abs=0.005)
    rows = ledger.history(tmp_path / "ledger").frame
    assert len(rows) == len(found["results"]["rows"]), "the second run adds nothing"
    assert len(read_statistics(tmp_path / "out" / "statistics.csv")) == len(rows)


def test_looks_outside_the_sensing_time_are_left_out(run, desert, report) -> None:
    order = replace(desert, sensing=("20180501_000000000000", "20180601_000000000000"))
    assert run(order).code == 0
    times = {one["time"][:10] for one in report()["results"]["rows"]}
    assert min(times) >= "2018-05-01"
    assert max(times) < "2018-06-01"
    assert "outside the periods" in report()["anomalies"][0]["text"]
    late = replace(desert, sensing=("20250101_000000000000", "20250601_000000000000"))
    ended = run(late)
    assert ended.code == 4
    assert report()["inputs"][1]["state"] == "left out"


def test_a_desert_order_without_its_reference(run, desert, report, tmp_path) -> None:
    (tmp_path / "in" / "s2a_Libya4.csv").unlink()
    ended = run(desert)
    assert ended.code == 4
    texts = [one["text"] for one in report()["anomalies"]]
    assert "s2a_Libya4.csv" in texts[0]
    assert "no observations of the reference" in texts[1]


def test_looks_given_twice_with_other_numbers_are_told(run, desert, report, tmp_path) -> None:
    table = tmp_path / "in" / "venus_Libya4.csv"
    mark, head, first, *others = table.read_text().splitlines()
    other = [*first.split(",")[:-1], "0.9"]
    text = "\n".join([mark, head, ",".join(other), *others])
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / table.name).write_text(f"{text}\n")
    both = ("VA_OBSERVA", "Physical", f"in/{table.name}", f"again/{table.name}")
    ended = run(replace(desert, inputs=[both, desert.inputs[1]]))
    assert ended.code == 1
    (told,) = report()["anomalies"]
    assert told["severity"] == "flagged"
    assert "Libya 4: 2 looks that are given twice with other numbers" in told["text"]
    assert told["text"] in {line["message"] for line in ended.lines}


def test_a_table_of_statistics_does_not_replace_the_observations(run, desert, tmp_path) -> None:
    table = tmp_path / "in" / "venus_Libya4.csv"
    before = table.read_bytes()
    outputs = [one for one in desert.outputs if one[0] != "VA_STATIST"]
    ended = run(replace(desert, outputs=[*outputs, ("VA_STATIST", "Logical", "in/venus_Libya4")]))
    assert ended.code == 2
    assert "venus_Libya4.csv, which is an input" in ended.said()
    assert table.read_bytes() == before


def test_an_sno_order_from_products(run, moon, report, tmp_path) -> None:
    scene = SnoScene(gain=GAIN, safe=SafeScene(side_m=6000), lines=240, columns=240)
    venus, safe = write_pair(tmp_path / "pair", scene, "native")
    order = replace(
        moon,
        task="SNO",
        config="",
        inputs=[
            ("VSC_L1VALD", "Physical", str(venus)),
            ("S2MSI1C___", "Logical", str(safe.with_suffix(""))),
        ],
        sensing=("20190204_000000000000", "20190204_235959999999"),
    )
    for _ in range(2):
        ended = run(order)
        assert ended.code == 0, ended.said()
    medians = {one["name"]: one["median_ratio"] for one in report()["results"]["bands"]}
    assert medians["B4"] == pytest.approx(GAIN, rel=0.003)
    assert medians["B12"] is None, "no partner"
    assert len(ledger.history(tmp_path / "ledger").frame) == 12
    late = replace(order, sensing=("20200101_000000000000", "99999999_999999999999"))
    assert run(late).code == 4
