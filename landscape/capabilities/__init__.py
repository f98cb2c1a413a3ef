"""Examples of a capability, the oracles that judge answers, and the forward passes that score them.

`examples` reads a file, `encoding` makes tokens of it, `scoring` gives a score and a loss; the `lm_eval_*` modules do
the same for tasks of lm-evaluation-harness.
"""
