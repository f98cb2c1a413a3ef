"""Searches that were measured, replayed: what another choice of points would have taken."""
