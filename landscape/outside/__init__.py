"""What comes from outside: code that a checkpoint brings, what must be fetched, files that are kept, others' text."""
