"""Figures of the Inspect page and its report."""
