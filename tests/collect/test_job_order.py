"""Job orders: the example of the documentation, and all the ways to get it wrong."""

from __future__ import annotations

import copy
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from venus_analysis.collect.job_order import read_job_order
from venus_analysis.errors import InputError

EXAMPLE = Path(__file__).parents[2] / "docs" / "example-order.xml"
TEXT = EXAMPLE.read_bytes()
TREE = etree.fromstring(TEXT)
ELEMENTS = [TREE.getroottree().getpath(one) for one in TREE.iter()]
MAY_BE_MISSING = {"Conf_File_Name"}
OPTIONAL_TEXT = {"Acquisition_Station", "Processing_Station"}


def refused(tmp_path: Path, root) -> str:
    path = tmp_path / "order.xml"
    path.write_bytes(root if isinstance(root, bytes) else etree.tostring(root))
    with pytest.raises(InputError) as error:
        read_job_order(path)
    return str(error.value)


def changed(path: str):
    root = copy.deepcopy(TREE)
    (element,) = root.xpath(path)
    return root, element


def test_the_example_is_read() -> None:
    order = read_job_order(EXAMPLE)
    assert (order.processor_name, order.version) == ("VENUS_ANALYSIS", "01.00")
    assert (order.stdout_level, order.stderr_level, order.test) == ("PROGRESS", "ERROR", False)
    assert order.sensing.start == np.datetime64("2019-02-01T00:00:00")
    assert order.sensing.stop == np.datetime64("2019-02-28T23:59:59.999999")
    moon, desert = order.tasks
    assert (moon.name, desert.name) == ("MOON", "DESERT")
    assert [one.file_type for one in moon.inputs] == ["VSC_1AVALD", "VA_GIPPDIR"]
    ((interval, name),) = moon.inputs[0].intervals
    assert (interval.start, name) == (np.datetime64("2019-02-15"), "")
    assert [one.name_type for one in moon.outputs] == ["Directory", "Directory", "Logical"]
    assert moon.breakpoints == (), "Breakpoint_Enable is false for the whole order"


def test_breakpoints_count_when_the_order_the_task_and_the_file_enable_them(tmp_path) -> None:
    on = TEXT.replace(b"<Breakpoint_Enable>false", b"<Breakpoint_Enable>true")
    path = tmp_path / "order.xml"
    for text, number in ((on, 1), (on.replace(b"<Enable>ON", b"<Enable>OFF", 1), 0)):
        path.write_bytes(text)
        assert len(read_job_order(path).tasks[0].breakpoints) == number


def test_open_ends_take_every_time(tmp_path) -> None:
    path = tmp_path / "order.xml"
    open_ends = TEXT.replace(b"20190201_000000000000", b"00000000_000000000000")
    path.write_bytes(open_ends.replace(b"20190228_235959999999", b"99999999_999999999999"))
    assert read_job_order(path).sensing.open


def test_the_order_of_children_is_free(tmp_path) -> None:
    root, conf = changed("/Ipf_Job_Order/Ipf_Conf")
    conf[:] = reversed(conf)
    path = tmp_path / "order.xml"
    path.write_bytes(etree.tostring(root))
    order = read_job_order(path)
    assert order.production_request_id == "R000123"
    assert [task.name for task in order.tasks] == ["MOON", "DESERT"]


@pytest.mark.parametrize("path", ELEMENTS[1:])
def test_each_element_is_needed_once_with_a_known_name_and_text(tmp_path, path) -> None:
    name = path.rpartition("/")[2].partition("[")[0]
    root, element = changed(path)
    element.getparent().remove(element)
    if name not in MAY_BE_MISSING:
        message = refused(tmp_path, root)
        assert message.startswith("order.xml, line ")
        assert name in message
    root, element = changed(path)
    element.getparent().append(copy.deepcopy(element))
    if name not in MAY_BE_MISSING:
        assert "expected" in refused(tmp_path, root)
    root, element = changed(path)
    element.tag = "Stranger"
    assert "Stranger" in refused(tmp_path, root)
    root, element = changed(path)
    element.text, element[:] = "", []
    element.attrib.pop("count", None)
    if name not in OPTIONAL_TEXT | {"Breakpoint", "Config_Files"}:
        assert "expected" in refused(tmp_path, root)


WRONG = {
    "Version": ("1.0", "a version dd.dd"),
    "Task_Version": ("01.00b", "a version dd.dd"),
    "Production_Request_Id": ("../../etc", "letters, digits"),
    "Stdout_Log_Level": ("info", "DEBUG or INFO or PROGRESS"),
    "Stderr_Log_Level": ("TRACE", "DEBUG or INFO or PROGRESS"),
    "Test": ("yes", "true or false"),
    "Breakpoint_Enable": ("1", "true or false"),
    "Start": ("2019-02-01T00:00:00", "yyyymmdd_hhmmssffffff"),
    "Stop": ("20190230_000000000000", "yyyymmdd_hhmmssffffff"),
    "Task_Name": ("MOON;rm", "letters, digits"),
    "Enable": ("maybe", "true or false"),
    "File_Type": ("SCENE", "10 characters"),
    "File_Name_Type": ("physical", "Physical or Logical or Stem or Regexp"),
    "File_Name": ("x" * 5000, "at most 4000 characters"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_texts(tmp_path, name) -> None:
    text, message = WRONG[name]
    for path in (one for one in ELEMENTS if one.rpartition("/")[2].partition("[")[0] == name):
        root, element = changed(path)
        element.text = text
        assert message in refused(tmp_path, root)


@pytest.mark.parametrize("name", sorted({one.tag for one in TREE.iter() if "count" in one.attrib}))
@pytest.mark.parametrize("count", ["7", "-1", "two", None])
def test_wrong_counts(tmp_path, name, count) -> None:
    root, element = changed(f"(//{name})[1]")
    element.attrib.pop("count")
    if count is not None:
        element.set("count", count)
    assert "count" in refused(tmp_path, root)


def test_periods_do_not_run_backwards(tmp_path) -> None:
    text = TEXT.replace(b"<Stop>20190228_235959999999", b"<Stop>20190131_000000000000")
    assert "a Start before its Stop" in refused(tmp_path, text)


def test_directory_is_for_outputs_only(tmp_path) -> None:
    text = TEXT.replace(b"Regexp", b"Directory", 1)
    assert "expected Physical or Logical or Stem or Regexp, received 'Directory'" in refused(
        tmp_path, text
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"<Ipf_Job_Order>", b'<Ipf_Job_Order xmlns="urn:x">', "the root Ipf_Job_Order"),
        (b"Ipf_Job_Order>", b"Job_Order>", "the root Ipf_Job_Order"),
        (b"<Ipf_Conf>", b"<Ipf_Conf>loose", "loose text"),
        (b"</Ipf_Conf>", b"", "well-formed XML"),
        (b"<Test>false</Test>", b"<Test><b>false</b></Test>", "expected text"),
        (b"<Ipf_Job_Order>", b"<!DOCTYPE x><Ipf_Job_Order>", "no DOCTYPE"),
        (TEXT, b"", "XML"),
        (b"UTF-8", b"UTF-16", "XML in UTF-8"),
    ],
)
def test_documents_that_are_no_orders(tmp_path, old, new, message) -> None:
    assert message in refused(tmp_path, TEXT.replace(old, new))


PLAIN = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
    ),
    max_size=30,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_gives_the_documented_error_or_an_order(tmp_path, data) -> None:
    root = copy.deepcopy(TREE)
    elements = list(root.iter())[1:]
    for _ in range(data.draw(st.integers(1, 3))):
        element = data.draw(st.sampled_from(elements))
        kind = data.draw(st.sampled_from(["text", "tag", "remove", "copy", "count"]))
        if kind == "text":
            element.text = data.draw(PLAIN)
        elif kind == "tag":
            element.tag = data.draw(st.sampled_from(["Test", "Input", "Start", "{urn:x}Test"]))
        elif kind == "count":
            element.set("count", data.draw(st.text("0123456789-x", max_size=4)))
        elif element.getparent() is not None:
            parent = element.getparent()
            parent.remove(element) if kind == "remove" else parent.append(copy.deepcopy(element))
    text = bytearray(etree.tostring(root))
    for _ in range(data.draw(st.integers(0, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "order.xml"
    path.write_bytes(bytes(text))
    with suppress(InputError):
        assert read_job_order(path).tasks
