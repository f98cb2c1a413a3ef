"""The distance of two prompts in the embedding."""

import json
from pathlib import Path

import pytest

from landscape.certificates.token_swap import embedding_distance
from landscape.checkpoints.models import Pool, load
from landscape.runs import worker
from landscape.schema.specs import SwapSpec
from landscape.store.store import Store


def test_the_distance_is_that_of_the_swapped_rows(checkpoint: Path, tmp_path: Path) -> None:
    spec = SwapSpec(checkpoint=str(checkpoint), prompt="2 + 2 =", other="2 + 3 =", device="cpu")
    loaded = load(str(checkpoint), device="cpu")
    rows = loaded.model.get_input_embeddings().weight  # type: ignore[operator]
    one, other = (loaded.tokenizer(text)["input_ids"] for text in (spec.prompt, spec.other))
    found = embedding_distance(spec, Pool())
    expected = sum(float((rows[a] - rows[b]).square().sum()) for a, b in zip(one, other, strict=True)) ** 0.5
    assert found["radius"] == pytest.approx(expected, rel=1e-6)
    assert found["swapped"] == [[" 2", " 3"]]
    store = Store(str(tmp_path / "s.sqlite"))
    run_id = store.submit(spec)
    worker.work(store, run_id=run_id)
    assert store.artifact(run_id) == json.loads(json.dumps(found))


def test_prompts_of_other_lengths_have_no_distance(checkpoint: Path) -> None:
    spec = SwapSpec(checkpoint=str(checkpoint), prompt="A cat", other="A cat says meow", device="cpu")
    with pytest.raises(ValueError, match=r"expected prompts of equal length in tokens, got \d and \d"):
        embedding_distance(spec, Pool())
