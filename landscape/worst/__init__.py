"""Worst-case directions: found by gradient ascent, kept, and measured.

`find` searches for what is not stored yet (`search`, `hessian`), `points` says which points a run takes,
`boundaries` where each capability ends along them, `equal_norm` and `overlap` compare them with fine-tunes.
"""
