"""Executors: what measures the points of a run, in this process or in Ray actors.

`local_executor` has the protocol and the executor of one process, `ray_executor` hands chunks to actors (`ray_actor`),
`selection` decides between the two.
"""
