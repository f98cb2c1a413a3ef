"""Programs that a model wrote: one process runs the program, confined; another runs its tests, and judges."""
