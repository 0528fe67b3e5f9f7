"""Metadata of SIMULATED L1 products: only what readers look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from venus_analysis.collect.venus_angles import between_corners
from venus_analysis.collect.venus_product import SUN
from venus_analysis.parameters.names import BANDS, TRI_DETECTORS, band_code
from venus_analysis.parameters.product_header import POINTS
from venus_analysis.parameters.xml import CFI, XSI

if TYPE_CHECKING:
    from venus_analysis.simulate.l1c_product import L1cScene

SQUARE = {
    "upper_left": (0.0, 0.0),
    "upper_right": (0.0, 1.0),
    "lower_left": (1.0, 0.0),
    "lower_right": (1.0, 1.0),
}


def native_header(scene: L1cScene, name: str, image: str, placed: Mapping[str, Any]) -> bytes:
    """Header of the native layout."""
    time = f"UTC={str(scene.time)[:19]}"
    step = placed["transform"]
    angles = [
        _element("Solar_Angles", _areas(scene, SUN)),
        _element(
            "List_of_Viewing_Angles",
            [_element("Viewing_Angles", _areas(scene, n), sn=str(n)) for n in TRI_DETECTORS],
            count="4",
        ),
    ]
    gains = [
        _element("Ak", f"{value:.5g}", sk=band_code(band))
        for band, value in scene.absolute_gain.items()
    ]
    information = [
        _element("Product_Level", "L1"),
        _element("Acquisition_Date_Time", time),
        *angles,
        _element("Reflectance_Quantification_Value", "0.001"),
        _element("List_of_Aks", gains, count=str(len(gains))),
    ]
    bands = [*map(band_code, BANDS), "SAT", "PIX", "CLD"]
    size = {"Lines": scene.lines, "Columns": scene.columns, "Bands": len(bands)}
    picture = [
        _element("Nodata_Value", "0"),
        _element("Size", [_element(tag, str(value)) for tag, value in size.items()]),
        _element("List_of_Bands", [_element("Band", b, sn=str(n)) for n, b in enumerate(bands, 1)]),
    ]
    corner = {"X": step.c + step.a / 2, "Y": step.f + step.e / 2}
    chart = [
        _element("Coordinate_Reference_System", [_element("Code", placed["crs"])]),
        _element("Upper_Left_Corner", [_element(k, f"{v:.3f}") for k, v in corner.items()]),
    ]
    specific = [
        _element("Instance_Id", [_element("Nick_Name", "SIMULATED")]),
        _element("Product_Information", information),
        _element("Image_Information", picture),
        _element(
            "Geo_Referencing_Information",
            [_element("Product_Coverage", [_element("Cartographic", chart)])],
        ),
        _element(
            "Product_Organization", [_element("Image_File", [_element("File_Location", image)])]
        ),
    ]
    validity = [_element("Validity_Start", time), _element("Validity_Stop", time)]
    fixed = [
        _element("File_Name", name),
        _element("File_Class", "TEST"),
        _element("File_Type", "VSC_L1VALD"),
        _element("Validity_Period", validity),
    ]
    variable = [_element("Specific_Product_Header", specific)]
    root = _element(
        "Earth_Explorer_Header",
        [_element("Fixed_Header", fixed), _element("Variable_Header", variable)],
    )
    opening = (
        f'<Earth_Explorer_Header xmlns="{CFI}" xmlns:xsi="{XSI}" '
        'xsi:type="VSC_PDT_L1_Header_Type" schema_version="1.6">'
    )
    return xml_bytes(root).replace(b"<Earth_Explorer_Header>", opening.encode(), 1)


def muscate_metadata(scene: L1cScene, name: str, placed: Mapping[str, Any]) -> bytes:
    """Metadata of the MUSCATE layout."""
    characteristics = {
        "PRODUCT_ID": name,
        "ACQUISITION_DATE": f"{scene.time.astype('M8[ms]')!s}Z",
        "PRODUCT_LEVEL": "L1C",
        "PLATFORM": "VENUS",
    }
    images = [_element("IMAGE_FILE", f"{name}_REF_{b}.tif", band_id=b) for b in BANDS]
    masks = {
        "Cloud": [_element("MASK_FILE", f"MASKS/{name}_CLD_XS.tif", group_id="XS")],
        "Saturation": _masks(name, "SAT"),
        "Aberrant_Pixels": _masks(name, "PIX"),
    }
    axes = ("DX", "DY")
    sun = [
        _element("DATA_FILE", f"DATA/{name}_SOL_ALL.tif", altitude="3000m", axis=axis,
                 band_number=str(n))
        for n, axis in enumerate(axes, 1)
    ]  # fmt: skip
    view = [
        _element("DATA_FILE", f"DATA/{name}_VIE_ALL.tif", detector_id=f"{number:02d}", axis=axis,
                 band_number=str(2 * k + n))
        for k, number in enumerate(TRI_DETECTORS)
        for n, axis in enumerate(axes, 1)
    ]  # fmt: skip
    data = {"Solar_Angles_Grid": sun, "Viewing_Angles_Grid": view}
    product = _element(
        "Muscate_Product",
        [
            _list("Image", {"Reflectance": images}),
            _list("Mask", masks),
            _list("Data", data),
        ],
    )
    means = {key: _mean(scene, key) for key in scene.corners}
    angles = [
        _element("Sun_Angles", means[SUN]),
        _element(
            "Mean_Viewing_Incidence_Angle_List",
            [
                _element("Mean_Viewing_Incidence_Angle", means[n], detector_id=f"{n:02d}")
                for n in TRI_DETECTORS
            ],
        ),
    ]
    size = {"NROWS": scene.lines, "NCOLS": scene.columns}
    position = [
        _element("Group_Geopositioning", [_element(k, str(v)) for k, v in size.items()]),
        _element("HORIZONTAL_CS_CODE", placed["crs"].removeprefix("EPSG:")),
    ]
    radiometry = [
        _element("REFLECTANCE_QUANTIFICATION_VALUE", "1000.0"),
        _element("SPECIAL_VALUE", "0", name="nodata"),
    ]
    root = _element(
        "Muscate_Metadata_Document",
        [
            _element("Dataset_Identification", [_element("GEOGRAPHICAL_ZONE", "SIMULATED")]),
            _element(
                "Product_Characteristics", [_element(k, v) for k, v in characteristics.items()]
            ),
            _element("Product_Organisation", [product]),
            _element("Geoposition_Informations", position),
            _element("Geometric_Informations", [_element("Mean_Value_List", angles)]),
            _element("Radiometric_Informations", radiometry),
        ],
    )
    return xml_bytes(root)


def _element(tag: str, content: str | Iterable[Any] = (), **attributes: str) -> Any:
    from lxml import etree

    element = etree.Element(tag, attributes)
    if isinstance(content, str):
        element.text = content
    else:
        element.extend(content)
    return element


def xml_bytes(root: Any) -> bytes:
    """Document of a root, indented."""
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _list(kind: str, natures: Mapping[str, Iterable[Any]]) -> Any:
    items = [
        _element(
            kind,
            [
                _element(f"{kind}_Properties", [_element("NATURE", nature)]),
                _element(f"{kind}_File_List", files),
            ],
        )
        for nature, files in natures.items()
    ]
    return _element(f"{kind}_List", items)


def _masks(name: str, code: str) -> list[Any]:
    return [
        _element("MASK_FILE", f"MASKS/{name}_{code}_{b}.tif", band_id=b, bit_number="1")
        for b in BANDS
    ]


def _areas(scene: L1cScene, key: int) -> list[Any]:
    places = {"Product": SQUARE, "Useful_Image": SQUARE | {"centre": (0.5, 0.5)}}
    return [
        _element(
            area,
            [
                _pair(POINTS[p], between_corners(scene.corners[key], *at))
                for p, at in points.items()
            ],
        )
        for area, points in places.items()
    ]


def _pair(tag: str, direction: tuple[float, float]) -> Any:
    zenith, azimuth = direction
    return _element(
        tag, [_element("Azimuth", f"{azimuth:.6f}"), _element("Zenith", f"{zenith:.6f}")]
    )


def _mean(scene: L1cScene, key: int) -> list[Any]:
    """Mean over the image, as the mean offset of a height."""
    shares = np.linspace(0.0, 1.0, 21)
    pairs = [between_corners(scene.corners[key], i, j) for i in shares for j in shares]
    zenith, azimuth = np.deg2rad(np.array(pairs)).T
    offset = np.mean(np.tan(zenith) * np.exp(1j * azimuth))
    values = {
        "ZENITH_ANGLE": np.rad2deg(np.arctan(abs(offset))),
        "AZIMUTH_ANGLE": np.rad2deg(np.angle(offset)) % 360.0,
    }
    return [_element(tag, f"{value:.6f}", unit="deg") for tag, value in values.items()]
