"""Planes: capabilities over θ₀ + x·e₁ + y·e₂.

`grid` has the points, `refinement` chooses those that are worth measuring, `regions` reads basins off a measured
plane.
"""
