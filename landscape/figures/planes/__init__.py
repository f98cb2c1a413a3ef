"""Figures of the Plane page: map, relief, landmarks, and the map with paths of a lesson."""
