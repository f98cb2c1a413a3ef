"""Figures of the Slice page."""
