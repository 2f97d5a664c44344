"""Draws the sample posts' pictures: `python -m tools.samples.draw`."""
