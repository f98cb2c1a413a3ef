"""A checkpoint's name becomes files, tensors and a model; two checkpoints are compared.

`files` resolves a name, `config`, `safetensors` and `lora` read what lies on disk, `tensors` and `contents` list it,
`models` loads it, `parameters` says which weights move; `compatibility` and `comparison` take two.
"""
