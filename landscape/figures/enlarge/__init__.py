"""Figures of the Enlarge page."""
