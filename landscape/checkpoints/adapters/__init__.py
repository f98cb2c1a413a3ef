"""PEFT adapters: what their files say, what a LoRA adds to each weight, and how peft puts any kind onto a base."""
