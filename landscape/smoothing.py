"""Smoothing: which trials of a certificate come next, and the drawing of them. What they prove: `certificates`."""

BATCH = 50  # trials that are written down together; part of what a stored batch means, never to be changed
