"""Train the demo checkpoints, and write the capabilities and texts that ship with the project."""
