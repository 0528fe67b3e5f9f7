"""Parameter files made by our own writers, and a checker of the format's rules.

The checker shares no code with the package: an XML schema and a second pass
with the standard library's parser, both written from the format's description.
"""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from venus_analysis.parameters.content import Content
from venus_analysis.parameters.darkcu import DarkCurrent, Spike
from venus_analysis.parameters.header import new_header
from venus_analysis.parameters.names import TRI_DETECTORS
from venus_analysis.parameters.noismo import NoiseModel
from venus_analysis.parameters.outord import Defect, DefectiveColumns
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.relsen import RelativeSensitivity
from venus_analysis.parameters.strlgt import (
    CrossTalkFilter,
    HaloFilter,
    Kernel,
    StrayLight,
    Strip,
)

HERE = Path(__file__).parent
NS = "{http://eop-cfi.esa.int/CFI}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
TDI_OF_DIGIT = (32, 16, 8, 4, 2, 1)
WRITTEN = {
    "PHGAIN": ("0.40", "PhysicalGainData"),
    "DARKCU": ("1.9", "DarkCurrents"),
    "RELSEN": ("0.40", "RelativeSensitivities"),
    "NOISMO": ("0.40", "NoiseModel"),
    "OUTORD": ("0.40", "OutOfOrderDetectors"),
    "STRLGT": ("1.3", "StrayLightFilters"),
}


def _day_of_utc(text: str) -> str:
    return text[4:14].replace("-", "")


@functools.cache
def _schema() -> Any:
    from lxml import etree

    return etree.XMLSchema(etree.parse(str(HERE / "gipp_rules.xsd")))


MOST = {
    "Dark_Current": (5200, 5200),
    "Relative_Sensitivity": (5200, 5200),
    "Spike_Coefficients": (0, 5200),
    "Type1_Filter": (0, 1000),
    "Extension": (0, 100),
    "Type2_Vertical_Strip": (1, 5199),
}
"""Counts too large for the schema: its processor expands them."""


def _broken_rules(path: Path) -> list[str]:
    """Rules of the format that a written file breaks."""
    from lxml import etree

    schema = _schema()
    tree = etree.parse(str(path))
    broken = [] if schema.validate(tree) else [str(error) for error in schema.error_log]
    text = path.read_text(encoding="utf-8")
    if "ns0:" in text or re.search(r"<\w+:", text):
        broken.append("elements carry a prefix")
    root = ET.fromstring(text)
    kind = root.attrib[XSI_TYPE][:6]
    if root.attrib["schema_version"] != WRITTEN[kind][0]:
        broken.append("another schema version than the one to write")

    def one(tag: str) -> str:
        return next(root.iter(NS + tag)).text or ""

    name = one("File_Name")
    match = re.fullmatch(
        r"VE_(.{4})_GIP_(.{6})_([LS])_(.{8})_(\d{5})_(\d{8})_(\d{8})(?:_(B\d\d))?(?:_(\d{6}))?",
        name,
    )
    assert match, name
    cls, typ, letter, nick, serial, start, stop, band, mask = match.groups()
    starts = [element.text or "" for element in root.iter(NS + "Validity_Start")]
    stops = [element.text or "" for element in root.iter(NS + "Validity_Stop")]
    sites = [element.text or "" for element in root.iter(NS + "Applicable_SiteDefinition_Id")]
    extension = ".HDR" if kind == "STRLGT" else ".EEF"
    rules = {
        "name on disk": path.name == name + extension,
        "type": (typ, one("File_Type")) == (kind, "GIP_" + kind),
        "description": one("File_Description") == WRITTEN[kind][1],
        "class": one("File_Class") == cls,
        "serial": one("Serial_Key") == serial,
        "letter": one("Applicability_NickName_Type")[0] == letter,
        "nick": one("Applicability_NickName") == nick,
        "periods equal": len(set(starts)) == len(set(stops)) == 1 and len(starts) == 2,
        "start": _day_of_utc(starts[0]) == start,
        "stop": _day_of_utc(stops[0]) == stop,
        "version": one("File_Version") != "0000",
        "tail of name": len(name) - name.index(typ) - 7 <= 45,
        "no nan": not any(
            re.search(r"(^|\s)[-+]?(nan|inf)", element.text or "", re.IGNORECASE)
            for element in root.iter()
            if element.tag.removeprefix(NS) not in ("Notes", "Keyword", "Value")
        ),
        "all sites": nick != "ALLSITES" or letter == "S" or not sites,
        "one site": letter != "S" or (len(sites) == 1 and sites[0].endswith(nick)),
        "band in name": (band is not None) == (kind in ("DARKCU", "RELSEN", "OUTORD", "STRLGT")),
        "mask in name": (mask is not None) == (kind in ("DARKCU", "RELSEN")),
    }
    if band:
        rules["band"] = one("Band_Code") == band
    if mask:
        codes = [int(code) for code in one("TDI_Configuration_Values").split()]
        rules["mask"] = codes == sorted(
            tdi for digit, tdi in zip(mask, TDI_OF_DIGIT, strict=True) if digit == "1"
        ) and int(mask, 2) == sum(codes)
    for element in root.iter():
        if "count" in element.attrib:
            items = [int(item.attrib["sn"]) for item in element]
            for tag in {item.tag.removeprefix(NS) for item in element} & MOST.keys():
                rules[f"number of {tag}"] = MOST[tag][0] <= len(items) <= MOST[tag][1]
            rules[f"count of {element.tag}"] = int(element.attrib["count"]) == len(items)
            rules[f"sn in {element.tag}"] = items == list(range(1, len(items) + 1))
    for tag in ("Band_Physical_Gain", "Band_Noise_Model"):
        for element in root.iter(NS + tag):
            code = element.findtext(NS + "Band_Code") or ""
            rules[f"band order {code}"] = int(code[1:]) == int(element.attrib["sn"])
            tdi = " ".join(e.text or "" for e in element.iter(NS + "TDI_Configuration_Values"))
            rules[f"TDI once {code}"] = len(tdi.split()) == len(set(tdi.split()))
    for element in root.iter(NS + "Col_Range"):
        first, last = (int(element.findtext(NS + tag) or "0") for tag in ("First", "Last"))
        rules[f"range {first}"] = first <= last
    if kind == "STRLGT":
        rules |= _data_file_rules(root, path, name)
    return broken + [rule for rule, holds in rules.items() if not holds]


def _data_file_rules(root: ET.Element, path: Path, name: str) -> dict[str, bool]:
    import tifffile

    rules = {}
    shapes = {}
    for element in root.iter(NS + "Packaged_DBL_File"):
        relative = element.findtext(NS + "Relative_File_Path") or ""
        rules[f"path {relative}"] = relative.startswith(f"{name}.DBL.DIR/")
        with tifffile.TiffFile(path.parent / relative) as tiff:
            page = tiff.pages[0]
            rules[f"float32 {relative}"] = page.dtype == np.float32 and len(tiff.pages) == 1
            shapes[element.findtext(NS + "File_Definition")] = page.shape
    for element in root.iter(NS + "Filter_Array"):
        shape = tuple(int(element.findtext(NS + tag) or 0) for tag in ("Nb_of_Rows", "Nb_of_Cols"))
        rules[f"shape {shape}"] = shapes.get(element.findtext(NS + "File_Definition")) == shape
    return rules


@pytest.fixture(scope="session")
def broken_rules() -> Callable[[Path], list[str]]:
    """Checker: path of a written file -> rules it breaks."""
    return _broken_rules


class Maker:
    """Invented contents of all six types."""

    types = ("PHGAIN", "DARKCU", "RELSEN", "NOISMO", "OUTORD", "STRLGT")

    @staticmethod
    def header(kind: str, serial: int = 7, start: Any = "2017-08-01", **options: Any) -> Any:
        if kind in ("DARKCU", "RELSEN", "OUTORD", "STRLGT"):
            options.setdefault("band", "B5")
        if kind in ("DARKCU", "RELSEN"):
            options.setdefault("tdi", (1, 4, 8, 16, 32))
        options.setdefault("created", f"2018-01-{serial % 28 + 1:02d}")
        return new_header(kind, serial, start, **options)

    def content(
        self, kind: str, serial: int = 7, start: Any = "2017-08-01", seed: int = 1, **options: Any
    ) -> Content:
        random = np.random.default_rng(seed)
        header = self.header(kind, serial, start, **options)
        if kind == "PHGAIN":
            gain = np.repeat(np.round(random.uniform(0.2, 2.3, (12, 1)), 5), 5, axis=1)
            return PhysicalGain(header=header, gain=gain)
        if kind == "NOISMO":
            return NoiseModel(
                header=header, a=random.normal(size=(12, 5)), b=random.normal(size=(12, 5))
            )
        if kind == "DARKCU":
            spike = Spike(417, 310.0, (1.25, -0.0121, 4.1e-05, -3.2e-08), (2.4, 0.0085))
            return DarkCurrent(header=header, dark=random.uniform(20, 25, 5200), spikes=(spike,))
        if kind == "RELSEN":
            return RelativeSensitivity(
                header=header,
                first_slope=random.normal(1, 0.01, 5200),
                second_slope=random.normal(1, 0.01, 5200),
                break_level=random.normal(240, 2, 5200),
            )
        if kind == "OUTORD":
            return DefectiveColumns(
                header=header,
                defects={
                    1: (),
                    8: (Defect(1, 4, "BLIND"), Defect(3, 3, "NOISY")),
                    16: (Defect(5198, 5200, "FILTER_HOLE"),),
                },
            )
        kernels = [Kernel(random.normal(size=(3, 5))) for _ in range(3)]
        mates = next(bands for bands in TRI_DETECTORS.values() if header.name.band in bands)
        source = next(band for band in mates if band != header.name.band)
        return StrayLight(
            header=header,
            overlap_margin=32,
            halo=(HaloFilter(0, 2599, kernels[0]), HaloFilter(2600, 5199, kernels[1])),
            cross_talk=(
                CrossTalkFilter(
                    source, kernels[2], 16, (Strip(0, 99, 0.85, 38), Strip(100, 5199, 1.2, -27))
                ),
            ),
        )


@pytest.fixture(scope="session")
def make() -> Maker:
    """Maker of invented contents."""
    return Maker()


@pytest.fixture(scope="session")
def written(make: Maker, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file of each type, written once."""
    folder = tmp_path_factory.mktemp("gipp")
    return {kind: make.content(kind).write(folder) for kind in make.types}


PRODUCT = """<?xml version="1.0" encoding="UTF-8"?>
<Earth_Explorer_Header xmlns="http://eop-cfi.esa.int/CFI"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="VSC_PDT_L1_Header_Type"
 schema_version="1.6"><Fixed_Header><File_Name>VE_VM02_VSC_L1VALD_TESTSITE_20200304</File_Name>
<File_Class>VM02</File_Class><File_Type>VSC_L1VALD</File_Type>
<Validity_Period><Validity_Start>UTC=2020-03-04T05:06:00</Validity_Start>
<Validity_Stop>UTC=2020-03-04T05:06:15</Validity_Stop></Validity_Period></Fixed_Header>
<Variable_Header><Specific_Product_Header><Instance_Id><Nick_Name>TESTSITE</Nick_Name></Instance_Id>
<Product_Information><Product_Level>L1</Product_Level>
<Acquisition_Date_Time>UTC=2020-03-04T05:06:07.5</Acquisition_Date_Time>
<Acquisition_Orbit_Number unit="abs">NIL=N/A</Acquisition_Orbit_Number>
<Processing_Information><List_of_GIPP_Files count="2">
<GIPP_File sn="1"><Nature>GIP_PHGAIN</Nature>
<Logical_Name>VE_OPER_GIP_PHGAIN_L_ALLSITES_00007_20170801_99991231</Logical_Name></GIPP_File>
<GIPP_File sn="2"><Nature>GIP_OTHERS</Nature><Logical_Name>SOMETHING</Logical_Name></GIPP_File>
</List_of_GIPP_Files></Processing_Information>
<Solar_Angles><Useful_Image><Image_Center><Azimuth>150.0</Azimuth><Zenith>30.5</Zenith>
</Image_Center></Useful_Image></Solar_Angles>
<List_of_Viewing_Angles count="1"><Viewing_Angles sn="2"><Useful_Image>
<Upper_Left_Corner><Nil/></Upper_Left_Corner>
<Image_Center><Azimuth>100.0</Azimuth><Zenith>8.25</Zenith></Image_Center>
</Useful_Image></Viewing_Angles></List_of_Viewing_Angles>
<Viewing_Angles_In_Satellite_Frame unit="deg"><X_Direction>350</X_Direction>
<Y_Direction>12.5</Y_Direction><XY_Direction>NONE</XY_Direction></Viewing_Angles_In_Satellite_Frame>
<Cloud_Percentage>NIL=N/A</Cloud_Percentage>
<Reflectance_Quantification_Value>NONE</Reflectance_Quantification_Value>
<List_of_Aks count="2"><Ak sk="B01">0.25</Ak><Ak sk="B12">1.5</Ak></List_of_Aks>
<Processing_Flags_And_Modes><Equalization>true</Equalization><Remanence>false</Remanence>
</Processing_Flags_And_Modes></Product_Information>
<Image_Information><Size><Lines>10</Lines><Columns>20</Columns></Size>
<List_of_Bands count="3"><Band sn="1">B01</Band><Band sn="2">B12</Band><Band sn="3">SAT</Band>
</List_of_Bands></Image_Information>
<Product_Organization><Image_File><Nature>VSC_PDTIMG</Nature>
<File_Location>./X.DBL.DIR/IMG.HDR</File_Location></Image_File></Product_Organization>
</Specific_Product_Header></Variable_Header></Earth_Explorer_Header>
"""


@pytest.fixture(scope="session")
def product_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented L1 product header."""
    path = tmp_path_factory.mktemp("product") / "VE_VM02_VSC_L1VALD_TESTSITE_20200304.HDR"
    path.write_text(PRODUCT)
    return path
