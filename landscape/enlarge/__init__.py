"""Checkpoints that differ in how they were trained: whose basins are wider, by how much, and what tuning forgot.

Training under weight noise itself is in `landscape.training`.
"""
