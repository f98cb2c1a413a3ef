"""What a model says to chosen examples of a capability: the whole greedy text, or the option that it prefers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from landscape.capabilities.encoding import Encoded, GenerationRequest, TeacherForced
from landscape.capabilities.examples import Capability
from landscape.capabilities.scoring import Scorer
from landscape.schema.specs import digest

Response = dict[str, Any]  # {"text": str}, {"option": index of a choice}, or {"lacking": why there is neither}
NOT_FINITE, TOO_LONG = "not finite", "too long"
BATCH = 32  # examples between two reports
LEAST_NEW_TOKENS = 16  # of the text beside a short reference: enough to see what was said instead


@torch.inference_mode()
def respond(
    scorer: Scorer, capability: Capability, wanted: Sequence[int], report: Callable[[dict[int, Response]], None]
) -> dict[int, Response]:
    """Return what the model says to the examples with indices in `wanted`, in that order, by index.

    Texts are the greedy ones by which an example is judged, to their end. `report` is called with what is known so far.
    """
    found: dict[int, Response] = {}
    for first in range(0, len(wanted), BATCH):
        found |= _respond(scorer, capability, list(wanted[first : first + BATCH]))
        report(found)
    return found


def _respond(scorer: Scorer, capability: Capability, wanted: list[int]) -> dict[int, Response]:
    encoded, known_as = scorer.encode(capability), dict(enumerate(wanted))
    if capability.benchmark is None:  # only these: a file may hold many more
        chosen = tuple(capability.examples[index] for index in wanted)
        content = digest([capability.digest, "responses", wanted])
        encoded = scorer.encode(replace(capability, examples=chosen, digest=content, whole=()))
    else:
        known_as = {index: index for index in wanted}
    options, requests = _asked(encoded, set(known_as), scorer.context)
    found: dict[int, Response] = {}
    answers = [answer for each in options.values() for answer in each]
    scores = iter(scorer.score_batches(answers, (encoded.capability.digest, "responses", tuple(wanted))))
    for index, each in options.items():
        nlls = [(score.nll, score.tokens) for score in (next(scores) for _ in each)]
        found[index] = _preferred(encoded.capability, index, nlls)
    for index, text in scorer.generate_batches(requests).items():
        found[index] = {"lacking": NOT_FINITE} if text is None else {"text": text}
    return {known_as[index]: found.get(index, {"lacking": TOO_LONG}) for index in known_as}


def _asked(
    encoded: Encoded, chosen: set[int], context: int
) -> tuple[dict[int, list[TeacherForced]], list[GenerationRequest]]:
    """Return the options of each choice, and the prompts of texts."""
    written = {request.example: request for request in encoded.generated if request.example in chosen}
    options: dict[int, list[TeacherForced]] = {}
    for answer in encoded.teacher_forced:
        if answer.example in chosen and answer.example not in written:
            options.setdefault(answer.example, []).append(answer)
    for index in [index for index, each in options.items() if len(each) == 1]:
        (answer,) = options.pop(index)
        new = max(len(answer.ids) - answer.start, LEAST_NEW_TOKENS)
        written[index] = GenerationRequest(index, answer.ids[: answer.start], min(new, context - answer.start))
    return options, list(written.values())


def _preferred(capability: Capability, index: int, nlls: Sequence[tuple[float, int]]) -> Response:
    """Return the option that the judgement of the example takes for the model's: by the mean NLL of its tokens.

    lm-eval goes by the sum, or by the sum over letters.
    """
    values = [nll for nll, _ in nlls]
    if capability.benchmark is not None:
        document = capability.benchmark.documents[index]
        letters = [len(choice) for choice in document.choices or ()]
        by_length = document.metric == "acc_norm" and len(letters) == len(nlls)
        values = [nll * tokens / (letters[i] if by_length else 1) for i, (nll, tokens) in enumerate(nlls)]
    if not all(map(math.isfinite, values)):
        return {"lacking": NOT_FINITE}
    return {"option": values.index(min(values))}
