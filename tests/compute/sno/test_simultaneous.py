"""Pairs in time and geometry against brute force; cells that may not be compared."""

from __future__ import annotations

import numpy as np
import pytest

from venus_analysis.compute.desert.looks import make_looks
from venus_analysis.compute.sno.matchup import (
    CellFlag,
    SimultaneousTolerances,
    screen_cells,
    simultaneous_pairs,
)
from venus_analysis.errors import InputError

START = np.datetime64("2019-02-04T08:30", "us")


def random_looks(seed, number, cells):
    random = np.random.default_rng(seed)
    seconds = random.integers(0, 4 * 3600, number)
    looks = make_looks(
        START + seconds * np.timedelta64(1, "s"),
        random.uniform(30, 36, number),
        random.uniform(0, 12, number),
        random.uniform(0, 180, number),
        np.full((number, 1), 0.4),
        repeated="keep",
    )
    looks.viewing_zenith_deg[3] = np.nan
    return looks, random.integers(0, cells, number) * 7 - 3


def test_many_cells_over_many_years():
    """60 000 cells, each seen once by either sensor within 6.5 years."""
    number = 60_000
    days = np.random.default_rng(3).uniform(0, 6.5 * 365.25, number)
    time = START + (days * 86400e6).astype("m8[us]")
    rho, cell = np.full((number, 1), 0.4), np.arange(number)
    here = make_looks(time, 30.0, 3.0, 60.0, rho, repeated="keep")
    there = make_looks(time + np.timedelta64(10, "m"), 30.0, 3.0, 60.0, rho, repeated="keep")
    found = simultaneous_pairs(here, there, target_cell=cell, reference_cell=cell)
    np.testing.assert_array_equal(found.target, cell)
    np.testing.assert_array_equal(found.reference, cell)


def test_pairs_are_those_of_brute_force():
    (target, a), (reference, b) = random_looks(1, 300, 6), random_looks(2, 260, 6)
    found = simultaneous_pairs(target, reference, target_cell=a, reference_cell=b)
    minutes = np.abs(target.time[:, None] - reference.time) / np.timedelta64(1, "m")

    def apart(name):
        return np.abs(getattr(target, name)[:, None] - getattr(reference, name))

    steep = np.maximum(target.viewing_zenith_deg[:, None], reference.viewing_zenith_deg) > 5.0
    wanted = (a[:, None] == b) & (minutes <= 30.0)
    wanted &= (apart("solar_zenith_deg") <= 3.0) & (apart("viewing_zenith_deg") <= 5.0)
    wanted &= ~steep | (apart("relative_azimuth_deg") <= 20.0)
    i, j = np.nonzero(wanted)
    assert len(i) > 50
    np.testing.assert_array_equal(found.target, i)
    np.testing.assert_array_equal(found.reference, j)


def test_no_looks_no_pairs():
    (target, a), (reference, b) = random_looks(1, 10, 2), random_looks(2, 10, 2)
    none = np.zeros(0, np.intp)
    empty = reference.take(none)
    assert not len(simultaneous_pairs(target, empty, target_cell=a, reference_cell=b[:0]))
    assert not len(simultaneous_pairs(empty, reference))


def test_limits_are_included():
    target = make_looks([START], 30.0, 6.0, 10.0, [[0.4]])
    later = START + np.array([30 * 60, 30 * 60 + 1]) * np.timedelta64(1, "s")
    reference = make_looks(later, 33.0, 11.0, 30.0, [[0.4], [0.4]])
    assert simultaneous_pairs(target, reference).reference.tolist() == [0]


def test_cells_must_be_numbered():
    (target, _), (reference, _) = random_looks(1, 10, 2), random_looks(2, 10, 2)
    with pytest.raises(InputError, match="whole numbers"):
        simultaneous_pairs(target, reference, target_cell=np.full(10, 0.5))
    with pytest.raises(InputError, match="above 0"):
        SimultaneousTolerances(minutes=0.0)


def test_cells_are_screened_for_each_reason():
    rho = np.full((5, 2), 0.4)
    rho[4, 1] = np.nan
    sd = np.full((5, 2), 0.011)
    sd[0, 1] = 0.013
    found = screen_cells(
        rho,
        sd,
        cloud_share=[[0.0], [0.001], [0.0], [0.0], [0.0]],
        saturated_share=[[0, 0], [0, 0], [0.1, 0], [0, 0], [0, 0]],
        valid_share=[[1, 1], [1, 1], [1, 1], [0.94, 0.95], [1, 1]],
    )
    wanted = [
        [0, CellFlag.NOT_UNIFORM],
        [CellFlag.CLOUD, CellFlag.CLOUD],
        [CellFlag.SATURATED, 0],
        [CellFlag.NOT_FILLED, 0],
        [0, CellFlag.NOT_FILLED],
    ]
    np.testing.assert_array_equal(found, wanted)
