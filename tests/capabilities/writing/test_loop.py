"""The texts of the loop, token by token, against `model.generate` of transformers, one prompt at a time."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from landscape.capabilities.encoding import GenerationRequest
from landscape.capabilities.generation import Generator, never
from landscape.capabilities.scoring import Scorer
from landscape.capabilities.writing import loop
from landscape.capabilities.writing.drafts import Acceptance
from landscape.capabilities.writing.loop import Loop
from landscape.capabilities.writing.rows import Row
from tests.capabilities.reading.architectures import BY_LENGTH, CACHED, RECURRENT, made
from tests.conftest import TEXT, make_model, make_tokenizer

END = 2
LENGTHS = ((3, 16), (19, 1), (11, 16), (30, 9), (1, 12))  # tokens of prompts, most of their texts


def requests_of(lengths: Sequence[tuple[int, int]] = LENGTHS) -> list[GenerationRequest]:
    drawn = random.Random(0)
    prompts = [[drawn.randrange(5, 300) for _ in range(length)] for length, _ in lengths]
    return [GenerationRequest(i, ids, new) for i, (ids, (_, new)) in enumerate(zip(prompts, lengths, strict=True))]


def by_transformers(model: torch.nn.Module, request: GenerationRequest, ends: Sequence[int]) -> list[int]:
    """The tokens that `generate` writes after one prompt, with the end if there is one."""
    ids = torch.tensor([request.ids])
    written = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=request.max_new_tokens, do_sample=False,
        eos_token_id=list(ends) or None, pad_token_id=END,
    )[0, len(request.ids) :].tolist()  # fmt: skip
    return written[: next((i + 1 for i, token in enumerate(written) if token in ends), len(written))]


def drafts_of(expected: Sequence[list[int]]) -> dict[str, list[list[tuple[int, ...]]]]:
    """By what is drafted: of each row its drafts."""
    other = [tuple(9 if place % 5 == 3 else token for place, token in enumerate(ids)) for ids in expected]
    return {
        "nothing": [[] for _ in expected],
        "what is written": [[tuple(ids)] for ids in expected],
        "and goes on": [[(*ids, 7, 8, 9)] for ids in expected],
        "every fifth token another": [[one] for one in other],
        "some rows alone": [[tuple(ids)] if row % 2 else [] for row, ids in enumerate(expected)],
        "another, then what is written": [[one, tuple(ids)] for one, ids in zip(other, expected, strict=True)],
        "a token too many": [[(9, *ids)] for ids in expected],
    }


@pytest.mark.parametrize("name", CACHED)
def test_a_batch_writes_what_transformers_writes_alone_whatever_is_drafted(name: str) -> None:
    model = made(name)
    requests = requests_of()
    expected = [by_transformers(model, request, [END]) for request in requests]
    generator = Scorer(model, make_tokenizer()).generator
    assert generator.loop_is_exact(requests), generator.why_slow
    for said, drafts in drafts_of(expected).items():
        rows = [Row(request, draft) for request, draft in zip(requests, drafts, strict=True)]
        accepted = Acceptance(0.0)  # all drafts are read: nothing says yet that they do not pay
        Loop(generator.passes, [END], never).write(rows, accepted)
        assert [row.ids for row in rows] == expected, said
        assert (accepted.kept > 0) == (said not in ("nothing", "some rows alone", "a token too many")), said


@pytest.mark.parametrize("name", [*RECURRENT, *BY_LENGTH])
def test_what_goes_on_from_no_keys_and_values_is_written_by_transformers(name: str) -> None:
    model, requests = made(name), [replace(request, max_new_tokens=6) for request in requests_of()]
    scorer = Scorer(model, make_tokenizer())
    texts = [scorer.generator.texts([request]) for request in requests]
    assert scorer.generator.why_slow
    for request, (text,) in zip(requests, texts, strict=True):
        written = by_transformers(model, request, scorer.generator.ends)
        assert text == scorer.tokenizer.decode(written, skip_special_tokens=True)


def test_half_precision_is_written_by_transformers() -> None:
    model = made("Llama").to(torch.bfloat16)
    scorer = Scorer(model, make_tokenizer())
    requests = requests_of()[:2]
    scorer.place = {}
    first, again = (scorer.generate_batches(requests) for _ in range(2))
    assert first == again
    assert "half precision" in scorer.generator.why_slow


def passes_of(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The (rows, tokens) of each pass of the loop from now on."""
    seen: list[tuple[int, int]] = []
    read = loop.Loop._likeliest

    def spy(self: Loop, cache: object, part: slice, inputs: Sequence[list[int]], drafted: object) -> object:
        seen.append((len(inputs), max(map(len, inputs))))
        return read(self, cache, part, inputs, drafted)

    monkeypatch.setattr(loop.Loop, "_likeliest", spy)
    return seen


def generator_of(**options: bool) -> Generator:
    generator = Scorer(make_model(**options), make_tokenizer()).generator
    assert generator.loop_is_exact(requests_of())
    return generator


def test_a_row_that_has_ended_leaves_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    generator, seen = generator_of(), passes_of(monkeypatch)
    lengths = [2, 9, 5]
    rows = [Row(GenerationRequest(i, [5, 6 + i, 7], new)) for i, new in enumerate(lengths)]
    Loop(generator.passes, [], never).write(rows, Acceptance(0.5))
    assert [len(row.ids) for row in rows] == lengths
    assert [count for count, _ in seen] == [sum(new > step for new in lengths) for step in range(9)]


def test_an_end_in_the_middle_of_a_draft_ends_the_text_there(monkeypatch: pytest.MonkeyPatch) -> None:
    generator, requests = generator_of(), requests_of()
    whole = [by_transformers(generator.model, request, []) for request in requests]
    end = whole[2][4]
    seen = passes_of(monkeypatch)
    rows = [Row(request, [tuple(ids)]) for request, ids in zip(requests, whole, strict=True)]
    Loop(generator.passes, [end], never).write(rows, Acceptance(0.0))
    cut = [ids[: ids.index(end) + 1] if end in ids else ids for ids in whole]
    assert [row.ids for row in rows] == cut
    assert len(seen) == 1, "all prompts and drafts are read in one pass"


def test_what_all_prompts_begin_with_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = generator_of()
    header = [5 + i for i in range(12)]
    requests = [GenerationRequest(i, [*header, 40 + i, 50][: 14 - i % 2], 6) for i in range(3)]
    expected = [by_transformers(generator.model, request, []) for request in requests]
    read, whole = generator.passes.logits, []
    monkeypatch.setattr(
        generator.passes, "logits", lambda batch, *rest: whole.append(sum(map(len, batch))) or read(batch, *rest)
    )
    rows = [Row(request) for request in requests]
    Loop(generator.passes, [], never).write(rows, Acceptance(0.5))
    assert [row.ids for row in rows] == expected
    assert whole[:2] == [12, 3 * 2]


@pytest.mark.parametrize("drafted", [False, True])
def test_logits_that_are_not_finite_in_one_row_end_that_row_alone(drafted: bool) -> None:
    sound = make_model(tied=False)
    requests = requests_of()
    whole = [by_transformers(sound, request, []) for request in requests]
    token = next(
        t for t in whole[0][1:] if not any(t in (*r.ids, *ids) for r, ids in zip(requests[1:], whole[1:], strict=True))
    )
    generator = generator_of(tied=False)
    with torch.no_grad():
        generator.model.get_input_embeddings().weight[token] = torch.nan
    rows = [Row(r, [tuple(ids)] if drafted else []) for r, ids in zip(requests, whole, strict=True)]
    Loop(generator.passes, [], never).write(rows, Acceptance(0.0))
    place = whole[0].index(token)
    assert (rows[0].ids, rows[0].failed) == (whole[0][: place + 1], place + 1)
    assert [(row.ids, row.failed) for row in rows[1:]] == [(ids, -1) for ids in whole[1:]]
    beside = torch.tensor([0])
    with torch.no_grad():
        generator.model.get_input_embeddings().weight[beside] = torch.nan  # the padding of batches
    again = [Row(r) for r in requests[1:]]
    Loop(generator.passes, [], never).write(again, Acceptance(0.0))
    assert [row.ids for row in again] == whole[1:]


@pytest.mark.parametrize("long", [False, True])
def test_a_stop_across_tokens_ends_a_text_also_inside_a_draft(long: bool) -> None:
    scorer = Scorer(make_model(), make_tokenizer())
    prompts = [scorer.tokenizer(text[:12])["input_ids"] for text in TEXT]
    scorer.place = {}
    whole = scorer.generate_batches([GenerationRequest(i, ids, 20) for i, ids in enumerate(prompts)])
    span = 3 if long else 2
    stops = {i: text[len(text) // 2 :][:span] or "x" for i, text in whole.items()}
    asked = [GenerationRequest(i, ids, 20, (stops[i], "never")) for i, ids in enumerate(prompts)]
    expected = {i: text.partition(stops[i])[0] for i, text in whole.items()}
    for place in ({}, {0: 1e-9}, None):  # with drafts of the whole texts, of cut ones, and without
        scorer.place = place
        assert scorer.generate_batches(asked) == expected
    assert expected != whole
    assert not scorer.generator.why_slow


def test_a_text_whose_judgement_is_settled_ends_there(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = Scorer(make_model(), make_tokenizer())
    requests = [GenerationRequest(i, scorer.tokenizer(text[:12])["input_ids"], 30) for i, text in enumerate(TEXT)]
    whole = scorer.generate_batches(requests)
    seen = passes_of(monkeypatch)
    told: list[str] = []
    ended = scorer.generate_batches(requests, lambda example, text: told.append(text) or len(text) > 5)
    assert all(
        whole[i].startswith(text) and len(text) < len(whole[i]) for i, text in ended.items() if " " in whole[i][6:20]
    )
    assert all(any(whole[i].startswith(text) for i in whole) for text in told)
    assert max(len(text) for text in told) > 5
    assert sum(rows for rows, _ in seen) < 4 * 30, "of five rows"
