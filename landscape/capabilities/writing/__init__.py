"""Writing greedy texts: the loop, the keys and values that it goes on from, and drafts of what will be written."""
