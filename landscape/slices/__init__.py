"""Slices: capabilities along directions, at given α.

`grid` says which points a slice takes, and in which order; `deployment_survival` reads what rounding, quantising and
pruning cost off a slice.
"""
