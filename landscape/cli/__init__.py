"""The command line: arguments → spec → store → table. No behaviour of its own."""

from landscape.cli import certify, enlarge, inspect, look, make, measure, moves, worst
from landscape.cli.app import app, main

__all__ = ["app", "certify", "enlarge", "inspect", "look", "main", "make", "measure", "moves", "worst"]
