"""Decisions survive crashes and other writers, and leave the ledger alone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from venus_analysis import ledger
from venus_analysis.calibrate.drift import journal
from venus_analysis.calibrate.drift.exclusions import exclude, exclusions, restore
from venus_analysis.calibrate.drift.proposals import decide, proposals, propose
from venus_analysis.errors import InputError, LedgerError
from venus_analysis.parameters.phgain import PhysicalGain
from venus_analysis.parameters.registry import Registry

PERSON = {"who": "Ada", "why": "clouds"}


def clock():
    return datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def looks():
    return pd.DataFrame({"acquisition_id": ["L1", "L1", "L2"], "band": ["B1", "B2", "B1"]})


def test_exclusion_and_its_return_leave_the_rows_alone(planted, tmp_path):
    folder = tmp_path / "ledger"
    ledger.write(folder, planted.frame)
    parts = {path: path.read_bytes() for path in (folder / "rows").iterdir()}
    before = ledger.load(folder).frame
    exclude(folder, "LOOK_003", **PERSON, now=clock)
    (one,) = exclusions(folder).current
    assert (one.who, one.why, one.when, one.band) == ("Ada", "clouds", "2024-05-06T07:08:09Z", "")
    assert exclusions(folder).mask(before).sum() == 3
    restore(folder, "LOOK_003", who="Bo", why="no clouds")
    assert exclusions(folder).current == ()
    assert [one.action for one in exclusions(folder).history] == ["exclude", "restore"]
    assert {path: path.read_bytes() for path in (folder / "rows").iterdir()} == parts
    pd.testing.assert_frame_equal(ledger.load(folder).frame, before)
    assert ledger.check(folder).leftovers == ()


def test_bands_and_whole_looks_override_one_another(tmp_path):
    exclude(tmp_path, "L1", **PERSON)
    restore(tmp_path, "L1", who="Bo", why="only B2 was cloudy", bands=["B1"])
    assert exclusions(tmp_path).mask(looks()).tolist() == [False, True, False]
    restore(tmp_path, "L1", who="Bo", why="all fine")
    assert not exclusions(tmp_path).mask(looks()).any()
    exclude(tmp_path, "L1", **PERSON, bands=["B2"])
    assert exclusions(tmp_path).mask(looks()).tolist() == [False, True, False]
    exclude(tmp_path, "L1", **PERSON)
    assert exclusions(tmp_path).mask(looks()).tolist() == [True, True, False]


def test_decisions_that_say_too_little_or_change_nothing_are_refused(tmp_path):
    for gap in ({"who": " ", "why": "x"}, {"who": "x", "why": ""}):
        with pytest.raises(InputError, match="kept with the decision"):
            exclude(tmp_path, "L1", **gap)
    assert not (tmp_path / "journal").exists()
    exclude(tmp_path, "L1", **PERSON)
    with pytest.raises(InputError, match="one excluded already"):
        exclude(tmp_path, "L1", **PERSON)
    with pytest.raises(InputError, match="a look that is excluded"):
        restore(tmp_path, "L2", **PERSON)
    with pytest.raises(InputError, match="a ledger in a folder"):
        exclude("s3://bucket/ledger", "L1", **PERSON)


def test_a_line_cut_off_is_named_and_the_rest_survives(tmp_path):
    exclude(tmp_path, "L1", **PERSON)
    path = journal.path_of(tmp_path, "exclusions")
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    kept = exclusions(tmp_path)
    assert [one.acquisition_id for one in kept.current] == ["L1"]
    assert "line 2 cannot be read" in kept.damaged[0]
    exclude(tmp_path, "L2", **PERSON)
    kept = exclusions(tmp_path)
    assert [one.acquisition_id for one in kept.current] == ["L1", "L2"]
    assert len(kept.damaged) == 1
    path.write_bytes(path.read_bytes() + b'{"when": "x"}\n[1]\n\xff\n')
    assert len(exclusions(tmp_path).damaged) == 4


def test_many_writers_lose_no_line(tmp_path):
    path = tmp_path / "journal" / "log.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: journal.append(path, {**PERSON, "k": k}), range(200)))
    found = journal.read(path)
    assert sorted(one["k"] for one in found.entries) == list(range(200))
    assert found.damaged == ()


def test_a_disk_that_takes_nothing_is_said(tmp_path):
    (tmp_path / "journal").write_text("a file in the way")
    with pytest.raises(LedgerError, match="readable journal"):
        exclude(tmp_path, "L1", **PERSON)
    with pytest.raises(LedgerError, match="expected to write a line"):
        journal.append(tmp_path / "journal" / "log.jsonl", PERSON)


def test_a_proposal_is_a_file_that_is_in_force_nowhere_yet(planted, tmp_path):
    before = {path.name for path in planted.folder.iterdir()}
    made = propose(
        tmp_path,
        planted.folder,
        {"B1": 0.1875},
        "2024-01-01",
        who="Ada",
        why="-1 % since the last update",
        numbers={"B1": {"departure": -0.01}},
        now=clock,
    )
    assert {path.name for path in planted.folder.iterdir()} == before
    file = tmp_path / "journal" / "proposed" / made.file
    content = PhysicalGain.read(file)
    old = Registry(planted.folder).in_force("PHGAIN", "2024-01-02").file.content
    np.testing.assert_array_equal(content.gain[0], 0.1875)
    np.testing.assert_array_equal(content.gain[1:], old.gain[1:])
    assert content.header.name.serial == 11
    again = propose(tmp_path, planted.folder, {"B1": 0.18}, "2024-02-01", who="Bo", why="better")
    assert again.file.split("_")[6] == "00012"
    decide(tmp_path, made.id, "refused", who="Cy", why="superseded")
    log = proposals(tmp_path)
    assert [one.status for one in log.current] == ["refused", "proposed"]
    assert log.current[0].decided_why == "superseded"
    assert log.current[0].numbers == {"B1": {"departure": -0.01}}
    assert len(log.history) == 3
    assert [json.loads(line)["who"] for line in
            journal.path_of(tmp_path, "proposals").read_text().splitlines()] == [
        "Ada", "Bo", "Cy",
    ]  # fmt: skip


def test_proposals_that_cannot_be_are_refused_and_leave_nothing(planted, tmp_path):
    bad = [
        ({"B1": -1.0}, "2024-01-01", PERSON, "numbers above 0"),
        ({"B99": 1.0}, "2024-01-01", PERSON, "band"),
        ({"B1": 1.0}, "soon", PERSON, "date"),
        ({"B1": 1.0}, "2024-01-01", {"who": "Ada", "why": ""}, "kept with the decision"),
    ]
    for gains, start, person, message in bad:
        with pytest.raises(InputError, match=message):
            propose(tmp_path, planted.folder, gains, start, **person)
    assert proposals(tmp_path).current == ()
    assert not list(tmp_path.rglob("*.EEF"))
    with pytest.raises(InputError, match="none was made yet"):
        decide(tmp_path, "x", "accepted", **PERSON)
    with pytest.raises(InputError, match="accepted or refused"):
        decide(tmp_path, "x", "maybe", **PERSON)
