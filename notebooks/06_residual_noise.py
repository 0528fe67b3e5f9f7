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
# # Residual noise: halo (CT1), ghosts (CT2), temporal noise and column patterns
#
# **Result first.** The Moon against black sky shows what the corrections leave. From one SIMULATED
# scene every planted ghost comes back with its source band, its shift and its factor, the halo with
# its fraction and scale, and the noise model within some per cent; the table below compares them.
#
# CT1 is read as the residual halo of the band itself, CT2 as the residual ghost of another band of
# the tri-detector. Set `SCENE` and `PARAMETERS` for a real scene.

# %% tags=["parameters"]
SCENE = ""  # an L1A scene (Zarr folder or netCDF); empty: a synthetic one
PARAMETERS = ""  # folder of its official parameter files (GIPP)
SCALE = 0.2  # of the synthetic scene; 1 is the full camera
BANDS = ("B3", "B4", "B6", "B7", "B8", "B9")

# %%
import json
import tempfile
from pathlib import Path

import pandas as pd

from venus_analysis.calibrate.ghost_proposal import measured_ghosts
from venus_analysis.calibrate.product import scene_product
from venus_analysis.calibrate.scene import SceneOptions, calibrate_scene
from venus_analysis.ledger.rows import tidy
from venus_analysis.plot.notebook import offline, show
from venus_analysis.plot.residuals import ghost_map, noise_curve, residual_by_band, residual_halo
from venus_analysis.simulate.camera_settings import Optics
from venus_analysis.simulate.scene import simulate_scene
from venus_analysis.simulate.scene_files import write_scene
from venus_analysis.simulate.scene_settings import SceneSettings

offline()

# %% [markdown]
# ## Collect
# A scene of a fifth of the camera's pixels has a twenty-fifth of the light, so its stray light is
# planted five times as strong as the camera's is expected to be.

# %%
folder, truth, scene, gipp = Path(tempfile.mkdtemp()), {}, Path(SCENE), Path(PARAMETERS)
if not SCENE:
    optics = Optics(halo_fraction=0.03, ghost_factors=(0.008, 0.02))
    settings = SceneSettings(scale=SCALE, bands=BANDS, optics=optics)
    files = write_scene(simulate_scene(settings), folder)
    scene, gipp = files.scene, files.parameters
    truth = json.loads(files.truth.read_text())["bands"]

# %% [markdown]
# ## Calibrate, with residuals
# The ratios are the same with and without.

# %%
result = calibrate_scene(scene, gipp, options=SceneOptions(residuals=True))
product = scene_product(result)
left = {one.band: one.residuals for one in result.bands if one.residuals}

# %% [markdown]
# ## CT2: ghosts
# Each band's sky is searched at every shift for the light of every other band. `probability` is
# that of such a ghost anywhere in an empty scene, over all shifts and pairs of bands; only
# those below 0.05 count as found. `limit` is the factor that 95 of 100 scenes would show.

# %%
ghosts = pd.DataFrame(
    {
        "band": band,
        "source": ghost.source_band,
        "factor": ghost.factor,
        "u_factor": ghost.u_factor,
        "limit": ghost.detection_limit,
        "shift": ghost.residual.shift_columns,
        "u_shift": ghost.residual.u_shift_columns,
        "probability": ghost.residual.probability,
        "on the disk": ghost.residual.overlaps_disk,
    }
    for band, one in left.items()
    for ghost in one.ghosts
).set_index(["band", "source"])
planted = {(band, g["source_band"]): g for band in truth for g in truth[band]["ghosts"]}
for column, name in (("factor", "factor"), ("shift", "shift_columns")):
    ghosts[f"planted {column}"] = [planted.get(key, {}).get(name) for key in ghosts.index]
shares = ["factor", "u_factor", "limit", "probability", "planted factor"]
shifts = dict.fromkeys(("shift", "u_shift", "planted shift"), "{:.1f}")
ghosts.style.format({**dict.fromkeys(shares, "{:.2g}"), **shifts}, na_rep="–")

# %%
show(ghost_map(product))

# %% [markdown]
# ## CT1: halo
# Most scattered light falls back on the disk, so the fitted fraction is far more than what lies
# beside it. A band with little light cannot tell the scale; all bands have one kernel and scale
# within 10 %.

# %%
show(residual_halo(product))

# %%
show(residual_by_band(result.rows, "ct1_fraction", limit="ct1_detection_limit"))

# %%
halo = pd.DataFrame({band: vars(one.halo) for band, one in left.items()}).T
halo = halo[["kernel", "fraction", "u_fraction", "detection_limit", "scale_radii", "near", "far"]]
halo["planted fraction"] = [truth.get(band, {}).get("halo_fraction") for band in halo.index]
halo.style.format("{:.4f}", subset=list(halo.columns[1:]), na_rep="–")

# %% [markdown]
# ## Temporal noise
# Variance of sixth differences along the scan, which neither column patterns nor the blurred
# markings of the Moon reach, against the signal; beside it what NOISMO says.

# %%
show(noise_curve(product))

# %% [markdown]
# ## Column patterns and signal to noise

# %%
names = ["noise_a", "u_noise_a", "noise_b", "u_noise_b", "signal_to_noise_median"]
names += ["column_pattern_sky", "u_column_pattern_sky", "column_pattern_disk"]
pd.DataFrame(result.rows).set_index("band")[names].style.format("{:.3g}")

# %% [markdown]
# ## What the correction leaves
# With the scene's own STRLGT filters of type 2 the ghosts fall below their limits; the ratios stay
# within 0.03 %.

# %%
corrected = SceneOptions(residuals=True, stray_light="TYPE2")
after = calibrate_scene(scene, gipp, options=corrected)
before = {row["band"]: row["ratio"] for row in result.rows}
remains = pd.DataFrame(
    {
        "band": one.band,
        "source": ghost.source_band,
        "factor left": ghost.factor,
        "limit": ghost.detection_limit,
        "found": ghost.residual.significant,
        "ratio, change (%)": 100.0 * (one.row["ratio"] / before[one.band] - 1.0),
    }
    for one in after.bands
    if one.residuals
    for ghost in one.residuals.ghosts
).set_index(["band", "source"])
remains.style.format({"factor left": "{:+.5f}", "limit": "{:.5f}", "ratio, change (%)": "{:+.3f}"})

# %% [markdown]
# ## From ghosts to new filters
# The mean over all looks in a ledger, of equalised counts as STRLGT has them;
# `venus-analysis parameters propose-stray-light` writes what differs as the next serials.

# %%
proposed = pd.DataFrame(vars(one) for one in measured_ghosts(tidy(result.rows)))
proposed.style.format({"factor": "{:.5f}", "u_factor": "{:.5f}"}, precision=1).hide()

# %% [markdown]
# ## Next
# How these noises go on over the mission: the page Moon images of `venus-analysis serve`. Looks get
# them by `venus-analysis moon … --residuals`.
