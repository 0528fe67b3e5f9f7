"""A frozen reference set run again after a change of software, library or parameters."""
