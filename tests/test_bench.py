"""The benchmark runs and reports every ratio; how large they are is for the benchmark to say, not for a test."""

from landscape.bench import Figure, bench


def test_every_ratio_is_measured() -> None:
    figures = bench(parameters=100_000, examples=4, length=40, repeats=1)
    bounds = ["≤ 1.05", "≤ 1.25", "≤ 2.2", "≤ 4.3", "≤ 1.25", "≤ 1.5", "≤ 1.1", "≤ 0.5", "≤ 1.05", "≥ 5", ""]
    assert [figure.bound for figure in figures] == bounds
    assert all(figure.quartiles[0] <= figure.quartiles[2] for figure in figures)
    added = {7, 6}  # what noise adds to 0.1 M weights drowns in that of the allocator
    assert all(figure.quartiles[0] > 0 for place, figure in enumerate(figures) if place not in added)


def test_a_bound_is_kept_or_missed() -> None:
    assert Figure("time", (1.0, 1.0, 1.2), at_most=1.05).reached
    assert not Figure("time", (1.0, 1.1, 1.2), at_most=1.05).reached
    assert not Figure("speed-up", (4.0, 4.9, 9.0), at_least=5).reached
