"""The commands, one module for each or for a few that belong together. `main` puts their `app`s into one."""
