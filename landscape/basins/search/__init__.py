"""The search for boundaries: how far a ray is looked at, where its bracket is divided, and when it is narrow."""
