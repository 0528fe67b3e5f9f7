"""Figures: xarray in, HoloViews out, one function per figure."""

import holoviews.plotting.bokeh  # noqa: F401  registers the backend the figures' options need
