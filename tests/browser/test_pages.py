"""Every page in a browser: drawn, quiet, at home, accessible, restored by a reload."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect

from venus_analysis.app.pages import PAGES
from venus_analysis.ledger import load

CHOICES = {
    "overview": "theme=dark",
    "drift": "method=desert&band=B2",
    "moon_image": "picture=ghosts",
    "residuals": "axis=phase_angle_deg&band=B3",
    "data": "method=moon&sort=ratio&theme=dark&as_of=2999-12-31",
}
TAP = """([name, look]) => {
  for (const one of Bokeh.documents.flatMap((d) => [...d._all_models.values()]))
    if (one.data && one.columns && one.data.get && one.data.get(name)) {
      const at = [...one.data.get(name)].indexOf(look)
      if (at >= 0 && one.selected) { one.selected.indices = [at]; return true } }
  for (const one of Bokeh.documents.flatMap((d) => [...d._all_models.values()]))
    if (one.data && one.data[name] && one.selected) {
      const at = [...one.data[name]].indexOf(look)
      if (at >= 0) { one.selected.indices = [at]; return true } }
  return false
}"""

SHOWN = """(other) => Bokeh.documents.flatMap((d) => [...d._all_models.values()])
  .filter((one) => one.type === "GlyphRenderer" && one.glyph.type === "Image")
  .map((one) => one.visible).join() === `${!other},${other}`"""
FIRST_LOOKS = """() => Bokeh.documents.flatMap((d) => [...d._all_models.values()])
  .filter((one) => one.data && one.columns && one.data.acquisition_id)
  .map((one) => [...one.data.acquisition_id].slice(0, 3).join()).join()"""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_quietly_at_home_and_a_reload_restores_it(
    dashboard: str,
    tab: Callable[..., Any],
    text_of: Callable[[Any], str],
    axe: Any,
    name: str,
) -> None:
    here = tab()
    drawn = "table" if name == "data" else "canvas"
    page = here.opened(f"{dashboard}/?page={name}&{CHOICES.get(name, '')}", drawn)
    page.get_by_label(re.compile("^Ledger as of")).wait_for()
    found = text_of(page)
    assert "SIMULATED" in found
    assert name != "data" or "ledger as of 2999-12-31" in found
    violations = axe.run(page).response["violations"]
    critical = [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in violations
        if one["impact"] == "critical"
    ]
    assert critical == []
    before, address = page.get_by_role("tab", selected=True).first.inner_text(), page.url
    page.reload()
    page.locator(drawn).first.wait_for()
    page.get_by_label(re.compile("^Ledger as of")).wait_for()
    assert page.url == address
    assert page.get_by_role("tab", selected=True).first.inner_text() == before
    assert here.errors == []
    assert here.foreign(dashboard) == []


def test_a_tap_fills_the_exclusion_and_leads_to_the_moon_image(
    dashboard: str, pictured: Path, tab: Callable[..., Any]
) -> None:
    rows = load(pictured / "ledger").frame
    look = rows.loc[rows["product"] != "", "acquisition_id"].iloc[0]

    here = tab(1600, 1400)
    page = here.opened(f"{dashboard}/?page=drift&method=moon&band=B3")
    page.get_by_role("tab", name="Left out").click()
    page.get_by_label("Acquisition", exact=True).wait_for()
    assert page.evaluate(TAP, ["acquisition_id", look])
    page.wait_for_url(f"**/*look={look}*")
    expect(page.get_by_label("Acquisition", exact=True)).to_have_value(look)
    page.get_by_role("button", name="Show its Moon image").click()
    page.wait_for_url("**/*page=moon_image*")
    page.get_by_text("B3 · ratio").wait_for()
    page.get_by_role("button", name="ghosts").click()
    page.get_by_text("ghost of B4: 0.200").wait_for()
    assert here.errors == []


def test_a_zoom_shows_single_looks_in_place_of_medians(
    dashboard: str, tab: Callable[..., Any]
) -> None:
    here = tab()
    page = here.opened(f"{dashboard}/?page=drift&method=desert&band=B3&band=B4")
    before = page.evaluate(FIRST_LOOKS)
    box = page.locator("canvas").first.bounding_box()
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.2 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.1 * box["width"], y + 0.6 * box["height"], steps=6)
    page.mouse.up()
    page.wait_for_function(f"before => ({FIRST_LOOKS})() !== before", arg=before)
    assert "SIMULATED" in page.evaluate(FIRST_LOOKS)
    assert "SIMULATED" not in before
    assert here.errors == []


def test_a_download_is_the_ledger(
    dashboard: str, pictured: Path, tab: Callable[..., Any], tmp_path: Path
) -> None:
    page = tab().opened(f"{dashboard}/?page=data&method=moon&band=B3&sort=time", "table")
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV").click()
    assert caught.value.suggested_filename == "SIMULATED_ledger_moon_B3.csv"
    caught.value.save_as(tmp_path / "rows.csv")
    text = (tmp_path / "rows.csv").read_text()
    found = pd.read_csv(StringIO(text), dtype={"parameter_set": str})
    rows = load(pictured / "ledger").frame
    rows = rows[(rows["method"] == "moon") & (rows["band"] == "B3")].sort_values("time")
    assert found["acquisition_id"].tolist() == rows["acquisition_id"].tolist()
    assert found["ratio"].tolist() == pytest.approx(rows["ratio"].tolist(), rel=1e-15)
    assert found["parameter_set"].tolist() == rows["parameter_set"].tolist()


def test_the_moon_image_is_worked_by_keyboard(dashboard: str, tab: Callable[..., Any]) -> None:
    here = tab()
    page = here.opened(f"{dashboard}/?page=moon_image")
    button = page.get_by_role("button", name="B4", exact=True)
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/*band=B4*")
    page.get_by_text("B4 · ratio").wait_for()
    assert json.loads(page.evaluate("JSON.stringify(Bokeh.documents.length)")) == 1
    assert here.errors == []


def test_a_project_without_pictures_says_how_to_get_them(
    serve: Callable[..., str],
    small_project: Path,
    tab: Callable[..., Any],
    text_of: Callable[[Any], str],
) -> None:
    here = tab()
    here.page.goto(f"{serve(small_project)}/?page=moon_image")
    here.page.get_by_text("These choices show no series").wait_for()
    assert "--products" in text_of(here.page)
    assert here.errors == []


def test_a_window_of_half_the_width_hides_no_page_and_no_number(
    dashboard: str, tab: Callable[..., Any]
) -> None:
    page = tab(853, 480).opened(f"{dashboard}/?page=overview")
    last = page.get_by_role("tab", name="Data").bounding_box()
    theme = page.get_by_label("Toggle theme").bounding_box()
    assert last["x"] + last["width"] <= theme["x"]
    assert theme["x"] + theme["width"] <= 853
    cut = page.locator(".matrix td b").evaluate_all(
        "found => found.filter((b) => b.scrollWidth > b.clientWidth).map((b) => b.innerText)"
    )
    assert cut == []


def test_two_bands_blink_until_they_are_told_not_to(
    dashboard: str, tab: Callable[..., Any]
) -> None:
    here = tab(1280, 900)
    page = here.opened(f"{dashboard}/?page=moon_image&band=B3&band=B4")
    switch = page.get_by_label("Blink", exact=True)
    switch.click()
    for other in (True, False, True):
        page.wait_for_function(SHOWN, arg=other)
    switch.click()
    page.wait_for_function(SHOWN, arg=False)
    page.wait_for_timeout(1500)
    assert page.evaluate(f"({SHOWN})(false)")
    assert here.errors == []
