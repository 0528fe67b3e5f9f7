"""Hostile and broken files: read rightly or refused with a sentence, and nothing else."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venus_analysis.errors import InputError
from venus_analysis.parameters.describe import describe
from venus_analysis.parameters.instants import OPEN_START, OPEN_STOP
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.product_read import read_product_header
from venus_analysis.parameters.read import read_parameters

DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"


@pytest.fixture
def altered(written, tmp_path):
    """Make a copy of a written file with one passage changed; the path."""

    def alter(old, new, kind="PHGAIN", count=1):
        text = written[kind].read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / written[kind].name
        path.write_text(text.replace(old, new, count), encoding="utf-8")
        return path

    return alter


BILLION_LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    ("doctype", "note"),
    [
        ("<!DOCTYPE Earth_Explorer_File>", ""),
        (BILLION_LAUGHS, "&j;"),
        ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "&e;"),
        ("<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'>", ""),
        ("<!DOCTYPE x [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/'> %p;]>", ""),
    ],
)
def test_any_doctype_is_refused(doctype, note, altered):
    path = altered("<Notes/>", f"<Notes>{note}</Notes>")
    path.write_text(path.read_text().replace("?>\n", f"?>\n{doctype}\n", 1))
    with pytest.raises(InputError, match="DOCTYPE"):
        read_parameters(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037", "utf-7"])
def test_a_doctype_cannot_hide_in_another_encoding(encoding, altered):
    path = altered("?>\n", "?>\n<!DOCTYPE x>\n")
    text = path.read_text().replace("UTF-8", encoding)
    path.write_bytes(text.encode(encoding))
    with pytest.raises(InputError):
        read_parameters(path)


def test_latin_1_and_a_byte_order_mark_are_read(altered):
    path = altered("<Notes/>", "<Notes>é</Notes>")
    text = path.read_text(encoding="utf-8")
    path.write_bytes(text.replace("UTF-8", "ISO-8859-1").encode("latin-1"))
    assert read_parameters(path).header.notes == "é"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_parameters(path).header.notes == "é"


@pytest.mark.parametrize(
    ("old", "new", "sentence", "kind"),
    [
        ("</Data_Block>", "", "well-formed", "PHGAIN"),
        ("eop-cfi.esa.int/CFI", "eop-cfi.esa.int/XYZ", "namespace", "PHGAIN"),
        ('xsi:type="PHGAIN_File_Type" ', "", "xsi:type", "PHGAIN"),
        ('xsi:type="PHGAIN_File_Type"', 'xsi:type="DARKCU_File_Type"', "File_Name", "PHGAIN"),
        ('xsi:type="PHGAIN_File_Type"', 'xsi:type="a:PHGAIN_File_Type"', "xsi:type", "PHGAIN"),
        ("<Physical_Gain>", "<Physical_Gain>NaN</Physical_Gain><x>", "finite|formed", "PHGAIN"),
        ("<Band_Code>B02<", "<Band_Code>B01<", "each band once", "PHGAIN"),
        ("<Band_Code>B02<", "<Band_Code>B13<", "B01 to B12", "PHGAIN"),
        ("<Band_Code>B02<", "<Band_Code>B2<", "B01 to B12", "PHGAIN"),
        ("01 04 08 16 32", "01 04 08 16 16", "each once", "PHGAIN"),
        ("01 04 08 16 32", "01 04 08 16 33", "TDI codes", "PHGAIN"),
        ("01 04 08 16 32", "1 4 8 16 32", "TDI codes", "PHGAIN"),
        ("01 04 08 16 32", "", "TDI", "PHGAIN"),
        ("<Mission>VENuS</Mission>", "", "Mission next", "PHGAIN"),
        ("<Mission>", "<Surprise/><Mission>", "Mission next", "PHGAIN"),
        ("</Data_Block>", "<Surprise/></Data_Block>", "Surprise", "PHGAIN"),
        ("</List_of_Band_Physical_Gains>", "<x/></List_of_Band_Physical_Gains>", "only", "PHGAIN"),
        ("<Data_Block>", "<Data_Block>stray", "loose text", "PHGAIN"),
        ("_TEST_GIP", "_VM04_GIP", "class", "PHGAIN"),
        ("<File_Class>TEST", "<File_Class>VM05", "class", "PHGAIN"),
        ("UTC=2017-08-01T00:00:00", "UTC=2017-08-01T00:00:00Z", "UTC=", "PHGAIN"),
        ("UTC=2017-08-01T00:00:00", "UTC=2017-13-01T00:00:00", "calendar", "PHGAIN"),
        ("<File_Version>0001", "<File_Version>1", "four digits", "PHGAIN"),
        ('<Dark_Current sn="17">', '<Dark_Current sn="16">', "sn 17", "DARKCU"),
        ('<Dark_Current sn="5200">', '<Dark_Current sn="5201">', "sn 5200", "DARKCU"),
        ("<Pixel_Position>417", "<Pixel_Position>5201", "0 to 5200", "DARKCU"),
        ("<Pixel_Position>417", "<Pixel_Position>" + "9" * 5000, "0 to 5200", "DARKCU"),
        ("<Pixel_Threshold>310.0", "<Pixel_Threshold>-1", "0 to", "DARKCU"),
        ("<Linear_Coefficients>2.4 ", "<Linear_Coefficients>", "2 numbers", "DARKCU"),
        ("<Defect_Type>BLIND", "<Defect_Type>BLUNT", "BLIND or", "OUTORD"),
        ("<First>1<", "<First>0<", "1 to 5200", "OUTORD"),
        ("<First>1<", "<First>5<", "First <= Last", "OUTORD"),
        ("<TDI_Configuration_Code>08", "<TDI_Configuration_Code>01", "each once", "OUTORD"),
        ("<TDI_Configuration_Code>08", "<TDI_Configuration_Code>08 32", "one TDI", "OUTORD"),
    ],
)
def test_broken_files_are_refused_with_a_sentence(old, new, sentence, kind, altered):
    with pytest.raises(InputError, match=sentence):
        read_parameters(altered(old, new, kind))


@pytest.mark.parametrize(
    "value",
    ["NaN", "INF", "-INF", "nan", "-0.5", "1,5", "1e999", "0x10", "1_000", "", "٣", "1.2.3"],
)
def test_gains_that_are_no_number_are_refused(value, altered, written):
    first = written["PHGAIN"].read_text().split("<Physical_Gain>")[1].split("<")[0]
    path = altered(f"<Physical_Gain>{first}<", f"<Physical_Gain>{value}<")
    with pytest.raises(InputError, match="finite number"):
        read_parameters(path)


@pytest.mark.parametrize(
    ("old", "new", "sentence", "kind"),
    [
        ('count="12"', 'count="11"', "count is 11, but it holds 12", "PHGAIN"),
        (' count="12"', "", "count is None", "PHGAIN"),
        ('<Band_Physical_Gain sn="2"', '<Band_Physical_Gain sn="9"', "sn 9 at place 2", "PHGAIN"),
        ("<Serial_Key>00007", "<Serial_Key>00008", "'00008' instead of '00007'", "PHGAIN"),
        ("<Serial_Key>00007<", "<Serial_Key>\n 00007 <", "padded", "PHGAIN"),
        ("<Mission>VENuS", "<Mission>VENUS", "'VENUS' instead of", "PHGAIN"),
        ("PhysicalGainData", "Gains", "unknown text 'Gains'", "PHGAIN"),
        ("<File_Class>TEST", "<File_Class>OPER", "'OPER' instead of 'TEST'", "PHGAIN"),
        ("<System>VIQ", "<System>NASA", "no known system", "PHGAIN"),
        ("<File_Version>0001", "<File_Version>0000", "0000 is no version", "PHGAIN"),
        ('schema_version="0.40"', 'schema_version="0.20"', "older than 0.30", "PHGAIN"),
        ('schema_version="0.40"', 'schema_version="new"', "no decimal", "PHGAIN"),
        ('schema_version="1.9"', 'schema_version="1.11"', "1.11 is older than 1.9", "DARKCU"),
        (">ALLSITES<", ">SITESALL<", "'SITESALL' instead of", "PHGAIN"),
        ("<Band_Code>B05", "<Band_Code>B06", "B6 instead of B5", "DARKCU"),
        ("01 04 08 16 32", "01 04", "instead of (1, 4, 8, 16, 32)", "DARKCU"),
        (
            '_Ids count="0"/>',
            '_Ids count="1"><Applicable_SiteDefinition_Id sn="1">'
            "VE_OPER_MPL_SITDEF_S_ISRAEL03</Applicable_SiteDefinition_Id>"
            "</List_of_Applicable_SiteDefinition_Ids>",
            "ALLSITES with a list",
            "PHGAIN",
        ),
    ],
)
def test_mismatches_are_warnings(old, new, sentence, kind, altered, make):
    content = read_parameters(altered(old, new, kind))
    assert any(sentence in warning for warning in content.warnings), content.warnings
    name = "gain" if kind == "PHGAIN" else "dark"
    np.testing.assert_array_equal(getattr(content, name), getattr(make.content(kind), name))


def test_bands_in_another_order_are_read_by_their_code(altered, written, make):
    text = written["PHGAIN"].read_text()
    text = text.replace("<Band_Code>B01<", "<Band_Code>B99<").replace("B02<", "B01<")
    path = altered("<Notes/>", "<Notes/>")
    path.write_text(text.replace("B99<", "B02<"))
    content = PhysicalGain.read(path)
    gain = make.content("PHGAIN").gain
    np.testing.assert_array_equal(content.gain, gain[[1, 0, *range(2, 12)]])
    assert any("out of order" in warning for warning in content.warnings)


def test_another_name_on_disk_is_a_warning(written, tmp_path):
    path = tmp_path / "renamed.xml"
    path.write_bytes(written["PHGAIN"].read_bytes())
    assert "name on disk" in read_parameters(path).warnings[0]


def test_a_dark_file_from_before_the_spike_list_is_read(altered, written):
    text = written["DARKCU"].read_text()
    block = text[text.index("<List_of_Spike") : text.index("</Data_Block>")]
    path = altered(block, "", "DARKCU")
    path.write_text(path.read_text().replace('"1.9"', '"1.3"'))
    content = read_parameters(path)
    assert content.spikes == ()
    assert any("no list of spikes" in warning for warning in content.warnings)


def test_an_absent_or_repeated_column_is_refused(altered, written):
    text = written["DARKCU"].read_text()
    start = text.index('<Dark_Current sn="5200">')
    item = text[start : text.index("</Dark_Current>", start) + len("</Dark_Current>")]
    for new in ("", item + item.replace("5200", "5201")):
        with pytest.raises(InputError, match="5200 x Dark_Current"):
            read_parameters(altered(item, new, "DARKCU"))


def test_open_ends_are_read_as_infinity(altered):
    path = altered("UTC=9999-12-31T23:59:59", "UTC=9999-99-99T99:99:99", count=2)
    path.write_text(path.read_text().replace("UTC=2017-08-01T00:00:00", "UTC=0000-00-00T00:00:00"))
    header = read_parameters(path).header
    assert (header.start, header.stop) == (OPEN_START, OPEN_STOP)
    assert any("stop 99999999 instead of 99991231" in text for text in header.warnings)


def _prefixed(text, xsi_type):
    import re

    text = re.sub(r"<(/?)([A-Z])", r"<\1ns0:\2", text)
    return text.replace('xmlns="', 'xmlns:ns0="').replace('"PHGAIN_File_Type"', f'"{xsi_type}"')


def test_prefixed_elements_need_the_prefix_in_xsi_type(altered, written, make):
    path = altered("<Notes/>", "<Notes/>")
    text = written["PHGAIN"].read_text()
    path.write_text(_prefixed(text, "ns0:PHGAIN_File_Type"))
    assert read_parameters(path).identical(make.content("PHGAIN"))
    for wrong in ("PHGAIN_File_Type", "ns1:PHGAIN_File_Type", "xsi:PHGAIN_File_Type"):
        path.write_text(_prefixed(text, wrong))
        with pytest.raises(InputError, match="xsi:type"):
            read_parameters(path)


def test_stylesheet_comments_one_line_and_cdata_make_no_difference(altered, written, make):
    text = written["PHGAIN"].read_text().replace("\n", "").replace(DECLARATION.strip(), "")
    text = text.replace("<Mission>VENuS", "<Mission><![CDATA[VENuS]]>")
    text = text.replace("<Data_Block>", "<!-- x --><?pi y?><Data_Block>")
    path = altered("<Notes/>", "<Notes/>")
    path.write_text(f"{DECLARATION.strip()}<?xml-stylesheet type='text/xsl' href='d.xsl'?>{text}")
    content = read_parameters(path)
    assert content.identical(make.content("PHGAIN"))
    assert content.warnings == ()


def test_unknown_extensions_are_kept_on_rewriting(altered, tmp_path):
    new = (
        '<List_of_Extensions count="1"><Extension sn="1"><Keyword>K</Keyword>'
        "<Value> any &amp; text </Value></Extension></List_of_Extensions>"
    )
    path = altered('<List_of_Extensions count="0"/>', new)
    content = read_parameters(path)
    assert content.header.extensions == (("K", " any & text "),)
    (tmp_path / "again").mkdir()
    again = read_parameters(content.write(tmp_path / "again"))
    assert again.identical(content)


@pytest.mark.parametrize("content", [b"", b" ", b"<", b"\x00", b"\x1f\x8b\x08\x00", b"PK\x03\x04"])
def test_no_xml_at_all(content, tmp_path):
    path = tmp_path / "x.EEF"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_parameters(path)


def test_missing_files_folders_and_pipes_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.EEF")
    for name in ("absent.EEF", "pipe.EEF", "."):
        with pytest.raises(InputError):
            read_parameters(tmp_path / name)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/etc/passwd", "a path below"),
        ("../x.TIF", "a path below"),
        ("{}.DBL.DIR/../../x.TIF", "a path below"),
        ("{}.DBL.DIR", "a path below"),
        ("{}.DBL.DIR/absent.TIF", "existing file"),
        ("", "a path below"),
    ],
)
def test_filters_are_read_from_the_files_own_folder_only(path, sentence, written, altered):
    text = written["STRLGT"].read_text()
    old = text.split("<Relative_File_Path>")[1].split("<")[0]
    with pytest.raises(InputError, match=sentence):
        read_parameters(altered(old, path.format(written["STRLGT"].stem), "STRLGT"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("<Nb_of_Rows>3", "<Nb_of_Rows>4", "float32 image of"),
        ("<Nb_of_Rows>3", "<Nb_of_Rows>1000000", "at most"),
        ("<File_Definition>TYPE1_FILTER_1", "<File_Definition>OTHER", "of a data file"),
        ("<Filter_Type>SPATIAL", "<Filter_Type>SPACIAL", "SPATIAL or"),
    ],
)
def test_filters_that_do_not_fit_their_header_are_refused(old, new, sentence, written, tmp_path):
    import shutil

    folder = written["STRLGT"].parent
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    path = tmp_path / written["STRLGT"].name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=sentence):
        read_parameters(path)


@pytest.mark.parametrize("named", [True, False])
def test_data_files_in_an_archive_are_read_there(named, written, altered):
    import tarfile

    path = altered("<Notes/>", "<Notes/>", "STRLGT")
    source = written["STRLGT"].with_suffix(".DBL.DIR")
    with tarfile.open(path.with_suffix(".DBL"), "w:bz2") as archive:
        archive.add(source, path.with_suffix(".DBL.DIR").name if named else ".")
    read, plain = read_parameters(path), read_parameters(written["STRLGT"])
    assert not path.with_suffix(".DBL.DIR").exists()
    for one, other in zip(read.halo + read.cross_talk, plain.halo + plain.cross_talk, strict=True):
        np.testing.assert_array_equal(one.kernel.values, other.kernel.values)


def test_a_hostile_archive_is_refused(written, altered):
    import tarfile

    path = altered("<Notes/>", "<Notes/>", "STRLGT")
    path.with_suffix(".DBL").write_bytes(b"BZh9")
    with pytest.raises(InputError, match="a complete archive"):
        read_parameters(path)
    with tarfile.open(path.with_suffix(".DBL"), "w:bz2") as archive:
        for file in written["STRLGT"].with_suffix(".DBL.DIR").iterdir():
            archive.add(file, f"../{file.name}")
    with pytest.raises(InputError, match="below the archive's folder"):
        read_parameters(path)


HOSTILE = r"""
import sys
from pathlib import Path
from venus_analysis.errors import InputError
from venus_analysis.parameters.read import read_parameters
import numpy, lxml.etree, tifffile
folder = Path(sys.argv[1])
def peak_kb():  # of this process alone; getrusage would carry over the parent's
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
before = peak_kb()
for path in sorted(folder.iterdir()):
    try:
        read_parameters(path)
    except InputError as error:
        print(path.name, str(error).replace(chr(10), ' '))
print(peak_kb() - before, file=sys.stderr)
"""


def test_large_files_are_refused_in_bounded_memory(tmp_path):
    head, tail = b"<a xmlns='http://eop-cfi.esa.int/CFI'>", b"</a>"
    files = {
        "1_whitespace_100_mb": head + b" " * 100_000_000 + tail,
        "2_whitespace_19_mb": head + b" " * 19_000_000 + tail,
        "3_elements": head + b"<a/>" * 4_900_000 + tail,
        "4_attributes": b"<a " + b" ".join(b"a%d=''" % n for n in range(1_500_000)) + b"/>",
        "5_depth": b"<a>" * 480_000,
        "7_most_elements": head + b"<a/>" * 499_000 + tail,
        "8_most_attributes": b"<a " + b" ".join(b"a%d=''" % n for n in range(499_000)) + b"/>",
        "6_text": head + b"x" * 19_000_000 + tail,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    run = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert [line.split()[0] for line in run.stdout.splitlines()] == sorted(files)
    assert int(run.stderr) < 300_000  # kB beyond the imports


def test_nothing_is_fetched(altered, written):
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    visits = []

    def listen():
        try:
            while True:
                visits.append(server.accept())
        except OSError:
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
    text = written["PHGAIN"].read_text()
    path = altered("<Notes/>", "<Notes/>")
    schema = f'<Earth_Explorer_File xsi:schemaLocation="{url} {url}.xsd" '
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{url}"/>'
    for changed in (
        text.replace("?>\n", f"?>\n<?xml-stylesheet type='text/xsl' href='{url}'?>\n", 1),
        text.replace("<Earth_Explorer_File ", schema, 1),
        text.replace("?>\n", f"?>\n<!DOCTYPE x SYSTEM '{url}'>\n", 1),
        text.replace("<Notes/>", f"<Notes>{include}</Notes>", 1),
    ):
        path.write_text(changed)
        with contextlib.suppress(InputError):
            read_parameters(path)
    listener.join()
    server.close()
    assert visits == []


TOKENS = [
    "",
    "NaN",
    "-1",
    "&amp;",
    "&x;",
    "<",
    ">",
    "/>",
    "<x/>",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "\x00",
    "B13",
    "B01",
    "00",
    "33",
    "9" * 400,
    "1e999",
    "UTC=9999-99-99T99:99:99",
    "é",
    "\ud7ff",
    'count="0"',
    'sn="1"',
    'xmlns=""',
    "xsi:type",
    "<!DOCTYPE x>",
    "5200",
    "\n\n",
    "../",
]


def _mutate(data: bytes, seed: int) -> bytes:
    """Cut, repeat, move, flip and replace, at tokens and at bytes."""
    import re

    rng = random.Random(seed)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        action = rng.randrange(7)
        if action < 3:  # replace, remove or repeat the text between two tags or an attribute
            spans = [
                m.span(1)
                for m in re.finditer(rb'>([^<>]{0,400})<|="([^"]*)"|</?(\w+)', data)
                if m.span(1) != (-1, -1)
            ] or [(0, len(data))]
            start, stop = rng.choice(spans)
            data = data[:start] + rng.choice(TOKENS).encode() + data[stop:]
        else:
            start = rng.randrange(len(data))
            stop = min(len(data), start + rng.choice([1, 2, 10, 100, 1000]))
            piece = data[start:stop]
            data = {
                3: data[:start] + data[stop:],
                4: data[:stop] + piece + data[stop:],
                5: data[:start] + bytes([rng.randrange(256)]) + data[start + 1 :],
                6: data[:start]
                if rng.random() < 0.3
                else data[:start] + rng.choice(TOKENS).encode() + data[start:],
            }[action]
    return data


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(
        ["PHGAIN", "NOISMO", "OUTORD", "STRLGT", "STRLGT", "PRODUCT"] * 5 + ["DARKCU", "RELSEN"]
    ),
)
def test_mutated_files_never_raise_anything_but_input_errors(seed, kind, written, product_file):
    source = product_file if kind == "PRODUCT" else written[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / source.name
        if kind == "STRLGT":
            data_folder = path.with_suffix(".DBL.DIR")
            data_folder.mkdir()
            for file in source.with_suffix(".DBL.DIR").iterdir():
                data = file.read_bytes()
                (data_folder / file.name).write_bytes(_mutate(data, seed) if seed % 2 else data)
        data = source.read_bytes()
        path.write_bytes(data if kind == "STRLGT" and seed % 4 == 1 else _mutate(data, seed))
        for read in (read_parameters, read_product_header, describe):
            with contextlib.suppress(InputError):
                read(path)
