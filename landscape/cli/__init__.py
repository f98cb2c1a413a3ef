"""The command line: arguments → spec → store → table. It measures nothing by itself.

Start at `main`, the entry point. `commands` has one module for each command or group of commands, `options` declares
the options that several commands share, and `exit_codes` says what the numbers mean that a command ends with.
"""
