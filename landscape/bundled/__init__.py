"""Measurements that ship with the project: specs of the first pictures and lessons, results, and generated texts."""
