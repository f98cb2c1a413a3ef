"""Measurements for notebooks and training loops: checkpoints by name or in hand, and results as tables and figures."""
