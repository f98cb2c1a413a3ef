"""The Hugging Face hub: which commit a name stands for, its files in the local cache or fetched, and the search."""
