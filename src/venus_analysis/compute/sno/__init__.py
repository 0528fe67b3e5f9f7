"""Simultaneous nadir observations: two sensors over one place at nearly one time."""
