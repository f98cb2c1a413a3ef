"""From a checkpoint's name to its files, tensors and model; and the comparison of two checkpoints.

`files` resolves a name, `config`, `safetensors` and `lora` read its files, `tensors` and `contents` read its weights,
`models` loads it, `parameters` selects which weights move; `compatibility` and `comparison` take two checkpoints.
"""
