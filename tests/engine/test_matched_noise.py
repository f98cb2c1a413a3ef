"""Noise that is matched to a deployment move: as large in every tensor, never a random direction, and what it foretells."""

import json
import math
from pathlib import Path

import pytest
import torch

from landscape.basins.radii import basins_of
from landscape.checkpoints import models, parameters
from landscape.engine import deployment
from landscape.engine import mover as engine_mover
from landscape.engine.facts import gather_facts
from landscape.engine.session import Session, load_capabilities
from landscape.runs.earlier_results import known_curves
from landscape.runs.worker import work
from landscape.schema.deployments import MOVES, find_deployment
from landscape.schema.directions import Gaussian, MatchedNoise, describe_direction, moves_with_noise, seed_of
from landscape.schema.points import Point
from landscape.schema.specs import BasinSpec, SliceSpec
from landscape.slices.deployment_survival import errors_of, survival_finding, survivals_of
from landscape.slices.grid import next_step
from landscape.store.store import Store
from tests.conftest import TEXT, make_model, make_tokenizer, save


def rms(tensor: torch.Tensor) -> float:
    return float(tensor.double().square().mean().sqrt())


@pytest.mark.parametrize("name", MOVES)
def test_noise_is_as_large_as_its_move_in_every_tensor(name: str) -> None:
    model = make_model(tied=False, width=64)
    selected = parameters.select(model)
    before = {key: weight.clone() for key, weight in selected.items()}
    line = deployment.direction_of(find_deployment(name), selected, models.matrices(model))
    moved = {key: rms(line.end(key, weight) - weight) for key, weight in before.items()}
    mover = engine_mover.Mover(selected)
    changes = []
    for seed in (0, 0, 1):
        noise = deployment.noise_like(line, MatchedNoise(move=name, seed=seed))
        with mover.at([(noise, noise.alpha)]) as realised:
            changes.append({key: selected[key] - before[key] for key in before})
        assert realised == pytest.approx(line.alpha, rel=0.05)
    for key, weight in before.items():
        assert line.changes.get(key, 0.0) == pytest.approx(moved[key], rel=1e-6)
        spread = 4 / math.sqrt(2 * weight.numel())
        assert rms(changes[0][key]) == pytest.approx(moved[key], rel=spread + 0.02), key  # + rounding of tiny changes
        assert torch.equal(changes[0][key], changes[1][key])
        assert moved[key] == 0 or not torch.equal(changes[0][key], changes[2][key])
        assert torch.equal(selected[key], before[key])


def spec_of(checkpoint: Path, suite: Path, *names: str, draws: int = 2, **fields: object) -> SliceSpec:
    given = {"directions": moves_with_noise(names, draws), "alphas": (0.0,), "capabilities": (str(suite),)} | fields
    return SliceSpec(checkpoint=str(checkpoint), device="cpu", **given)  # type: ignore[arg-type]


def test_a_draw_is_measured_once_at_the_alpha_of_its_move_under_a_key_of_its_own(
    checkpoint: Path, greedy_suite: Path
) -> None:
    spec = spec_of(checkpoint, greedy_suite, "nf4", "prune-30")
    session, suites = Session(spec.frame), load_capabilities(spec)
    facts = gather_facts(session, spec, suites)
    assert set(facts.alpha_of) == set(facts.touched) == {"move nf4", "move prune-30"}
    points = [point for point, _ in next_step(spec, facts, {}).points if point.alpha > 0]
    nf4, pruned = facts.alpha_of["move nf4"], facts.alpha_of["move prune-30"]
    assert sorted(points) == [Point(i, a) for i, a in enumerate((nf4, pruned, nf4, nf4, pruned, pruned))]
    assert len({session.keys.of(point, suites[0]) for point in points}) == 6
    alone = Session(spec_of(checkpoint, greedy_suite, directions=(MatchedNoise(move="nf4", seed=1),)).frame)
    assert alone.keys.of(Point(0, nf4), suites[0]) == session.keys.of(Point(3, nf4), suites[0])
    here, there = (one.measure(p, suites)["greedy"] for one, p in ((alone, Point(0, nf4)), (session, Point(3, nf4))))
    assert here.losses.tolist() == there.losses.tolist()


def test_noise_is_confined_as_its_move_is_and_moves_bfloat16_weights(tmp_path: Path, greedy_suite: Path) -> None:
    folder = save(tmp_path / "half", make_model(width=64).to(torch.bfloat16))
    spec = spec_of(folder, greedy_suite, "int4", "bfloat16", only=("*.mlp.*",))
    session, suites = Session(spec.frame), load_capabilities(spec)
    facts = gather_facts(session, spec, suites)
    alpha, rest = facts.alpha_of["move int4"], facts.alpha_of["move bfloat16"]
    assert session.measure(Point(2, alpha), suites)["greedy"].realised_alpha == pytest.approx(alpha, rel=0.03)
    assert rest == 0
    assert {point.direction for point, _ in next_step(spec, facts, {}).points if point.alpha > 0} == {0, 2, 3}


def test_noise_is_no_random_direction_of_a_basin(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    noise = MatchedNoise(move="int4", seed=3)
    assert seed_of(noise) is None
    assert describe_direction(noise) == "noise 3 matched to int4, per output channel"
    store = Store(str(tmp_path / "s.sqlite"))
    draws = (Gaussian(seed=0), Gaussian(seed=1))
    found = []
    for directions in (draws, (*draws, noise, noise.model_copy(update={"seed": 4}))):
        spec = BasinSpec(checkpoint=str(checkpoint), directions=directions, capabilities=(str(own_answers),), reach=0.2)
        run_id = store.submit(spec)
        work(store, run_id=run_id)
        found.append(basins_of(store.result(run_id))[0])
    assert found[0].radius == found[1].radius
    assert [ray.random for ray in found[1].rays] == [True, True, False, False]
    assert len(known_curves(store, spec)["own"]) == 2


def uneven() -> torch.nn.Module:
    """A model in which one matrix is a hundred times as large as the others, and what it computes is not used."""
    model = make_model()
    attention = model.model.layers[1].self_attn
    attention.v_proj.weight.data *= 100
    attention.o_proj.weight.data.zero_()
    return model


def test_where_noise_lies_unevenly_the_matched_one_is_right_and_the_isotropic_one_is_wrong(tmp_path: Path) -> None:
    model, tokenizer = uneven(), make_tokenizer()
    folder = save(tmp_path / "uneven", model)
    lines = []
    for index in range(64):
        ids = tokenizer(TEXT[index % len(TEXT)][: 3 + index // 4])["input_ids"]
        token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
        prompt = tokenizer.decode(ids, skip_special_tokens=True)
        answer = tokenizer.decode([*ids, token], skip_special_tokens=True)[len(prompt) :]
        if answer.strip() and tokenizer(prompt + answer)["input_ids"] == [*ids, token]:
            lines.append({"prompt": prompt, "answer": answer})
    assert len(lines) > 20
    suite = tmp_path / "own.jsonl"
    suite.write_text("\n".join(map(json.dumps, lines)))
    store = Store(str(tmp_path / "s.sqlite"))
    spec = spec_of(folder, suite, "int8", draws=3)
    draws = tuple(Gaussian(seed=seed) for seed in range(6))
    search = BasinSpec(
        **spec.frame.model_dump() | {"directions": draws, "capabilities": spec.capabilities, "reach": 0.5}
    )
    results = {}
    for one in (spec, search):
        run_id = store.submit(one)
        work(store, run_id=run_id)
        results[one.kind] = store.result(run_id)
    radius = basins_of(results["basin"])[0].radius
    assert radius is not None
    found = survivals_of(results["slice"], {"own": radius}, curves=known_curves(store, spec))
    (survival,) = found
    assert survival.kept is True
    assert survival.predicted is True
    assert survival.isotropic_kept is False
    errors = errors_of(found)
    assert errors is not None
    assert errors.isotropic is not None
    assert errors.matched < 0.05 < 0.2 < errors.isotropic
    assert survival_finding(found) == (
        "Noise of the same size in each tensor foretold rightly what survives int8. Mean absolute error over 1 score: "
        f"{errors.matched:.3f} predicted by matched noise, {errors.isotropic:.3f} by isotropic noise of the same α."
    )
