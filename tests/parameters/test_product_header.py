"""The L1 product header, on an invented one (the real one is in tests/real)."""

from __future__ import annotations

from pathlib import PurePosixPath

import numpy as np
import pytest

from venus_analysis.errors import InputError
from venus_analysis.parameters.product_read import read_product_header


def test_fields_of_an_invented_header(product_file):
    header = read_product_header(product_file)
    assert (header.site, header.level, header.file_class) == ("TESTSITE", "L1", "VM02")
    assert header.time == np.datetime64("2020-03-04T05:06:07.500000")
    assert header.orbit is None
    assert header.cloud_percentage is None
    assert header.quantification is None
    assert header.absolute_gain == {"B1": 0.25, "B12": 1.5}
    assert header.serials == {"PHGAIN": "00007"}
    assert header.flags == {"Equalization": True, "Remanence": False}
    assert header.satellite_frame_deg == {"X": pytest.approx(-10.0), "Y": 12.5}
    assert header.bands == ("B1", "B12", "SAT")
    assert (header.lines, header.columns) == (10, 20)
    assert header.image_files == (PurePosixPath("X.DBL.DIR/IMG.DBL.TIF"),)
    assert header.sun_zenith_deg() == 30.5
    assert header.view_zenith_deg(2) == 8.25
    assert np.isnan(header.view_zenith_deg(2, "upper_left"))
    assert np.isnan(header.view_zenith_deg(1))
    assert any("GIPP_File" in warning for warning in header.warnings)
    angles = header.angles()
    assert angles["view_zenith"].dims == ("tri_detector", "area", "point")
    assert (
        float(angles["view_azimuth"].sel(tri_detector=2, area="useful_image", point="centre"))
        == 100.0
    )
    assert int(angles["sun_zenith"].notnull().sum()) == 1


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('<Ak sk="B12">', '<Ak sk="B01">', "each band once"),
        (">1.5<", ">NaN<", "finite"),
        (">1.5<", ">-1<", "finite number"),
        (">true<", ">yes<", "true or false"),
        ("./X.DBL.DIR/IMG.HDR", "../../IMG.HDR", "below"),
        ("./X.DBL.DIR/IMG.HDR", ".", "below"),
        ('<Viewing_Angles sn="2">', '<Viewing_Angles sn="5">', "tri-detectors"),
        ("UTC=2020-03-04T05:06:00", "2020", "UTC="),
        (">10</Lines>", ">10.5</Lines>", "integer"),
        ("<Product_Information>", "<Other>", "well-formed"),
    ],
)
def test_headers_that_cannot_be_understood_are_refused(old, new, word, product_file, tmp_path):
    text = product_file.read_text()
    assert old in text
    path = tmp_path / product_file.name
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=word):
        read_product_header(path)


def test_a_parameter_file_is_no_product(written):
    with pytest.raises(InputError, match="header of a product"):
        read_product_header(written["STRLGT"])
