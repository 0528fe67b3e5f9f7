"""Header of a parameter file to XML."""

from __future__ import annotations

from typing import Any

from venus_analysis.parameters.header import SCHEMAS, Header, require_writable
from venus_analysis.parameters.instants import format_utc
from venus_analysis.parameters.names import band_code
from venus_analysis.parameters.xml_write import branch, item_list, leaf, root_attributes


def tdi_text(tdi: tuple[int, ...]) -> str:
    """TDI codes as the files write them.

    Examples
    --------
    >>> tdi_text((1, 8, 32))
    '01 08 32'
    """
    return " ".join(f"{value:02d}" for value in tdi)


def header_elements(
    header: Header, organization: Any = None, correction: Any = None
) -> tuple[Any, Any]:
    """``Fixed_Header`` and ``Variable_Header`` of a header that keeps the rules.

    Raises
    ------
    InputError
        From `require_writable`.
    """
    require_writable(header)
    name = header.name
    fixed = branch(
        "Fixed_Header",
        leaf("File_Name", name),
        leaf("File_Description", SCHEMAS[name.file_type][2]),
        leaf("Notes", header.notes),
        leaf("Mission", "VENuS"),
        leaf("File_Class", name.file_class),
        leaf("File_Type", f"GIP_{name.file_type}"),
        _period_element(header),
        leaf("File_Version", f"{header.version:04d}"),
        branch(
            "Source",
            leaf("System", header.system),
            leaf("Creator", header.creator),
            leaf("Creator_Version", header.creator_version),
            leaf("Creation_Date", format_utc(header.creation)),
        ),
    )
    main = branch(
        "Main_Product_Header",
        item_list("List_of_Consumers", [leaf("Consumer", code) for code in header.consumers]),
        item_list(
            "List_of_Extensions",
            [
                branch("Extension", leaf("Keyword", keyword), leaf("Value", value))
                for keyword, value in header.extensions
            ],
        ),
    )
    sites = item_list(
        "List_of_Applicable_SiteDefinition_Ids",
        [leaf("Applicable_SiteDefinition_Id", site) for site in header.sites],
    )
    parts = [_instance_element(header), organization, sites, correction]
    specific = branch("Specific_Product_Header", *(part for part in parts if part is not None))
    return fixed, branch("Variable_Header", main, specific)


def _period_element(header: Header) -> Any:
    return branch(
        "Validity_Period",
        leaf("Validity_Start", format_utc(header.start)),
        leaf("Validity_Stop", format_utc(header.stop)),
    )


def _instance_element(header: Header) -> Any:
    name = header.name
    kind = "L_LIST" if name.applicability == "L" else "S_SITE"
    parts = [
        leaf("Applicability_NickName_Type", kind),
        leaf("Applicability_NickName", name.nick),
        leaf("Serial_Key", f"{name.serial:05d}"),
        _period_element(header),
    ]
    if name.band is not None:
        parts.append(leaf("Band_Code", band_code(name.band)))
    if name.tdi is not None:
        parts.append(leaf("TDI_Configuration_Values", tdi_text(name.tdi)))
    return branch("Instance_Id", *parts)


def file_root(header: Header, data_block: Any) -> Any:
    """Root of a document with header and data."""
    fixed, variable = header_elements(header)
    root = branch(
        "Earth_Explorer_File", branch("Earth_Explorer_Header", fixed, variable), data_block
    )
    kind = header.name.file_type
    return root_attributes(root, f"{kind}_File_Type", SCHEMAS[kind][0])


def header_root(header: Header, organization: Any, correction: Any) -> Any:
    """Root of a header with its data in a folder beside it."""
    root = branch("Earth_Explorer_Header", *header_elements(header, organization, correction))
    kind = header.name.file_type
    return root_attributes(root, f"{kind}_Header_Type", SCHEMAS[kind][0])
