"""The scores of answers, read with as little work as a model allows, and the same as one whole answer at a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from landscape.capabilities.encoding import TeacherForced
from landscape.capabilities.reading.batches import ACCELERATOR, CPU, Costs, Group, best_tree, groups_of, passes_of
from landscape.capabilities.reading.passes import Passes
from landscape.capabilities.reading.prefixes import Held, Prefixes
from landscape.capabilities.reading.trees import Forks, Tree, grow

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


class Plan:
    """A tree with its passes, and in which places of its reads the answers' tokens are predicted."""

    def __init__(self, tree: Tree, answers: Sequence[TeacherForced], costs: Costs) -> None:
        """Nothing is read yet."""
        self.tree, self.costs, self.groups = tree, costs, groups_of(tree, costs)
        self.wanted: Wanted = [[] for _ in tree.reads]
        for index, answer in enumerate(answers):
            places = tree.places(index, answer.start - 1, len(answer.ids) - 1)  # logits at i predict token i + 1
            for (read, place), token in zip(places, answer.ids[answer.start :], strict=True):
                self.wanted[read].append((place, index, token))

    @cached_property
    def padded(self) -> set[int]:
        """The reads whose prefixes are shorter than others in their batch, and are padded."""
        found: set[int] = set()
        for batch in passes_of(self.groups):
            longest = max(self.tree.reads[i].before for i in batch)
            found |= {i for i in batch if self.tree.reads[i].before < longest}
        return found


class AnswerReader:
    """Reads answers with one model. Prefixes are shared where that is less work and has been seen to change nothing."""

    def __init__(self, model: Any) -> None:
        """Nothing is read yet."""
        self.passes = Passes(model)
        self._costs = CPU if self.passes.device.type == "cpu" else ACCELERATOR
        self._trees: dict[object, Tree] = {}
        self._plans: dict[object, Plan] = {}
        # Tokens of the longest answer for which sharing was seen to change nothing: without and with padded prefixes.
        self.equal_up_to = {False: 0, True: 0}
        self.whole = not is_plain(model)  # whether sharing prefixes is out of the question

    def shares(self, answers: Sequence[TeacherForced], name: object) -> bool:
        """Whether it would pay to read prefixes of these answers once, whether or not the model allows it."""
        return bool(answers) and self._tree(answers, name, whole=False).shares

    def scores(self, answers: Sequence[TeacherForced], name: object, tokens_per_batch: int) -> list[AnswerScore]:
        """Return the score of each answer, in order. `name`: of these answers, under which their plan is remembered."""
        if not answers:
            return []
        if not self.whole and self.shares(answers, name):
            plan = self._plan(answers, name, tokens_per_batch, whole=False)
            if max(len(answer.ids) for answer in answers) <= self.equal_up_to[bool(plan.padded)]:
                return self._read(answers, plan)
            if (found := self._tried(answers, plan)) is not None:
                return found
        return self._read(answers, self._plan(answers, name, tokens_per_batch, whole=True))

    def batch_tokens(self, tokens_per_batch: int) -> int:
        """Return the padded tokens of the largest pass."""
        return self._affordable(tokens_per_batch).tokens

    def _tried(self, answers: Sequence[TeacherForced], plan: Plan) -> list[AnswerScore] | None:
        """Read with shared prefixes, and two answers whole; None where the two differ, or nothing can be compared."""
        tree, length = plan.tree, [len(answer.ids) for answer in answers]
        sharing = [i for i, end in enumerate(tree.ends) if tree.reads[end].above is not None]
        padded = [i for i in sharing if plan.padded.intersection(tree.path(tree.ends[i]))]
        sample = [min(padded or sharing, key=length.__getitem__), max(sharing, key=length.__getitem__)]
        alone = [
            self._read([answers[i]], Plan(grow(Forks([answers[i].ids[:-1]]), math.inf), [answers[i]], plan.costs))[0]
            for i in sample
        ]
        try:
            found = self._read(answers, plan)
        except torch.OutOfMemoryError:
            raise
        except Exception:  # whatever a model raises that was given keys and values it cannot go on from
            self.whole = True
            return None
        pairs = list(zip([found[i] for i in sample], alone, strict=True))
        if not all(one.finite and other.finite for one, other in pairs):
            return None
        if not all(self._equal(one, other) for one, other in pairs):
            self.whole = True
            return None
        self.equal_up_to[bool(plan.padded)] = max(length)
        return found

    def _equal(self, one: AnswerScore, other: AnswerScore) -> bool:
        """Whether scores differ by rounding alone: 1e-5 in single precision, and outcomes where they do not round."""
        exact = next(self.passes.model.parameters()).dtype == torch.float32
        near = abs(one.nll - other.nll) <= (1e-5 if exact else 0.05) * max(1.0, abs(other.nll))
        return near and (one.greedy == other.greedy or not exact)

    def _tree(self, answers: Sequence[TeacherForced], name: object, *, whole: bool) -> Tree:
        if (name, whole) not in self._trees:
            read = [answer.ids[:-1] for answer in answers]  # the last token predicts nothing
            self._trees[name, whole] = grow(Forks(read), math.inf) if whole else best_tree(read, self._costs)
        return self._trees[name, whole]

    def _plan(self, answers: Sequence[TeacherForced], name: object, tokens_per_batch: int, *, whole: bool) -> Plan:
        costs = self._affordable(tokens_per_batch)
        if (name, whole, costs) not in self._plans:
            self._plans[name, whole, costs] = Plan(self._tree(answers, name, whole=whole), answers, costs)
        return self._plans[name, whole, costs]

    def _affordable(self, tokens_per_batch: int) -> Costs:
        costs = self._costs
        if self.passes.device.type == "cpu":
            threads = torch.get_num_threads()
            costs = Costs(costs.a_pass, *(threads * each for each in (costs.tokens, costs.seen, costs.held)))
        return costs.at_most(tokens_per_batch)

    def _read(self, answers: Sequence[TeacherForced], plan: Plan) -> list[AnswerScore]:
        losses: list[list[float]] = [[] for _ in answers]
        right = [True] * len(answers)
        for group in plan.groups:
            for answer, loss, is_argmax in self._scores_of(group, Held(), plan):
                losses[answer].append(loss)
                right[answer] &= is_argmax
        return [AnswerScore(math.fsum(each) / len(each), len(each), ok) for each, ok in zip(losses, right, strict=True)]

    def _scores_of(self, group: Group, held: Held, plan: Plan) -> list[tuple[int, float, bool]]:
        """Return (answer, loss of one of its tokens, whether that is the argmax) for what a group reads."""
        tree = plan.tree
        found: list[tuple[int, float, bool]] = []
        over: list[tuple[list[int], list[int], Prefixes]] = []
        for batch in group.passes:
            paths = [tree.path(tree.reads[i].above) for i in batch]
            prefixes = Prefixes(held, paths, keep=bool(group.then)) if group.then or any(paths) else None
            found += self._scores_in(batch, prefixes, plan)
            if prefixes is not None and group.then:
                over.append((batch, [len(tree.reads[i].tokens) for i in batch], prefixes))
        if group.then:
            held = held.and_those_of(over)
            over.clear()  # what it held is copied
            for each in group.then:
                found += self._scores_of(each, held, plan)
        return found

    def _scores_in(self, batch: list[int], prefixes: Prefixes | None, plan: Plan) -> list[tuple[int, float, bool]]:
        """Read one batch. Where several tokens are to follow the same place, the head is applied there once."""
        places = sorted({(row, place) for row, i in enumerate(batch) for place, *_ in plan.wanted[i]})
        number = {place: index for index, place in enumerate(places)}
        told = [
            (number[row, place], answer, token)
            for row, i in enumerate(batch)
            for place, answer, token in plan.wanted[i]
        ]
        tokens = [plan.tree.reads[i].tokens for i in batch]
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
