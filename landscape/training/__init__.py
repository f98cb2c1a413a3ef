"""Training under weight noise (GO, Chen et al. 2025): what a user imports into a training loop."""
