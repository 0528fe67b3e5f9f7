"""Short descriptions of files for people and for JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from venus_analysis.parameters.content import Content
from venus_analysis.parameters.darkcu import DarkCurrent
from venus_analysis.parameters.fields import open_document
from venus_analysis.parameters.header import Header
from venus_analysis.parameters.header_read import read_header
from venus_analysis.parameters.instants import readable
from venus_analysis.parameters.names import BANDS, CONTENT_TYPES, TDI
from venus_analysis.parameters.outord import DefectiveColumns
from venus_analysis.parameters.product_header import ProductHeader
from venus_analysis.parameters.product_read import read_product_header
from venus_analysis.parameters.read import read_parameters
from venus_analysis.parameters.registry import Registry
from venus_analysis.parameters.relsen import RelativeSensitivity
from venus_analysis.parameters.strlgt import StrayLight


def describe(path: Path | str) -> dict[str, Any]:
    """Describe a parameter file, a product header, or a folder's history by issue.

    Parameters
    ----------
    path
        File or folder.

    Returns
    -------
    dict
        Plain values: text, numbers, lists and dicts; NaN for absent entries.

    Raises
    ------
    InputError
        When a file cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        return _folder(path)
    document = open_document(path)
    if document.source.root_type.startswith(("VSC_", "TEC_")):
        return _product(read_product_header(path))
    header = read_header(path)
    description = _header(header)
    if header.name.file_type in CONTENT_TYPES:
        content = read_parameters(path)
        description |= {"warnings": list(content.warnings), "content": _content(content)}
    return description


def _folder(path: Path) -> dict[str, Any]:
    registry = Registry(path)
    rows = []
    for series, files in registry.series().items():
        for file in files:
            row: dict[str, Any] = {
                "type": series.file_type,
                "band": series.band or "",
                "applies": f"{series.applicability}_{series.nick}",
                "serial": f"{file.name.serial:05d}",
            }
            if file.error is None:
                row |= {
                    "issued": readable(file.header.creation),
                    "start": readable(file.header.start),
                    "stop": readable(file.header.stop),
                }
            else:
                row |= {
                    "issued": "unreadable",
                    "start": readable(file.name.start),
                    "stop": readable(file.name.last_second),
                }
            rows.append(row)
    return {"folder": str(path), "history": rows}


def _header(header: Header) -> dict[str, Any]:
    return {
        "file": str(header.name),
        "validity": [readable(header.start), readable(header.stop)],
        "issued": readable(header.creation),
        "version": header.version,
        "source": [header.system, header.creator, header.creator_version],
        "notes": header.notes,
        "sites": list(header.sites),
        "extensions": dict(header.extensions),
        "warnings": list(header.warnings),
    }


def _content(content: Content) -> dict[str, Any]:
    if isinstance(content, StrayLight):
        return {
            "overlap_margin": content.overlap_margin,
            "halo": [_filter(one) for one in content.halo],
            "cross_talk": [
                {
                    "source_band": one.source_band,
                    "overlap_margin": one.overlap_margin,
                    "kernel_sum": float(one.kernel.values.sum()),
                    "strips": [vars(strip) for strip in one.strips],
                }
                for one in content.cross_talk
            ],
        }
    if isinstance(content, DefectiveColumns):
        return {
            f"TDI {tdi}": [f"{one.first}-{one.last} {one.kind}" for one in ranges]
            for tdi, ranges in content.defects.items()
        }
    if isinstance(content, DarkCurrent | RelativeSensitivity):
        columns = {
            str(name): _statistics(values.values) for name, values in content.to_dataset().items()
        }
        if isinstance(content, DarkCurrent):
            columns["spikes"] = [vars(spike) for spike in content.spikes]
        return columns
    return {
        str(name): {
            band: dict(zip(map(str, TDI), map(float, row), strict=True))
            for band, row in zip(BANDS, values.values, strict=True)
        }
        for name, values in content.to_dataset().items()
    }


def _filter(one: Any) -> dict[str, Any]:
    return {
        "first": one.first,
        "last": one.last,
        "shape": list(one.kernel.values.shape),
        "kernel_sum": float(one.kernel.values.sum()),
    }


def _statistics(values: np.ndarray) -> Any:
    return {
        "mean": float(values.mean()),
        "standard_deviation": float(values.std()),
        "lowest": float(values.min()),
        "highest": float(values.max()),
    }


def _product(header: ProductHeader) -> dict[str, Any]:
    detectors = (1, 2, 3, 4)
    return {
        "product": header.name,
        "site": header.site,
        "time": None if header.time is None else str(header.time),
        "absolute_gain": header.absolute_gain,
        "parameter_files": len(header.parameter_files),
        "serials": header.serials,
        "digest": header.digest,
        "flags": header.flags,
        "sun_zenith_deg": header.sun_zenith_deg(),
        "view_zenith_deg": {str(one): header.view_zenith_deg(one) for one in detectors},
        "satellite_frame_deg": header.satellite_frame_deg,
        "quantification": header.quantification,
        "bands": list(header.bands),
        "size": [header.lines, header.columns],
        "image_files": [str(one) for one in header.image_files],
        "warnings": list(header.warnings),
    }


def text(description: Any, indent: str = "") -> str:
    """Write a description as indented lines.

    Examples
    --------
    >>> print(text({"file": "X", "gain": {"B1": {"1": 0.2, "4": 0.3}}}))
    file: X
    gain:
      B1: 1 0.2, 4 0.3
    """
    lines = []
    for key, value in description.items():
        if isinstance(value, dict) and any(isinstance(v, dict | list) for v in value.values()):
            lines += [f"{indent}{key}:", text(value, indent + "  ")]
        elif isinstance(value, dict):
            lines.append(f"{indent}{key}: " + ", ".join(f"{k} {v}" for k, v in value.items()))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{indent}{key}:")
            lines += [
                f"{indent}  " + ", ".join(f"{k} {v}" for k, v in one.items()) for one in value
            ]
        elif isinstance(value, list):
            lines.append(f"{indent}{key}: " + "; ".join(map(str, value)))
        else:
            lines.append(f"{indent}{key}: {value}")
    return "\n".join(lines)
