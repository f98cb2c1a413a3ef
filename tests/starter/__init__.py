"""Tests of the starter capabilities."""
