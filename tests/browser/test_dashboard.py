"""The dashboard in a browser: draws, remembers, keeps sessions apart, stays at home."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from venus_analysis.ledger import write
from venus_analysis.parameters.check import check_folder
from venus_analysis.parameters.read import read_parameters


def choose(page: Any, now: str, new: str) -> None:
    """Choose in the list that shows `now`."""
    page.get_by_role("combobox").filter(has_text=now).click()
    page.get_by_role("menuitem", name=new).click()


def test_a_choice_is_in_the_address_and_a_reload_restores_it(
    dashboard: str, tab: Callable[..., Any], text_of: Callable[[Any], str]
) -> None:
    page = tab().opened(f"{dashboard}/?page=drift&method=moon&band=B1")
    assert "B1 (4" in text_of(page)
    choose(page, "as produced", "sensitivity")
    page.wait_for_url("**/*view=sensitivity*")
    before = page.url
    page.reload()
    page.wait_for_selector("canvas")
    assert page.url == before
    page.get_by_text("view: sensitivity").wait_for()
    page.get_by_role("tab", name="Overview").click()
    page.get_by_text("Drifts agree").wait_for()
    assert "page=drift" not in page.url


def test_back_and_forward_lead_through_what_was_shown(
    dashboard: str, tab: Callable[..., Any]
) -> None:
    page = tab().opened(f"{dashboard}/?page=drift&method=moon&band=B1&unknown=1")
    page.get_by_label(re.compile("^Ledger as of")).wait_for()
    choose(page, "as produced", "sensitivity")
    page.get_by_text("view: sensitivity").wait_for()
    page.get_by_label("Toggle theme").click()
    page.wait_for_url("**/*theme=dark*")
    now = "() => getComputedStyle(document.body).backgroundColor"
    page.wait_for_function(f"({now})() !== 'rgb(255, 255, 255)'")
    page.go_back()
    page.wait_for_function(f"({now})() === 'rgb(255, 255, 255)'")
    page.go_back()
    page.get_by_text("view: as produced").wait_for()
    page.wait_for_timeout(500)
    assert "view=" not in page.url
    page.go_forward()
    page.get_by_text("view: sensitivity").wait_for()
    page.go_forward()
    page.wait_for_function(f"({now})() !== 'rgb(255, 255, 255)'")
    assert page.url.endswith("theme=dark")


def test_a_list_opens_and_chooses_by_keys_alone(dashboard: str, tab: Callable[..., Any]) -> None:
    here = tab()
    page = here.opened(f"{dashboard}/?page=drift&method=moon&band=B1")
    page.get_by_role("combobox").filter(has_text="as produced").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="sensitivity").wait_for()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("view: sensitivity").wait_for()
    assert here.errors == []


def test_two_sessions_do_not_see_each_other(
    dashboard: str, tab: Callable[..., Any], text_of: Callable[[Any], str]
) -> None:
    first = tab().opened(f"{dashboard}/?page=drift&method=moon&band=B1")
    second = tab().opened(f"{dashboard}/?page=drift&method=moon&band=B3")
    choose(second, "as produced", "sensitivity")
    second.get_by_text("view: sensitivity").wait_for()
    first.wait_for_timeout(500)
    assert "view: as produced" in text_of(first)
    assert "B3 (4" not in text_of(first)
    assert "B3 (4" in text_of(second)


def test_a_gain_typed_moves_the_series_and_its_file_passes_the_check(
    dashboard: str, mission: Path, tab: Callable[..., Any], tmp_path: Path
) -> None:
    page = tab(1600, 1400).opened(f"{dashboard}/?page=drift&method=moon&band=B1")
    page.get_by_role("tab", name="What if").click()
    field = page.get_by_label(re.compile("^Ak, counts"))
    expect(field).not_to_have_value("")  # filled with the Ak in use once the card is there
    for value in ("0.2", "0.21"):
        field.fill(value)
        field.press("Enter")
        page.wait_for_url(f"**/*gain=B1*%3D{value}")
    page.get_by_text("view: what if").wait_for()
    with page.expect_download() as caught:
        page.get_by_role("button", name=re.compile("Export PHGAIN")).click()
    for file in (mission / "parameters").iterdir():
        (tmp_path / file.name).symlink_to(file)
    path = tmp_path / caught.value.suggested_filename
    caught.value.save_as(path)
    problems = [one for one in check_folder(tmp_path) if one.severity != "note"]
    assert problems == []
    content = read_parameters(path)
    assert content.at("B1", 8) == 0.21  # type: ignore[attr-defined]
    assert content.header.name.serial == 11


def test_a_gain_in_the_address_is_tried_out(
    dashboard: str, tab: Callable[..., Any], text_of: Callable[[Any], str]
) -> None:
    page = tab().opened(f"{dashboard}/?page=drift&method=moon&band=B1&gain=B1%402022-12-01%3D0.19")
    assert "view: what if" in text_of(page)


def test_what_an_address_asks_wrongly_is_said(
    dashboard: str, tab: Callable[..., Any], text_of: Callable[[Any], str]
) -> None:
    here = tab()
    page = here.opened(f"{dashboard}/?page=drift&band=<script>alert(1)</script>&view=<b>x")
    assert "There is no band '<script>alert(1)</script>' here." in text_of(page)
    assert "view '<b>x'" in text_of(page)
    assert here.errors == []


def test_script_in_an_acquisition_is_never_run(
    serve: Callable[..., str], small_project: Path, small_rows: Any, tab: Callable[..., Any]
) -> None:
    hostile = "<img src=x onerror=\"console.error('run')\"><script>console.error('run')</script>"
    rows = small_rows(hostile).assign(site=hostile, method=hostile, reference=hostile)
    write(small_project / "ledger", rows)
    address = serve(small_project)
    for query in ("", "?page=drift", f"?page=drift&method={hostile}&band={hostile}"):
        here = tab(1280, 1000)
        page = here.opened(f"{address}/{query}")
        page.mouse.move(640, 400)
        page.wait_for_timeout(300)
        assert here.errors == []
        assert here.foreign(address) == []
        assert page.locator("img[src=x]").count() == 0


def test_an_empty_ledger_says_how_to_fill_it_and_shows_rows_when_they_come(
    serve: Callable[..., str],
    tmp_path: Path,
    small_rows: Any,
    tab: Callable[..., Any],
    text_of: Callable[[Any], str],
) -> None:
    (tmp_path / "ledger").mkdir()
    address = serve(tmp_path)
    here = tab()
    here.page.goto(address)
    here.page.get_by_text("The ledger has no rows yet").wait_for()
    assert "venus-analysis simulate mission" in text_of(here.page)
    write(tmp_path / "ledger", small_rows())
    page = tab().opened(address)
    assert "60 rows" in text_of(page)
    assert here.errors == []


def test_a_broken_part_is_named_and_the_rest_is_shown(
    serve: Callable[..., str],
    small_project: Path,
    small_rows: Any,
    tab: Callable[..., Any],
    text_of: Callable[[Any], str],
) -> None:
    part = next((small_project / "ledger" / "rows").iterdir())
    write(small_project / "ledger", small_rows("OTHER").assign(run_id="r2"))
    part.write_bytes(part.read_bytes()[:-100])
    here = tab()
    page = here.opened(f"{serve(small_project)}/?page=drift")
    assert part.name in text_of(page)
    assert "Put back a copy" in text_of(page)
    assert "60 rows" in text_of(page)
    assert here.errors == []


def test_a_look_is_left_out_with_a_reason_and_put_back(
    serve: Callable[..., str], small_project: Path, tab: Callable[..., Any]
) -> None:
    page = tab(1600, 1400).opened(f"{serve(small_project)}/?page=drift")
    page.get_by_role("tab", name="Left out").click()
    for label, text in (("Acquisition", "LOOK_7"), ("Who", "Ada"), ("Reason", "clouds")):
        field = page.get_by_label(label, exact=True)
        field.fill(text)
        field.press("Enter")
    page.get_by_role("button", name="Leave out").click()
    page.get_by_text("60 looks (1 left out)").wait_for()
    page.get_by_label("Reason", exact=True).fill("it was no cloud")
    page.get_by_label("Reason", exact=True).press("Enter")
    page.get_by_role("button", name="Put back").click()
    page.get_by_text("60 looks, 2018").wait_for()


def test_a_new_picture_comes_in_one_message(dashboard: str, tab: Callable[..., Any]) -> None:
    here = tab()
    frames: list[str] = []
    here.page.on("websocket", lambda link: link.on("framereceived", lambda one: frames.append(one)))
    page = here.opened(f"{dashboard}/?page=drift&method=moon&band=B1")
    choose(page, "as produced", "sensitivity")
    page.get_by_text("view: sensitivity").wait_for()
    told = [one for one in frames if isinstance(one, str) and "view: sensitivity" in one]
    assert len(told) == 1
    assert all(name in told[0] for name in ("acquisition_id", "around_y", "verdict", "reset_start"))
