"""The examples behind a verdict: which were lost and won, what was said to them, and in which tags they lie."""
