"""Adapters that put virtual tokens before every prompt, against peft on the same files."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from peft import PeftConfig

from landscape.capabilities.encoding import GenerationRequest
from landscape.capabilities.examples import load as load_capability
from landscape.capabilities.reading.passes import Passes
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import compatibility, models, parameters
from landscape.checkpoints.comparison import compare
from landscape.schema.specs import ComparisonSpec
from tests.checkpoints.adapters.made import IDS, base_of, by_peft, edited, logits, make, renamed
from tests.conftest import make_gpt2, make_model, save

TASK: dict[str, Any] = {"task_type": "CAUSAL_LM"}
KINDS: dict[str, Callable[[], PeftConfig]] = {
    "prompt tuning": lambda: peft.PromptTuningConfig(num_virtual_tokens=4, **TASK),
    "P-tuning": lambda: peft.PromptEncoderConfig(num_virtual_tokens=4, encoder_hidden_size=16, **TASK),
    "prefix tuning": lambda: peft.PrefixTuningConfig(num_virtual_tokens=4, **TASK),
    "CPT": lambda: peft.CPTConfig(cpt_token_ids=[5, 6, 7], cpt_mask=[1, 1, 1], cpt_tokens_type_mask=[1, 2, 3], **TASK),
}


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = make_model() if request.param == "llama" else make_gpt2()
    return save(tmp_path_factory.mktemp(request.param) / "base", model)


@pytest.mark.parametrize("kind", KINDS)
def test_it_scores_and_writes_what_peft_does(kind: str, base: Path, tmp_path: Path) -> None:
    adapter = make(tmp_path / "adapter", KINDS[kind](), base)
    peft_model, loaded = by_peft(base, adapter), models.load(str(adapter), device="cpu")
    right, tokens = logits(peft_model), peft_model.active_peft_config.num_virtual_tokens
    torch.testing.assert_close(logits(loaded.model), right)
    assert (right - logits(base_of(base))).abs().max() > 0.01
    with torch.no_grad():
        kept = loaded.model(input_ids=IDS, use_cache=False, logits_to_keep=torch.tensor([3, 6])).logits
        last = loaded.model(input_ids=IDS, use_cache=False, logits_to_keep=1).logits
    torch.testing.assert_close(torch.cat([kept, last], 1), right[:, [3, 6, 7]])
    scorer = Scorer(loaded.model, loaded.tokenizer)
    assert scorer.context == 64 - tokens
    for model in (by_peft(base, adapter), loaded.model):
        with torch.no_grad():
            found = Passes(model).logits(IDS.tolist(), [0, 0], [3, 6])
        torch.testing.assert_close(found, kept[0])
    prompts = [[1, 5, 6], [1, 7, 30, 40, 50, 60], [1, 9]]
    written = scorer.generate_batches([GenerationRequest(i, ids, 5) for i, ids in enumerate(prompts)])
    for index, ids in enumerate(prompts):
        alone = torch.tensor([ids])
        told = {"attention_mask": torch.ones_like(alone), "max_new_tokens": 5, "do_sample": False, "pad_token_id": 2}
        with warnings.catch_warnings(action="ignore"):  # peft leaves out the positions that generation counts
            text = peft_model.generate(input_ids=alone, **told)[0, len(ids) :]
        assert written[index] == loaded.tokenizer.decode(text, skip_special_tokens=True)


def test_a_capability_is_scored_where_its_losses_are_those_of_peft(base: Path, tmp_path: Path) -> None:
    adapter = make(tmp_path / "adapter", KINDS["prompt tuning"](), base)
    loaded, suite = models.load(str(adapter), device="cpu"), load_capability("basic", 4)
    losses = Scorer(loaded.model, loaded.tokenizer).score(suite).losses
    for example, loss in zip(suite.examples, losses, strict=True):
        ids = loaded.tokenizer(example.prompt + str(example.answer), return_tensors="pt")["input_ids"]
        start = len(loaded.tokenizer(example.prompt)["input_ids"])
        chances = logits(by_peft(base, adapter), ids)[0].log_softmax(-1)
        each = [-float(chances[place - 1, ids[0, place]]) for place in range(start, ids.shape[1])]
        assert float(loss) == pytest.approx(sum(each) / len(each), rel=1e-4)


def test_its_weights_keep_their_names_and_it_is_no_point_of_the_weight_space(base: Path, tmp_path: Path) -> None:
    adapter = make(tmp_path / "adapter", KINDS["prompt tuning"](), base)
    names = set(parameters.select(models.load_model(str(adapter), device="cpu")))
    assert names - set(parameters.select(base_of(base))) == {"prompt_encoder.default.embedding.weight"}
    with pytest.raises(ValueError, match=r"virtual tokens in front of every prompt \(PROMPT_TUNING\)"):
        compare(ComparisonSpec(checkpoint=str(base), other=str(adapter)))
    with pytest.raises(ValueError, match="virtual tokens"):
        compatibility.require_match(str(adapter), str(base))
    assert compatibility.mismatches(str(adapter), str(adapter)) == []


def test_what_peft_would_leave_out_is_refused(base: Path, tmp_path: Path) -> None:
    adapter = make(tmp_path / "adapter", KINDS["prompt tuning"](), base)
    with pytest.raises(ValueError, match="of the task None: expected CAUSAL_LM"):
        models.load_model(str(edited(adapter, task_type=None)))
    with pytest.raises(ValueError, match="other shapes"):
        models.load_model(str(edited(adapter, task_type="CAUSAL_LM", num_virtual_tokens=5)))
    renamed(edited(adapter, num_virtual_tokens=4), lambda name: f"module.{name}")
    with pytest.raises(ValueError, match=r"prompt_embeddings"):
        models.load_model(str(adapter))
