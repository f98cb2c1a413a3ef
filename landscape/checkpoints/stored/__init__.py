"""What lies in a checkpoint's folder: what it is if it is no checkpoint, and which stored tensor is which parameter.

`refusals` says what to do with a folder that cannot be read, `names` reads the names of tensors, without torch, and
`architecture` asks transformers for the parameters that a config stands for, and fills them from what is stored.
"""
