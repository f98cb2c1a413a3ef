"""The starter capabilities: examples for real models, generated here from facts and rules. Nothing is copied."""
