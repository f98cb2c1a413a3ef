"""Checkpoints of the Hugging Face hub: which of their files are needed, and their exact names. No torch."""
