"""DARKCU: dark level of every column of one band, and spiking pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from venus_analysis.errors import InputError
from venus_analysis.parameters.content import ColumnSense, Content, body, column_dataset, per_column
from venus_analysis.parameters.fields import Fields, number_rows
from venus_analysis.parameters.header_read import OpenFile
from venus_analysis.parameters.names import COLUMNS, whole
from venus_analysis.parameters.xml_write import branch, double, item_list, leaf, number_list

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Spike:
    """Coefficients of one spiking pixel, carried unchanged and never applied by default.

    The order of the coefficients, the side of the threshold each set serves
    and the base of `position` (0 or 1) are not public.

    Parameters
    ----------
    position
        0 to 5200, as in the file.
    threshold
        Counts, at least 0.
    polynomial, linear
        Four and two numbers.

    Examples
    --------
    >>> Spike(417, 310.0, (1.25, -0.0121, 4.1e-05, -3.2e-08), (2.4, 0.0085)).position
    417
    """

    position: int
    threshold: float
    polynomial: tuple[float, ...]
    linear: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "position", whole(self.position, "spike position"))
        numbers = (self.threshold, *self.polynomial, *self.linear)
        if not (
            0 <= self.position <= COLUMNS
            and np.isfinite(numbers).all()
            and self.threshold >= 0.0
            and (len(self.polynomial), len(self.linear)) == (4, 2)
        ):
            raise InputError(
                "spike",
                f"a position 0 to {COLUMNS}, a threshold >= 0, 4 and 2 finite coefficients",
                str(self),
                "correct the spike",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class DarkCurrent(Content):
    """Dark level of one band and set of TDI.

    Parameters
    ----------
    header
        Header of the file; band and TDI stand in its name.
    dark
        Dark level of columns 1 to 5200 of the file, counts, at least 0.
    spikes
        Spiking pixels, 0 to 5200 of them. Files before January 2018 have no
        such list: none, with a warning.

    Examples
    --------
    >>> from venus_analysis.parameters.header import new_header
    >>> header = new_header("DARKCU", 9, "2024-01-01", created="2024-02-01", band="B5", tdi=(8,))
    >>> DarkCurrent(header=header, dark=np.full(5200, 22.5)).to_dataset().sizes["column"]
    5200
    """

    file_type: ClassVar[str] = "DARKCU"
    dark: NDArray[np.float64]
    spikes: tuple[Spike, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "dark", per_column(self.dark, "dark", lowest=0.0))
        object.__setattr__(self, "spikes", tuple(self.spikes))
        if len(self.spikes) > COLUMNS:
            raise InputError("spikes", f"at most {COLUMNS}", str(len(self.spikes)), "drop some")

    @classmethod
    def _decode(cls, opened: OpenFile) -> dict[str, Any]:
        block = body(opened)
        where = f"{block.where}/Dark_Current"
        texts = block.column_texts("List_of_Dark_Currents", "Dark_Current", COLUMNS)
        dark = number_rows(texts, where, 1, 0.0)[:, 0]
        spikes: tuple[Spike, ...] = ()
        if block.next_name() is None:
            opened.warnings.append(f"{block.where}: no list of spikes (before version 1.9)")
        else:
            items = block.items("List_of_Spike_Characterization", "Spike_Coefficients", 0, COLUMNS)
            spikes = tuple(_spike(item) for item in items)
        block.end()
        return {"dark": dark, "spikes": spikes}

    def _data_block(self) -> Any:
        return branch(
            "Data_Block",
            number_list("List_of_Dark_Currents", "Dark_Current", self.dark[:, None]),
            item_list(
                "List_of_Spike_Characterization", [_spike_element(spike) for spike in self.spikes]
            ),
        )

    def to_dataset(self, file_sense: ColumnSense = "image") -> xr.Dataset:
        """Return `dark` with dims (band, column), in image sense; spikes are left out."""
        arrays = {"dark": (self.dark, "counts", "dark level")}
        return column_dataset(self, arrays, file_sense)


def _spike(item: Fields) -> Spike:
    spike = Spike(
        item.integer("Pixel_Position", 0, COLUMNS),
        item.number("Pixel_Threshold", 0.0),
        item.numbers("Polynomial_Coefficients", 4),
        item.numbers("Linear_Coefficients", 2),
    )
    item.end()
    return spike


def _spike_element(spike: Spike) -> Any:
    return branch(
        "Spike_Coefficients",
        leaf("Pixel_Position", spike.position),
        leaf("Pixel_Threshold", double(spike.threshold)),
        leaf("Polynomial_Coefficients", " ".join(double(value) for value in spike.polynomial)),
        leaf("Linear_Coefficients", " ".join(double(value) for value in spike.linear)),
    )
