"""Training of small models on generated text: resumable, and the same whether or not it was interrupted."""

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from landscape.demo.corpus import BASE, Mixture, texts

START = "<|text|>"  # begins every text, and so also ends the one before it
VOCABULARY = 768
CONTEXT = 256
ROW = 128  # tokens of one training row: several texts, one after another
SAVE_EVERY = 100  # updates


@dataclass(frozen=True)
class Stage:
    """One training: what it reads, for how long, how fast. `warmup` updates rise to `rate`, then a cosine falls."""

    name: str
    mixture: Mixture
    updates: int
    rate: float
    rows: int = 32  # a batch
    warmup: int = 20
    decay: float = 0.1


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE on the base's corpus; digits stand alone, so that sums can be learnt."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[START],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(BASE, Random("tokenizer"), 20_000), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{START} $A", special_tokens=[(START, 0)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=START, eos_token=START, pad_token=START)


def build_model(seed: int) -> LlamaForCausalLM:
    """A Llama of 1.1 M parameters with a tied head, freshly initialised."""
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=160,
        intermediate_size=480,
        num_hidden_layers=3,
        num_attention_heads=5,
        num_key_value_heads=5,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LlamaForCausalLM(config)


def batch(stage: Stage, update: int, tokenizer: PreTrainedTokenizerFast) -> Tensor:
    """Token rows (rows, ROW) of one update: a function of the stage's name and the update alone."""
    rng, stream = Random(f"{stage.name}:{update}"), []
    while len(stream) < stage.rows * ROW:
        stream += [i for ids in tokenizer(texts(stage.mixture, rng, 4 * stage.rows))["input_ids"] for i in ids]
    return torch.tensor(stream[: stage.rows * ROW]).view(stage.rows, ROW)


def train(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, stage: Stage, state: Path, keep: Callable[[int], None]
) -> Iterator[float]:
    """Train in place, yielding the loss (nats per token) of every update.

    `state` is where the training stands: found, it is gone on from, and removed at the end. `keep(update)`
    is called after every update, before the state is saved: snapshots are written there.
    """
    weights = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=stage.rate, betas=(0.9, 0.95), weight_decay=stage.decay)
    done = _load(state, model, optimiser)
    model.train()
    for update in range(done, stage.updates):
        for group in optimiser.param_groups:
            group["lr"] = _rate(stage, update)
        ids = batch(stage, update, tokenizer)
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        keep(update + 1)
        if (update + 1) % SAVE_EVERY == 0:
            _save(state, model, optimiser, update + 1)
        yield float(loss.detach())
    model.eval()


def _rate(stage: Stage, update: int) -> float:
    if update < stage.warmup:
        return stage.rate * (update + 1) / stage.warmup
    through = (update - stage.warmup) / max(1, stage.updates - stage.warmup)
    return stage.rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * through)))


def _save(path: Path, model: PreTrainedModel, optimiser: torch.optim.Optimizer, done: int) -> None:
    """Written aside and renamed, so that a kill leaves the old state or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "done": done}, aside)
    os.replace(aside, path)


def _load(path: Path, model: PreTrainedModel, optimiser: torch.optim.Optimizer) -> int:
    if not path.is_file():
        return 0
    saved = torch.load(path, weights_only=True)
    model.load_state_dict(saved["model"])
    optimiser.load_state_dict(saved["optimiser"])
    return int(saved["done"])
