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
# # Desert calibration: the second, independent eye on the sensor
#
# **Result first.** The ratio of the reflectance that VENµS measured over bright deserts to the one
# that a reference sensor makes us expect, band by band and site by site.
#
# The looks below are SIMULATED with planted gains, drift and parameter updates, so that the answers
# can be judged. Set `DIMITRI` to a folder with ESA's DIMITRI series to add the part on real data.

# %% tags=["parameters"]
DIMITRI = ""  # a folder with the DIMITRI .sav files and rsr/; empty: that part is left out
REFERENCE = "MERIS"  # or S2A
BAND = "B2"

# %%
from pathlib import Path

import pandas as pd
from IPython.display import display

from venus_analysis.calibrate.desert import DesertOptions, calibrate_site, sensor_of
from venus_analysis.calibrate.desert_pairs import pair_table
from venus_analysis.calibrate.drift.page import drift_page
from venus_analysis.calibrate.drift.selection import Selection
from venus_analysis.collect.observations import read_observations, read_sensor_responses
from venus_analysis.compute.desert.matchup import Tolerances
from venus_analysis.compute.drift.models import fit_model
from venus_analysis.compute.drift.series import prepare_series
from venus_analysis.flags import decode
from venus_analysis.plot.desert import desert_page
from venus_analysis.plot.desert_bands import desert_bands
from venus_analysis.plot.drift import DriftFigure
from venus_analysis.plot.notebook import offline, show
from venus_analysis.simulate.desert import simulate_desert
from venus_analysis.simulate.desert_settings import DesertSeriesSettings
from venus_analysis.simulate.mission_settings import MissionSettings

offline()

mission = MissionSettings()
sites = [site.site for site in mission.desert.sites]
asked = {s: DesertSeriesSettings(mission, site=s, reference=REFERENCE, gain=0.98) for s in sites}
series = {site: simulate_desert(settings) for site, settings in asked.items()}
found = {site: one.calibrate() for site, one in series.items()}
planted = series["Libya 4"].truth["planted_ratio"].mean("time").to_series().to_dict()
told = {"planted": planted, "simulated": True}
show(desert_bands(found, text=f"VENµS against {REFERENCE}, mean over the mission", **told))

# %% [markdown]
# Bars are k = 1: what the air, the spectrum, the geometry and the site itself may do, and the
# scatter. Sites differ by what they changed between the reference's years and the mission's: no
# single site is better than that.
#
# ## Collect
# One row per look: reflectance per band at the top of the atmosphere, angles, air.

# %%
libya = series["Libya 4"]
libya.target

# %% [markdown]
# ## Compute
# Looks are screened for clouds without a cloud mask, paired with reference looks of nearly the same
# geometry, taken to the surface (SMAC), over wavelength (monotone spline), and up again at the
# target's geometry and air. Every pair says why it counts or not.

# %%
names = {"instrument": "VENUS", "reference_name": REFERENCE, "site": "Libya 4"}
given = (libya.target, libya.target_sensor, libya.reference, libya.reference_sensor)
pairs = pd.DataFrame(pair_table(*given, **names))
display(pairs["status"].value_counts().head(8).to_frame())
columns = ["target", "reference", "days", "d_solar_zenith_deg", "d_viewing_zenith_deg"]
angles = {name: "{:+.1f}" for name in pairs if name.startswith("d_")}
shown = pairs[[*columns, "d_relative_azimuth_deg", "status", f"ratio_{BAND}"]].head()
shown.style.format({**angles, "days": "{:.0f}", f"ratio_{BAND}": "{:.4f}"}).hide()

# %% [markdown]
# What each band's ratio hangs on, percent (k = 1), and the bands that cannot be had over deserts.

# %%
one = found["Libya 4"]
budget = pd.DataFrame(one.budget.terms, one.bands) * 100
flags = {row["band"]: ", ".join(decode(row["flags"])) for row in one.rows}
budget.assign(all=100 * one.budget.model, flags=pd.Series(flags)).round(2)

# %% [markdown]
# ## Each look
# Drift and updates stand out of the scatter of single looks.

# %%
show(desert_page(one.rows, [BAND, "B11"]))

# %% [markdown]
# ## Found beside planted
# Percent, look by look, then the mean: what the method does to a known ratio.

# %%
truth = {
    site: pd.Series(
        one.truth["planted_ratio"].sel(band=BAND).values, one.target["acquisition_id"].values
    )
    for site, one in series.items()
}
rows = pd.concat([pd.DataFrame(one.rows) for one in found.values()], ignore_index=True)
own = rows[rows["band"] == BAND].copy()
own["planted"] = [truth[row.site][row.acquisition_id] for row in own.itertuples()]
off = 100 * (own["ratio"] / own["planted"] - 1)
off.groupby(own["site"]).agg(["mean", "std", "count"]).round(2)

# %% [markdown]
# ## Drift and updates
# The same rows in the drift engine: the third update was planted the wrong way round in B2.

# %%
page = drift_page(rows, Selection("desert"))
display(page.steps[page.steps["band"] == BAND][["serial", "sentence"]].style.hide())

# %%
show(DriftFigure(page, [BAND]).figure)

# %% [markdown]
# ## A model of the site instead of pairs
# Each look against Ross–Li kernels fitted to all looks of the reference: no tolerance of geometry,
# but the kernels must fit. How far they do not is in its uncertainty.

# %%
models = {model: libya.calibrate(DesertOptions(model=model)) for model in ("pairs", "directional")}
show(desert_bands(models, text="Libya 4, two ways", **told))

# %% [markdown]
# ## Real data: AATSR against MERIS over Libya 4
# Both fly on one platform. Expected from earlier work: 1.026, 1.022, 1.025 at 555, 660, 865 nm.
# Pairs come within 0.2 % of that; the kernels lie 0.5 to 0.9 % below, less than twice their
# uncertainty.

# %%
if DIMITRI:
    folder = Path(DIMITRI)
    meris, aatsr = (
        sensor_of(n, read_sensor_responses(folder / "rsr", n)) for n in ("MERIS", "AATSR")
    )
    third = read_observations(folder / "MERIS_3rd_Reprocessing_Libya4.sav")
    looks = read_observations(folder / "AATSR_2nd_Reprocessing_Libya4.sav")
    names = {"instrument": "AATSR", "reference_name": "MERIS_3rd", "site": "Libya 4"}
    real = {
        model: calibrate_site(
            looks, aatsr, third, meris, **names, options=DesertOptions(model=model)
        )
        for model in ("pairs", "directional")
    }
    show(desert_bands(real, text="AATSR against MERIS_3rd, Libya 4"))
    display(pd.DataFrame({m: r.site.ratio for m, r in real.items()}, aatsr.bands).round(4))

# %% [markdown]
# ## Real data: a real update of parameters
# MERIS's third reprocessing against its second on the same overpasses: the trend of the ratio is
# what the new parameters took away, %/yr.

# %%
if DIMITRI:
    second = read_observations(folder / "MERIS_2nd_Reprocessing_Libya4.sav")
    names = {"instrument": "MERIS_3rd", "reference_name": "MERIS_2nd", "site": "Libya 4"}
    same = DesertOptions(Tolerances(1.0, 1.0, 5.0, days=2.0 / 1440.0))
    update = calibrate_site(third, meris, second, meris, **names, options=same)
    table = pd.DataFrame(update.rows).pivot_table("ratio", "time", "band")[list(meris.bands)]
    fit = fit_model(prepare_series(table.index.to_numpy(), table.to_numpy().T), "linear")
    trend = 100 * fit["slope"] / fit["level"]
    display(pd.Series(trend, meris.bands, name="%/yr").round(3).to_frame().T)

# %% [markdown]
# ## Next
# Beside the Moon and SNO: `08_methods_and_phases`. Own looks: `venus-analysis desert --help` says
# which files it reads.
