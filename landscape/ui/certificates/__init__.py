"""The Guarantee page: what is proven, the calculator, the heuristic for other prompts."""
