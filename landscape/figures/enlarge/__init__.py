"""Figures of the page Compare trainings: compared checkpoints, growth, forgetting, training."""
