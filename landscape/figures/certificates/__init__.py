"""Figures of the Guarantee page."""
