"""Certificates by randomised smoothing in weight space.

`trials` draws noise and examples, `sigma_elimination` decides how many at each σ, `bounds` has the mathematics,
`guarantees` says what is proven, also of a fine-tune, `rounding` writes proven numbers as text.
"""
