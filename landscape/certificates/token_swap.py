"""How far a prompt moves in the embedding when some of its tokens are swapped for others."""

import math
from typing import Any

from landscape.checkpoints import models
from landscape.schema.specs import SwapSpec


def embedding_distance(spec: SwapSpec, pool: models.Pool) -> dict[str, Any]:
    """Compare two prompts: their distance `radius` = √Σᵢ‖W(eᵢ − eᵢ′)‖², the `swapped` pairs, the number of `tokens`.

    Raises:
        ValueError: the prompts differ in their number of tokens.
    """
    loaded: Any = pool.get(spec.checkpoint, dtype="auto", device=spec.device)
    one, other = (loaded.tokenizer(text)["input_ids"] for text in (spec.prompt, spec.other))
    if len(one) != len(other):
        raise ValueError(f"expected prompts of equal length in tokens, got {len(one)} and {len(other)}")
    rows = loaded.model.get_input_embeddings().weight
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    squares = sum(float((rows[a].double() - rows[b].double()).square().sum()) for a, b in pairs)
    named = [[loaded.tokenizer.decode([token]) for token in pair] for pair in pairs]
    return {"radius": math.sqrt(squares), "swapped": named, "tokens": len(one)}
