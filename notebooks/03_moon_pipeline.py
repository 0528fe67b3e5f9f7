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
# # The Moon in 12 bands: from raw counts to ratios that can be trusted
#
# **Result first.** A small campaign of two SIMULATED scenes, of a waxing and a waning Moon, goes
# through the whole pipeline. The planted ratios come back in all 12 bands, and the stated
# uncertainty covers the error; the first figure below shows both.
#
# One band is solved by its edges and its limb; the others are registered to it. The halo is
# counted, ghosts of other bands are not. Set `SCENES` and `PARAMETERS` to calibrate real ones.

# %% tags=["parameters"]
SCENES = ()  # L1A scenes (Zarr folders or netCDF); empty: synthetic ones
PARAMETERS = ""  # folder of their official parameter files (GIPP)
PHASES = (-50.0, 45.0)  # deg, of the synthetic looks; negative: the Moon waxes
SCALE = 0.1  # of the synthetic scenes; 1 is the full camera
SCHEDULER = "threads"  # or "processes", or the address of a dask scheduler

# %%
import json
import tempfile
from pathlib import Path

import pandas as pd

from venus_analysis.calibrate.campaign import calibrate_inputs
from venus_analysis.calibrate.inputs import MoonCampaign
from venus_analysis.collect.product import product_path, read_product
from venus_analysis.flags import decode
from venus_analysis.plot.notebook import offline, show
from venus_analysis.plot.scene import band_places, halo_profile, rejected_pixels, scene_image
from venus_analysis.plot.scene_numbers import ratio_error, scene_ratio, uncertainty_budget
from venus_analysis.simulate.orbit import time_of_phase
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

offline()

# %% [markdown]
# ## Collect
# Each scene is a folder of raw counts, 12 bands read out together, one band seeing the Moon after
# the other. Dark level, equalisation, gains, bad columns and known ghosts travel in the parameter
# files.

# %%
folder = Path(tempfile.mkdtemp())
settings = [
    SceneSettings(time=time_of_phase(phase, "2019-02-01"), scale=SCALE, seed=seed)
    for seed, phase in enumerate(() if SCENES else PHASES, start=1)
]
gipp = Path(PARAMETERS or folder / "SIMULATED_gipp")
written = [write_scene(simulate_scene(one), folder, parameters=gipp) for one in settings]
truths = [json.loads(files.truth.read_text())["bands"] for files in written]
planted = [{name: band["planted_ratio"] for name, band in truth.items()} for truth in truths]
scenes = [*map(Path, SCENES), *(files.scene for files in written)]

# %% [markdown]
# ## Calibrate
# Scenes go through dask side by side; rows come back, never images. The ledger keeps them, so that
# a second call, or one after a crash, computes only what is missing.

# %%
campaign = MoonCampaign(parameters=gipp, products=folder / "products", statistics=True, mtf=True)
options = {"ledger": folder / "ledger", "scheduler": SCHEDULER}
outcomes = calibrate_inputs(scenes, campaign, **options)
again = calibrate_inputs(scenes, campaign, **options)
print(sum(one.from_ledger for one in again), "of", len(again), "scenes were in the ledger")

# %% [markdown]
# Found against planted, with the uncertainty that the rows state. A scene at a tenth of the
# camera's pixels has ten times the noise of a full one; B1 sees 2 to 4 counts of Moon.

# %%
looks = [(one.rows, truth) for one, truth in zip(outcomes, planted, strict=False)]
show(ratio_error(looks) if planted else scene_ratio(outcomes[0].rows))

# %%
rows = outcomes[-1].rows
table = pd.DataFrame(rows).set_index("band")
table["flags"] = table["flags"].map(decode)
columns = ["phase_angle_deg", "measured", "modelled", "ratio", "oversampling_limb", "flags"]
digits = {"phase_angle_deg": "{:+.2f}", "ratio": "{:.4f}", "oversampling_limb": "{:.4f}"}
irradiances = dict.fromkeys(("measured", "modelled"), "{:.4e}")  # W m⁻² µm⁻¹
table[columns].style.format({**digits, **irradiances, "flags": ", ".join})

# %% [markdown]
# ## The reference band
# The limb that was fitted, and the aperture that is summed: wide enough for the blur, and what the
# halo leaves outside is added by its fit.

# %%
product = read_product(product_path(folder / "products", rows[0]))
show(scene_image(product))

# %% [markdown]
# ## Band to band
# Tri-detectors see the Moon one after the other, and within each one array after the other. The
# focal plane gives the first guess, the limb of each band the last hundredths of a pixel: the table
# shows how far the offsets from the reference band are from the planted ones, in pixels.

# %%
show(band_places(product))

# %%
if planted:
    found, true = table[["centre_line", "centre_column"]], pd.DataFrame(truths[-1]).T
    offset = (found - true[["centre_line", "centre_column"]]).astype(float)
    error = (offset - offset.loc[product.attrs["reference_band"]]).T.round(3)
error if planted else table[["centre_line", "centre_column"]].T

# %% [markdown]
# ## Pixels that are not believed
# Columns that the parameter files name, columns that the image shows, and spikes; each with its
# reason, replaced, and its uncertainty in the budget.

# %%
show(rejected_pixels(product))

# %% [markdown]
# ## Halo
# Moonlight that the optics scatter belongs to the Moon; a background taken too near would remove
# it. Beyond 1.6 radii single rings are lost in the noise of this small scene.

# %%
show(halo_profile(product))

# %% [markdown]
# ## Ratio over the wavelength, and what its uncertainty is made of

# %%
show(scene_ratio(rows, planted[-1] if planted else None))

# %%
show(uncertainty_budget(rows))

# %% [markdown]
# ## Statistics
# The statistics file holds, for each acquisition and band, the pixels of disk and sky, what was
# rejected and why, geometry, uncertainty by term, and the sharpness by the limb. Radiances in
# W m⁻² sr⁻¹ µm⁻¹.

# %%
columns = ["disk_mean", "sky_standard_deviation", "background", "halo_fraction"]
columns += ["rejected_spike", "mtf_nyquist_across", "mtf_nyquist_along"]
pd.DataFrame(outcomes[-1].statistics_rows()).set_index("band")[columns].style.format("{:.3g}")

# %% [markdown]
# ## Next
# What the corrections left, as halo, ghosts and noise: `06_residual_noise`. The ratios of many
# looks over time: `04_temporal_drift`. On the command line: `venus-analysis moon SCENE --parameters
# GIPP --ledger ledger`.
