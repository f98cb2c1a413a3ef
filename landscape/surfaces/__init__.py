"""Surfaces that other programs measured: their files, read as values over one or two directions, and kept. No torch."""
