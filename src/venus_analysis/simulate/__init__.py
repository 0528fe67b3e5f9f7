"""Synthetic data with planted truth; everything made here says SIMULATED."""
