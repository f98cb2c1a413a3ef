"""Figures of the Worst case page: curves, boundary matrix, equal norm, ascent, concentration, and their titles."""
