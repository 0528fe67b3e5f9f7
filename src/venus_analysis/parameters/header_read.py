"""Header of a parameter file from XML."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from venus_analysis.errors import InputError
from venus_analysis.parameters.fields import Fields, open_document
from venus_analysis.parameters.header import SCHEMAS, SYSTEMS, Header, site_problem
from venus_analysis.parameters.instants import format_day, parse_utc
from venus_analysis.parameters.names import (
    CLASS,
    CONTENT_TYPES,
    HEADER_TYPES,
    TDI,
    FileName,
    band_name,
    check_tdi,
)
from venus_analysis.parameters.xml import BLANKS

_TDI_CODES = {f"{tdi:02d}": tdi for tdi in TDI}


@dataclass(frozen=True)
class OpenFile:
    """A parameter file with its header read and its body still to be read.

    Parameters
    ----------
    path, header
        The file, and its header.
    data_block
        Body of a file with header and data in one document.
    organization, correction
        The two bodies in the header of a STRLGT file.
    warnings
        The document's warnings; readers of bodies add to them.
    """

    path: Path
    header: Header
    data_block: Fields | None
    organization: Fields | None
    correction: Fields | None
    warnings: list[str]


def read_header(path: Path | str) -> Header:
    """Header of a parameter file of any type.

    A difference between the name on disk, ``File_Name`` and the fields is a
    warning on the header. Then ``File_Name`` rules class, type, serial, band
    and TDI of the object, and ``Fixed_Header`` its validity; a registry goes
    by the name on disk, as product headers do.

    Parameters
    ----------
    path
        ``.EEF`` or ``.HDR`` file.

    Raises
    ------
    InputError
        When the document is refused or its structure or values are invalid.
    """
    return open_file(path).header


def open_file(path: Path | str, file_type: str | None = None) -> OpenFile:
    """Read the header of a parameter file and hand over its body (see `OpenFile`).

    Parameters
    ----------
    path
        File to read.
    file_type
        The type it must be; any when absent.
    """
    root = open_document(path, columns_apart=True)
    kind = _root_type(root, file_type)
    with_data = root.name == "Earth_Explorer_File"
    top = root.child("Earth_Explorer_Header") if with_data else root
    fixed, variable = top.child("Fixed_Header"), top.child("Variable_Header")
    top.end()
    block = root.child("Data_Block") if with_data else None
    root.end()
    header, organization, correction = _read(fixed, variable, kind)
    _check_version(root, kind)
    _check_name_on_disk(root, header)
    warnings = root.source.warnings
    header = header.with_warnings(warnings)
    return OpenFile(root.source.path, header, block, organization, correction, warnings)


def _root_type(root: Fields, wanted: str | None) -> str:
    match = re.fullmatch(r"([0-9A-Z_]{6})_(File|Header)_Type", root.source.root_type, re.ASCII)
    kind, form = match.groups() if match else ("", "")
    known_form = "Header" if kind in HEADER_TYPES else "File"
    if (
        root.name != f"Earth_Explorer_{form}"
        or (kind in SCHEMAS and form != known_form)
        or (wanted is not None and wanted != kind)
    ):
        raise InputError(
            f"{root.where}: root",
            f"a {wanted or 'parameter'} file",
            f"{root.name} of type {root.source.root_type}"[:120],
            "check that this is the file meant",
        )
    return str(kind)


def _read(
    fixed: Fields, variable: Fields, kind: str
) -> tuple[Header, Fields | None, Fields | None]:
    header = _read_fixed(fixed, kind)
    main = variable.child("Main_Product_Header")
    consumers = main.items("List_of_Consumers", "Consumer", 0, 10)
    extensions = main.items("List_of_Extensions", "Extension", 0, 100)
    main.end()
    specific = variable.child("Specific_Product_Header")
    variable.end()
    _read_instance(specific.child("Instance_Id"), header)
    has_data_folder = specific.next_name() == "DBL_Organization"
    organization = specific.child("DBL_Organization") if has_data_folder else None
    sites = specific.items(
        "List_of_Applicable_SiteDefinition_Ids", "Applicable_SiteDefinition_Id", 0, 100_000
    )
    correction = specific.child("Correction_Parameters") if kind == "STRLGT" else None
    if kind in CONTENT_TYPES:
        specific.end()
    header = replace(
        header,
        consumers=tuple(item.own_text().strip(BLANKS) for item in consumers),
        extensions=tuple(_extension(item) for item in extensions),
        sites=tuple(item.own_text().strip(BLANKS) for item in sites),
    )
    problem = site_problem(header)
    if problem:
        fixed.source.warn(f"{specific.where}: sites and name disagree: {problem}")
    return header, organization, correction


def _read_fixed(fixed: Fields, kind: str) -> Header:
    name = FileName.parse(fixed.text("File_Name"), f"{fixed.where}/File_Name")
    if name.file_type != kind:
        raise InputError(
            f"{fixed.where}/File_Name", f"a {kind} file", str(name), "correct name or root"
        )
    description = fixed.text("File_Description")
    if kind in SCHEMAS and description != SCHEMAS[kind][2]:
        fixed.source.warn(f"{fixed.where}/File_Description: unknown text {description[:60]!r}")
    notes = fixed.raw_text("Notes")
    _compare(fixed, "Mission", "VENuS")
    _compare_class(fixed, name)
    _compare(fixed, "File_Type", f"GIP_{kind}")
    start, stop = _period(fixed)
    version = _file_version(fixed)
    origin = fixed.child("Source")
    system = origin.text("System")
    if system not in SYSTEMS:
        fixed.source.warn(f"{origin.where}/System: {system[:60]!r} is no known system")
    creator, creator_version = origin.text("Creator"), origin.text("Creator_Version")
    creation = parse_utc(origin.text("Creation_Date"), f"{origin.where}/Creation_Date")
    origin.end()
    fixed.end()
    _compare_days(fixed, name, start, stop)
    return Header(name, start, stop, creation, system, creator, creator_version, version, notes)


def _compare(fields: Fields, name: str, expected: str) -> None:
    value = fields.text(name)
    if value != expected:
        fields.source.warn(f"{fields.where}/{name}: {value[:60]!r} instead of {expected!r}")


def _compare_class(fixed: Fields, name: FileName) -> None:
    value, where = fixed.text("File_Class"), f"{fixed.where}/File_Class"
    if not re.fullmatch(CLASS, value, re.ASCII):
        raise InputError(
            where, "a known class as OPER, TEST or VM01", repr(value[:40]), "correct the class"
        )
    if value != name.file_class:
        fixed.source.warn(f"{where}: {value!r} instead of {name.file_class!r}")


def _compare_days(fixed: Fields, name: FileName, *period: np.datetime64) -> None:
    for part, end, day in zip(("start", "stop"), period, (name.start, name.stop), strict=True):
        if format_day(end) != format_day(day):
            fixed.source.warn(
                f"{fixed.where}: validity {part} {format_day(end)} instead of {format_day(day)}"
            )
    if period[0] > period[1]:
        fixed.source.warn(f"{fixed.where}: the validity ends before it starts")


def _file_version(fixed: Fields) -> int:
    text, where = fixed.text("File_Version"), f"{fixed.where}/File_Version"
    if not re.fullmatch(r"\d{4}", text, re.ASCII):
        raise InputError(where, "four digits", repr(text[:40]), "correct the version")
    if text == "0000":
        fixed.source.warn(f"{where}: 0000 is no version")
    return int(text)


def _period(fields: Fields) -> tuple[np.datetime64, np.datetime64]:
    period = fields.child("Validity_Period")
    start = parse_utc(period.text("Validity_Start"), f"{period.where}/Validity_Start")
    stop = parse_utc(period.text("Validity_Stop"), f"{period.where}/Validity_Stop")
    period.end()
    return start, stop


def _extension(item: Fields) -> tuple[str, str]:
    pair = (item.raw_text("Keyword"), item.raw_text("Value"))
    item.end()
    return pair


def _read_instance(instance: Fields, header: Header) -> None:
    name, warn = header.name, instance.source.warn
    kind = "L_LIST" if name.applicability == "L" else "S_SITE"
    _compare(instance, "Applicability_NickName_Type", kind)
    _compare(instance, "Applicability_NickName", name.nick)
    _compare(instance, "Serial_Key", f"{name.serial:05d}")
    if _period(instance) != (header.start, header.stop):
        warn(f"{instance.where}: its validity differs from the Fixed_Header's")
    if name.band is not None:
        band = read_band(instance)
        if band != name.band:
            warn(f"{instance.where}/Band_Code: {band} instead of {name.band}")
    if name.tdi is not None:
        tdi = read_tdi(instance, "TDI_Configuration_Values")
        if tdi != name.tdi:
            warn(f"{instance.where}: TDI {tdi} instead of {name.tdi}")
    if name.file_type in CONTENT_TYPES:
        instance.end()


def read_band(fields: Fields, name: str = "Band_Code") -> str:
    """Take a band code; the package's band name."""
    code, where = fields.text(name), f"{fields.where}/{name}"
    return band_name(code if len(code) == 3 else "", where)


def read_tdi(fields: Fields, name: str) -> tuple[int, ...]:
    """Take a list of two-digit TDI codes; ascending TDI numbers."""
    text, where = fields.text(name), f"{fields.where}/{name}"
    codes = text.split()
    if set(codes) - set(_TDI_CODES):
        raise InputError(where, "TDI codes 01 04 08 16 32", repr(text[:60]), "correct the codes")
    return check_tdi((_TDI_CODES[code] for code in codes), where)


def _check_version(root: Fields, kind: str) -> None:
    text = (root.source.version or "").strip(BLANKS)
    if not re.fullmatch(r"\d{1,4}(\.\d{1,6})?", text, re.ASCII):
        root.source.warn(f"{root.where}: schema_version {text[:40]!r} is no decimal number")
    elif kind in SCHEMAS and float(text) < float(SCHEMAS[kind][1]):
        root.source.warn(f"{root.where}: schema_version {text} is older than {SCHEMAS[kind][1]}")


def _check_name_on_disk(root: Fields, header: Header) -> None:
    extension = ".EEF" if root.name == "Earth_Explorer_File" else ".HDR"
    if root.source.path.name != f"{header.name}{extension}":
        root.source.warn(f"{root.where}: the name on disk differs from {header.name}{extension}")
