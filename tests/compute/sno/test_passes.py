"""Passes from two-line elements against skyfield, and the command that lists occasions."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from venus_analysis.cli import app
from venus_analysis.collect.elements import nearest_elements, read_elements
from venus_analysis.compute.sno.passes import site_passes
from venus_analysis.errors import InputError, UsageError

START, END = np.datetime64("2019-02-04"), np.datetime64("2019-02-10")
LIBYA_4 = (28.55, 23.39)


def lines(number, inclination, node, anomaly, motion):
    """Two-line elements of an invented circular orbit, with their check sums."""
    found = [
        f"1 {number:05d}U 17044A   19035.00000000  .00000000  00000-0  00000-0 0  999",
        f"2 {number:05d} {inclination:8.4f} {node:8.4f} 0001000  90.0000 {anomaly:8.4f} "
        f"{motion:11.8f}    1",
    ]
    return [one + str(check_sum(one)) for one in found]


def check_sum(line):
    return (sum(int(c) for c in line if c.isdigit()) + line.count("-")) % 10


@pytest.fixture
def file(tmp_path):
    """SIMULATED elements of VENuS in a 2-day orbit, and of Sentinel-2A."""
    path = tmp_path / "satellites.tle"
    venus = lines(42901, 98.2800, 112.0, 30.0, 14.5)
    sentinel = lines(40697, 98.5700, 112.5, 20.0, 14.30818)
    path.write_text("\n".join(["VENUS", *venus, "SENTINEL-2A", *sentinel]) + "\n")
    return path


def test_elements(file):
    found = read_elements(file)
    assert [(one.name, one.number) for one in found] == [("VENUS", 42901), ("SENTINEL-2A", 40697)]
    assert found[0].epoch == np.datetime64("2019-02-04")
    assert nearest_elements(found, "Sentinel 2A", START).number == 40697
    assert nearest_elements(found, "42901", START).name == "VENUS"
    with pytest.raises(InputError, match=r"VENUS \(42901\)"):
        nearest_elements(found, "LANDSAT 8", START)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("98.2800", "98.2900", "check sum"),
        ("2 42901", "2 42902", "check sum"),
        ("1 ", "3 ", "two-line"),
    ],
)
def test_damaged_elements(file, old, new, said):
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(InputError, match=said):
        read_elements(file)


def test_a_catalogue_number_with_a_letter_is_said(file):
    pair = [one.replace("42901", "A2901", 1)[:-1] for one in lines(42901, 98.28, 112.0, 30.0, 14.5)]
    file.write_text("\n".join(one + str(check_sum(one)) for one in pair))
    with pytest.raises(InputError, match="a catalogue number and an epoch in digits"):
        read_elements(file)


def test_passes_agree_with_skyfield(file):
    """Skyfield turns with precession, nutation and measured rotation."""
    from skyfield.api import EarthSatellite, load, wgs84

    elements = read_elements(file)[0]
    found = site_passes(elements, *LIBYA_4, START, END, most_solar_zenith_deg=180.0)
    assert len(found) > 3
    timescale = load.timescale(builtin=True)
    satellite = EarthSatellite(elements.line_1, elements.line_2, "V", timescale)
    place = wgs84.latlon(*LIBYA_4)
    for k, moment in enumerate(found.time):
        seconds = (moment - np.datetime64("2019-01-01")) / np.timedelta64(1, "s")
        altitude, azimuth, _ = (
            (satellite - place).at(timescale.utc(2019, 1, 1, 0, 0, seconds)).altaz()
        )
        zenith = 90.0 - altitude.degrees
        assert found.viewing_zenith_deg[k] == pytest.approx(zenith, abs=0.05)
        turn = (found.viewing_azimuth_deg[k] - azimuth.degrees + 180.0) % 360.0 - 180.0
        assert abs(turn) * np.sin(np.deg2rad(zenith)) < 0.05
        for away in (-3.0, 3.0):
            at = timescale.utc(2019, 1, 1, 0, 0, seconds + away)
            assert 90.0 - (satellite - place).at(at).altaz()[0].degrees > zenith - 0.005


def test_daylight_passes_only(file):
    elements = read_elements(file)[0]
    everything = site_passes(elements, *LIBYA_4, START, END, most_solar_zenith_deg=180.0)
    daylight = site_passes(elements, *LIBYA_4, START, END)
    assert 0 < len(daylight) < len(everything)
    assert (daylight.solar_zenith_deg <= 75.0).all()
    with pytest.raises(InputError, match="400 days"):
        site_passes(elements, *LIBYA_4, END, START)


def test_command(file):
    command = ["plan", "sno", str(file), "--start", str(START), "--end", str(END)]
    command += ["--reference", "SENTINEL-2A", "--site", "Libya 4"]
    shown = CliRunner().invoke(app, [*command, "--minutes", "200", "--reference-view", "38"])
    assert shown.exit_code == 0, shown.output
    assert "Libya 4" in shown.stdout
    document = json.loads(
        CliRunner()
        .invoke(app, [*command, "--minutes", "200", "--reference-view", "38", "--json"])
        .stdout
    )
    for one in document["opportunities"]:
        assert abs(one["minutes_apart"]) <= 200.0
        assert one["viewing_zenith_deg"] <= 38.0
    assert document["opportunities"]


def test_command_refuses_what_it_does_not_know(file):
    command = ["plan", "sno", str(file), "--start", str(START), "--end", str(END)]
    wrong = CliRunner().invoke(app, [*command, "--site", "Atlantis"])
    assert isinstance(wrong.exception, UsageError)
    wrong = CliRunner().invoke(app, [*command[:3], "--start", "soon", "--end", str(END)])
    assert isinstance(wrong.exception, UsageError)
