"""Runs, points and artifacts in SQLite or PostgreSQL; kept over crashes, shared by pages, workers and commands."""
