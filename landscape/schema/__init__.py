"""What travels: plain values without torch.

Recipes of directions, specs (what to measure), points, results, and how people write them. A spec is at once the JSON
of a run, the URL of a page and the cache key of its points.
"""
