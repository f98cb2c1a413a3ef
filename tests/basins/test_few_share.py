"""A radius by loss of which few examples make the rise is said to be less sure; the simulations show how much."""

import numpy as np
import pytest

from landscape.basins.boundaries import radius_of, ray_ends
from landscape.basins.radii import LEAST_BY_LOSS, SHARING, _few_share
from landscape.bench.simulated_rays import RISE, Rays


@pytest.mark.parametrize(("rays", "doubted"), [(Rays(0.05, 0.3, 0.1), False), (Rays(0.05, 0.7, 0.1), True)])
def test_a_rise_that_few_examples_make_is_doubted(rays: Rays, doubted: bool) -> None:
    rng = np.random.default_rng(0)
    curves = rays.drawn_by_loss(rng, rng.standard_normal(8), 120)
    ends = ray_ends(curves, RISE, rng, resamples=100)
    said = _few_share(ends, radius_of(ends, rng))
    assert bool(said) == doubted
    rises = -(curves[0].outcomes[-1] - curves[0].outcomes[0])
    assert (float(rises.sum() ** 2 / (rises**2).sum()) < SHARING) == doubted
    if doubted:
        assert said.startswith(f"about {ends.losable:.0f} of 120 examples make most of the loss's rise")
        assert LEAST_BY_LOSS in said


def test_nothing_is_doubted_that_has_no_interval() -> None:
    rng = np.random.default_rng(0)
    curves = Rays(0.05, 0.7, 0.1).drawn_by_loss(rng, rng.standard_normal(3), 120)
    ends = ray_ends(curves, RISE, rng, resamples=100)
    assert _few_share(ends, radius_of(ends, rng)) == ""
    assert _few_share(None, None) == ""
