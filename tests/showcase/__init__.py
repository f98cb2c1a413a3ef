"""Tests of the showcase: the real model and its fine-tunes."""
