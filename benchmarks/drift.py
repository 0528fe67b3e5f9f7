"""Speed of a full refit with redrawn residuals, beside a loop over scipy, in one run.

`python -m benchmarks.drift` prints the rows. 12 bands x 3 methods, 150 looks each;
a line, and a step with a slope on either side; least squares and Huber; AR(1)
intervals and 1000 redrawn residual series each. The peer refits every redrawn
series with scipy (lstsq, and least_squares with its Huber loss); it is timed on
a few draws and scaled up, which its row says.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.linalg import lstsq
from scipy.optimize import least_squares

from venus_analysis.compute.drift.bootstrap import bootstrap
from venus_analysis.compute.drift.design import model_columns
from venus_analysis.compute.drift.estimators import HUBER_TUNING
from venus_analysis.compute.drift.intervals import intervals
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.series import prepare_series

METHODS, BANDS, LOOKS, DRAWS = 3, 12, 150, 1000
MODELS, ESTIMATORS = ("linear", "step_slopes"), ("weighted", "huber")
STEP = np.datetime64("2020-10-01")
PEER_DRAWS = {"weighted": 20, "huber": 2}


def run() -> list[dict[str, object]]:
    """Rows of the table: name, ours_s, peer_s, ratio (peer / ours, above 1 is faster), peer."""
    dates, values = series()
    rows = []
    total = [0.0, 0.0]
    for estimator in ESTIMATORS:
        ours_s = _best(lambda estimator=estimator: ours(dates, values, (estimator,)), 5)
        few = PEER_DRAWS[estimator]
        peer_s = _best(lambda estimator=estimator, few=few: peer(dates, values, estimator, few), 1)
        peer_s *= DRAWS / few
        total = [total[0] + ours_s, total[1] + peer_s]
        rows.append(_row(f"{estimator}", ours_s, peer_s, few))
    both = _best(lambda: ours(dates, values, ESTIMATORS), 5)
    return [*rows, _row("weighted and huber", both, total[1], min(PEER_DRAWS.values()))]


def series() -> tuple[np.ndarray, np.ndarray]:
    """Invented ratios (method, band, look) with correlated noise."""
    random = np.random.default_rng(1)
    dates = np.datetime64("2018-01-01") + np.arange(LOOKS) * 2000 // LOOKS
    noise = 0.005 * random.standard_normal((METHODS, BANDS, LOOKS))
    for i in range(1, LOOKS):
        noise[..., i] += 0.45 * noise[..., i - 1]
    return dates, 1.0 + noise


def ours(dates: np.ndarray, values: np.ndarray, estimators: tuple[str, ...]) -> None:
    prepared = prepare_series(dates, values, np.full(values.shape, 0.005))
    for model in MODELS:
        for estimator in estimators:
            fit = fit_model(prepared, model, break_times=[STEP], estimator=estimator)
            intervals(fit)
            bootstrap(fit, draws=DRAWS)


def peer(dates: np.ndarray, values: np.ndarray, estimator: str, draws: int) -> None:
    random = np.random.default_rng(2)
    years = (dates - dates[LOOKS // 2]) / np.timedelta64(1, "D") / 365.25
    step = float((STEP - dates[LOOKS // 2]) / np.timedelta64(1, "D") / 365.25)
    for model in MODELS:
        design = model_columns(model, years, (step,) if model != "linear" else ())
        for value in values.reshape(-1, LOOKS):
            found = lstsq(design, value)[0]
            residual = value - design @ found
            r = residual[1:] @ residual[:-1] / (residual @ residual)
            innovation = residual[1:] - r * residual[:-1]
            for _ in range(draws):
                noise = random.choice(innovation, LOOKS)
                for i in range(1, LOOKS):
                    noise[i] += r * noise[i - 1]
                _refit(design, design @ found + noise, found, estimator)


def _refit(design: np.ndarray, value: np.ndarray, start: np.ndarray, estimator: str) -> None:
    if estimator == "weighted":
        lstsq(design, value, check_finite=False)
        return
    scale = HUBER_TUNING * 1.4826 * float(np.median(np.abs(value - design @ start)))
    least_squares(
        lambda p: value - design @ p, start, jac=lambda p: -design, loss="huber", f_scale=scale
    )


def _row(name: str, ours_s: float, peer_s: float, few: int) -> dict[str, object]:
    return {
        "name": f"drift of {METHODS} x {BANDS} series, 2 models, {name}, {DRAWS} draws",
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": peer_s / ours_s,
        "peer": f"loop over scipy, scaled up from {few} draws",
    }


def _best(function: Callable[[], None], repeats: int) -> float:
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    for row in run():
        print(
            f"{row['name']:70}{float(str(row['ours_s'])) * 1e3:7.0f} ms"
            f"{float(str(row['peer_s'])):9.2f} s{float(str(row['ratio'])):8.0f}  {row['peer']}"
        )
