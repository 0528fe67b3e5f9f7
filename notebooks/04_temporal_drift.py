# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Temporal drift: is the sensor drifting, did the last update work, is the next one due
#
# **Result first.** The drift of the sensor's sensitivity per band, as Moon, deserts and SNO see it,
# and what each parameter update did.
#
# The mission below is SIMULATED with planted drifts, updates and faults, so that the answers can be
# judged. Set `MISSION` to a folder with `ledger`, `parameters` and `events.toml` to see real ones.

# %% tags=["parameters"]
MISSION = ""  # a folder with ledger/, parameters/ and events.toml; empty: a synthetic mission
MERIS = ""  # a folder with the DIMITRI series of MERIS over Libya 4; empty: that part is left out
BAND = "B2"

# %%
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from IPython.display import display

from venus_analysis import ledger
from venus_analysis.calibrate.drift.events import read_events
from venus_analysis.calibrate.drift.options import Options
from venus_analysis.calibrate.drift.page import drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.calibrate.drift.what_if import TypedGain
from venus_analysis.collect.dimitri import read_dimitri
from venus_analysis.compute.desert.directional import directional_regressors
from venus_analysis.compute.drift.reprocessing import judge_reprocessing
from venus_analysis.parameters.registry import Registry
from venus_analysis.plot.drift import DriftFigure, DriftOverview, VerdictMatrix
from venus_analysis.plot.notebook import offline, show
from venus_analysis.simulate.mission import simulate_mission

offline()
mission = Path(MISSION or tempfile.mkdtemp()) / ("" if MISSION else "mission")
if not MISSION:
    simulate_mission(mission)
rows = ledger.load(mission / "ledger").frame
events = read_events(mission / "events.toml")
known = {"registry": Registry(mission / "parameters"), "events": events}
methods = sorted(rows["method"].unique(), key=["moon", "desert", "sno"].index)
pages = {method: drift_page(rows, Selection(method), **known) for method in methods}
show(DriftOverview(list(pages.values())).figure)

# %% [markdown]
# ## One band through the mission
# Dashed: updates of the official gain, in the colour of the verdict. Dotted: events. Lines: the
# fitted drift before and after each, with its 95 % interval. What phase and libration do to the
# Moon's ratio is fitted along and taken off the points.

# %%
moon = pages["moon"]
show(DriftFigure(moon, [BAND]).figure)

# %% [markdown]
# ## What each update did
# Effective: a step was seen (95 %) and the expected one is not excluded (99 %). Not effective: the
# expected step is excluded. Else the data do not decide yet.

# %%
show(VerdictMatrix(moon).figure)
left = {"text-align": "left"}
own = moon.steps[moon.steps["band"] == BAND]
display(own[["time", "serial", "sentence"]].style.hide().set_properties(**left))

# %% [markdown]
# Beside what was planted: no decided verdict should differ.

# %%
if not MISSION:
    truth = xr.open_dataset(mission / "truth.nc", engine="netcdf4")
    updates = moon.steps[moon.steps["kind"] == "update"]
    seen = updates.pivot_table("verdict", "serial", "band", aggfunc="first")
    planted = truth["verdict"].to_pandas().set_axis(seen.index)[seen.columns]
    decided = seen != "not decidable"
    print(f"{decided.sum().sum()} decided, {(seen == planted)[decided].sum().sum()} as planted")

# %% [markdown]
# ## Is the next update due
# The Ak that would bring the ratio back to where the first look had it. The method's absolute level
# (5 to 10 % uncertain for the Moon) plays no part. Departure with its 95 % interval; Ak in
# counts / (W m⁻² sr⁻¹ µm⁻¹), its uncertainty k = 1.

# %%
columns = ["band", "departure", "lower", "upper", "absolute_gain", "u_absolute_gain", "verdict"]
shares = dict.fromkeys(("departure", "lower", "upper"), "{:+.2%}")
display(moon.due[columns].style.hide().format(shares, precision=4))

# %% [markdown]
# ## What if
# The Ak proposed above, typed for one band from 2023-01-01 on; no file is touched. The ratio is
# back at the level of the first look on the last day, and above it before, since the sensor goes on
# drifting.

# %%
gain = float(moon.due.set_index("band").loc[BAND, "absolute_gain"])
typed = [TypedGain(BAND, np.datetime64("2023-01-01"), gain)]
show(DriftFigure(drift_page(rows, Selection("moon"), typed=typed, **known), [BAND]).figure)

# %% [markdown]
# ## Free of any gain
# Sensitivity is ratio x Ak: no update changes it, so what is left is the sensor, and faults of the
# processing.

# %%
free = drift_page(rows, Selection("moon"), Options(view="sensitivity"), **known)
show(DriftFigure(free).figure)
alerts = free.alerts[["severity", "band", "sentence"]]
display(alerts.style.hide().set_properties(subset=["sentence"], **left))

# %% [markdown]
# ## A real update: two reprocessings of MERIS over Libya 4
# On the overpasses that both have, with kernels of Ross and Li, air mass and a line in time: the
# drift before, the drift after, and their difference, which the scene does not touch.

# %%
if MERIS:
    names = (f"MERIS_{one}_Reprocessing_Libya4.sav" for one in ("2nd", "3rd"))
    old, new = (read_dimitri(Path(MERIS) / name) for name in names)
    old, new = (one.isel(time=np.unique(one.time, return_index=True)[1]) for one in (old, new))
    new = new.reindex(time=old.time, method="nearest", tolerance=np.timedelta64(2, "m"))
    angles = ("solar_zenith_deg", "viewing_zenith_deg", "relative_azimuth_deg")
    found = judge_reprocessing(
        old.time.to_numpy(),
        old.reflectance.to_numpy().T,
        new.reflectance.to_numpy().T,
        regressors=directional_regressors(*(old[name].to_numpy() for name in angles)),
    )
    table = pd.DataFrame({"nm": old.band.to_numpy(), "MERIS": found.sentence})
    display(
        table[table["nm"].isin(["412", "443", "490", "560"])].style.hide().set_properties(**left)
    )

# %% [markdown]
# ## Next
# Whether deserts and SNO say the same, and what the change of orbit did: `08_methods_and_phases`.
# To try gains and write them as a PHGAIN file: the page Temporal drift of `venus-analysis serve`.
