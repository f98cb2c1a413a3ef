"""Figures of the Worst case page."""
