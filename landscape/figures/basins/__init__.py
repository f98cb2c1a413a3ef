"""Figures of the Basins page."""
