"""Residual dark level: planted levels and drifts come back within their uncertainty."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest

from venus_analysis.compute.dark import DarkOptions, residual_dark
from venus_analysis.compute.dark_proposal import proposed_dark
from venus_analysis.errors import InputError

LINES, COLUMNS = 800, 300
T = (np.arange(LINES) - (LINES - 1) / 2) / (LINES - 1)
DARK = np.random.default_rng(99).uniform(45.0, 55.0, COLUMNS)


def sky(
    seed: int, drift: np.ndarray | float = 0.2, noise: float = 1.2, light: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Whole counts of sky with residual levels of 0.15 count; and these levels."""
    random = np.random.default_rng(seed)
    planted = random.normal(0.0, 0.15, COLUMNS)
    level = DARK + planted + np.multiply.outer(T, drift * np.ones(COLUMNS)) + light
    counts = np.rint(level + random.normal(0.0, noise, level.shape))
    return np.clip(counts, 0, 1023).astype(np.uint16), planted


def disk(radius: float = 90.0) -> np.ndarray:
    line, column = np.ogrid[:LINES, :COLUMNS]
    return np.asarray(np.hypot((line - 350) / 2.5, column - 140) < radius)


@pytest.mark.parametrize("drift", ["common", "column"])
def test_the_stated_uncertainty_covers_the_truth(drift: Any) -> None:
    """Over seeds and columns, with a Moon masked out."""
    score, slope_score, profile_score = [], [], []
    for seed in range(12):
        counts, planted = sky(seed)
        found = residual_dark(counts, DARK, disk(), DarkOptions(drift=drift))
        score.append((found.residual - planted) / found.u_residual)
        slope_score.append((found.slope - 0.2) / np.where(found.u_slope, found.u_slope, np.nan))
        truth = 0.2 * (found.line - (LINES - 1) / 2) / (LINES - 1)
        profile_score.append((found.profile - truth) / found.u_profile if drift == "common" else 0)
        assert found.chi_square == pytest.approx(1.0, abs=0.1)
    tests = [np.concatenate(score)]
    tests.append(
        np.concatenate(profile_score) if drift == "common" else np.concatenate(slope_score)
    )
    for z in tests:
        limit = 4 / np.sqrt(z.size)  # four sigma of the share of a coverage test
        assert abs(z.mean()) < limit
        assert np.mean(np.abs(z) < 1) == pytest.approx(0.683, abs=0.47 * limit)
        assert np.mean(np.abs(z) < 2) == pytest.approx(0.954, abs=0.21 * limit)


def test_a_drift_of_any_shape_is_followed_by_the_common_profile() -> None:
    counts, planted = sky(3, drift=0.0)
    bend = 0.3 * np.sin(3 * np.pi * T)
    random = np.random.default_rng(5)
    level = DARK + planted + bend[:, None]
    counts = np.rint(level + random.normal(0.0, 1.0, level.shape)).astype(np.uint16)
    found = residual_dark(counts, DARK, disk(), DarkOptions(lines_per_block=32))
    truth = DARK + planted + (bend - bend.mean())[:, None]
    difference = DARK + found.at(np.arange(LINES)) - truth
    assert np.abs(difference.mean(axis=1)).max() < 0.05
    assert difference.std() < 1.3 / np.sqrt(LINES)


def test_a_mask_that_is_uneven_along_the_scan_does_not_mix_level_and_drift() -> None:
    """Half of the columns see sky only in the second half of a strong drift."""
    counts, planted = sky(8, drift=2.0)
    exclude = np.zeros(counts.shape, bool)
    exclude[: LINES // 2, : COLUMNS // 2] = True
    found = residual_dark(counts, DARK, exclude)
    z = (found.residual - planted) / found.u_residual
    assert abs(z[: COLUMNS // 2].mean()) < 0.5
    naive = residual_dark(counts, DARK, exclude, DarkOptions(drift="none"))
    assert (naive.residual - planted)[: COLUMNS // 2].mean() == pytest.approx(0.5, abs=0.02)
    assert naive.chi_square > 3.0


def test_own_drifts_of_columns_show_in_the_lack_of_fit() -> None:
    own = np.random.default_rng(1).normal(0.0, 0.8, COLUMNS)
    counts, _ = sky(2, drift=own)
    assert residual_dark(counts, DARK).chi_square > 1.4
    found = residual_dark(counts, DARK, None, DarkOptions(drift="column"))
    assert found.chi_square == pytest.approx(1.0, abs=0.1)
    z = (found.slope - own) / found.u_slope
    assert np.std(z) == pytest.approx(1.0, abs=0.15)
    at = found.at([0, LINES - 1])
    np.testing.assert_allclose(at[1] - at[0], found.slope, atol=1e-12)


def test_a_masked_moon_does_not_leak() -> None:
    counts, _ = sky(4, light=disk() * 300.0)
    with_moon = residual_dark(counts, DARK, disk())
    without = residual_dark(sky(4)[0], DARK, disk())
    np.testing.assert_array_equal(with_moon.residual, without.residual)
    np.testing.assert_array_equal(with_moon.profile, without.profile)


def test_outliers_are_left_out() -> None:
    counts, planted = sky(6)
    random = np.random.default_rng(0)
    hot = random.random(counts.shape) < 0.01
    counts[hot] = random.integers(70, 1024, hot.sum())
    found = residual_dark(counts, DARK, disk())
    z = (found.residual - planted) / found.u_residual
    assert abs(z.mean()) < 0.3
    assert np.std(z) < 1.2
    assert found.noise.mean() == pytest.approx(np.sqrt(1.2**2 + 1 / 12), rel=0.02)


def test_a_saturated_column_is_never_sky() -> None:
    counts, _ = sky(6)
    counts[:, 5] = 1023
    found = residual_dark(counts, DARK)
    assert np.isnan(found.residual[5])
    assert found.pixels[5] == 0
    assert np.isfinite(np.delete(found.residual, 5)).all()


@pytest.mark.parametrize("noise", [0.05, 0.15, 0.3])
def test_what_rounding_hides_is_part_of_the_uncertainty(noise: float) -> None:
    score = []
    for seed in range(4):
        counts, planted = sky(seed, drift=0.0, noise=noise)
        found = residual_dark(counts, DARK)
        assert found.u_residual.min() > 0.0
        score.append((found.residual - planted) / found.u_residual)
    assert np.sqrt(np.mean(np.square(score))) == pytest.approx(1.0, abs=0.35)


def test_columns_without_sky_are_nan_or_filled_with_a_larger_uncertainty() -> None:
    counts, planted = sky(7)
    exclude = np.zeros(counts.shape, bool)
    exclude[:, 100:140] = True
    exclude[50:, 200] = True
    found = residual_dark(counts, DARK, exclude)
    lost = np.r_[100:140, 200]
    assert np.isnan(found.residual[lost]).all()
    assert np.isnan(found.u_residual[lost]).all()
    filled = residual_dark(counts, DARK, exclude, DarkOptions(few_pixels="neighbours"))
    assert np.flatnonzero(filled.filled).tolist() == lost.tolist()
    rest = np.delete(np.arange(COLUMNS), lost)
    np.testing.assert_array_equal(filled.residual[rest], found.residual[rest])
    assert filled.u_residual[lost].min() > 1.5 * found.u_residual[rest].max()
    z = (filled.residual - planted)[lost] / filled.u_residual[lost]
    assert np.std(z) == pytest.approx(1.0, abs=0.35)


def test_a_block_without_sky_is_bridged() -> None:
    counts, _ = sky(1, drift=1.0)
    exclude = np.zeros(counts.shape, bool)
    exclude[256:384] = True
    found = residual_dark(counts, DARK, exclude)
    assert np.isnan(found.profile).sum() == 2
    middle = found.at([319]).mean() - found.residual.mean()
    assert middle == pytest.approx(float(T[319]), abs=0.03)


def test_lazy_counts_give_the_same() -> None:
    counts, _ = sky(1)
    plain = residual_dark(counts, DARK, disk())
    lazy = residual_dark(
        da.from_array(counts, chunks=(123, 77)), DARK, da.from_array(disk(), chunks=(100, 300))
    )
    np.testing.assert_array_equal(lazy.residual, plain.residual)


def test_bad_input_is_refused() -> None:
    counts, _ = sky(0)
    cases: list[tuple[tuple[Any, ...], str]] = [
        ((counts.astype(float), DARK), "unsigned"),
        ((counts, DARK[:5]), "one band"),
        ((counts[:0], DARK), "at least 1 pixel"),
        ((counts, DARK * np.inf), "finite"),
        ((counts, DARK, np.zeros((2, 2), bool)), "exclude: expected bool"),
        ((counts, DARK, np.zeros(counts.shape)), "exclude: expected bool"),
        ((counts, DARK, np.ones(counts.shape, bool)), "100 sky pixels"),
        ((counts, DARK * np.nan), "100 sky pixels"),
    ]
    for arguments, message in cases:
        with pytest.raises(InputError, match=message):
            residual_dark(*arguments)
    split = np.zeros(counts.shape, bool)
    split[:384, :150] = split[384:, 150:] = True
    with pytest.raises(InputError, match="share no column"):
        residual_dark(counts, DARK, split)
    bad: list[dict[str, Any]] = [
        {"drift": "wild"},
        {"few_pixels": "guess"},
        {"lines_per_block": 1},
        {"clip_sigma": 0.5},
        {"least_pixels": 0},
        {"neighbours": 1},
    ]
    for wrong in bad:
        with pytest.raises(InputError, match=next(iter(wrong))):
            DarkOptions(**wrong)


def test_an_unknown_dark_level_gives_nan_in_its_column_alone() -> None:
    counts, _ = sky(0)
    dark = DARK.copy()
    dark[3] = np.nan
    found = residual_dark(counts, dark)
    assert np.flatnonzero(np.isnan(found.residual)).tolist() == [3]


# the proposal


def test_the_proposal_removes_the_residual() -> None:
    counts, planted = sky(9)
    found = residual_dark(counts, DARK)
    proposal = proposed_dark(DARK, found.residual, found.u_residual)
    again = residual_dark(counts, proposal.dark)
    assert np.abs(again.residual).max() < 1e-5
    assert np.std(proposal.dark - DARK - planted) < 0.06
    assert proposal.changed.all()
    assert not proposal.clipped.any()


def test_the_proposal_is_never_negative_and_keeps_what_is_not_known() -> None:
    proposal = proposed_dark([0.1, 5.0, 5.0, 0.0], [-0.3, np.nan, 0.5, 0.0])
    np.testing.assert_array_equal(proposal.dark, [0.0, 5.0, 5.5, 0.0])
    np.testing.assert_array_equal(proposal.changed, [True, False, True, False])
    np.testing.assert_array_equal(proposal.clipped, [True, False, False, False])


def test_only_significant_residuals_are_taken_up() -> None:
    proposal = proposed_dark([5.0, 5.0], [0.02, 0.2], [0.05, 0.05], significance=2.0)
    np.testing.assert_array_equal(proposal.dark, [5.0, 5.2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([-1.0], [0.0]), "numbers >= 0"),
        (([np.nan], [0.0]), "numbers >= 0"),
        (([1.0, 2.0], [0.0]), "one shape"),
    ],
)
def test_bad_proposals_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        proposed_dark(*arguments)
    with pytest.raises(InputError, match="uncertainties"):
        proposed_dark([1.0], [0.1], significance=2.0)
