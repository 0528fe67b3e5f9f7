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
# # The progress meeting: from the ledger to the report in one reading
#
# **Result first.** The matrix of bands and methods, what to look at first, and what changed since
# the last meeting. Below it, the same figures that the dashboard shows, in the order in which they
# are talked about; at the end the folder that everybody takes home.
#
# The mission is SIMULATED. Set `PROJECT` to a folder with `ledger`, `parameters` and `events.toml`.

# %% tags=["parameters"]
PROJECT = ""  # a folder with ledger/, parameters/ and events.toml; empty: a synthetic mission
SINCE = "2024-01-31"  # date of the last meeting
BANDS = ("B2",)  # bands to draw beside the matrices; empty: the most telling ones of each method
FOLDER = ""  # where the meeting's folder is written; empty: a temporary one

# %%
import tempfile
from pathlib import Path

from IPython.display import HTML, display

from venus_analysis.plot.drift import DriftOverview, VerdictMatrix
from venus_analysis.plot.notebook import offline, show
from venus_analysis.report.drift_tables import due_table
from venus_analysis.report.folder import write_folder
from venus_analysis.report.headline import headline
from venus_analysis.report.overview import overview
from venus_analysis.report.project import find_places, load_project
from venus_analysis.simulate.mission import simulate_mission
from venus_analysis.simulate.mission_methods import SITES, DesertSettings, SnoSettings
from venus_analysis.simulate.mission_settings import MissionSettings

offline()
place = Path(PROJECT or tempfile.mkdtemp()) / ("" if PROJECT else "mission")
if not PROJECT:
    sparse = DesertSettings(sites=SITES[:2], clear_share=0.2)
    simulate_mission(place, MissionSettings(desert=sparse, sno=SnoSettings(sites=2)))
project = load_project(find_places(place))
meeting = write_folder(project, FOLDER or place.parent / "meeting", since=SINCE, bands=BANDS)
pages, figures = meeting.report.pages, meeting.report.figures
matrix = overview(pages)
display(HTML(matrix.html() + matrix.alerts_html(most=8)))

# %% [markdown]
# ## What changed since the last meeting
# Verdicts of then are found again from the rows of then.

# %%
print(*meeting.report.changes.sentences[:12], sep="\n")

# %% [markdown]
# ## Is the sensor drifting
# Free of any Ak, by wavelength; methods that share no error should agree.

# %%
show(DriftOverview(list(pages.values())).figure)

# %% [markdown]
# ## What did the updates do
# One square for each band and update.

# %%
show(VerdictMatrix(pages["moon"]).figure)

# %% [markdown]
# ## The bands to talk about
# Those of `BANDS`; when it is empty, those with an update that did not work, then those that drift
# most.

# %%
for name in [name for name in figures if name.startswith("drift_moon")]:
    display(HTML(headline(pages["moon"], [name.removeprefix("drift_moon_")])))
    show(figures[name])

# %% [markdown]
# ## Do the methods agree, and did the change of orbit change anything

# %%
for name in [name for name in figures if name.startswith(("methods_agr", "phases_step"))]:
    show(figures[name])

# %% [markdown]
# ## What is proposed
# The Ak that would restore the level of the first look, and whether that is due.

# %%
display(HTML(due_table(pages["moon"])))

# %% [markdown]
# ## What everybody takes home
# One file that opens without a network, its PDF, the figures and the tables. The numbers are those
# of a snapshot of the ledger, by which the report can be drawn again.

# %%
print(*meeting.missing, f"snapshot: {meeting.report.snapshot}", sep="\n")
home = meeting.report.path.parent
for path in sorted(meeting.written):
    print(f"{path.relative_to(home)!s:72}{path.stat().st_size / 1e3:10.1f} kB")
