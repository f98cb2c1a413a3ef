"""The demo checkpoints: what they read, how they were trained. Nothing but the command line imports this package."""
