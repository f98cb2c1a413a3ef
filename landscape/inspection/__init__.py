"""Inspecting a fine-tune: which parts are measured, what they found, the rules on it, and the verdict.

`parts` plans the runs, `interim_looks` decides early under a budget, `evidence` holds the results, `rules` judges them
by `thresholds`, `verdict` combines the findings, `prompts` describes how both checkpoints were prompted.
"""
