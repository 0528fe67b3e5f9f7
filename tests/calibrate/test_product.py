"""A product holds what was planted in a scene's result, and reads back the same."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from venus_analysis.calibrate.product import scene_product
from venus_analysis.calibrate.scene_result import HaloProfile
from venus_analysis.collect.product import (
    product_name,
    product_path,
    read_product,
    write_product,
)
from venus_analysis.compute.moon.ellipse import Outline
from venus_analysis.errors import InputError
from venus_analysis.flags import PixelFlag


def cut(shape: tuple[int, int], first: tuple[int, int], step: tuple[int, int]) -> SimpleNamespace:
    rng = np.random.default_rng(3)
    reasons = np.zeros(shape, np.uint8)
    reasons[2, 3] = PixelFlag.SPIKE
    return SimpleNamespace(
        radiance=rng.normal(40.0, 1.0, shape).astype(np.float32),
        mask=np.ones(shape, bool),
        reasons=reasons,
        first_line=first[0],
        first_column=first[1],
        step_lines=step[0],
        step_columns=step[1],
    )


def band(name: str, picture: SimpleNamespace | None, ghosts: tuple = ()) -> SimpleNamespace:
    rings = np.linspace(1.1, 2.0, 5)
    halo = SimpleNamespace(radius=rings, radiance=1.0 / rings, u_radiance=0.1 / rings)
    return SimpleNamespace(
        band=name,
        outline=Outline(400.0, 300.0, 50.0, 1.3, 0.01) if picture else None,
        aperture=1.1,
        rejected={"SPIKE": 7} if picture else {},
        halo=halo if picture else None,
        ghosts=ghosts,
        residuals=None,
        cut_out=lambda size: picture,
    )


@pytest.fixture
def result() -> SimpleNamespace:
    ghost = SimpleNamespace(
        source_band="B8", shift_columns=-120.0, factor=0.003, u_factor=0.0002, overlaps_disk=False
    )
    bands = [
        band("B7", cut((30, 20), (340, 250), (4, 5)), (ghost,)),
        band("B8", None),
        band("B9", cut((28, 22), (700, 240), (4, 5))),
    ]
    return SimpleNamespace(
        bands=bands,
        acquisition_id="SIMULATED_1",
        simulated=True,
        reference_band="B7",
        sun_direction_deg=12.0,
    )


def test_what_is_written_reads_back(result, tmp_path: Path) -> None:
    path = write_product(tmp_path / "run", scene_product(result))
    assert path == product_path(tmp_path, {"run_id": "run", "product": "SIMULATED_1.zarr"})
    with read_product(path) as product:
        assert list(product["band"].values) == ["B7", "B8", "B9"]
        planted = result.bands[0].cut_out(512)
        found = product["radiance"].sel(band="B7").values[:30, :20]
        np.testing.assert_allclose(found, planted.radiance, atol=50.0 / 32000.0)
        assert np.isnan(product["radiance"].sel(band="B8")).all()
        assert np.isnan(product["radiance"].sel(band="B9").values[28:]).all(), "beyond its cut"
        assert product["reasons"].sel(band="B9").values[2, 3] == PixelFlag.SPIKE
        assert int(product["rejected"].sel(band="B7", reason="SPIKE")) == 7
        assert product.attrs["simulated"] == 1
        assert product["ghost_source_band"].values.tolist() == ["B8"]
        line, column = product["line"].sel(band="B7").values, product["column"].sel(band="B7")
        assert line[:2].tolist() == [341.5, 345.5], "centres of 4 lines from line 340"
        assert float(column[0]) == 252.0
        u, v = result.bands[0].outline.unit(
            product["limb_line"].sel(band="B7").values, product["limb_column"].sel(band="B7").values
        )
        np.testing.assert_allclose(np.hypot(u, v), 1.0, atol=1e-9)
        assert np.isnan(product["limb_line"].sel(band="B8")).all()


def test_written_again_is_replaced_and_leaves_nothing_else(result, tmp_path: Path) -> None:
    first = write_product(tmp_path, scene_product(result))
    result.reference_band = "B9"
    assert write_product(tmp_path, scene_product(result)) == first
    assert [one.name for one in tmp_path.iterdir()] == ["SIMULATED_1.zarr"]
    with read_product(first) as product:
        assert product.attrs["reference_band"] == "B9"


def test_a_failed_write_leaves_nothing(result, tmp_path: Path, monkeypatch) -> None:
    product = scene_product(result)

    def full(self, path, **options) -> None:
        Path(path).mkdir()
        raise OSError("no space left")

    monkeypatch.setattr("xarray.Dataset.to_zarr", full)
    with pytest.raises(OSError, match="no space"):
        write_product(tmp_path, product)
    assert list(tmp_path.iterdir()) == []


def test_each_band_keeps_the_rings_it_has(result) -> None:
    lost, whole, cut_off = result.bands[1], result.bands[0], result.bands[2]
    lost.halo = HaloProfile()  # as of a band that was not measured
    rings = whole.halo.radius
    cut_off.halo = HaloProfile(rings[1:], 2.0 / rings[1:], 0.2 / rings[1:])
    result.bands = [lost, cut_off, whole]
    product = scene_product(result)
    assert product["halo_radius"].values.tolist() == rings.tolist()
    assert np.isnan(product["halo_radiance"].sel(band=lost.band)).all()
    assert product["halo_radiance"].sel(band=whole.band).values.tolist() == (1.0 / rings).tolist()
    found = product["halo_radiance"].sel(band=cut_off.band).values
    assert np.isnan(found[0])
    assert found[1:].tolist() == (2.0 / rings[1:]).tolist()


def test_a_scene_without_a_disk_or_ghost(result, tmp_path: Path) -> None:
    result.bands = [band("B8", None)]
    with read_product(write_product(tmp_path, scene_product(result))) as product:
        assert np.isnan(product["radiance"]).all()
        assert "ghost" not in product.dims


@pytest.mark.parametrize("name", ["../../evil", "a/b", "..", ".hidden"])
def test_names_stay_in_their_folder(name: str) -> None:
    assert Path(product_name(name)).name == product_name(name)
    assert not product_name(name).startswith(".")


def test_no_product(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing there"):
        read_product(tmp_path / "absent.zarr")
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(InputError, match="a product"):
        read_product(tmp_path / "empty.zarr")
