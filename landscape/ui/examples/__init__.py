"""Examples on a page: which were lost and won, the whole of one, tags, and what the model says at a point."""
