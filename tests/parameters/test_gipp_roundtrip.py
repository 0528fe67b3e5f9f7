"""What is written reads back exactly, and keeps every rule of the format."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venus_analysis.errors import InputError
from venus_analysis.parameters.darkcu import DarkCurrent, Spike
from venus_analysis.parameters.instants import LAST_STOP, OPEN_START, OPEN_STOP
from venus_analysis.parameters.noismo import NoiseModel
from venus_analysis.parameters.outord import Defect, DefectiveColumns
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.read import read_parameters
from venus_analysis.parameters.relsen import RelativeSensitivity
from venus_analysis.parameters.strlgt import (
    CrossTalkFilter,
    HaloFilter,
    Kernel,
    StrayLight,
    Strip,
)

TDI = (1, 4, 8, 16, 32)
SITES = ("VE_OPER_MPL_SITDEF_S_ISRAEL03", "VE_TEST_MPL_SITDEF_M_THE_MOON")

numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)
positive = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
gains = st.integers(0, 10**7).map(lambda n: round(n / 1e5, 5))
seconds = st.integers(-62135596800, 253402300799).map(lambda s: np.datetime64(s, "s"))
kernels = st.builds(
    lambda shape, seed: Kernel(np.random.default_rng(seed).normal(size=shape)),
    st.tuples(st.integers(1, 6), st.integers(1, 6)),
    st.integers(0, 99),
)
text = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], include_characters="\n\r\t"
    ),
    max_size=20,
)


@st.composite
def tdi_sets(draw):
    return tuple(sorted(draw(st.sets(st.sampled_from(TDI), min_size=1))))


@st.composite
def splits(draw):
    """TDI of the entries of one band: any partition of any subset, in any order."""
    chosen = draw(st.permutations(draw(tdi_sets())))
    cuts = draw(st.lists(st.booleans(), min_size=len(chosen), max_size=len(chosen)))
    groups: list[list[int]] = []
    for tdi, cut in zip(chosen, cuts, strict=True):
        if cut or not groups:
            groups.append([])
        groups[-1].append(tdi)
    return tuple(tuple(sorted(group)) for group in groups)


@st.composite
def headers(draw, make, kind):
    start, stop = sorted(draw(st.tuples(seconds, seconds)))
    start = draw(st.sampled_from([start, OPEN_START]))
    stop = draw(st.sampled_from([stop, OPEN_STOP, LAST_STOP]))
    where = draw(
        st.sampled_from(
            [
                {},
                {"nick": "SAHARA__", "sites": SITES},
                {"nick": "ISRAEL03", "sites": SITES[:1], "applicability": "S"},
                {"nick": "THE_MOON", "sites": SITES[1:], "applicability": "S"},
            ]
        )
    )
    options = dict(where)
    if kind in ("DARKCU", "RELSEN", "OUTORD", "STRLGT"):
        options["band"] = f"B{draw(st.integers(1, 12))}"
    if kind in ("DARKCU", "RELSEN"):
        options["tdi"] = draw(tdi_sets())
    header = make.header(
        kind,
        draw(st.integers(0, 99999)),
        start,
        stop=stop,
        created=draw(seconds),
        file_class=draw(st.sampled_from(["OPER", "TEST", "VM03", "SVT_", "TD0Z"])),
        version=draw(st.integers(1, 9999)),
        system=draw(st.sampled_from(["VIQ", "MAJA"])),
        notes=draw(text),
        **options,
    )
    pairs = draw(st.lists(st.tuples(text, text), max_size=3))
    return replace(header, extensions=tuple(pairs), consumers=draw(st.sampled_from([(), ("VIP",)])))


def _table(draw, values, groups):
    table = np.full((12, 5), np.nan)
    for row, band in enumerate(groups):
        for group in band:
            table[row, [TDI.index(tdi) for tdi in group]] = draw(values)
    return table


def _columns(draw, values):
    few = np.array(draw(st.lists(values, min_size=1, max_size=6)))
    return np.resize(few, 5200)


@st.composite
def contents(draw, make, kind):
    header = draw(headers(make, kind))
    if kind in ("PHGAIN", "NOISMO"):
        groups = tuple(draw(splits()) for _ in range(12))
        if kind == "PHGAIN":
            return PhysicalGain(header=header, gain=_table(draw, gains, groups), groups=groups)
        return NoiseModel(
            header=header,
            a=_table(draw, numbers, groups),
            b=_table(draw, numbers, groups),
            groups=groups,
        )
    if kind == "DARKCU":
        spikes = st.builds(
            Spike,
            st.integers(0, 5200),
            positive,
            st.tuples(*[numbers] * 4),
            st.tuples(*[numbers] * 2),
        )
        return DarkCurrent(
            header=header,
            dark=_columns(draw, positive),
            spikes=tuple(draw(st.lists(spikes, max_size=3))),
        )
    if kind == "RELSEN":
        return RelativeSensitivity(
            header=header,
            first_slope=_columns(draw, numbers),
            second_slope=_columns(draw, numbers),
            break_level=_columns(draw, numbers),
        )
    if kind == "OUTORD":
        defect = st.tuples(st.integers(1, 5200), st.integers(1, 5200)).map(sorted)
        kinds = st.sampled_from(["BLIND", "NOISY", "FILTER_HOLE"])
        ranges = st.lists(st.builds(lambda pair, k: Defect(*pair, k), defect, kinds), max_size=3)
        return DefectiveColumns(
            header=header,
            defects={
                tdi: tuple(draw(ranges))
                for tdi in draw(st.permutations(TDI))[: draw(st.integers(0, 5))]
            },
        )
    pair = st.tuples(st.integers(0, 5199), st.integers(0, 5199)).map(sorted)
    strip = st.builds(
        lambda p, f, s: Strip(*p, f, s), pair, st.floats(0, 10000), st.integers(-5199, 5199)
    )
    strips = st.lists(strip, min_size=1, max_size=3).map(tuple)
    sources = draw(st.lists(st.sampled_from(["B1", "B7", "B12"]), max_size=2, unique=True))
    return StrayLight(
        header=header,
        overlap_margin=draw(st.integers(0, 5200)),
        halo=tuple(
            draw(st.lists(st.builds(lambda p, k: HaloFilter(*p, k), pair, kernels), max_size=3))
        ),
        cross_talk=tuple(
            CrossTalkFilter(band, draw(kernels), draw(st.integers(0, 5200)), draw(strips))
            for band in sources
        ),
    )


@pytest.mark.parametrize("kind", ["PHGAIN", "NOISMO", "OUTORD", "STRLGT", "DARKCU", "RELSEN"])
def test_round_trip_is_exact_and_keeps_the_rules(kind, make, broken_rules):
    examples = 15 if kind in ("DARKCU", "RELSEN") else 40

    @settings(max_examples=examples, deadline=None)
    @given(st.data())
    def run(data):
        content = data.draw(contents(make, kind))
        with tempfile.TemporaryDirectory() as folder:
            path = content.write(folder)
            back = read_parameters(path)
            assert broken_rules(path) == []
            expected = [w for w in back.warnings if "Ak of 0" in w or "tri-detector" in w]
            assert list(back.warnings) == expected
            assert back.identical(content)
            assert not list(Path(folder).glob(".*"))

    run()


@pytest.mark.parametrize("kind", ["PHGAIN", "DARKCU", "RELSEN", "NOISMO", "OUTORD", "STRLGT"])
def test_an_existing_file_is_never_touched(kind, make, tmp_path):
    path = make.content(kind).write(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    with pytest.raises(InputError, match="take the next serial"):
        make.content(kind, seed=2).write(tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert read_parameters(path).identical(make.content(kind))


def test_stray_light_leaves_no_folder_behind_when_its_header_cannot_be_written(
    make, tmp_path, monkeypatch
):
    def refuse(path, data):
        raise InputError(path, "space", "none", "make some")

    monkeypatch.setattr("venus_analysis.parameters.strlgt.write_new", refuse)
    with pytest.raises(InputError):
        make.content("STRLGT").write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_an_input_error(make, tmp_path):
    for kind in make.types:
        with pytest.raises(InputError, match="folder that can be written"):
            make.content(kind).write(tmp_path / "absent")


def test_gain_with_six_decimals_is_not_rounded_behind_the_callers_back(make, tmp_path):
    content = replace(make.content("PHGAIN"), gain=np.full((12, 5), 1.234567), groups=())
    with pytest.raises(InputError, match="at most 5 decimals"):
        content.write(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"sites": SITES[:1]}, "ALLSITES with a list"),
        ({"nick": "SAHARA__"}, "names none"),
        ({"nick": "ISRAEL03", "applicability": "S", "sites": SITES[1:]}, "instead of"),
        ({"nick": "SAHARA__", "sites": ("ISRAEL03",)}, "no site definition id"),
        ({"system": "NASA"}, "System"),
        ({"creator": " x"}, "Creator"),
        ({"creator_version": ""}, "Creator_Version"),
        ({"version": 0}, "File_Version"),
        ({"stop": "2000-01-01"}, "start not after the stop"),
        ({"notes": "bell \x07"}, "printable"),
    ],
)
def test_headers_that_break_a_rule_are_not_written(options, word, make, tmp_path):
    with pytest.raises(InputError, match=word):
        make.content("PHGAIN", **options).write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_rule_checker_finds_planted_breaches(written, broken_rules, tmp_path):
    text = written["DARKCU"].read_text()
    breaches = {
        'count="5200"': 'count="5199"',
        "<Serial_Key>00007": "<Serial_Key>00008",
        "01 04 08 16 32": "01 04 08 16",
        "<Mission>VENuS": "<Mission>VENUS",
        'sn="17"': 'sn="18"',
        "<System>": "<System> ",
        'schema_version="1.9"': "",
        "<Notes/>": "",
    }
    for old, new in breaches.items():
        assert old in text
        path = tmp_path / written["DARKCU"].name
        path.write_text(text.replace(old, new, 1))
        try:
            found = broken_rules(path)
        except KeyError:
            continue
        assert found, old


def test_arrays_of_contents_cannot_be_changed(make):
    content = make.content("PHGAIN")
    with pytest.raises(ValueError, match="read-only"):
        content.gain[0, 0] = 2.0


def test_datasets_have_the_documented_dims(make):
    dims = {
        "PHGAIN": ("band", "tdi"),
        "NOISMO": ("band", "tdi"),
        "DARKCU": ("band", "column"),
        "RELSEN": ("band", "column"),
        "OUTORD": ("band", "tdi", "column"),
        "STRLGT": ("source_band", "column"),
    }
    for kind, expected in dims.items():
        dataset = make.content(kind).to_dataset()
        assert {variable.dims for variable in dataset.values()} == {expected}
        assert dataset.attrs["serial"] == "00007"


def test_camera_sense_mirrors_bands_7_to_12_only(make):
    ramp = np.arange(5200.0)
    for band, first in (("B5", 0.0), ("B7", 5199.0)):
        header = make.header("DARKCU", band=band)
        dark = DarkCurrent(header=header, dark=ramp)
        assert dark.to_dataset("image")["dark"].values[0, 0] == 0.0
        assert dark.to_dataset("camera")["dark"].values[0, 0] == first
        defects = DefectiveColumns(
            header=make.header("OUTORD", band=band), defects={8: (Defect(1, 1, "BLIND"),)}
        )
        assert defects.mask(8, "camera")[int(first)] == 1
    light = make.content("STRLGT", band="B8")
    turned = light.in_image_sense("camera")
    assert (turned.halo[0].first, turned.halo[0].last) == (2600, 5199)
    assert turned.cross_talk[0].strips[0].shift == -38
    np.testing.assert_array_equal(
        turned.halo[0].kernel.values, light.halo[0].kernel.values[:, ::-1]
    )
    assert turned.in_image_sense("camera").identical(light)
    assert make.content("STRLGT").in_image_sense("camera").identical(make.content("STRLGT"))


@pytest.mark.parametrize(
    "build",
    [
        lambda: Spike(417.5, 1.0, (0.0,) * 4, (0.0,) * 2),
        lambda: Spike(417, np.nan, (0.0,) * 4, (0.0,) * 2),
        lambda: Spike(417, 1.0, (0.0,) * 3, (0.0,) * 2),
        lambda: Defect(1.5, 4, "BLIND"),
        lambda: Defect(5, 4, "BLIND"),
        lambda: Strip(0, 99, np.nan, 0),
        lambda: Strip(0, 99, 1.0, 5200),
        lambda: Strip(0, 99, 1.0, 0.5),
        lambda: HaloFilter(0, 5200, Kernel(np.ones((3, 3)))),
        lambda: Kernel(np.full((3, 3), np.inf)),
        lambda: Kernel(np.ones(3)),
        lambda: CrossTalkFilter("B1", Kernel(np.ones((3, 3))), 0, ()),
    ],
)
def test_parts_that_could_not_be_written_cannot_be_made(build):
    with pytest.raises(InputError):
        build()


def test_whole_numbers_of_other_kinds_are_written_as_integers(make, tmp_path, broken_rules):
    light = make.content("STRLGT")
    strips = (Strip(np.float64(0.0), np.int32(5199), np.float32(0.5), np.float64(-3.0)),)
    light = replace(light, cross_talk=(replace(light.cross_talk[0], strips=strips),))
    assert broken_rules(light.write(tmp_path)) == []
