"""Figures: xarray in, HoloViews out, one function per figure."""
