"""What ships measured: the specs of the first pictures and lessons, their results, and texts of a model."""
