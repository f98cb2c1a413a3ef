"""Who measures a run, in which loop.

`submit` turns a spec into a run, `worker` claims runs and survives anything, `kinds` says what each kind of
measurement is, `point_loop` and `inspection_loop` measure one, and the executors are the processes that do it.
"""
