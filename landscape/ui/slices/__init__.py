"""The Slice page."""
