"""The pair of checkpoints that every page is about: where it is kept, how it is chosen, and what is known of it."""
