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
# # Moon calibration: one image in, one ratio per band out
#
# **Result first.** The ratio of the lunar irradiance that the camera measured to the one that
# the ROLO model gives, band by band. A camera that lost 1 % of its sensitivity reads 0.99
# under an unchanged gain Ak.
#
# The image below is SIMULATED, with known ratios, so that the answer can be judged. Set
# `MOON_FILE` to a real GSICS Lunar Observation Dataset file to calibrate that instead.

# %% tags=["parameters"]
MOON_FILE = ""  # a GLOD netCDF; empty: a synthetic image
RESPONSE = "venus"  # the responses of the bands: "venus", a GSICS netCDF or a CSV table

# %%
import pandas as pd
from IPython.display import display

from venus_analysis.calibrate.measure import measure
from venus_analysis.calibrate.moon import calibrate_image
from venus_analysis.collect.glod import read_glod
from venus_analysis.collect.response import read_responses
from venus_analysis.compute.moon.geometry import lunar_geometry
from venus_analysis.compute.moon.spectrum import RoloModel, band_irradiance
from venus_analysis.flags import decode
from venus_analysis.plot.moon import limb_profile, moon_image, moon_ratio, moon_spectrum
from venus_analysis.plot.notebook import offline, show
from venus_analysis.simulate.look import simulate_look

offline()

# %% [markdown]
# ## Collect
# Radiance and counts per band, the pixel's solid angle, the oversampling, and where the
# satellite was.

# %%
image = read_glod(MOON_FILE) if MOON_FILE else simulate_look("2019-02-16T02:00:00")
responses = read_responses(RESPONSE)
image

# %% [markdown]
# ## Compute
# The disk is found in the image by the edges of its Laplacian, its lit part is summed and divided
# by the oversampling: `E = sum(L) Ω / oversampling`. The model's irradiance holds for the same
# observer at the same time. Irradiances in W m⁻² µm⁻¹, the pixels of the mask by number.

# %%
rows = calibrate_image(image, {response.band: response for response in responses})
table = pd.DataFrame(rows).set_index("band")
table["flags"] = table["flags"].map(decode)
columns = ["phase_angle_deg", "measured", "modelled", "ratio", "pixel_number", "flags"]
digits = {"phase_angle_deg": "{:+.2f}", "ratio": "{:.4f}", "pixel_number": "{:.0f}"}
irradiances = dict.fromkeys(("measured", "modelled"), "{:.4e}")
table[columns].style.format({**digits, **irradiances, "flags": ", ".join})

# %% [markdown]
# What the result rests on, relative: its uncertainty (k = 1), the largest change by another width
# of the mask, and the moonlight lost if a ring near the limb were taken for background. A mask cut
# at the limb itself loses 0.7 % of the Moon, which the optics blur beyond it; one twice as wide as
# the chosen one adds 0.01 %.

# %%
columns = ["u_random", "u_systematic_instrument", "sensitivity_mask", "sensitivity_background"]
shown = dict.fromkeys(columns, "{:+.1e}") | {"oversampling_limb": "{:.3f}"}
table[[*columns, "oversampling_limb"]].style.format(shown)

# %% [markdown]
# The planted ratios are known for the synthetic image: the bare sum over the mask misses the faint
# light of the halo outside it, some hundredths of a percent.

# %%
if "planted_ratio" in image:
    planted = image["planted_ratio"].to_series()
    found = pd.DataFrame({"found / planted - 1 (%)": (table["ratio"] / planted - 1) * 100})
    display(found.T.style.format("{:+.3f}"))

# %% [markdown]
# ## Plot
# Orange: the mask that was summed over. Blue: the fitted limb. Grey: the ring that holds moonlight.

# %%
measured = measure(image.isel(band=0))
show(moon_image(image, measured=measured))

# %% [markdown]
# Across the limb that faces the Sun: a halo falls with distance, a pedestal would stay level.

# %%
show(limb_profile(image, measured))

# %%
show(moon_spectrum(image, rows, responses, RoloModel()))

# %%
show(moon_ratio(rows, responses))

# %% [markdown]
# ## Which model?
# The spectral adjustment (three below) and the libration convention (the last column) move the
# ratio by percents, and so does the solar spectrum; the ledger's `reference` names them all. The
# image is not measured again.

# %%
position = image["observer_position"]
seen_from = lunar_geometry(image["time"].values, position.values, position.attrs["frame"])
choices = [
    RoloModel(),
    RoloModel(spectral="apollo-plain"),
    RoloModel(spectral="rimo-factors"),
    RoloModel(libration="literal"),
]
known = [response for response in responses if response.band in table.index]
irradiance = table.loc[[response.band for response in known], "measured"]
ratios = {
    model.reference: irradiance / band_irradiance(seen_from, known, model) for model in choices
}
pd.DataFrame(ratios).round(4)

# %% [markdown]
# ## Next
# `03_moon_pipeline` starts from raw counts of the full camera; on the command line the same as here
# is `venus-analysis moon IMAGE.nc --ledger ledger`. `04_temporal_drift` reads many looks.
