"""Checkpoints of llama.cpp: one GGUF file, de-quantised once into a folder that transformers reads.

`header` reads what a file says of itself, without torch. `settings` says which of that a config must hold, `conversion`
writes the folder, and `cache` says where it lies and has it written where it is missing.
"""
