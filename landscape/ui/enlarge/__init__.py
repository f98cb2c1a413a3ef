"""The Enlarge page."""
