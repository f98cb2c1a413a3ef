"""Basins: how far a capability holds around a checkpoint.

`inside` decides whether a score is inside a basin, `boundaries` has the mathematics (boundary, radius), `nesting` says
which of two basins ends first, `boundary_search` chooses the next points of a search, `bracketing` the next one within
a bracket, `radii` reads basins off a measured one.
"""
