"""Worst-case directions: found by gradient ascent, kept, and measured.

`find` searches what is not kept yet (`gradient_ascent`, `hessian`), `points` says which points a run takes,
`boundaries` where each capability ends along them, `equal_norm` and `overlap` compare them with fine-tunes.
"""
