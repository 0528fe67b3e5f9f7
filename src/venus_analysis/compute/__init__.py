"""Pure functions: arrays in, arrays out; no files, no plots, no clock."""
