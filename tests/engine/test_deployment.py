"""Deployment moves against slow loops over single weights, and on real architectures."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, MixtralConfig, MixtralForCausalLM

from landscape import assets
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import models, parameters
from landscape.engine import deployment
from landscape.engine import mover as engine_mover
from landscape.engine.direction_tensors import DeploymentDirection
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.schema.deployments import MOVES, USUAL, Quantisation, find_deployment
from landscape.schema.directions import Gaussian, Move
from landscape.schema.points import Point
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec
from landscape.slices.grid import next_step
from tests.conftest import make_gpt2, make_model, save

DTYPES = [torch.float32, torch.bfloat16, torch.float16]


def drawn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def slowly_quantised(weight: torch.Tensor, bits: int, group: int | None) -> torch.Tensor:
    """Weight by weight, in numpy's fp32."""
    rows, top = weight.float().numpy(), np.float32(2 ** (bits - 1) - 1)
    out = np.zeros_like(rows)
    for i, row in enumerate(rows):
        for start in range(0, len(row), group or len(row)):
            part = row[start : start + (group or len(row))]
            scale = np.float32(max(abs(w) for w in part)) / top
            for j, w in enumerate(part):
                out[i, start + j] = np.rint(w / scale) * scale if scale > 0 else 0
    return torch.tensor(out).to(weight.dtype)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 5),
    width=st.integers(1, 40),
    bits=st.sampled_from([3, 4, 8]),
    group=st.sampled_from([None, 1, 7, 16, 128]),
    dtype=st.sampled_from(DTYPES),
    seed=st.integers(0, 999),
)
def test_quantising_is_the_slow_loop(
    rows: int, width: int, bits: int, group: int | None, dtype: torch.dtype, seed: int
) -> None:
    weight = drawn(rows, width, seed=seed, dtype=dtype)
    weight[0] *= seed % 3  # 0 at times: a channel of zeros
    assert torch.equal(deployment.quantised(weight, bits, group), slowly_quantised(weight, bits, group))
    turned = deployment.quantised(weight.T.contiguous(), bits, group, transposed=True)
    assert torch.equal(turned, slowly_quantised(weight, bits, group).T)
    stack = torch.stack([weight, 2 * weight])
    assert torch.equal(deployment.quantised(stack, bits, group)[1], slowly_quantised(2 * weight, bits, group))


@pytest.mark.parametrize(("bits", "group"), [(8, None), (4, None), (3, None), (8, 128), (4, 128)])
def test_no_weight_moves_by_more_than_half_a_scale(bits: int, group: int | None) -> None:
    weight = drawn(33, 300)  # the last group holds 44
    error = (deployment.quantised(weight, bits, group) - weight).abs()
    for start in range(0, 300, group or 300):
        part = slice(start, start + (group or 300))
        scale = weight[:, part].abs().amax(dim=1) / (2 ** (bits - 1) - 1)
        assert (error[:, part].amax(dim=1) <= scale / 2 * (1 + 1e-5)).all()
        assert (error[:, part].amax(dim=1) > scale / 4).all()  # it does round


def test_a_large_matrix_is_quantised_as_its_parts_are(monkeypatch: pytest.MonkeyPatch) -> None:
    weight = drawn(50, 20)
    whole = deployment.quantised(weight, 4, None)
    monkeypatch.setattr(deployment, "CHUNK", {"cpu": 64})
    assert torch.equal(deployment.quantised(weight, 4, None), whole)


@pytest.mark.parametrize("percent", [10, 30, 50])
@pytest.mark.parametrize("dtype", DTYPES)
def test_pruning_keeps_exactly_the_largest_also_among_equals(percent: int, dtype: torch.dtype) -> None:
    for weight in (drawn(13, 11, dtype=dtype), torch.ones(7, 9, dtype=dtype), (4 * drawn(30, 5)).round().to(dtype)):
        order = sorted(range(weight.numel()), key=lambda i: (abs(float(weight.flatten()[i])), i))
        expected = weight.clone().flatten()
        expected[order[: weight.numel() * percent // 100]] = 0
        assert torch.equal(deployment.pruned(weight, percent).flatten(), expected)


def test_too_few_weights_to_prune_one_stay() -> None:
    weight = drawn(3, 3)
    assert deployment.pruned(weight, 10) is weight


def neox() -> GPTNeoXForCausalLM:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    return GPTNeoXForCausalLM(GPTNeoXConfig(vocab_size=320, **sizes)).eval()


def mixtral() -> MixtralForCausalLM:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    config = MixtralConfig(vocab_size=320, num_key_value_heads=2, num_local_experts=4, **sizes)
    return MixtralForCausalLM(config).eval()


@pytest.mark.parametrize(
    ("make", "inside", "outside"),
    [
        (make_model, "q_proj", ("embed_tokens", "norm")),
        (lambda: make_model(tied=False), "down_proj", ("embed_tokens", "norm", "lm_head")),
        (make_gpt2, "c_attn", ("wte", "wpe", "ln_", "bias")),
        (neox, "dense_h_to_4h", ("embed", "norm", "bias", "lm_head")),
        (mixtral, "experts.gate_up_proj", ("embed_tokens", "norm", "lm_head", "gate.weight")),
    ],
)
def test_matrices_of_linear_layers_are_touched_and_nothing_else(
    make: Callable[[], torch.nn.Module], inside: str, outside: tuple[str, ...]
) -> None:
    model = make()
    selected = parameters.select(model)
    found = models.matrices(model)
    assert any(inside in name for name in found)
    for name, weight in selected.items():
        assert (name in found) == (not any(part in name for part in outside)), name
        assert deployment.direction_of(find_deployment("int4"), {name: weight}, found).alpha > 0 or name not in found
    share = deployment.touched(find_deployment("int8"), selected, found)
    assert share == pytest.approx(
        sum(w.numel() for n, w in selected.items() if n in found) / parameters.count(selected)
    )
    assert deployment.touched(find_deployment("bfloat16"), selected, found) == 1


def test_the_output_channels_of_gpt2_are_columns() -> None:
    model = make_gpt2()
    selected, found = parameters.select(model), models.matrices(model)
    name = "transformer.h.0.mlp.c_fc.weight"
    assert found[name]
    line = deployment.direction_of(find_deployment("int4"), selected, found)
    assert torch.equal(line.end(name, selected[name]), slowly_quantised(selected[name].T, 4, None).T)
    scale = selected[name].abs().amax(dim=0) / 7  # of a column
    whole = line.end(name, selected[name]) / scale
    torch.testing.assert_close(whole, whole.round())


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_at_its_own_alpha_stands_the_moved_checkpoint_bit_for_bit(name: str, dtype: torch.dtype) -> None:
    model = make_model(tied=False).to(dtype)
    selected = parameters.select(model)
    before = {key: weight.clone() for key, weight in selected.items()}
    line = deployment.direction_of(find_deployment(name), selected, models.matrices(model))
    ends = {key: line.end(key, weight).clone() for key, weight in before.items()}
    change = np.concatenate([(ends[key].double() - before[key].double()).numpy().ravel() for key in before])
    assert line.alpha == pytest.approx(math.sqrt(np.mean(change**2)), rel=1e-9)
    mover = engine_mover.Mover(selected)
    with mover.at([(line, line.alpha)]) as realised:
        for key, weight in selected.items():
            assert torch.equal(weight.view(torch.uint8), ends[key].view(torch.uint8)), key
    assert realised == pytest.approx(line.alpha, rel=1e-3)
    with pytest.raises(RuntimeError, match="in the middle"), mover.at([(line, line.alpha / 2)]):
        raise RuntimeError("in the middle")
    for key, weight in selected.items():
        assert torch.equal(weight.view(torch.uint8), before[key].view(torch.uint8)), key


def test_a_move_is_a_unit_direction() -> None:
    model = make_model()
    selected = parameters.select(model)
    line = deployment.direction_of(find_deployment("int4-128"), selected, models.matrices(model))
    squares = sum(float(c.double().square().sum()) for n, w in selected.items() for _, c in line.chunks(n, w))
    assert squares == pytest.approx(parameters.count(selected), rel=1e-5)
    assert not list(line.chunks("model.norm.weight", selected["model.norm.weight"]))


def test_what_changes_nothing_has_alpha_zero_and_no_way() -> None:
    model = make_model().to(torch.bfloat16)
    selected = parameters.select(model)
    line = deployment.direction_of(find_deployment("bfloat16"), selected, models.matrices(model))
    assert line.alpha == 0
    assert not [chunk for name, weight in selected.items() for chunk in line.chunks(name, weight)]
    mover = engine_mover.Mover(selected)
    with mover.at([(line, 0.0)]) as realised:
        assert realised == 0
    with pytest.raises(ValueError, match="α = 0 along a move that changes no weight"), mover.at([(line, 0.1)]):
        pass


def test_what_a_format_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="float16 rounding makes weights of w infinite, up to 1e"):
        deployment.direction_of(find_deployment("float16"), {"w": torch.tensor([1e6, 1.0])}, {})


def test_an_unknown_move_shows_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"one of bfloat16, float16, int8, .*prune-50; got 'int5'"):
        Move(name="int5")
    assert set(USUAL) < set(MOVES)
    assert find_deployment("int4-128") == Quantisation(4, 128)


def spec_of(checkpoint: Path | str, suite: Path | str, *names: str, **fields: object) -> SliceSpec:
    directions = tuple(Move(name=name) for name in names)
    defaults = {"directions": directions, "alphas": (0.0,), "capabilities": (str(suite),)}
    return SliceSpec(checkpoint=str(checkpoint), **(defaults | fields))


def test_a_slice_measures_each_move_at_exactly_its_own_alpha(checkpoint: Path, greedy_suite: Path) -> None:
    spec = spec_of(checkpoint, greedy_suite, "int8", "int4")
    session, suites = Session(spec.frame), load_capabilities(spec)
    facts = gather_facts(session, spec, suites)
    wanted = [point for point, _ in next_step(spec, facts, {}).points]
    own = [Point(index, facts.alpha_of[label]) for index, label in enumerate(("move int8", "move int4"))]
    assert sorted(wanted) == sorted([Point(0, 0.0), Point(1, 0.0), *own])
    quantised = models.load(str(checkpoint))
    found = models.matrices(quantised.model)
    for name, weight in parameters.select(quantised.model).items():
        if name in found:
            weight.copy_(slowly_quantised(weight, 4, None))
    expected = Scorer(quantised.model, quantised.tokenizer).score(suites[0])
    here = session.measure(own[1], suites)["greedy"]
    assert np.array_equal(here.losses, expected.losses)
    assert here.realised_alpha == pytest.approx(own[1].alpha, rel=1e-4)
    assert facts.touched["move int4"] == pytest.approx(
        sum(w.numel() for n, w in session.weights.items() if n in found) / facts.parameters
    )


def test_points_of_moves_are_keyed_by_name(checkpoint: Path, greedy_suite: Path) -> None:
    spec = spec_of(checkpoint, greedy_suite, "int8", "int8-128")
    one, other = Session(spec.frame), Session(spec_of(checkpoint, greedy_suite, "int8-128").frame)
    (suite,) = load_capabilities(spec)
    assert one.keys.of(Point(1, 0.1), suite) == other.keys.of(Point(0, 0.1), suite) != one.keys.of(Point(0, 0.1), suite)
    assert one.keys.of(Point(1, 0.0), suite) == one.keys.of(Point(0, 0.0), suite)


def test_a_checkpoint_that_is_bfloat16_already_is_measured_at_the_origin(tmp_path: Path, greedy_suite: Path) -> None:
    folder = save(tmp_path / "half", make_model().to(torch.bfloat16))
    spec = spec_of(folder, greedy_suite, "bfloat16", "int8", alphas=(0.0, 0.1))
    session, suites = Session(spec.frame), load_capabilities(spec)
    facts = gather_facts(session, spec, suites)
    assert facts.alpha_of["move bfloat16"] == 0
    points = [point for point, _ in next_step(spec, facts, {}).points]
    assert [p.alpha for p in points if p.direction == 0] == [0.0]
    assert len([p for p in points if p.direction == 1]) == 3
    fields = {"checkpoint": str(folder), "directions": spec.directions, "capabilities": spec.capabilities}
    from landscape.basins.search import boundary_search

    basin = BasinSpec(**fields, reach=0.1)
    known = {Point(index, 0.0): {"greedy": 0.5} for index in range(2)}
    assert {p.direction for p, _ in boundary_search.next_step(basin, facts, known).points} == {1}
    plane = PlaneSpec(**fields, x=(-1, 1), y=(-1, 1))
    with pytest.raises(ValueError, match="changes no weight spans no plane"):
        gather_facts(session, plane, suites)


def test_a_move_spans_a_plane_and_stands_in_it_exactly(checkpoint: Path, greedy_suite: Path) -> None:
    spec = PlaneSpec(
        checkpoint=str(checkpoint),
        directions=(Move(name="int4"), Gaussian(seed=0)),
        capabilities=(str(greedy_suite),),
        x=(-1, 1),
        y=(-1, 1),
    )
    session = Session(spec.frame)
    gather_facts(session, spec, load_capabilities(spec))
    line = session.directions[0]
    assert isinstance(line, DeploymentDirection)
    (met, alpha), (_, none) = session._coordinates(Point(0, line.alpha, 1e-300))
    assert (met, alpha, none) == (line, line.alpha, 0)


def test_int8_keeps_the_demo_assistant_and_fewer_bits_lie_farther() -> None:
    spec = spec_of("demo:assistant", "", "int8", "int4", "int3", capabilities=tuple(assets.CAPABILITIES))
    session, suites = Session(spec.frame), load_capabilities(spec)
    alpha_of = gather_facts(session, spec, suites).alpha_of
    assert alpha_of["move int8"] < 0.001
    assert alpha_of["move int8"] < alpha_of["move int4"] < alpha_of["move int3"]
    origin, moved = (session.measure(Point(0, a), suites) for a in (0.0, alpha_of["move int8"]))
    for name, one in origin.items():
        assert abs(float(moved[name].outcomes.mean()) - float(one.outcomes.mean())) <= 0.02, name
