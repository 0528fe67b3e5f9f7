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
# # Official parameters: which gain was in force, what changed, and what to propose
#
# **Result first.** The absolute gain Ak of every band over the mission, and the serials behind it.
#
# The files below are SIMULATED except the first Ak set, which public product headers of February
# 2019 state. Set `FOLDER` to a folder of GIPP files to see those.

# %% tags=["parameters"]
FOLDER = ""  # a folder of .EEF and .HDR files; empty: synthetic ones
BEFORE, AFTER = "2019-01-01", "2019-07-01"  # the two dates that are compared
TDI = 8

# %%
import tempfile
from pathlib import Path

import holoviews as hv
import pandas as pd

from venus_analysis.calibrate.dark import monitor_dark
from venus_analysis.compute.rebase import rebase_ratio, sensor_sensitivity
from venus_analysis.parameters.difference import set_difference
from venus_analysis.parameters.parameter_set import parameter_set
from venus_analysis.parameters.propose import propose_phgain, scaled_gain
from venus_analysis.parameters.registry import Registry
from venus_analysis.plot.notebook import offline, show
from venus_analysis.plot.parameters import by_column, dark_monitor, gain_difference, gain_history
from venus_analysis.simulate.gains import simulate_gains
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

offline()
simulated = not FOLDER
folder = Path(FOLDER or tempfile.mkdtemp())
files = simulate_gains(folder) if simulated else ()
registry = Registry(folder)
show(gain_history(registry, TDI, simulated=simulated))

# %% [markdown]
# ## In force
# One answer for each type, with its warnings. Highest serial first, then file version, then
# creation date; the ground segment's own rule is not public.

# %%
answer = registry.in_force("PHGAIN", AFTER)
print(answer.file.name, *answer.warnings, sep="\n")

# %% [markdown]
# ## What an update changed

# %%
before, after = (parameter_set(registry, date, TDI) for date in (BEFORE, AFTER))
difference = set_difference(before, after)
show(gain_difference(difference, f"{BEFORE} to {AFTER}", simulated=simulated))

# %% [markdown]
# ## Re-basing a ratio without reading an image
# `ratio_b = ratio_a * Ak_a / Ak_b`, exact only when nothing but PHGAIN differs; otherwise the ratio
# becomes NaN with the flag NEEDS_REPROCESSING. The sensor's sensitivity, ratio x Ak, does not care
# which set was used. Ak in counts / (W m⁻² sr⁻¹ µm⁻¹); a ratio of 0.985 is put in for every band.

# %%
bands = list(before.tdi)
old, new = f"Ak {BEFORE}", f"Ak {AFTER}"
gains = pd.DataFrame({old: map(before.gain, bands), new: map(after.gain, bands)}, index=bands)
ratio = pd.Series(0.985, index=bands)
serials = {"DARKCU": "00008", "RELSEN": "00008", "OUTORD": "00003", "STRLGT": "00008"}
rebased = rebase_ratio(
    ratio.to_numpy(),
    gains[old].to_numpy(),
    gains[new].to_numpy(),
    {**serials, "PHGAIN": "00007"},
    {**serials, "PHGAIN": "00008"},
)
table = gains.assign(ratio=ratio, rebased=rebased.ratio)
table["sensitivity"] = sensor_sensitivity(rebased.ratio, gains[new].to_numpy())
table.style.format("{:.4f}")

# %% [markdown]
# ## A proposal, written as the next serial
# The Ak that restores ratio = 1 is `Ak * ratio`. No file is altered.

# %%
target = Path(tempfile.mkdtemp())
start = "2024-01-01"
gain = scaled_gain(folder, ratio.to_dict(), start)
proposed = propose_phgain(folder, gain, start, output=target)
print(proposed.name)

# %% [markdown]
# ## Dark level against deep sky
# A small SIMULATED Moon scene whose dark level is off by 0.2 counts (1 sigma) from column to column
# and rises by 0.2 counts from its first line to its last. The figure ends where the Moon begins,
# about half way: it sees half of the rise.

# %%
scene_folder = Path(tempfile.mkdtemp())
write_scene(simulate_scene(SceneSettings(scale=0.1, bands=("B5",))), scene_folder)
(scene,) = scene_folder.glob("*.zarr")
monitor = monitor_dark(scene, scene_folder / "SIMULATED_gipp", "B5")
show(dark_monitor(monitor))

# %% [markdown]
# Dark level and equalisation of the parameter set, by column of this small scene. The halves of the
# detector have levels of their own; dashed: the border.

# %%
chosen = parameter_set(Registry(scene_folder / "SIMULATED_gipp"), monitor.time, monitor.tdi)
names = ("dark", "first_slope")
part = chosen.to_dataset().isel(column=slice(monitor.residual.residual.size))
columns = [by_column(part, name, ["B5"], simulated=True) for name in names]
show(hv.Layout(columns).cols(1))

# %% [markdown]
# ## Next
# Whether an update worked, and whether the next one is due: `04_temporal_drift`. On the command
# line: `venus-analysis parameters --help`.
