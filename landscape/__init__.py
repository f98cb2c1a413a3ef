"""See the loss landscape of language models: slices, basins, and what a fine-tune does to them."""

__version__ = "0.7.0.dev0"
