"""Basins: how far a capability holds around a checkpoint.

`boundaries` has the mathematics (inside, boundary, radius, nesting), `boundary_search` the next points of a search,
`radii` what a measured search says.
"""
