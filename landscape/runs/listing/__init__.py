"""The list of runs: which are shown, what each found, how two differ, and what is deleted with which."""
