"""The benchmark runs and reports every ratio; how large they are is for the benchmark to say, not for a test."""

from landscape.bench import TARGETS, bench


def test_every_ratio_is_measured() -> None:
    figures = bench(parameters=100_000, examples=4, length=40, repeats=1)
    assert [figure.name for figure in figures] == list(TARGETS)
    assert all(figure.measured > 0 for figure in figures)
