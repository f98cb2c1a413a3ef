"""The page Compare trainings."""
