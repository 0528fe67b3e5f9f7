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
# # Simultaneous nadir observations: VENµS against Sentinel-2, from files to gain and offset
#
# **Result first.** Four SIMULATED pairs of products with a gain planted in each band go from files
# to ratios: the planted gains come back within 0.3 %, and bands without a partner say why they have
# no value.
#
# The method: two products of one ground, minutes apart, are averaged over cells of 500 m; cells
# with cloud, saturation or too much contrast go; Sentinel-2 is taken to the surface, over
# wavelength to the VENµS bands, and up again.
#
# Set `VENUS` and `SENTINEL_2` to compare real products.

# %% tags=["parameters"]
VENUS = ()  # VENµS L1 products (folders, headers or archives); empty: synthetic ones
SENTINEL_2 = ()  # Sentinel-2 L1C products (.SAFE)
GAIN = (0.976, 0.98, 0.984, 0.988, 0.992, 0.996, 1.0, 1.004, 1.008, 1.012, 1.016, 1.02)
DIMITRI = ""  # folder of AATSR, MERIS (Libya 4, Dome C) and rsr/; empty: that part is left out

# %%
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from IPython.display import display

from venus_analysis.calibrate.sno import SnoOptions, calibrate_sno, joint_lines, sno_sensor
from venus_analysis.calibrate.sno_files import SnoCampaign, calibrate_sno_files
from venus_analysis.collect.observations import read_observations, read_sensor_responses
from venus_analysis.compute.moon.windows import moon_windows
from venus_analysis.plot.notebook import offline, show
from venus_analysis.plot.sno import sno_page
from venus_analysis.simulate.safe_product import SafeScene
from venus_analysis.simulate.sno import SnoScene, write_pair

offline()

# %% [markdown]
# ## Collect and compare
# One call: products are matched by time and place, averaged and calibrated. S2A and S2B stay two
# references. The grounds below differ in brightness, so that gain and offset can be told apart.

# %%
days = np.datetime64("2019-02-04T08:40:31", "us") + 30 * np.arange(4) * np.timedelta64(1, "D")
safes = [SafeScene(side_m=3000, time=day, sensor="S2A") for day in days]
size = {"lines": 120, "columns": 120}
levels = (0.15, 0.25, 0.35, 0.5)
scenes = [
    SnoScene(gain=np.array(GAIN), safe=safe, level=level, seed=k, **size)
    for k, (safe, level) in enumerate(zip(safes, levels, strict=True))
]
written = [] if VENUS else [write_pair(tempfile.mkdtemp(), scene) for scene in scenes]
venus, sentinel = (VENUS, SENTINEL_2) if VENUS else zip(*written, strict=True)
found = calibrate_sno_files(venus, sentinel, SnoCampaign())
show(sno_page(found.results))

# %% [markdown]
# ## Ratio by band, beside what was planted
# The ratio is measured / modelled, the mean over the pairs of scenes; where there is none, `why`.

# %%
first = found.results[0]
table = pd.DataFrame(
    {
        "with": [first.partners.get(band, "") for band in first.bands],
        "ratio": first.mean.ratio,
        "planted": np.nan if VENUS else GAIN,
        "pairs": first.mean.number,
        "why": [first.reasons.get(band, "") for band in first.bands],
    },
    index=pd.Index(first.bands, name="band"),
)
display(table.style.format(precision=4, na_rep="–"))

# %% [markdown]
# ## Gain and offset
# Four estimators; the uncertainty comes from drawing whole scenes, never cells, since the cells of
# a scene share their errors.

# %%
lines = joint_lines(found.results)
rows = [
    {"band": band, "estimator": name, **{k: vars(line)[k] for k in ("gain", "u_gain", "offset")}}
    for band, each in lines.items()
    for name, line in each.items()
]
display(pd.DataFrame(rows).pivot_table(index="band", columns="estimator", sort=False).round(4))

# %% [markdown]
# ## Real: AATSR and MERIS on one platform
# AATSR's nadir view against MERIS (third reprocessing) over Libya 4 and Dome C. At 660/665 nm the
# bands differ: without adjustment the ratio hides 2 %. At 660 nm the sites part after it by 1.6 %,
# more than both uncertainties explain: the snow tells how far the adjustment can be trusted. Both
# sites together span 0.3 to 0.9 in reflectance at 555 nm, 0.6 to 0.9 at 865 nm: an offset is less
# than 0.002 at 555 nm and 0.005 at 865 nm (95 %).

# %%
if DIMITRI:
    data = Path(DIMITRI)
    sensors = {
        name: sno_sensor(name, read_sensor_responses(data / "rsr", name))
        for name in ("AATSR", "MERIS")
    }
    real = {
        (site, adjustment): calibrate_sno(
            read_observations(data / f"AATSR_2nd_Reprocessing_{site}.sav"),
            sensors["AATSR"],
            read_observations(data / f"MERIS_3rd_Reprocessing_{site}.sav"),
            sensors["MERIS"],
            instrument="AATSR",
            reference_instrument="MERIS",
            reference_name="MERIS_3rd",
            site=site,
            options=SnoOptions(adjustment=adjustment),
        )
        for site in ("Libya4", "DomeC")
        for adjustment in ("none", "toa", "surface")
    }
    ratios = {key: one.mean.ratio for key, one in real.items()}
    display(pd.DataFrame(ratios, index=sensors["AATSR"].bands).T.round(4))
    both = [real[site, "surface"] for site in ("Libya4", "DomeC")]
    joint = joint_lines(both)
    display(pd.DataFrame({band: vars(joint[band]["deming"]) for band in ("555", "865")}))
    show(sno_page(both))

# %% [markdown]
# ## Plan
# When the Moon stands at the phase the mission looks at it, seen from the Earth's centre. For
# coming simultaneous looks: `venus-analysis plan sno ELEMENTS.tle --start … --end …`.

# %%
windows = moon_windows(np.datetime64("2019-01-01"), np.datetime64("2019-07-01"), -40.0, 5.0)
moon = windows.geometry
angles = {
    "phase deg": moon.phase_angle_deg,
    "libration lon deg": moon.observer_longitude_deg,
    "libration lat deg": moon.observer_latitude_deg,
    "distance km": moon.observer_distance_km,
}
spans = {"from": windows.start, "best": windows.best, "to": windows.end}
display(pd.DataFrame(spans | {name: values.round(1) for name, values in angles.items()}))

# %% [markdown]
# ## Next
# Beside the Moon and deserts: `08_methods_and_phases`. Own products: `venus-analysis sno --help`.
