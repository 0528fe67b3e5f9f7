"""Reading of an L1 product header."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.fields import Fields, number, open_document
from venus_analysis.parameters.instants import instant, parse_utc
from venus_analysis.parameters.names import FileName, band_name
from venus_analysis.parameters.product_header import AREAS, POINTS, ProductHeader, fold_angle
from venus_analysis.parameters.xml import BLANKS, CFI

SPECIFIC = "Variable_Header/Specific_Product_Header"
INFORMATION = f"{SPECIFIC}/Product_Information"
IMAGE = f"{SPECIFIC}/Image_Information"
MAP = f"{SPECIFIC}/Geo_Referencing_Information/Product_Coverage/Cartographic"
FILES = f"{SPECIFIC}/Product_Organization"


class Paths:
    """Look-ups by path in a document, with errors that name the path."""

    def __init__(self, fields: Fields) -> None:
        self.root, self.name = fields.element, fields.where

    def element(self, path: str, below: Any = None) -> Any:
        """First element at a path, or None."""
        steps = "/".join(f"{{{CFI}}}{step}" for step in path.split("/"))
        return (self.root if below is None else below).find(steps)

    def elements(self, path: str) -> list[Any]:
        """All elements at a path."""
        steps = "/".join(f"{{{CFI}}}{step}" for step in path.split("/"))
        return list(self.root.findall(steps))

    def text(self, path: str, below: Any = None) -> str | None:
        """Text at a path; None when it is absent, empty, ``NONE`` or ``NIL=...``."""
        found = self.element(path, below)
        text = "" if found is None else (found.text or "").strip(BLANKS)
        return None if text in ("", "NONE") or text.startswith("NIL=") else text

    def number(self, path: str, below: Any = None) -> float | None:
        """Finite number at a path, or None."""
        text = self.text(path, below)
        return None if text is None else number(text, f"{self.name}: {path}")

    def integer(self, path: str) -> int | None:
        """Integer at a path, or None."""
        value = self.number(path)
        if value is not None and value != int(value):
            raise InputError(f"{self.name}: {path}", "an integer", str(value), "correct it")
        return None if value is None else int(value)

    def by_band(self, path: str, lowest: float = -np.inf) -> dict[str, float]:
        """Numbers of items with a band in ``sk``; each band once."""
        values: dict[str, float] = {}
        for item in self.elements(path):
            where = f"{self.name}: {path}"
            band = band_name(item.get("sk") or "", where)
            if band in values:
                raise InputError(where, "each band once", f"{band} again", "correct the header")
            values[band] = number(item.text or "", where, lowest)
        return values


def read_product_header(path: Path | str) -> ProductHeader:
    """Read the header of an L1 (or 1A) product.

    Fields the header does not have are None or empty; a field that is there
    and cannot be understood is an error.

    Parameters
    ----------
    path
        ``VE_<class>_VSC_L1..._<nick>_<day>.HDR``.

    Raises
    ------
    InputError
        The only exception: the document is refused (see `xml`), is no
        product header, or holds a number that cannot be understood.
    """
    fields = open_document(path)
    paths = Paths(fields)
    if fields.name != "Earth_Explorer_Header" or paths.element(INFORMATION) is None:
        raise InputError(
            f"{fields.where}: root",
            "the header of a product",
            f"{fields.name} of type {fields.source.root_type}"[:120],
            "choose the product's own .HDR file",
        )
    warnings = fields.source.warnings
    name = paths.text("Fixed_Header/File_Name") or ""
    if Path(path).stem != name:
        warnings.append(f"{fields.where}: the name on disk differs from {name}")
    return ProductHeader(
        path=Path(path),
        name=name,
        product_type=paths.text("Fixed_Header/File_Type") or "",
        file_class=paths.text("Fixed_Header/File_Class") or "",
        site=paths.text(f"{SPECIFIC}/Instance_Id/Nick_Name") or "",
        site_id=paths.text(f"{INFORMATION}/Reference_SiteDefinition_Id"),
        level=paths.text(f"{INFORMATION}/Product_Level"),
        time=_time(paths, f"{INFORMATION}/Acquisition_Date_Time"),
        start=_required_time(paths, "Fixed_Header/Validity_Period/Validity_Start"),
        stop=_required_time(paths, "Fixed_Header/Validity_Period/Validity_Stop"),
        created=_time(paths, f"{INFORMATION}/Processing_Information/Date_Time"),
        orbit=paths.integer(f"{INFORMATION}/Acquisition_Orbit_Number"),
        parameter_files=_parameter_files(paths, warnings),
        absolute_gain=paths.by_band(f"{INFORMATION}/List_of_Aks/Ak", 0.0),
        polarisation=paths.by_band(
            f"{INFORMATION}/List_of_Polarization_Coefficients/Polarization_Coefficient"
        ),
        central_wavelength_nm=paths.by_band(
            f"{INFORMATION}/List_of_Band_Central_Wavelength/Band_Central_Wavelength"
        ),
        flags=_flags(paths),
        quality=_quality(paths),
        quantification=paths.number(f"{INFORMATION}/Reflectance_Quantification_Value"),
        satellite_frame_deg=_satellite_frame(paths),
        cloud_percentage=paths.number(f"{INFORMATION}/Cloud_Percentage"),
        bands=_bands(paths),
        lines=paths.integer(f"{IMAGE}/Size/Lines"),
        columns=paths.integer(f"{IMAGE}/Size/Columns"),
        bits=paths.integer(f"{IMAGE}/Number_of_Significant_Bits"),
        nodata=paths.integer(f"{IMAGE}/Nodata_Value"),
        epsg=_epsg(paths),
        upper_left_m=_pair(paths, f"{MAP}/Upper_Left_Corner/X", f"{MAP}/Upper_Left_Corner/Y"),
        sampling_m=_pair(
            paths, f"{MAP}/Sampling_Interval/By_Line", f"{MAP}/Sampling_Interval/By_Column"
        ),
        image_files=_image_files(paths),
        annexes=_annexes(paths),
        angles_deg=_angles(paths),
        warnings=tuple(warnings),
    )


def _time(paths: Paths, path: str) -> np.datetime64 | None:
    text = paths.text(path)
    return None if text is None else parse_utc(text, f"{paths.name}: {path}", fraction=True)


def _required_time(paths: Paths, path: str) -> np.datetime64:
    text = paths.text(path) or ""
    return instant(parse_utc(text, f"{paths.name}: {path}", fraction=True))


def _parameter_files(paths: Paths, warnings: list[str]) -> tuple[FileName, ...]:
    names = []
    files = f"{INFORMATION}/Processing_Information/List_of_GIPP_Files/GIPP_File"
    for item in paths.elements(files):
        text = paths.text("Logical_Name", item) or ""
        try:
            names.append(FileName.parse(text, f"{paths.name}: GIPP_File"))
        except InputError as error:
            warnings.append(str(error))
    return tuple(names)


def _flags(paths: Paths) -> dict[str, bool]:
    block = paths.element(f"{INFORMATION}/Processing_Flags_And_Modes")
    flags: dict[str, bool] = {}
    for item in () if block is None else block:
        name, text = item.tag.rpartition("}")[2], (item.text or "").strip(BLANKS)
        if text not in ("true", "false"):
            raise InputError(
                f"{paths.name}: {name}", "true or false", repr(text[:40]), "correct the flag"
            )
        flags[name] = text == "true"
    return flags


def _quality(paths: Paths) -> tuple[tuple[str, str | None, float | None], ...]:
    return tuple(
        (
            paths.text("Code", item) or "",
            _optional(band_name, paths.text("Band_Code", item)),
            paths.number("Value", item),
        )
        for item in paths.elements(f"{INFORMATION}/List_of_Quality_Indexes/Quality_Index")
    )


def _optional(convert: Callable[[str], str], text: str | None) -> str | None:
    return None if text is None else convert(text)


def _satellite_frame(paths: Paths) -> dict[str, float]:
    angles = {}
    for axis in ("X", "Y", "XY"):
        value = paths.number(f"{INFORMATION}/Viewing_Angles_In_Satellite_Frame/{axis}_Direction")
        if value is not None:
            angles[axis] = fold_angle(value)
    return angles


def _bands(paths: Paths) -> tuple[str, ...]:
    texts = [
        (item.text or "").strip(BLANKS) for item in paths.elements(f"{IMAGE}/List_of_Bands/Band")
    ]
    return tuple(band_name(text) if re.fullmatch(r"B\d\d", text) else text for text in texts)


def _epsg(paths: Paths) -> int | None:
    text = paths.text(f"{MAP}/Coordinate_Reference_System/Code")
    match = re.fullmatch(r"EPSG:(\d{1,6})", text or "", re.ASCII)
    return int(match[1]) if match else None


def _pair(paths: Paths, first: str, second: str) -> tuple[float, float] | None:
    one, other = paths.number(first), paths.number(second)
    return None if one is None or other is None else (one, other)


def _inner_path(paths: Paths, item: Any) -> PurePosixPath:
    text = paths.text("File_Location", item) or ""
    path = PurePosixPath(text)
    if not path.name or path.is_absolute() or ".." in path.parts or "\\" in text:
        raise InputError(
            f"{paths.name}: File_Location",
            "a path below the header's folder",
            repr(text[:100]),
            "product files stay beside their header",
        )
    return path


def _image_files(paths: Paths) -> tuple[PurePosixPath, ...]:
    items = paths.elements(f"{FILES}/Image_File")
    items += paths.elements(f"{FILES}/List_of_Image_Files/Image_File")
    return tuple(_inner_path(paths, item).with_suffix(".DBL.TIF") for item in items)


def _annexes(paths: Paths) -> dict[str, PurePosixPath]:
    items = paths.elements(f"{FILES}/List_of_Annex_Files/Annex_File")
    return {str(item.get("sk")): _inner_path(paths, item) for item in items}


def _angles(paths: Paths) -> dict[tuple[int, str, str], tuple[float, float]]:
    blocks = {0: paths.element(f"{INFORMATION}/Solar_Angles")}
    for item in paths.elements(f"{INFORMATION}/List_of_Viewing_Angles/Viewing_Angles"):
        detector = (item.get("sn") or "").strip(BLANKS)
        if detector not in ("1", "2", "3", "4") or int(detector) in blocks:
            raise InputError(
                f"{paths.name}: Viewing_Angles",
                "tri-detectors 1 to 4, each once",
                f"sn {detector[:20]!r}",
                "correct the list",
            )
        blocks[int(detector)] = item
    found = {}
    for detector, block in blocks.items():
        for area, area_tag in AREAS.items():
            for point, point_tag in POINTS.items():
                pair = (
                    ()
                    if block is None
                    else [
                        paths.number(f"{area_tag}/{point_tag}/{angle}", block)
                        for angle in ("Azimuth", "Zenith")
                    ]
                )
                if len(pair) == 2 and pair[0] is not None and pair[1] is not None:
                    found[detector, area, point] = (pair[0], pair[1])
    return found
