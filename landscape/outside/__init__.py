"""What comes from outside: code that a checkpoint brings, what must be fetched, text that somebody else wrote."""
