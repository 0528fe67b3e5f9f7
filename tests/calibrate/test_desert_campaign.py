"""SIMULATED observations in many files of mixed kinds: sites sorted, bad ones named, none lost."""

from __future__ import annotations

import json
import tarfile

import numpy as np
import pytest
from typer.testing import CliRunner

from venus_analysis.calibrate import desert_campaign
from venus_analysis.calibrate.desert import sensor_of
from venus_analysis.calibrate.desert_campaign import DesertCampaign, calibrate_desert
from venus_analysis.calibrate.desert_series import join
from venus_analysis.cli import app
from venus_analysis.collect.observations import read_observations
from venus_analysis.collect.sites import Site
from venus_analysis.compute.desert.smac import smac_atmosphere, smac_direct
from venus_analysis.compute.desert.smac_coefficients import built_in_coefficients
from venus_analysis.errors import InputError, UsageError
from venus_analysis.instrument import SpectralResponse

BANDS = built_in_coefficients("meris")[0]
RESPONSES = [
    SpectralResponse(b, [float(b) - 8.0, float(b), float(b) + 8.0], [0.0, 1.0, 0.0]) for b in BANDS
]
SURFACE = {"Libya 4": np.linspace(0.2, 0.5, len(BANDS)), "Algeria 3": np.full(len(BANDS), 0.3)}
GAIN = {"Libya 4": 0.97, "Algeria 3": 1.02}
LOOKS = 24
START = np.datetime64("2018-03-01T08:00")


def rows_of(site, seed, gain):
    """SIMULATED looks through the sensor's own SMAC: (time, three angles, reflectances)."""
    random = np.random.default_rng(seed)
    sun, view, azimuth = random.uniform([[28], [8], [70]], [[32], [12], [80]], (3, LOOKS))
    sky = smac_atmosphere(
        built_in_coefficients("meris")[1], sun[:, None], view[:, None], azimuth[:, None],
        aot_550=0.2, water_vapour_g_cm2=1.5, ozone_du=300.0, pressure_hpa=1013.25,
    )  # fmt: skip
    rho = gain * smac_direct(SURFACE[site], sky)
    rho *= 1.0 + 0.003 * random.standard_normal((LOOKS, 1))
    times = START + np.arange(LOOKS) * np.timedelta64(4, "D")
    return [(times[i], sun[i], view[i], azimuth[i], *rho[i]) for i in range(LOOKS)]


def write_csv(path, rows, sites=None):
    head = ["time", "solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg"]
    head += [f"reflectance_{band}" for band in BANDS] + (["site"] if sites else [])
    lines = ["# SIMULATED", ",".join(head)]
    lines += [
        ",".join(map(str, [*row, *([sites[n]] if sites else [])])) for n, row in enumerate(rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_sade(path, rows, site):
    kinds = [f"{k}_{band}" for k in ("RHO", "STD", "VZA", "VAA") for band in BANDS]
    lines = [
        "# SIMULATED",
        ";".join(["PROCNAME", "ACQDATE", "PROCDATE", "SITE", *kinds, "SZA", "SAA"]),
    ]
    for n, (time, sun, view, azimuth, *rho) in enumerate(rows):
        flat = [*rho, *[0.003] * len(rho), *[view] * len(rho), *[azimuth] * len(rho)]
        lines.append(";".join(map(str, [f"P{n}", time, "", site, *flat, sun, 0.0])))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def campaign():
    sensor = sensor_of("MERIS", RESPONSES)
    return DesertCampaign(sensor, sensor, "MERIS", "MERIS_3rd")


@pytest.fixture
def files(tmp_path):
    """Two sites: the target's in one CSV and one SADE file, the reference's in one CSV."""
    libya, algeria = "Libya 4", "Algeria 3"
    reference = rows_of(libya, 1, 1.0) + rows_of(algeria, 2, 1.0)
    names = [libya] * LOOKS + [algeria] * LOOKS
    return {
        "csv": write_csv(tmp_path / "sim_Libya4.csv", rows_of(libya, 3, GAIN[libya])),
        "sade": write_sade(tmp_path / "rows.txt", rows_of(algeria, 4, GAIN[algeria]), "ALGERIA3"),
        "reference": write_csv(tmp_path / "reference.csv", reference, names),
    }


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_each_site_gets_its_planted_gain_whatever_kind_of_file(files, campaign, scheduler) -> None:
    given = ([files["csv"], files["sade"]], [files["reference"]])
    found = calibrate_desert(*given, campaign, scheduler=scheduler)
    assert found.failed == []
    assert [site.site for site in found.sites] == ["Libya 4", "Algeria 3"]
    for site in found.sites:
        ratios = [row["ratio"] for row in site.rows]
        assert len(ratios) > 10
        assert np.mean(ratios) == pytest.approx(GAIN[site.site], abs=0.003)
        assert {row["site"] for row in site.rows} == {site.site}
        assert all(row["simulated"] for row in site.rows)
    assert len({row["input_digest"] for row in found.rows}) == 2


def test_bad_files_are_named_and_stop_nothing(files, campaign, tmp_path) -> None:
    (tmp_path / "counts.csv").write_text(files["csv"].read_text().replace(",0.", ",9999."))
    (tmp_path / "none_Libya4.sav").write_bytes(b"not a save file")
    (tmp_path / "empty").mkdir()
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("../evil"))
    bad = [tmp_path / name for name in ("counts.csv", "none_Libya4.sav", "absent.csv", "evil.tar")]
    bad.append(tmp_path / "empty")
    good = calibrate_desert([files["csv"], files["sade"]], [files["reference"]], campaign)
    found = calibrate_desert(
        [bad[0], files["csv"], *bad[1:], files["sade"]], [bad[0], files["reference"]], campaign
    )
    assert {path for path, _ in found.failed} == set(map(str, bad))
    assert len(found.failed) == len(bad)
    assert [row["ratio"] for row in found.rows] == [row["ratio"] for row in good.rows]


def test_a_site_without_reference_is_named_and_the_other_kept(files, campaign, tmp_path) -> None:
    alone = write_csv(tmp_path / "ref_Libya4.csv", rows_of("Libya 4", 1, 1.0))
    found = calibrate_desert([files["csv"], files["sade"]], [alone], campaign)
    assert [site.site for site in found.sites] == ["Libya 4"]
    assert [path for path, _ in found.failed] == [str(files["sade"])]
    assert "Algeria 3: no observations of the reference" in found.failed[0][1]


def test_a_site_that_cannot_be_calibrated_is_named(files, campaign, tmp_path) -> None:
    few = tmp_path / "few_Libya4.csv"
    few.write_text(files["csv"].read_text().replace("reflectance_412", "reflectance_411"))
    found = calibrate_desert([few, files["sade"]], [files["reference"]], campaign)
    assert [site.site for site in found.sites if site.result] == ["Algeria 3"]
    assert "Libya 4" in found.failed[0][1]
    assert "412" in found.failed[0][1]


def test_looks_without_a_site_need_one(files, campaign, tmp_path) -> None:
    nameless = write_csv(tmp_path / "looks.csv", rows_of("Libya 4", 3, 1.0))
    found = calibrate_desert([nameless], [files["reference"]], campaign)
    assert found.sites == []
    assert "give --site" in found.failed[0][1]


def test_one_series_in_two_files_is_the_series_in_one(files, campaign, tmp_path) -> None:
    rows = rows_of("Libya 4", 3, GAIN["Libya 4"])
    parts = [write_csv(tmp_path / "late_Libya4.csv", rows[10:]),
             write_csv(tmp_path / "early_Libya4.csv", rows[:14])]  # fmt: skip
    whole = calibrate_desert([files["csv"]], [files["reference"]], campaign)
    found = calibrate_desert(parts, [files["reference"]], campaign)
    names = ("acquisition_id", "band", "ratio", "u_random", "u_model")
    assert [[row[n] for n in names] for row in found.rows] == [
        [row[n] for n in names] for row in whole.rows
    ]
    assert found.sites[0].repeated == 4


def test_looks_without_a_name_beside_named_ones_get_one(files, campaign, tmp_path) -> None:
    named = write_sade(tmp_path / "sade.txt", rows_of("Libya 4", 5, 1.0), "Libya 4")
    found = calibrate_desert([files["csv"], named], [files["reference"]], campaign)
    names = {row["acquisition_id"] for row in found.rows}
    assert {name[:5] for name in names} >= {"MERIS", "P1"}
    assert "" not in names


def test_looks_that_contradict_each_other_are_left_out_and_counted(tmp_path) -> None:
    rows = rows_of("Libya 4", 3, 1.0)
    near = [(*row[:4], *(v * (1 + 1e-6) for v in row[4:])) for row in rows[:2]]
    far = [(*row[:4], *(v * 1.05 for v in row[4:])) for row in rows[2:5]]
    paths = [write_csv(tmp_path / "a.csv", rows), write_csv(tmp_path / "b.csv", near + far)]
    series = join([read_observations(path) for path in paths])
    assert (series.repeated, series.conflicting) == (2, 6)
    assert series.observations.sizes["time"] == LOOKS - 3
    assert not np.isin(
        np.array([row[0] for row in rows[2:5]], "M8[us]"), series.observations["time"].values
    ).any()


def test_files_that_differ_in_bands_and_columns_come_together(tmp_path) -> None:
    rows = rows_of("Libya 4", 3, 1.0)
    one = read_observations(write_csv(tmp_path / "a.csv", rows[:5]))
    other = read_observations(write_sade(tmp_path / "b.txt", rows[5:8], "Libya 4"))
    other = other.drop_sel(band="412")
    found = join([one, other]).observations
    assert found.sizes == {"time": 8, "band": len(BANDS)}
    assert np.isnan(found["reflectance"].sel(band="412").values[5:]).all()
    assert list(found["acquisition_id"].values[4:6]) == ["", "P0"]
    assert found.attrs["source"] == "a.csv b.txt"


def test_products_are_looked_at_where_the_user_s_sites_are(tmp_path, monkeypatch) -> None:
    pytest.importorskip("rioxarray", reason="the extra 'products' is not installed")
    from dataclasses import replace

    from venus_analysis.instrument import venus_responses
    from venus_analysis.simulate.l1c_product import L1cScene, write_l1c_product

    scene = L1cScene(lines=60, columns=60, sampling_m=200.0, latitude_deg=30.3,
                     longitude_deg=7.6, cloud=(1, 1, 2, 2), saturated=(1, 1, 1, 1),
                     defective=(0, 3, 60, 1))  # fmt: skip
    times = scene.time + np.arange(3) * np.timedelta64(2, "D")
    products = [
        write_l1c_product(tmp_path / str(n), layout, replace(scene, time=time, seed=n))
        for n, (time, layout) in enumerate(zip(times, ("native", "muscate", "native"), strict=True))
    ]
    venus = sensor_of("VENUS", venus_responses())
    own = {"Grand Erg": Site("Grand Erg", 30.3, 7.6, 8.0)}
    campaign = DesertCampaign(venus, venus, "VENUS", "VENUS_other", sites=own)
    found = calibrate_desert(products, products, campaign)
    assert found.failed == []
    assert [site.site for site in found.sites] == ["Grand Erg"]
    good = [row for row in found.rows if row["band"] == "B5"]
    assert len(good) == 3
    assert [row["ratio"] for row in good] == pytest.approx([1.0] * 3, abs=0.01)
    assert {row["acquisition_id"] for row in good} == {
        p.stem.partition("_MTD")[0] for p in products
    }
    kept = replace(campaign, extracts=tmp_path / "extracts")
    calibrate_desert(products[:2], products[:2], kept)  # as if it had been interrupted
    read = []

    def counted(path, sites):
        read.append(path)
        return read_observations(path, sites)

    monkeypatch.setattr(desert_campaign, "read_observations", counted)
    again = calibrate_desert(products, products, kept)
    assert read == products[2:]
    assert list(map(str, again.rows)) == list(map(str, found.rows))
    image = next(file for file in products[0].parent.rglob("*") if file.suffix.lower() == ".tif")
    image.touch()
    calibrate_desert(products, products, kept)
    assert read == [products[2], products[0]]
    elsewhere = calibrate_desert(products, products, DesertCampaign(venus, venus, "VENUS", "X"))
    assert len(elsewhere.failed) == 3
    assert "--sites" in elsewhere.failed[0][1]


def test_the_command_keeps_good_sites_and_ends_with_one(files, tmp_path) -> None:
    responses = tmp_path / "responses.csv"
    wavelength = np.arange(390.0, 910.0, 2.0)
    columns = [np.interp(wavelength, r.wavelength_nm, r.response, 0, 0) for r in RESPONSES]
    rows = [["wavelength_nm", *BANDS], *np.column_stack([wavelength, *columns]).tolist()]
    responses.write_text("\n".join(",".join(map(str, row)) for row in rows))
    (tmp_path / "bad.csv").write_text("time\n1\n")
    command = ["desert", *map(str, (files["csv"], files["sade"], tmp_path / "bad.csv"))]
    command += ["--reference", str(files["reference"]), "--instrument", "MERIS"]
    command += ["--response", str(responses)]
    result = CliRunner().invoke(app, [*command, "--json"])
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert {row["site"] for row in document["rows"]} == {"Libya 4", "Algeria 3"}
    assert [item["input"] for item in document["failed"]] == [str(tmp_path / "bad.csv")]
    text = CliRunner().invoke(app, command).stdout
    assert "MERIS against MERIS over Libya 4" in text
    assert "MERIS against MERIS over Algeria 3" in text
    absent = CliRunner().invoke(app, [*command, "--sites", str(tmp_path / "no.csv")])
    assert isinstance(absent.exception, InputError)


def test_an_unknown_scheduler_is_refused_before_anything_is_read(campaign) -> None:
    with pytest.raises(UsageError, match="proceses"):
        calibrate_desert(["absent"], ["absent"], campaign, scheduler="proceses")
