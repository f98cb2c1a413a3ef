"""Makes the demo checkpoints, capabilities and texts that ship, from nothing."""
