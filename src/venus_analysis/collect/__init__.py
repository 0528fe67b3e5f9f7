"""Readers: one file kind each, into a documented xarray Dataset."""
