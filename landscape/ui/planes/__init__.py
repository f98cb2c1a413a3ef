"""The Plane page, and asking the model at a point of it."""
