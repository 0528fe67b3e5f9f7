"""Desert sites: the surface and the air above it."""
