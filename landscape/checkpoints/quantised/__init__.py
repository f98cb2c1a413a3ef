"""Quantised folders as ends of a line: de-quantised once into a folder whose weights are plain numbers.

`ends` says which folders are, and where the plain one lies; `packed` reads the codes of GPTQ and AWQ, and `conversion`
writes the folder.
"""
