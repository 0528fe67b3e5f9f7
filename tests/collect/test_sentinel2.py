"""SIMULATED Sentinel-2 products, good and damaged; means over cells against plain means."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from venus_analysis.collect.macro_cells import cell_grid, common_grid, macro_cells
from venus_analysis.collect.sentinel2 import SafeRaster
from venus_analysis.collect.sentinel2_metadata import open_safe
from venus_analysis.errors import InputError
from venus_analysis.simulate.safe_product import RESOLUTION_M, SafeScene, write_safe

SIDE = 3000
SCENE = SafeScene(
    side_m=SIDE, cloud=(300, 300, 600, 900), saturated=(1800.0, 1200.0, 1860.0, 1260.0)
)
ALL = (0.0, 0.0, 1e7, 1e7)


def reflectance(band, x, y):
    return 0.2 + 0.03 * list(RESOLUTION_M).index(band) + 2e-5 * (x % 1000.0)


@pytest.fixture(scope="module", params=["02.07", "05.09"])
def safe(request, tmp_path_factory):
    scene = SafeScene(
        side_m=SIDE, cloud=SCENE.cloud, saturated=SCENE.saturated, baseline=request.param
    )
    return scene, write_safe(tmp_path_factory.mktemp("safe"), reflectance, scene)


def test_metadata(safe):
    scene, path = safe
    found = open_safe(path)
    assert (found.sensor, found.baseline, found.simulated) == ("S2A", scene.baseline, True)
    assert found.time == scene.time
    assert found.epsg == 32634
    place = scene.place()
    left, top = place["left"], place["top"]
    assert found.edges == (left, top - SIDE, left + SIDE, top)
    assert set(found.images) == set(RESOLUTION_M)
    assert open_safe(path / "MTD_MSIL1C.xml").name == found.name


@pytest.mark.parametrize("band", ["B1", "B3", "B8A"])
def test_reflectance_and_place_of_pixels(safe, band):
    scene, path = safe
    pixels = SafeRaster(path).band(band, ALL)
    step = RESOLUTION_M[band]
    assert pixels["reflectance"].shape == (SIDE // step, SIDE // step)
    x, y = np.meshgrid(pixels["x"], pixels["y"])
    place = scene.place()
    assert pixels["x"].values[0] == place["left"] + step / 2
    assert pixels["y"].values[0] == place["top"] - step / 2
    clear = pixels["reflectance"].values < 0.85
    wanted = reflectance(band, x, y)
    np.testing.assert_allclose(pixels["reflectance"].values[clear], wanted[clear], atol=6e-5)
    assert (~clear).sum() == (300 * 600) / step**2


def test_saturated_pixels_have_no_reflectance(safe):
    _, path = safe
    pixels = SafeRaster(path).band("B4", ALL)
    assert int(pixels["saturated"].sum()) == 36
    assert np.isnan(pixels["reflectance"].values[pixels["saturated"].values]).all()


def test_cloud_mask_of_either_kind_covers_the_cloud(safe):
    _, path = safe
    raster = SafeRaster(path)
    cloud = raster.cloud(raster.edges)
    assert int(cloud.sum()) >= 300 * 600 / 3600
    bright = raster.band("B1", ALL)["reflectance"] > 0.85
    both = cloud.sel(x=bright["x"], y=bright["y"], method="nearest").values
    assert both[bright.values].all()


def test_angles_between_the_nodes(safe):
    """By the scene's own words, not its grids: 0.2 deg of zenith southwards, of azimuth eastwards.

    Over 5 km, about the middle of its two nodes each way.
    """
    scene, path = safe
    raster, place = SafeRaster(path), scene.place()
    east, south = np.array([0.0, 1234.0, 3000.0]), np.array([0.0, 2345.0, 100.0])
    found = raster.angles(place["left"] + east, place["top"] - south, ("B2", "B8A"))
    for name, (zenith, azimuth) in (("solar", scene.solar), ("viewing", scene.viewing)):
        expected = zenith + 0.2 * (south / 5000.0 - 0.5)
        np.testing.assert_allclose(found[f"{name}_zenith_deg"], expected, atol=2e-4)
        expected = azimuth + 0.2 * (east / 5000.0 - 0.5)
        np.testing.assert_allclose(found[f"{name}_azimuth_deg"], expected, atol=2e-3)


def damaged(path, tmp_path, name, old, new):
    import shutil

    copy = tmp_path / path.name
    shutil.copytree(path, copy)
    file = next(copy.rglob(name))
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return copy


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("MTD_MSIL1C.xml", "Sentinel-2A", "Sentinel-2C", "Sentinel-2A or Sentinel-2B"),
        ("MTD_MSIL1C.xml", "10000<", "many<", "QUANTIFICATION_VALUE: expected a number"),
        (
            "MTD_MSIL1C.xml",
            "</QUANTIFICATION_VALUE>",
            '</QUANTIFICATION_VALUE><RADIO_ADD_OFFSET band_id="0">some</RADIO_ADD_OFFSET>',
            "RADIO_ADD_OFFSET: expected a number, received 'some'",
        ),
        (
            "MTD_MSIL1C.xml",
            "<SPECIAL_VALUE_INDEX>",
            "<SPECIAL_VALUE_INDEX>1e999",
            "SPECIAL_VALUE_INDEX: expected a number",
        ),
        ("MTD_TL.xml", "<ULX>", "<ULX>1e999", "ULX: expected a number"),
        ("MTD_TL.xml", "Zenith>", "Height>", "Values_List: expected rows of numbers"),
        ("MTD_TL.xml", "<Zenith>", "<Zenith><VALUES>3 3</VALUES>", "expected grids of one size"),
        ("MTD_TL.xml", "EPSG:32634", "WGS84", "EPSG:n"),
        ("MTD_TL.xml", "SENSING_TIME>", "SEEN>", "SENSING_TIME: expected a value"),
        ("MTD_TL.xml", "Sun_Angles_Grid", "Sun_Grid", "Sun_Angles_Grid"),
        ("MTD_TL.xml", 'bandId="3"', 'bandId="33"', "0 to 12"),
        ("MTD_TL.xml", "<?xml version='1.0' encoding='UTF-8'?>", "<!DOCTYPE a>", "DOCTYPE"),
    ],
)
def test_damaged_metadata_say_what_is_wrong(safe, tmp_path, name, old, new, said):
    with pytest.raises(InputError, match=said):
        open_safe(damaged(safe[1], tmp_path, name, old, new))


def test_absent_files(safe, tmp_path):
    with pytest.raises(InputError, match=r"unpacked \.SAFE folder"):
        open_safe(tmp_path)
    raster = SafeRaster(safe[1])
    with pytest.raises(InputError, match="a band of B1"):
        raster.band("B12", ALL)
    with pytest.raises(InputError, match="that covers"):
        raster.band("B2", (0.0, 0.0, 10.0, 10.0))


class Plain:
    """A SIMULATED raster in memory."""

    instrument, name, simulated = "VENUS", "PLAIN", True
    time = np.datetime64("2019-02-04", "us")

    def __init__(self, values, left, top, step, crs="EPSG:32634"):
        self.values, self.crs, self.step = values, crs, step
        lines, columns = values.shape
        self.y = top - step * (np.arange(lines) + 0.5)
        self.x = left + step * (np.arange(columns) + 0.5)
        self.edges = (left, top - step * lines, left + step * columns, top)
        self.bands = ("B1",)

    def band(self, band, box):
        import rioxarray  # noqa: F401

        pixels = xr.Dataset(
            {
                "reflectance": (("y", "x"), self.values),
                "saturated": (("y", "x"), self.values > 0.99),
            },
            {"y": self.y, "x": self.x},
        )
        return pixels.rio.write_crs(self.crs)

    def cloud(self, box):
        return None

    def angles(self, x, y, bands):
        names = ("solar_zenith_deg", "solar_azimuth_deg", "viewing_zenith_deg")
        return dict.fromkeys(names, 0.0 * x + 20.0) | {"viewing_azimuth_deg": 0.0 * x + 350.0}


def test_cells_are_means_of_their_pixels():
    random = np.random.default_rng(4)
    values = random.uniform(0.2, 0.6, (100, 150)).astype(np.float32)
    values[:50, :50] = np.nan
    values[60, 60] = 1.0
    raster = Plain(values, 600000.0, 3160000.0, 10.0)
    cells = macro_cells(raster, cell_grid(raster.crs, raster.edges, 500.0), ["B1"])
    assert cells.sizes["time"] == 5
    blocks = values.reshape(2, 50, 3, 50).swapaxes(1, 2).reshape(6, -1)[1:]
    np.testing.assert_allclose(cells["reflectance"][:, 0], blocks.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(cells["reflectance_sd"][:, 0], blocks.std(axis=1), rtol=1e-3)
    np.testing.assert_allclose(cells["saturated_share"][:, 0] * 2500, blocks.max(axis=1) > 0.99)
    np.testing.assert_allclose(cells["valid_share"][:, 0], 1.0)
    np.testing.assert_allclose(cells["relative_azimuth_deg"], 30.0)
    assert cells.attrs["cloud_mask"] == 0


def test_a_cell_beyond_the_image_is_not_filled():
    raster = Plain(np.full((60, 60), 0.4, np.float32), 600000.0, 3160000.0, 10.0)
    grid = cell_grid(raster.crs, (600000.0, 3159000.0, 601000.0, 3160000.0), 500.0)
    cells = macro_cells(raster, grid, ["B1"])
    np.testing.assert_allclose(cells["valid_share"][:, 0], [1.0, 0.2, 0.2, 0.04], atol=1e-6)
    np.testing.assert_allclose(cells["reflectance"], 0.4, rtol=1e-6)


def test_products_of_neighbouring_zones_share_cells():
    """A plane in longitude, seen from both UTM zones of a border, has the same means."""
    from rasterio.warp import transform

    rasters = []
    for crs, step in (("EPSG:32634", 20.0), ("EPSG:32635", 10.0)):
        (x,), (y,) = transform("EPSG:4326", crs, [24.0], [28.5])
        left, top, size = x - 3000.0, y + 3000.0, int(6000 / step)
        raster = Plain(np.zeros((size, size), np.float32), left, top, step, crs)
        across, up = np.meshgrid(raster.x, raster.y)
        longitude, _ = transform(crs, "EPSG:4326", across.ravel(), up.ravel())
        raster.values = (10.0 * (np.reshape(longitude, across.shape) - 23.96)).astype(np.float32)
        rasters.append(raster)
    grid = common_grid(*rasters, 500.0)
    assert grid.crs == "EPSG:32635"
    here, there = (macro_cells(one, grid, ["B1"]) for one in rasters)
    both = sorted(set(here["cell"].values) & set(there["cell"].values))
    assert len(both) > 80
    a, b = (
        one.isel(time=[list(one["cell"].values).index(cell) for cell in both])
        for one in (here, there)
    )
    full = (a["valid_share"] > 0.999) & (b["valid_share"] > 0.999)
    np.testing.assert_allclose(
        a["reflectance"].values[full.values], b["reflectance"].values[full.values], atol=5e-4
    )


def test_no_common_cell():
    raster = Plain(np.full((60, 60), 0.4, np.float32), 600000.0, 3160000.0, 10.0)
    away = Plain(np.full((60, 60), 0.4, np.float32), 700000.0, 3160000.0, 10.0)
    with pytest.raises(InputError, match="overlapping products"):
        common_grid(raster, away, 500.0)
