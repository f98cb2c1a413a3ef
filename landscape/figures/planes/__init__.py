"""Figures of the Plane page."""
