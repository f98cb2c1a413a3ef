"""Figures of the Guarantee page: the floor, the sweep over σ, the radii on one axis, and their titles."""
