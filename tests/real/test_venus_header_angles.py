"""Angles between the corners of a real VENuS header, against those it states inside."""

from __future__ import annotations

import re

import numpy as np
import pytest

from venus_analysis.collect.venus_angles import between_corners
from venus_analysis.parameters.names import TRI_DETECTORS
from venus_analysis.parameters.product_header import POINTS
from venus_analysis.parameters.product_read import read_product_header

PLACES = {"centre": "Center"} | {p: tag for p, tag in POINTS.items() if p != "centre"}


def test_angles_of_the_useful_image_follow_from_the_corners_of_the_product(real_data) -> None:
    path = real_data / "products" / "VE_VM01_VSC_L1VALD_ISRAEL03_20190204.HDR"
    header = read_product_header(path)
    text = path.read_text()
    text = text[text.index("<Useful_Image_Geo_Coverage>") :]
    for key in (0, *TRI_DETECTORS):
        corners = np.array(
            [
                [header.angles_deg[key, "product", point] for point in row]
                for row in (("upper_left", "upper_right"), ("lower_left", "lower_right"))
            ]
        )[..., ::-1]
        for point, tag in PLACES.items():
            found = re.search(rf"<{tag}>.*?<Line>(\d+)</Line>\s*<Column>(\d+)", text, re.DOTALL)
            line, column = int(found[1]), int(found[2])
            shares = line / (header.lines - 1), column / (header.columns - 1)
            zenith, azimuth = between_corners(corners, *shares)
            stated = header.angles_deg[key, "useful_image", point]
            assert zenith == pytest.approx(stated[1], abs=0.01)
            assert azimuth == pytest.approx(stated[0], abs=0.03)
