"""The command line: arguments → spec → store → table. No behaviour of its own; `main` is where it begins."""
