"""Inspecting a fine-tune: which parts are measured, what they found, the rules on it, and the verdict.

`parts` plans, `interim_looks` spends a budget, `evidence` holds what was found, `rules` judges it by `thresholds`,
`verdict` puts it together.
"""
