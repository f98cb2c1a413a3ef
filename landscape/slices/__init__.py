"""Slices: capabilities along directions, at given α.

`grid` chooses the points of a slice and their order; `deployment_survival` reads off a slice what rounding, quantising
and pruning cost.
"""
