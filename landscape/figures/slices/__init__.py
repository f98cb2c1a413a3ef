"""Figures of the Slice page, of compared runs, and of the lessons about single directions."""
