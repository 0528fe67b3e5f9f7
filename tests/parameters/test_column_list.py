"""Lists of columns that are read apart from the XML give what the XML gives."""

from __future__ import annotations

import re

import numpy as np
import pytest

from venus_analysis.errors import InputError
from venus_analysis.parameters import fields
from venus_analysis.parameters.column_list import cut_columns
from venus_analysis.parameters.read import read_parameters

LIST = re.compile(r"<List_of_Dark_Currents.*</List_of_Dark_Currents>", re.DOTALL)


def both_ways(path, monkeypatch):
    """Content or refusal of a file with its list read apart, and as XML only."""
    found = []
    for cut in (cut_columns, lambda data: (data, {})):
        monkeypatch.setattr(fields, "cut_columns", cut)
        try:
            found.append(read_parameters(path))
        except InputError as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize("kind", ["DARKCU", "RELSEN"])
def test_written_files_are_read_apart_and_read_alike(kind, written, monkeypatch):
    rest, columns = cut_columns(written[kind].read_bytes())
    assert len(rest) < 8000
    assert [len(texts) for texts in columns.values()] == [5200]
    apart, plain = both_ways(written[kind], monkeypatch)
    assert apart.identical(plain)
    assert apart.warnings == plain.warnings


ODD = {
    "other blanks": ("</Dark_Current>", "</Dark_Current> "),
    "an entity": ("</Dark_Current>", "&#53;</Dark_Current>"),
    "a comment": ("<Data_Block>", "<Data_Block><!-- none -->"),
    "a comment inside": ('<Dark_Current sn="17">', '<Dark_Current sn="17"><!-- 1 -->'),
    "single quotes": ('sn="17"', "sn='17'"),
    "a wrong column": ('sn="17"', 'sn="18"'),
    "a quote in a number": ("</Dark_Current>", '">1</Dark_Current>'),
    "a missing column": ('<Dark_Current sn="17">', '<Dark sn="17">'),
    "another count": ('count="5200"', 'count="5199"'),
    "not a number": ("</Dark_Current>", " NaN</Dark_Current>"),
    "a broken tag": ("</Dark_Current>", "</Dark_Current"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_lists_are_left_to_the_parser(name, written, tmp_path, monkeypatch):
    old, new = ODD[name]
    path = tmp_path / written["DARKCU"].name
    path.write_text(written["DARKCU"].read_text().replace(old, new, 1))
    apart, plain = both_ways(path, monkeypatch)
    if isinstance(plain, str):
        assert apart == plain
    else:
        np.testing.assert_array_equal(apart.dark, plain.dark)


def test_a_list_in_a_comment_is_not_the_list(written, tmp_path, monkeypatch):
    text = written["DARKCU"].read_text()
    hidden = LIST.search(text)[0]
    path = tmp_path / written["DARKCU"].name
    empty = '<List_of_Dark_Currents count="5200"></List_of_Dark_Currents>'
    path.write_text(text.replace(hidden, f"<!-- {hidden} -->{empty}"))
    apart, plain = both_ways(path, monkeypatch)
    assert apart == plain
    assert "5200 x Dark_Current" in apart
