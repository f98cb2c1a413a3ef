"""From a checkpoint's name to its files, tensors and model; and the comparison of two checkpoints.

`files` resolves a name, `config`, `safetensors` and `lora` read its files, `stored` says which tensor is which
parameter, `tensors` and `contents` read its weights, `models` loads it, `parameters` selects which weights move;
`compatibility` and `comparison` take two checkpoints.

`gguf` turns a file of llama.cpp into a folder as all others are.

Another format than safetensors would take a reader beside `safetensors` (which tensors a file holds, and where), its
files in `files.resolve`, its bytes in `tensors`, and what builds a model of it in `models`.
"""
