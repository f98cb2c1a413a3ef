"""Slices against closed forms, and on tiny real checkpoints."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from transformers.modeling_outputs import CausalLMOutput

from landscape.capabilities import examples
from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import models, parameters
from landscape.engine import mover as engine_mover
from landscape.engine.direction_tensors import GaussianDirection
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.schema.directions import Filter, Gaussian, Layer, Towards
from landscape.schema.points import Point
from landscape.schema.specs import SliceSpec
from landscape.slices.grid import grid, in_measuring_order, next_step
from tests.conftest import make_tokenizer


class Bias(nn.Module):
    """A language model that is one vector of logits: every loss and every boundary is known in closed form."""

    def __init__(self, logits: torch.Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits, requires_grad=False)
        self.config = type("Config", (), {"max_position_embeddings": 64})()

    def get_input_embeddings(self) -> nn.Module:
        return nn.Embedding(len(self.logits), 1)

    def forward(self, input_ids: torch.Tensor, use_cache: bool) -> CausalLMOutput:
        return CausalLMOutput(logits=self.logits.expand(*input_ids.shape, -1))


def spec_of(checkpoint: Path, suite: Path, **fields: object) -> SliceSpec:
    defaults = {"directions": (Gaussian(seed=0), Gaussian(seed=1)), "alphas": (0.0, 0.05, 0.1)}
    return SliceSpec(checkpoint=str(checkpoint), capabilities=(str(suite),), **(defaults | fields))


def points_of(spec: SliceSpec) -> list[Point]:
    return in_measuring_order(grid(spec.alphas) for _ in spec.directions)


def test_a_slice_of_one_logit_vector_is_the_closed_form() -> None:
    tokenizer = make_tokenizer("character")
    token = tokenizer("4", add_special_tokens=False)["input_ids"][0]
    origin = torch.zeros(len(tokenizer))
    origin[token] = 1.0
    scorer = Scorer(Bias(origin.clone()), tokenizer)
    mover = engine_mover.Mover(parameters.select(scorer.model))
    suite = Capability("sum", (Example(prompt="2 + 2 = ", answer="4"),), "digest")
    (_, draw), *_ = GaussianDirection(5).chunks("logits", origin)
    others = torch.cat([draw[:token], draw[token + 1 :]]).max()
    leaves = 1.0 / float(others - draw[token])  # where another logit overtakes the answer's
    assert leaves > 0
    for alpha in (0.0, 0.5 * leaves, 0.999 * leaves, 1.001 * leaves, 3 * leaves):
        with mover.at([(GaussianDirection(5), alpha)]):
            scores = scorer.score(suite)
        place = (origin + alpha * draw).double()
        assert scores.losses[0] == pytest.approx(float(place.logsumexp(0) - place[token]), rel=1e-5)
        assert scores.outcomes[0] == (alpha < leaves)


def test_the_grid_always_holds_zero_and_the_target() -> None:
    assert grid((0.1, 0.2), 0.15) == [0.0, 0.1, 0.15, 0.2]
    assert grid((-0.1, 0.1)) == [-0.1, 0.0, 0.1]


def test_measuring_goes_from_coarse_to_fine_over_all_directions() -> None:
    points = in_measuring_order([grid([i / 8 for i in range(9)])] * 2)
    assert len(points) == 18
    assert [p.alpha for p in points[:6]] == [0, 0, 1, 1, 0.5, 0.5]
    assert {(p.direction, p.alpha) for p in points} == {(i, a / 8) for i in range(2) for a in range(9)}


def test_the_score_at_the_targets_alpha_is_the_targets_own(
    checkpoint: Path, finetuned: Path, greedy_suite: Path
) -> None:
    spec = spec_of(checkpoint, greedy_suite, directions=(Towards(checkpoint=str(finetuned)),))
    session, suites = Session(spec.frame), load_capabilities(spec)
    facts = gather_facts(session, spec, suites)
    alpha = facts.alpha_of[str(finetuned)]
    (point,) = [p for p, _ in next_step(spec, facts, {}).points if p.alpha == alpha]
    here = session.measure(point, suites)["greedy"]
    loaded = models.load(str(finetuned))
    own = Scorer(loaded.model, loaded.tokenizer).score(examples.load(str(greedy_suite)))
    assert np.array_equal(here.outcomes, own.outcomes)
    assert np.array_equal(here.losses, own.losses)
    assert here.realised_alpha == pytest.approx(alpha, rel=1e-4)


def test_equal_sessions_measure_equal_numbers(checkpoint: Path, greedy_suite: Path) -> None:
    spec = spec_of(checkpoint, greedy_suite)
    measured = []
    suites = load_capabilities(spec)
    for settings in ({"threads": 1}, {"threads": 1, "tokens_per_batch": 4096}):
        session = Session(spec.frame)
        session.use(settings)
        session.verify(suites)
        measured.append([session.measure(p, suites)["greedy"].losses for p in points_of(spec)])
    assert np.array_equal(measured[0], measured[1])


def test_points_are_keyed_by_content_and_origin_is_shared(
    checkpoint: Path, finetuned: Path, greedy_suite: Path
) -> None:
    spec = spec_of(checkpoint, greedy_suite)
    one, other = Session(spec.frame), Session(spec_of(finetuned, greedy_suite).frame)
    narrow = Session(spec_of(checkpoint, greedy_suite, only=("*.mlp.*",)).frame)
    (suite,) = load_capabilities(spec)
    keys = {p: one.keys.of(p, suite) for p in points_of(spec)}
    assert keys[Point(0, 0.0)] == keys[Point(1, 0.0)]
    assert len(set(keys.values())) == len(keys) - 1
    assert not set(keys.values()) & {other.keys.of(p, suite) for p in keys}
    assert set(keys.values()) & {narrow.keys.of(p, suite) for p in keys} == {keys[Point(0, 0.0)]}


@pytest.mark.parametrize("direction", [Layer(seed=0), Filter(seed=0)])
def test_relative_directions_realise_the_relative_alpha(checkpoint: Path, greedy_suite: Path, direction: Layer) -> None:
    spec = spec_of(checkpoint, greedy_suite, directions=(direction,))
    far = Session(spec.frame).measure(Point(0, 0.1), load_capabilities(spec))["greedy"]
    assert far.realised_alpha == pytest.approx(0.1, rel=1e-3)


def test_a_model_that_answers_differently_each_time_is_refused(checkpoint: Path, greedy_suite: Path) -> None:
    spec = spec_of(checkpoint, greedy_suite)
    session = Session(spec.frame)
    head = session.loaded.model.lm_head
    hook = head.register_forward_hook(lambda module, args, out: out + 5 * torch.randn_like(out))
    try:
        with pytest.raises(RuntimeError, match="not deterministic"):
            session.verify(load_capabilities(spec))
    finally:
        hook.remove()


def test_the_same_checkpoint_is_no_direction(checkpoint: Path, greedy_suite: Path) -> None:
    with pytest.raises(ValueError, match="Δθ = 0"):
        Session(spec_of(checkpoint, greedy_suite, directions=(Towards(checkpoint=str(checkpoint)),)).frame)


def test_facts_state_d_and_rms(checkpoint: Path, greedy_suite: Path) -> None:
    spec = spec_of(checkpoint, greedy_suite)
    session = Session(spec.frame)
    flat = torch.cat([p.flatten().double() for p in session.loaded.model.parameters()])
    facts = gather_facts(session, spec, load_capabilities(spec))
    assert facts.parameters == len(flat)
    assert facts.rms == pytest.approx(math.sqrt(float(flat.square().mean())))
