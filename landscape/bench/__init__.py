"""Benchmarks: ratios, measured round by round in one run."""
