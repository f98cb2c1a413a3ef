"""Figures of the Enlarge page: compared checkpoints, growth, forgetting, training."""
