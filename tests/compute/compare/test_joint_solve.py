"""The reduced solution is that of dense generalised least squares."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import block_diag

from venus_analysis.compute.compare.joint_parts import Noise, parts_of
from venus_analysis.compute.compare.joint_solve import solve
from venus_analysis.compute.compare.method_series import MethodSeries, noise_covariance
from venus_analysis.compute.compare.trend import Trend

START = np.datetime64("2018-01-01T00:00:00")
NOISE = {"moon": Noise(1.3, 0.4, 1.0, 0), "desert": Noise(0.7, 0.2, 1.0, 0)}


def given(random: np.random.Generator) -> list[MethodSeries]:
    """Two methods; one desert has wander, one a single look."""
    found = []
    for method, name, looks, wander in (
        ("moon", "moon", 60, 0.0), ("desert", "Libya 4", 30, 0.002), ("desert", "Mali", 1, 0.002),
    ):  # fmt: skip
        time = START + np.sort(random.integers(0, 2000, looks)) * np.timedelta64(86400, "s")
        regressors = {"phase_per_deg": random.normal(size=looks)} if method == "moon" else {}
        u = random.uniform(0.5, 1.5, looks)
        log = random.standard_normal(looks)
        found.append(MethodSeries(method, name, time, log, u, regressors, wander))
    return found


@pytest.mark.parametrize("last_step", ["2020-05-05", "2030-01-01"])
def test_as_dense_least_squares(last_step: str) -> None:
    """The later step has no look after it: it is left open, the others are not touched."""
    series = given(np.random.default_rng(5))
    trend = Trend(START, step_times=(np.datetime64("2019-01-01"), np.datetime64(last_step)))
    names, parts = parts_of(series, trend)
    inflate = [np.linspace(1.0, 2.0, len(one)) for one in series]
    found = solve(parts, NOISE, inflate)

    design = np.zeros((sum(map(len, series)), len(names)))
    rows = np.split(np.arange(len(design)), np.cumsum([len(one) for one in series])[:-1])
    covariances = []
    for one, part, own, more in zip(series, parts, rows, inflate, strict=True):
        design[np.ix_(own, part.columns)] = part.given[:, :-1]
        noise = NOISE[one.method]
        sigma = noise.scale * one.u * more
        years = one.years_since(START)
        covariances.append(noise_covariance(years, sigma, noise.correlation, one.wander))
    weight = np.linalg.inv(block_diag(*covariances))
    inverse = np.linalg.pinv(design.T @ weight @ design, rcond=1e-12, hermitian=True)
    values = np.concatenate([one.log_value for one in series])

    determined = ~np.any(np.abs(found.unknown) > 1e-9, axis=0)
    assert [name for name, known in zip(names, determined, strict=True) if not known] == (
        ["step 2030-01-01"] if "2030" in last_step else []
    )
    kept = np.ix_(determined, determined)
    np.testing.assert_allclose(found.inverse[kept], inverse[kept], rtol=1e-6, atol=1e-9)
    fitted = design @ (inverse @ design.T @ weight @ values)
    residual = np.concatenate([found.residual(k) for k in range(len(series))])
    np.testing.assert_allclose(residual, values - fitted, atol=1e-8)
    lower = np.linalg.cholesky(block_diag(*covariances))
    np.testing.assert_allclose(
        np.concatenate(found.z), np.linalg.solve(lower, values - fitted), atol=1e-8
    )
    shares = sum(found.share(method) for method in NOISE)
    np.testing.assert_allclose(shares[kept], inverse[kept], rtol=1e-6, atol=1e-9)
