"""The scores of answers, read with as little work as a model allows, and the same as one whole answer at a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from landscape.capabilities.encoding import TeacherForced
from landscape.capabilities.reading.batches import ACCELERATOR, CPU, Costs, Group, best_tree, groups_of
from landscape.capabilities.reading.passes import Passes
from landscape.capabilities.reading.prefixes import Held, Prefixes
from landscape.capabilities.reading.trees import Tree, grow

Wanted = list[list[tuple[int, int, int]]]  # of each read: (place in it, answer, token that is to follow)


_BY_LENGTH = {"dynamic", "longrope"}  # kinds of rotary positions that turn by the length of the longest text


@dataclass(frozen=True)
class AnswerScore:
    """The teacher-forced score of one answer."""

    nll: float  # mean over its tokens
    tokens: int
    greedy: bool  # every token is the argmax

    @property
    def finite(self) -> bool:
        """Whether the logits are: an overflow makes them NaN or infinite."""
        return math.isfinite(self.nll)


class AnswerReader:
    """Reads answers with one model. Prefixes are shared where that is less work and has been seen to change nothing."""

    def __init__(self, model: Any) -> None:
        """Nothing is read yet."""
        self.passes = Passes(model)
        self._costs = CPU if self.passes.device.type == "cpu" else ACCELERATOR
        self._trees: dict[object, tuple[Tree, Wanted]] = {}
        self.equal_up_to = 0  # tokens of the longest answer for which sharing prefixes was seen to change nothing
        self.whole = not is_plain(model)  # whether sharing prefixes is out of the question

    def shares(self, answers: Sequence[TeacherForced], name: object) -> bool:
        """Whether it would pay to read prefixes of these answers once, whether or not the model allows it."""
        return bool(answers) and self._planned(answers, name)[0].shares

    def scores(self, answers: Sequence[TeacherForced], name: object, tokens_per_batch: int) -> list[AnswerScore]:
        """Return the score of each answer, in order. `name`: of these answers, under which their tree is remembered."""
        if not answers:
            return []
        if self.whole or not self.shares(answers, name):
            return self._read(answers, self._planned(answers, name, whole=self.whole), tokens_per_batch)
        longest = max(len(answer.ids) for answer in answers)
        if longest <= self.equal_up_to:
            return self._read(answers, self._planned(answers, name), tokens_per_batch)
        found = self._tried(answers, name, tokens_per_batch)
        if found is None:
            return self._read(answers, self._planned(answers, name, whole=True), tokens_per_batch)
        return found

    def batch_tokens(self, tokens_per_batch: int) -> int:
        """Return the padded tokens of the largest pass."""
        return self._affordable(tokens_per_batch).tokens

    def _tried(self, answers: Sequence[TeacherForced], name: object, tokens_per_batch: int) -> list[AnswerScore] | None:
        """Read with shared prefixes, and some answers whole; None where the two differ, or nothing can be compared."""
        tree, _ = self._planned(answers, name)
        sharing = [i for i, end in enumerate(tree.ends) if tree.reads[end].above is not None]
        sample = [choose(sharing, key=lambda i: len(answers[i].ids)) for choose in (min, max)]
        some = [answers[i] for i in sample]
        whole = self._read(some, _with_wanted(grow([a.ids[:-1] for a in some], math.inf), some), tokens_per_batch)
        try:
            found = self._read(answers, self._planned(answers, name), tokens_per_batch)
        except torch.OutOfMemoryError:
            raise
        except Exception:  # whatever a model raises that was given keys and values it cannot go on from
            self.whole = True
            return None
        pairs = list(zip([found[i] for i in sample], whole, strict=True))
        if not all(one.finite and other.finite for one, other in pairs):
            return None
        if not all(self._equal(one, other) for one, other in pairs):
            self.whole = True
            return None
        self.equal_up_to = max(len(answer.ids) for answer in answers)
        return found

    def _equal(self, one: AnswerScore, other: AnswerScore) -> bool:
        """Whether scores differ by rounding alone: 1e-5 in single precision, and outcomes where they do not round."""
        exact = next(self.passes.model.parameters()).dtype == torch.float32
        near = abs(one.nll - other.nll) <= (1e-5 if exact else 0.05) * max(1.0, abs(other.nll))
        return near and (one.greedy == other.greedy or not exact)

    def _planned(self, answers: Sequence[TeacherForced], name: object, *, whole: bool = False) -> tuple[Tree, Wanted]:
        if (name, whole) not in self._trees:
            read = [answer.ids[:-1] for answer in answers]  # the last token predicts nothing
            tree = grow(read, math.inf) if whole else best_tree(read, self._costs)
            self._trees[name, whole] = _with_wanted(tree, answers)
        return self._trees[name, whole]

    def _affordable(self, tokens_per_batch: int) -> Costs:
        costs = self._costs
        if self.passes.device.type == "cpu":
            threads = torch.get_num_threads()
            costs = Costs(costs.a_pass, *(threads * each for each in (costs.tokens, costs.seen, costs.held)))
        return costs.at_most(tokens_per_batch)

    def _read(
        self, answers: Sequence[TeacherForced], planned: tuple[Tree, Wanted], tokens_per_batch: int
    ) -> list[AnswerScore]:
        tree, wanted = planned
        losses: list[list[float]] = [[] for _ in answers]
        right = [True] * len(answers)
        for group in groups_of(tree, self._affordable(tokens_per_batch)):
            for answer, loss, is_argmax in self._scores_of(group, Held(), tree, wanted):
                losses[answer].append(loss)
                right[answer] &= is_argmax
        return [AnswerScore(math.fsum(each) / len(each), len(each), ok) for each, ok in zip(losses, right, strict=True)]

    def _scores_of(self, group: Group, held: Held, tree: Tree, wanted: Wanted) -> list[tuple[int, float, bool]]:
        """Return (answer, loss of one of its tokens, whether that is the argmax) for what a group reads."""
        found: list[tuple[int, float, bool]] = []
        over: list[tuple[list[int], list[int], Prefixes]] = []
        for batch in group.passes:
            paths = [tree.path(tree.reads[i].above) for i in batch]
            prefixes = Prefixes(held, paths, keep=bool(group.then)) if group.then or any(paths) else None
            found += self._scores_in(batch, prefixes, tree, wanted)
            if prefixes is not None and group.then:
                over.append((batch, [len(tree.reads[i].tokens) for i in batch], prefixes))
        if group.then:
            held = held.and_those_of(over)
            for each in group.then:
                found += self._scores_of(each, held, tree, wanted)
        return found

    def _scores_in(
        self, batch: list[int], prefixes: Prefixes | None, tree: Tree, wanted: Wanted
    ) -> list[tuple[int, float, bool]]:
        """Read one batch. Where several tokens are to follow the same place, the head is applied there once."""
        places = sorted({(row, place) for row, i in enumerate(batch) for place, *_ in wanted[i]})
        number = {place: index for index, place in enumerate(places)}
        told = [
            (number[row, place], answer, token) for row, i in enumerate(batch) for place, answer, token in wanted[i]
        ]
        tokens = [tree.reads[i].tokens for i in batch]
        logits = self.passes.logits(tokens, [row for row, _ in places], [place for _, place in places], prefixes)
        if not told:
            return []
        losses, right = _losses(logits, torch.tensor([t[0] for t in told]), torch.tensor([t[2] for t in told]))
        return list(zip([answer for _, answer, _ in told], losses.tolist(), right.tolist(), strict=True))


def _losses(logits: Tensor, rows: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Return the NLL of tokens given rows of logits, and whether each is the argmax; with one softmax a row."""
    rows, tokens = rows.to(logits.device), tokens.to(logits.device)
    highest, best = logits.max(-1)
    chosen = logits[rows, tokens] - highest[rows]
    total = (logits - highest[:, None]).exp_().sum(-1).log()
    losses = total[rows] - chosen
    return losses.cpu(), ((best[rows] == tokens) & losses.isfinite()).cpu()  # argmax calls a NaN the largest


def _with_wanted(tree: Tree, answers: Sequence[TeacherForced]) -> tuple[Tree, Wanted]:
    """Return a tree, and in which places of its reads the answers' tokens are predicted."""
    wanted: Wanted = [[] for _ in tree.reads]
    for index, answer in enumerate(answers):
        places = tree.places(index, answer.start - 1, len(answer.ids) - 1)  # logits at i predict token i + 1
        for (read, place), token in zip(places, answer.ids[answer.start :], strict=True):
            wanted[read].append((place, index, token))
    return tree, wanted


def is_plain(model: Any) -> bool:
    """Whether what a model computes of a token depends on the tokens before it alone, and not on how many follow."""
    config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
    told = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    kinds = {str(found) for each in (told, *told.values()) if isinstance(each, dict) for found in _types(each)}
    adapter = getattr(model, "active_peft_config", None)
    virtual = hasattr(model, "one_row_each") or getattr(adapter, "is_prompt_learning", False)
    return not virtual and not kinds & _BY_LENGTH


def _types(told: dict[str, Any]) -> list[Any]:
    return [told[key] for key in ("rope_type", "type") if key in told]
