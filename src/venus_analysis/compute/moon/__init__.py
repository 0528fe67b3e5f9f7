"""The Moon: where it is, how bright it should be, and what the image holds."""
