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
# # Moon, deserts and SNO together, before and after the change of orbit
#
# **Result first.** Where the three methods agree band by band, and how far the camera stepped
# between the two altitude phases, all methods together, beside a criterion of 1 %.
#
# Methods differ in level by design (a lunar model by 5 to 10 %): they are made equal at one date,
# and what is compared afterwards is how they change.
#
# The mission is SIMULATED, so that the answers can be judged. Set `MISSION` to a folder with
# `ledger`, `parameters` and `events.toml` to see real ones.

# %% tags=["parameters"]
MISSION = ""  # a folder with ledger/, parameters/ and events.toml; empty: a synthetic mission
BAND = "B2"
EPOCH = ""  # day on which the methods are made equal; empty: the middle of the first phase
CRITERION = 0.01  # largest step of the sensitivity that is accepted

# %%
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from IPython.display import HTML, display

from venus_analysis.calibrate.compare.acceptance import acceptance
from venus_analysis.calibrate.compare.chosen import comparable_rows, default_epoch, two_phases
from venus_analysis.calibrate.compare.comparison import compare_phases
from venus_analysis.calibrate.compare.criteria import read_criteria
from venus_analysis.calibrate.compare.method_fits import fit_methods
from venus_analysis.plot.compare import MethodsFigure
from venus_analysis.plot.compare_bands import AgreementMatrix, SpectrumFigure
from venus_analysis.plot.notebook import offline, show
from venus_analysis.plot.phases import PhaseDrifts, PhaseSteps
from venus_analysis.report.acceptance import headline, verdict_matrix
from venus_analysis.report.comparison import agreement_table, method_table, phase_step_table
from venus_analysis.report.project import find_places, load_project
from venus_analysis.simulate.mission import simulate_mission
from venus_analysis.simulate.mission_methods import SITES, DesertSettings, SnoSettings
from venus_analysis.simulate.mission_settings import MissionSettings

offline()
mission = Path(MISSION or tempfile.mkdtemp()) / ("" if MISSION else "mission")
if not MISSION:
    sparse = DesertSettings(sites=SITES[:2], clear_share=0.2)
    simulate_mission(mission, MissionSettings(desert=sparse, sno=SnoSettings(sites=2)))
project = load_project(find_places(mission))
rows, notes = comparable_rows(project.frame)
known = {"events": project.events, "registry": project.registry, "exclusions": project.exclusions}
epoch = np.datetime64(EPOCH) if EPOCH else default_epoch(rows)
fits = fit_methods(rows, epoch=epoch, **known)
before, after = two_phases(rows)
phases = compare_phases(rows, before, after, criterion=CRITERION, outlook=False, **known)
show(PhaseSteps(phases, CRITERION).figure)
show(AgreementMatrix(fits).figure)

# %% [markdown]
# ## One band, method by method
# Monthly means, each method from what its own fit reads at the epoch; black: one sensitivity for
# all of them. Below, what the methods differ by: |En| > 1 is more than both uncertainties explain.
# A parameter update that was not applied as its file says is seen as a step, and named.

# %%
one = MethodsFigure(fits[BAND])
show(one.series)
show(one.difference)
display(HTML(method_table(fits[BAND]) + agreement_table(fits[BAND])))

# %% [markdown]
# ## All bands at the epoch
# Measured / modelled over wavelength. Dashed: the smooth course of the other bands; a band that
# leaves it is named. An instrument changes smoothly over wavelength, a model or a site need not.

# %%
show(SpectrumFigure(fits).figure)

# %% [markdown]
# ## Drift in the two phases
# A change of orbit changes line time, illumination and temperature; the loss of the optics should
# go on as before.

# %%
show(PhaseDrifts(phases).figure)
display(HTML(phase_step_table(phases)))

# %% [markdown]
# ## Beside what was planted
# The step in the gap is that of the event of 2022-03-01. Of 12 intervals at 95 % one may miss.

# %%
if not MISSION:
    truth = xr.open_dataset(mission / "truth.nc", engine="netcdf4")
    joint = [dict(band["steps"][0], band=band["band"]) for band in phases["bands"]]
    table = pd.DataFrame(joint).set_index("band")[["step", "lower", "upper", "verdict"]]
    planted = truth["event_step"].sel(event=truth["event_time"] == np.datetime64("2022-03-01"))
    table["planted"] = planted.sum("event").to_series()
    inside = table["planted"].between(table["lower"], table["upper"])
    print(f"{inside.sum()} of {len(table)} intervals hold the planted step")
    display(table.style.format("{:+.2%}", subset=["step", "lower", "upper", "planted"]))

# %% [markdown]
# ## In-flight acceptance
# Every criterion in every band; what the ledger does not hold is not enough data, not a pass. The
# sheet for the board: `venus-analysis acceptance --ledger … --before VM1 --after VM5 -o sheet`.

# %%
judged = acceptance(rows, before, after, read_criteria(None), **known)
print(headline(judged))
display(HTML(verdict_matrix(judged)))

# %% [markdown]
# ## Next
# What a meeting asks, in its order, and the report it takes home: `09_progress_meeting`.
