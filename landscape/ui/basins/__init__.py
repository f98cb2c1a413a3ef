"""The Basins page."""
