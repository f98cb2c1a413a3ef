"""Figures of the Basins page: rings, forest plot, nesting matrix, radii over checkpoints, and their titles."""
