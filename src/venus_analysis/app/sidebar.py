"""The choices beside every page: widgets bound to the state both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import panel_material_ui as pmui

from venus_analysis.app.asked import Asked
from venus_analysis.app.latency import at_once
from venus_analysis.app.pages import OF_A_METHOD
from venus_analysis.app.query import ESTIMATORS, MODELS, VIEWS
from venus_analysis.app.state import State
from venus_analysis.calibrate.drift.residuals import AXES
from venus_analysis.plot.style import METHOD_NAMES

ALL: Final = "all"
MODEL_NAMES: Final = {
    "auto": "chosen by AICc",
    "constant": "constant",
    "linear": "line",
    "exponential": "exponential",
    "ageing": "line and a loss that slows down",
    "step": "steps",
    "step_linear": "steps, one slope",
    "step_slopes": "steps, slope in each segment",
    "step_ageing": "steps, line and a loss that slows down",
}
DAYS: Final = ("since", "until")
ESTIMATOR_NAMES: Final = {"huber": "robust (Huber)", "weighted": "weighted least squares"}


class Sidebar:
    """Widgets for method, bands, period, phase, parameter set, view, model and estimator.

    Parameters
    ----------
    state
        What they change.
    """

    def __init__(self, state: State) -> None:
        self.state = state
        self._filling = self._one_band = False
        wide = {"sizing_mode": "stretch_width", "size": "small"}
        self.widgets: dict[str, Any] = {
            "method": pmui.Select(label="Method", **wide),
            "band": pmui.MultiChoice(label="Bands", sizing_mode="stretch_width"),
            "view": pmui.Select(label="View", options=list(VIEWS), **wide),
            "axis": pmui.Select(label="Against", **wide),
            "serial": pmui.Select(label="Parameter set (PHGAIN)", **wide),
            "phase": pmui.Select(label="Mission phase", **wide),
            "since": pmui.DatePicker(label="From (UTC)", clearable=True, **wide),
            "until": pmui.DatePicker(label="To (UTC)", clearable=True, **wide),
            "site": pmui.Select(label="Site", **wide),
            "reference": pmui.Select(label="Reference", **wide),
            "instrument": pmui.Select(label="Instrument", **wide),
            "configuration": pmui.Select(label="Configuration", **wide),
            "model": pmui.Select(
                label="Model of the fit", options=_named(MODEL_NAMES, MODELS), **wide
            ),
            "estimator": pmui.Select(
                label="Estimator", options=_named(ESTIMATOR_NAMES, ESTIMATORS), **wide
            ),
            "as_of": pmui.TextInput(
                label="Ledger as of (date, snapshot)", placeholder="now", **wide
            ),
        }
        for name, widget in self.widgets.items():
            at_once(widget).param.watch(self._changed(name), "value")
        self.panel = pmui.Column(sizing_mode="stretch_width", margin=(10, 0, 0, 0))

    def fill(self, found: Asked) -> None:
        """Offer what there is on the page shown, and show what is chosen."""
        choices, shown = found.choices, found.shown
        self._one_band = found.page.one_band
        there = []
        self._filling = True
        try:
            for name, widget in self.widgets.items():
                given: dict[str, Any] = {}
                offered = getattr(choices, name, None)
                if offered is not None:
                    given["options"] = _options(name, offered, every=found.page.any_method)
                on_page = name == "as_of" or name in found.page.widgets
                given["value"] = _to_widget(name, getattr(shown, name))
                if name == "band" and found.page.one_band:
                    given["value"] = given["value"][:1]
                widget.param.update(**given)
                if on_page and _is_a_choice(name, offered, shown):
                    there.append(widget)
            if self.panel.objects != there:
                self.panel.objects = there
        finally:
            self._filling = False

    def _changed(self, name: str) -> Callable[[Any], None]:
        def change(event: Any) -> None:
            if not self._filling:
                self.state.param.update(**self._meant(name, event.new))

        return change

    def _meant(self, name: str, value: Any) -> dict[str, Any]:
        """Choices that a new value means: another method has other sites and references."""
        if name == "band" and self._one_band:
            value = value[-1:]
        others = dict.fromkeys(OF_A_METHOD, "") if name == "method" else {}
        return {name: _to_state(name, value)} | others


def _named(names: Mapping[str, str], values: tuple[str, ...]) -> dict[str, str]:
    return {names.get(value, value): value for value in values}


def _options(name: str, offered: tuple[str, ...], *, every: bool) -> Any:
    if name == "band":
        return list(offered)
    if name == "method":
        return ({ALL: ""} if every else {}) | _named(METHOD_NAMES, offered)
    if name == "axis":
        return {AXES[value].partition(" (")[0]: value for value in offered}
    if name == "serial":
        return list(offered)
    return {ALL: "", **{value: value for value in offered}}


def _is_a_choice(name: str, offered: tuple[str, ...] | None, shown: Any) -> bool:
    if offered is None:
        return True
    if name == "serial":
        return bool(shown.view == "re-based")
    return name in ("method", "band") or len(offered) > 1


def _to_widget(name: str, value: Any) -> Any:
    if name in DAYS:
        return date.fromisoformat(value) if value else None
    return list(value) if name == "band" else value


def _to_state(name: str, value: Any) -> Any:
    if name in DAYS:
        return value.isoformat() if value else ""
    return tuple(value) if name == "band" else value or ""
