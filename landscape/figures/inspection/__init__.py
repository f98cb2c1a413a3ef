"""Figures of the Inspect page and its report: brittleness, compared verdicts, and all figures of the evidence."""
