"""Builds the showcase: a small real model, a fine-tune of it, and one that a training destroyed."""
