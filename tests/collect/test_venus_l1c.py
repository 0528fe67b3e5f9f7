"""SIMULATED L1 products in both layouts: what was planted comes back, what is bad is refused."""

from __future__ import annotations

import shutil
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rioxarray", reason="the extra 'products' is not installed")

from typer.testing import CliRunner

from venus_analysis.cli import app
from venus_analysis.collect.site_means import read_product_observations
from venus_analysis.collect.sites import Site
from venus_analysis.collect.venus_angles import angles_at
from venus_analysis.collect.venus_images import opened
from venus_analysis.collect.venus_l1c import open_venus_l1c, read_window
from venus_analysis.collect.venus_product import SUN, AngleSource, Plane
from venus_analysis.errors import InputError, UsageError
from venus_analysis.parameters.names import TRI_DETECTORS
from venus_analysis.simulate.l1c_product import L1cScene, true_angles, write_l1c_product

SCENE = L1cScene(lines=120, columns=130, sampling_m=200.0, cloud=(40, 40, 9, 9),
                 saturated=(60, 30, 3, 4), defective=(0, 70, 120, 1))  # fmt: skip
LIBYA_4 = Site("Libya 4", 28.55, 23.39, 20.0)
LAYOUTS = ("native", "muscate")


@pytest.fixture(scope="module", params=LAYOUTS)
def metadata(request, tmp_path_factory):
    return write_l1c_product(tmp_path_factory.mktemp(request.param), request.param, SCENE)


@pytest.fixture
def own_copy(tmp_path):
    def make(layout, **changes):
        return write_l1c_product(tmp_path, layout, replace(SCENE, **changes))

    return make


def test_means_are_the_planted_ones_with_cloud_saturation_and_defects_left_out(metadata) -> None:
    found = read_product_observations(metadata, [LIBYA_4])
    pixels = 100 * 100
    u_mean = SCENE.noise * np.array(SCENE.reflectance) / np.sqrt(pixels) + 0.0005 / np.sqrt(pixels)
    assert (np.abs(found["reflectance"][0] - SCENE.reflectance) < 4 * u_mean).all()
    assert found["reflectance_sd"].values[0] == pytest.approx(
        0.01 * np.array(SCENE.reflectance), rel=0.1
    )
    assert found["pixels"].sel(band="B1").item() == pixels - 81
    assert found["pixels"].sel(band="B7").item() == pixels - 81 - 12 - 100
    assert found["clear_share"].item() == pytest.approx(1 - 81 / pixels)
    assert found["time"].values[0] == SCENE.time
    assert found.attrs["simulated"] == 1
    assert "SIMULATED" in found["acquisition_id"].item()


def at_middle_column(corners, share):
    """Zenith and azimuth of the mean of the corners' unit vectors, upper corners less far down."""
    zenith, azimuth = np.radians(corners[..., 0]), np.radians(corners[..., 1])
    weight = np.array([[1.0 - share], [share]]) / 2.0
    flat = (weight * np.sin(zenith) * np.exp(1j * azimuth)).sum()
    up = (weight * np.cos(zenith)).sum()
    return np.degrees(np.arctan2(abs(flat), up)), np.degrees(np.angle(flat)) % 360.0


def test_angles_at_the_site_are_the_planted_ones_per_tri_detector(tmp_path) -> None:
    for layout in LAYOUTS:
        for latitude, share in ((28.55, 0.5), (28.56, 0.5 - 1108.6 / (119 * 200.0))):
            site = Site("S", latitude, 23.39, 10.0)
            path = write_l1c_product(tmp_path / f"{layout}{latitude}", layout, SCENE)
            found = read_product_observations(path, [site])
            # by a formula of its own: the reader and the simulator share theirs
            truth = {key: at_middle_column(one, share) for key, one in SCENE.corners.items()}
            assert found["solar_zenith_deg"].item() == pytest.approx(truth[SUN][0], abs=0.01)
            for number, bands in TRI_DETECTORS.items():
                for band in bands:
                    look = found.sel(band=band).isel(time=0)
                    zenith, azimuth = truth[number]
                    relative = abs(truth[SUN][1] - azimuth)
                    assert look["viewing_zenith_by_band_deg"] == pytest.approx(zenith, abs=0.01)
                    assert look["relative_azimuth_by_band_deg"] == pytest.approx(relative, abs=0.05)


def test_a_window_carries_its_map_masks_and_angles(metadata) -> None:
    from rasterio.warp import transform

    product = open_venus_l1c(metadata)
    window = read_window(product, LIBYA_4, ["B7", "B3"])
    assert window["reflectance"].dims == ("band", "y", "x")
    assert list(window["band"].values) == ["B7", "B3"]
    (x,), (y,) = transform("EPSG:4326", window.rio.crs, [23.39], [28.55])
    assert abs(float(window["x"].mean()) - x) < 101.0
    assert abs(float(window["y"].mean()) - y) < 101.0
    assert int(window["cloud"].sum()) == 81
    assert window["saturated"].sum(("y", "x")).values.tolist() == [12, 0]
    assert window["defective"].sum(("y", "x")).values.tolist() == [100, 0]
    assert float(window["reflectance"].where(window["cloud"]).min()) == pytest.approx(0.9, rel=0.06)
    third = true_angles(SCENE, 0.5, 0.5)[3]
    assert window["viewing_zenith_deg"].sel(band="B7").item() == pytest.approx(third[0], abs=0.05)
    box = (x - 1000.0, y - 600.0, x + 1000.0, y + 600.0)
    assert read_window(product, box, ["B1"]).sizes == {"band": 1, "y": 6, "x": 10}


def test_a_gradient_stands_the_right_way_round(own_copy) -> None:
    for layout in LAYOUTS:
        product = open_venus_l1c(own_copy(layout, slope=0.5, noise=0.0))
        row = read_window(product, LIBYA_4, ["B1"])["reflectance"][0, 0]
        assert float(row[-1]) / float(row[0]) == pytest.approx(1.193 / 0.807, rel=0.02)
        assert (np.diff(row["x"]) == 200.0).all()


def test_half_an_image_is_no_observation_but_a_window(metadata) -> None:
    edge = Site("edge", 28.65, 23.39, 20.0)
    with pytest.raises(InputError, match="none of the sites"):
        read_product_observations(metadata, [edge])
    product = open_venus_l1c(metadata)
    assert 0.2 < read_window(product, edge, ["B1"]).attrs["share_of_area"] < 0.8
    with pytest.raises(InputError, match="shows Dome C"):
        read_window(product, Site("Dome C", -75.1, 123.4, 20.0))


def test_a_clouded_site_has_no_reflectance_and_says_how_much_was_clear(own_copy) -> None:
    found = read_product_observations(own_copy("native", cloud=(0, 0, 120, 70)), [LIBYA_4])
    assert np.isnan(found["reflectance"]).all()
    assert found["clear_share"].item() < 0.5


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("packed", ["zip", "gztar"])
def test_an_archive_gives_what_the_folder_gives(tmp_path, layout, packed) -> None:
    write_l1c_product(tmp_path / "P", layout, SCENE)
    archive = shutil.make_archive(str(tmp_path / "product"), packed, tmp_path / "P")
    plain = read_product_observations(
        next((tmp_path / "P").rglob("*_MTD_ALL.xml" if layout == "muscate" else "*.HDR")), [LIBYA_4]
    )
    found = read_product_observations(archive, [LIBYA_4])
    assert found.drop_attrs().identical(plain.drop_attrs())
    assert found.attrs["source"] == Path(archive).name


def test_plain_masks_read_as_packed_ones(tmp_path) -> None:
    one = write_l1c_product(tmp_path / "a", "muscate", SCENE)
    other = write_l1c_product(tmp_path / "b", "muscate", SCENE, packed_masks=False)
    found = [read_product_observations(path, [LIBYA_4]) for path in (one, other)]
    assert found[0].identical(found[1])


def test_applied_gains_come_from_the_native_header(own_copy) -> None:
    found = read_product_observations(own_copy("native"), [LIBYA_4])
    assert found["absolute_gain"].sel(band="B5").item() == 6.0


# --- bad products -------------------------------------------------------------------------


def alter(path, old, new, count=-1):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, count))


def test_metadata_that_name_a_file_outside_are_refused(own_copy, tmp_path) -> None:
    (tmp_path / "outside.tif").write_bytes(b"secret")
    path = own_copy("muscate")
    alter(path, f"{path.parent.name}_REF_B3.tif", "../outside.tif", 1)
    with pytest.raises(InputError, match="below the product's folder"):
        open_venus_l1c(path)
    path = own_copy("native")
    alter(path, path.stem + ".DBL.DIR/", "../", 1)
    with pytest.raises(InputError, match="below the header's folder"):
        open_venus_l1c(path)


def test_a_link_out_of_the_product_is_refused(own_copy, tmp_path) -> None:
    path = own_copy("muscate")
    image = path.with_name(f"{path.parent.name}_REF_B3.tif")
    shutil.move(image, tmp_path / "elsewhere.tif")
    image.symlink_to(tmp_path / "elsewhere.tif")
    with pytest.raises(InputError, match="below the product's folder"):
        open_venus_l1c(path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_hostile_xml_is_refused(own_copy, layout) -> None:
    path = own_copy(layout)
    text = path.read_text()
    head, _, body = text.partition("\n")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    path.write_text(f"{head}\n{bomb}\n{body}")
    with pytest.raises(InputError, match="no DOCTYPE"):
        open_venus_l1c(path)


def test_an_image_that_is_a_recipe_for_other_files_is_refused(own_copy) -> None:
    path = own_copy("muscate")
    image = path.with_name(f"{path.parent.name}_REF_B1.tif")
    image.write_text('<VRTDataset rasterXSize="9" rasterYSize="9"></VRTDataset>')
    with pytest.raises(InputError, match="a complete GeoTIFF"):
        read_product_observations(path, [LIBYA_4])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_truncated_image_is_an_input_error(own_copy, layout) -> None:
    path = own_copy(layout)
    image = max(path.parent.rglob("*.[Tt][Ii][Ff]"), key=lambda p: p.stat().st_size)
    image.write_bytes(image.read_bytes()[: image.stat().st_size // 3])
    with pytest.raises(InputError, match="a complete GeoTIFF"):
        read_product_observations(path, [LIBYA_4])


def test_what_the_metadata_name_must_be_there(own_copy) -> None:
    path = own_copy("muscate")
    next(path.parent.glob("MASKS/*_CLD_XS.zip")).unlink()
    with pytest.raises(InputError, match=r"CLD_XS\.tif: expected the file that the metadata name"):
        read_product_observations(path, [LIBYA_4])


@pytest.mark.parametrize(
    ("layout", "old", "new", "said"),
    [
        ("muscate", ">VENUS<", ">SENTINEL2A<", "of a VENuS product"),
        ("muscate", ">L1C<", ">L2A<", "level L1C"),
        ("muscate", ">1000.0<", ">0.001<", "QUANTIFICATION"),
        ("muscate", ">1000.0<", ">many<", "a number"),
        ("muscate", "2019-02-04T08:34:37", "yesterday", "ISO times"),
        ("muscate", ">120<", ">7395<", "7395"),
        ("muscate", 'bit_number="1"', 'bit_number="0"', "bit_number: expected 1 to 16"),
        ("muscate", 'bit_number="1"', 'bit_number="40"', "bit_number: expected 1 to 16"),
        ("muscate", 'bit_number="1"', 'bit_number="9"', "a mask with bit 9, received uint8"),
        ("muscate", 'detector_id="02"', 'detector_id="07"', "ZENITH_ANGLE"),
        ("muscate", 'IMAGE_FILE band_id="B4"', 'IMAGE_FILE band_id="B13"', "B01 to B12"),
        ("native", ">0.001<", ">NONE<", "a reflectance scale"),
        ("native", ">B07<", ">B08<", "no B7"),
        ("native", "<Lines>120", "<Lines>121", "121"),
        ("native", 'sn="3"', 'sn="5"', "tri-detectors 1 to 4"),
        ("native", ">VSC_L1VALD<", ">VSC_L1VALD<!--", "well-formed"),
    ],
)
def test_bad_metadata_say_what_is_wrong(own_copy, layout, old, new, said) -> None:
    path = own_copy(layout)
    alter(path, old, new)
    with pytest.raises(InputError, match=said):
        read_product_observations(path, [LIBYA_4])


def test_a_folder_without_or_with_two_products_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="received none"):
        open_venus_l1c(tmp_path)
    write_l1c_product(tmp_path, "native", SCENE)
    assert open_venus_l1c(tmp_path).layout == "native"
    later = replace(SCENE, time=np.datetime64("2019-02-06T08:34:37", "us"))
    write_l1c_product(tmp_path, "native", later)
    with pytest.raises(InputError, match="one VENuS L1 product"):
        open_venus_l1c(tmp_path)


def test_grids_in_another_unit_sign_or_axis_give_the_header_s_level() -> None:
    plane = (Plane(Path("x")), Plane(Path("y")))
    source = AngleSource({SUN: (30.0, 150.0)}, grids={SUN: plane})
    east, north = np.sin(np.deg2rad(150.0)), np.cos(np.deg2rad(150.0))
    mean = complex(north, east)
    for scale in (1.0, -7.0, 1e-3):
        angles, used = angles_at(source, 0.5, 0.5, lambda *_, s=scale: (1.1 * s * mean, s * mean))
        assert used == "grids"
        assert np.tan(np.deg2rad(angles[SUN][0])) == pytest.approx(1.1 * np.tan(np.deg2rad(30.0)))
        assert angles[SUN][1] == pytest.approx(150.0)
    mirrored = complex(-north, east)
    angles, used = angles_at(source, 0.5, 0.5, lambda *_: (mirrored, mirrored))
    assert (angles[SUN], used) == ((30.0, 150.0), "mean")


def test_a_packed_mask_with_two_images_is_refused(own_copy) -> None:
    path = own_copy("muscate")
    packed = next(path.parent.glob("MASKS/*_CLD_XS.zip"))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("second.tif", b"II*")
    with pytest.raises(InputError, match="one image"):
        read_product_observations(path, [LIBYA_4])


def test_an_image_without_a_map_is_refused(own_copy) -> None:
    import tifffile

    path = own_copy("native")
    image = next(path.parent.rglob("*.TIF"))
    plain = np.zeros((15, SCENE.lines, SCENE.columns), np.uint16)
    tifffile.imwrite(image, plain, planarconfig="separate", photometric="minisblack")
    with pytest.raises(InputError, match="a map projection in metres"):
        read_product_observations(path, [LIBYA_4])


def test_an_image_of_absurd_size_is_refused_before_a_pixel_is_read(tmp_path) -> None:
    import rasterio

    path = tmp_path / "vast.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=60000, height=60000, count=1, dtype="uint16",
        sparse_ok=True, crs="EPSG:32634", transform=rasterio.Affine(5, 0, 0, 0, -5, 0), tiled=True,
    ):  # fmt: skip
        pass
    with pytest.raises(InputError, match="60000 x 60000"), opened(Plane(path)):
        pass


def test_an_archive_with_a_hostile_member_leaves_nothing(tmp_path) -> None:
    with tarfile.open(tmp_path / "p.tar", "w") as archive:
        info = tarfile.TarInfo("../evil.HDR")
        archive.addfile(info)
    with pytest.raises(InputError, match="below the archive's folder"):
        read_product_observations(tmp_path / "p.tar", [LIBYA_4])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_simulated_product_of_the_command_shows_its_site(tmp_path, layout) -> None:
    command = ["simulate", "l1c", str(tmp_path), "--layout", layout, "--site", "Algeria 3"]
    result = CliRunner().invoke(app, [*command, "--gain", "0.9", "--sampling", "200"])
    assert result.exit_code == 0, result.output
    found = read_product_observations(
        Path(result.stdout.strip().removeprefix("SIMULATED product: "))
    )
    assert found["site"].values.tolist() == ["Algeria 3"]
    planted = 0.9 * np.array(SCENE.reflectance)
    assert found["reflectance"].values[0] == pytest.approx(planted, abs=5e-4)


def test_without_the_extra_the_command_to_install_it_is_named(monkeypatch, metadata) -> None:
    monkeypatch.setitem(sys.modules, "rioxarray", None)
    with pytest.raises(UsageError, match=r"pip install venus-analysis\[products\]"):
        read_product_observations(metadata, [LIBYA_4])
