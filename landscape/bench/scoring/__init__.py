"""Benchmarks of scoring: what is asked, and other ways of scoring the same."""
