"""How the oracles read a text: the number that it ends with, whether it declines, what a pattern finds in it."""
