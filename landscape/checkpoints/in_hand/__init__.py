"""Models that somebody holds in memory: saved once under what they are, and measured without a second copy."""
