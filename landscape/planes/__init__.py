"""Planes: capabilities over θ₀ + x·e₁ + y·e₂.

`grid` has the points, `refinement` those of them that are worth measuring, `regions` reads basins off what was
measured.
"""
