"""What travels: plain values without torch.

Recipes of directions, specs (what to measure), points, results, and how people write them. A spec is the JSON of a
run, and what the URL of a page carries.
"""
