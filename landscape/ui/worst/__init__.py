"""The Worst case page."""
