"""Ways to checkpoints that are not quite points of θ₀'s weight space: added tokens, heads tied in one only."""

import json
import warnings
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from torch import Tensor, nn

from landscape.capabilities import examples as capability_examples
from landscape.capabilities.examples import load
from landscape.checkpoints import compatibility, files, models, parameters
from landscape.engine.direction_cache import DirectionCache
from landscape.engine.frame_directions import origin_of
from landscape.engine.session import Session
from landscape.runs import worker
from landscape.runs.paths import directions_of
from landscape.schema.directions import Direction, Gaussian, Towards, Worst
from landscape.schema.frames import Frame
from landscape.schema.points import Point
from landscape.schema.results import Result
from landscape.schema.specs import CertificateSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.store.store import Store
from tests.conftest import make_gpt2, make_model, make_tokenizer, save

IDS = torch.tensor([[1, 40, 41, 42, 43]])
EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"


def moved(model: nn.Module, by: float = 0.01) -> nn.Module:
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in model.parameters():
            weight += by * torch.randn_like(weight)
    return model


def grown(folder: Path, rows: int = 330, **options: bool) -> Path:
    """A fine-tune with more rows than its base, and two added tokens."""
    model = moved(make_model(**options))
    model.resize_token_embeddings(rows, mean_resizing=False)
    model.save_pretrained(folder)
    tokenizer = make_tokenizer()
    tokenizer.add_tokens(["<|user|>", "<|model|>"], special_tokens=True)
    tokenizer.save_pretrained(folder)
    return folder


def frame(origin: Path, *others: Path, **fields: object) -> Frame:
    towards: list[Direction] = [Towards(checkpoint=str(other)) for other in others]
    return Frame(checkpoint=str(origin), directions=(*towards, Gaussian(seed=0)), device="cpu", **fields)


def logits(model: nn.Module) -> Tensor:
    with torch.inference_mode():
        return model(IDS).logits


def at_end(session: Session, index: int = 0) -> Tensor:
    """Logits where a way ends."""
    line = session.directions[index]
    with session.mover.at([(line, line.alpha)]):
        return logits(session.loaded.model)


@pytest.mark.parametrize("make", [make_model, make_gpt2], ids=["Llama", "GPT-2"])
def test_a_head_that_only_the_fine_tune_has_apart_moves_in_an_untied_copy(make: type, tmp_path: Path) -> None:
    base, model = save(tmp_path / "base", make()), make()
    model.config.tie_word_embeddings = False
    model.lm_head.weight = nn.Parameter(model.lm_head.weight.detach().clone())
    untied = save(tmp_path / "untied", moved(model))
    session = Session(frame(base, untied))
    assert torch.equal(logits(session.loaded.model), logits(models.load_model(str(base)))), "the copy computes the same"
    assert torch.equal(at_end(session), logits(models.load_model(str(untied))))
    assert sum(w.numel() for w in session.weights.values()) == sum(p.numel() for p in model.parameters())
    assert session.directions.remarks == [
        "lm_head.weight is tied in base only: it moves on its own, from a copy of base"
    ]


def test_a_head_that_only_the_fine_tune_ties_moves_to_its_embedding(tmp_path: Path) -> None:
    base, tied = save(tmp_path / "base", make_model(tied=False)), save(tmp_path / "tied", moved(make_model()))
    session = Session(frame(base, tied))
    assert torch.equal(at_end(session), logits(models.load_model(str(tied))))
    assert (session.loaded.untied, session.directions.remarks) == ((), [])


def test_a_saved_head_of_an_adapter_on_a_tied_base_is_not_forgotten(checkpoint: Path, tmp_path: Path) -> None:
    config = LoraConfig(r=2, target_modules=["q_proj"], modules_to_save=["lm_head"], init_lora_weights=False)
    with warnings.catch_warnings(action="ignore"):  # peft on ties
        adapted = get_peft_model(make_model(), config)
        moved(adapted)
        adapted.save_pretrained(tmp_path / "adapter")
    name = f"{tmp_path / 'adapter'}+{checkpoint}"
    directions = (Towards(checkpoint=name),)
    session = Session(Frame(checkpoint=str(checkpoint), directions=directions, device="cpu"))
    assert session.loaded.untied == (HEAD,)
    assert torch.equal(at_end(session), logits(models.load_model(name)))


def test_ways_to_a_tied_and_to_an_untied_fine_tune_lie_in_one_space(checkpoint: Path, tmp_path: Path) -> None:
    tied = save(tmp_path / "tied", moved(make_model()))
    untied = save(tmp_path / "untied", moved(make_model(tied=False)))
    session = Session(frame(checkpoint, tied, untied))
    for index, end in enumerate((tied, untied)):
        assert torch.equal(at_end(session, index), logits(models.load_model(str(end))))


@pytest.mark.parametrize("tied", [True, False])
def test_added_rows_are_left_out_and_that_is_said(tied: bool, tmp_path: Path) -> None:
    base, more = save(tmp_path / "base", make_model(tied=tied)), grown(tmp_path / "more", tied=tied)
    session = Session(frame(base, more))
    over = models.load_model(str(more)).state_dict()
    expected = models.load_model(str(base))
    expected.load_state_dict({n: over[n][: len(w)] for n, w in expected.state_dict().items()})
    assert torch.equal(at_end(session), logits(expected))
    assert session.directions.added_rows == {str(more): dict.fromkeys([EMBEDDING] if tied else [EMBEDDING, HEAD], 10)}
    assert session.directions.remarks == [
        "the line to more ends at the rows that both have: 10 rows of the vocabulary that only it has are left out",
        "2 tokens are only in the tokenizer of more: on the line to it, prompts are read with that of base",
    ]


def test_rows_that_the_other_lacks_stay_as_they_are(checkpoint: Path, tmp_path: Path) -> None:
    more = grown(tmp_path / "more")
    session = Session(frame(more, checkpoint))
    line = session.directions[0]
    with session.mover.at([(line, line.alpha)]):
        assert torch.equal(session.weights[EMBEDDING][:320], models.load_model(str(checkpoint)).state_dict()[EMBEDDING])
        assert torch.equal(session.weights[EMBEDDING][320:], session.mover.origin[EMBEDDING][320:])
    assert session.directions.added_rows == {str(checkpoint): {EMBEDDING: -10}}
    assert "10 rows of the vocabulary that it lacks stay as more has them" in session.directions.remarks[0]


def test_a_way_that_ends_where_the_fine_tune_is_rounded_says_so(
    checkpoint: Path, finetuned: Path, tmp_path: Path
) -> None:
    coarse = save(tmp_path / "coarse", make_model().bfloat16())
    (said,) = Session(frame(coarse, finetuned)).directions.remarks
    assert said == "tiny-tuned is stored in float32: the line to it ends where it is rounded to bfloat16"
    assert Session(frame(finetuned, coarse)).directions.remarks == []
    assert Session(frame(checkpoint, finetuned)).directions.remarks == []


def test_points_of_the_untied_copy_are_points_of_their_own_and_the_origin_is_not(
    checkpoint: Path, finetuned: Path, own_answers: Path, tmp_path: Path
) -> None:
    untied = save(tmp_path / "untied", moved(make_model(tied=False)))
    one, other = Session(frame(checkpoint, finetuned)), Session(frame(checkpoint, untied))
    suite = load(str(own_answers))
    assert one.keys.of(Point(0, 0.0), suite) == other.keys.of(Point(0, 0.0), suite)
    assert one.keys.of(Point(1, 0.1), suite) != other.keys.of(Point(1, 0.1), suite)  # along the same random direction


def test_a_model_that_was_untied_for_one_frame_is_tied_again_in_the_next(checkpoint: Path, tmp_path: Path) -> None:
    untied, pool = save(tmp_path / "untied", moved(make_model(tied=False))), models.Pool()
    assert HEAD in Session(frame(checkpoint, untied), pool).weights
    assert HEAD not in Session(frame(checkpoint), pool).weights
    assert origin_of(frame(checkpoint, untied, adapter=False), pool).untied == (HEAD,)


def test_what_needs_an_exact_point_refuses_in_one_line(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    more, store = grown(tmp_path / "more"), Store(str(tmp_path / "s.sqlite"))
    aimed = {"checkpoint": str(checkpoint), "capabilities": (str(own_answers),), "device": "cpu"}
    directions = (Gaussian(seed=0), Towards(checkpoint=str(more)))
    for spec in (
        PlaneSpec(**aimed, directions=directions, x=(-0.1, 0.1), y=(-0.1, 0.1)),
        CertificateSpec(**aimed, directions=directions, sigmas=(0.01,), trials=10),
    ):
        with pytest.raises(ValueError, match=r"no point of .* weight space: vocabulary size: 320 against 330"):
            worker.work(store, run_id=store.submit(spec))
        with pytest.raises(ValueError, match="no point of"):
            compatibility.require_fit(spec)
    shown = PlaneSpec(
        **aimed, directions=(Gaussian(seed=0), Gaussian(seed=1)), x=(-1, 1), y=(-1, 1), shown=(str(more),)
    )
    with pytest.raises(ValueError, match="no point of"):
        compatibility.require_fit(shown)


def test_a_worst_direction_is_searched_where_the_ways_lead(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    untied, store = save(tmp_path / "untied", moved(make_model(tied=False))), Store(str(tmp_path / "s.sqlite"))
    spec = WorstSpec(
        checkpoint=str(checkpoint),
        directions=(Towards(checkpoint=str(untied)), Worst(capabilities=(str(own_answers),), steps=1, restarts=1)),
        capabilities=(str(own_answers),),
        reach=0.02,
        device="cpu",
        limit=16,
    )
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    session = Session(spec.frame, cache=DirectionCache(directions_of(store)))
    assert session.directions[1].tensors.keys() == session.weights.keys() >= {EMBEDDING, HEAD}
    suite = capability_examples.load(str(own_answers), limit=16)
    remarks = store.result(run_id).facts.remarks  # type: ignore[union-attr]
    repeated = remarks[len(session.directions.remarks) :]
    assert remarks == [*session.directions.remarks, *repeated]
    assert len(repeated) == (len(set(capability_examples.requests_of(suite))) < len(suite.examples))


def test_a_slice_holds_and_exports_the_note(checkpoint: Path, own_answers: Path, tmp_path: Path) -> None:
    more, store = grown(tmp_path / "more"), Store(str(tmp_path / "s.sqlite"))
    spec = SliceSpec(
        checkpoint=str(checkpoint),
        directions=(Towards(checkpoint=str(more)),),
        alphas=(0.0,),
        capabilities=(str(own_answers),),
        device="cpu",
    )
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    result = store.result(run_id)
    exported = json.loads(result.to_json())
    assert exported["added_rows"] == {str(more): {EMBEDDING: 10}}
    assert "10 rows of the vocabulary that only it has are left out" in exported["remarks"][0]
    result.save(tmp_path / "saved.json")
    assert Result.load(tmp_path / "saved.json").facts == result.facts


@pytest.mark.parametrize("more", [{"modules_to_save": ["norm"]}, {"target_modules": ["q_proj", "embed_tokens"]}])
def test_a_base_is_no_point_among_the_a_and_b_of_an_adapter_that_holds_more(
    more: dict[str, list[str]], checkpoint: Path, tmp_path: Path
) -> None:
    with warnings.catch_warnings(action="ignore"):  # peft on ties
        config = LoraConfig(**{"r": 2, "target_modules": ["q_proj"], "init_lora_weights": False} | more)
        get_peft_model(make_model(), config).save_pretrained(tmp_path / "adapter")
    name = f"{tmp_path / 'adapter'}+{checkpoint}"
    towards = Frame(checkpoint=str(checkpoint), directions=(Towards(checkpoint=name),), device="cpu", adapter=True)
    with pytest.raises(ValueError, match="beside A and B, so that .* is no point among its A and B"):
        Session(towards)
    with warnings.catch_warnings(action="ignore"):
        session = Session(Frame(checkpoint=name, directions=(Gaussian(seed=0),), device="cpu", adapter=True))
    saved = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert parameters.count(session.weights) == sum(w.numel() for key, w in saved.items() if files.is_factor(key))
