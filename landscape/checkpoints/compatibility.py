"""Whether two checkpoints lie in one weight space, and if they do not, whether they can still be compared.

Only configs, tensor headers and tokenizers are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from landscape.checkpoints import config as checkpoint_config
from landscape.checkpoints import files
from landscape.checkpoints.adapters.settings import base_parameter, read_settings, read_tensors
from landscape.checkpoints.quantised import ends
from landscape.checkpoints.safetensors import Tensor
from landscape.checkpoints.stored import names
from landscape.checkpoints.stored.names import Stored, some
from landscape.schema.directions import Towards, short_name
from landscape.schema.frames import Frame

_VARIED = (
    "The year 1984, 3.14159 and 12,345: x9y = 2**10.\n\n  Don't I'll we've it's HELLO World's end... \tdef f(a_b): "
    "return [1,2]\r\n  «Où» Straße 你好世界 привет नमस्ते 🙂  trailing  "
)
ADAPT = "move an adapter beside it (ADAPTER+BASE with --adapter), or name the checkpoint that it was made from"


@dataclass(frozen=True)
class Mismatch:
    """Why b is not a point of a's weight space; `comparable` if Δ of what both have can still be formed."""

    text: str
    comparable: bool = False


def mismatches(a: str, b: str) -> list[str]:
    """Return every reason why b is not a point of a's weight space, as sentences; [] when it is.

    Raises:
        ValueError: as `files.resolve`.
    """
    return [found.text for found in _found(a, b)]


def incomparable(a: str, b: str) -> list[str]:
    """Return every reason why a and b cannot be compared; [] when they can.

    Points of one weight space can, and two differences are allowed: vocabularies of different size whose shared tokens
    have the same ids, and a head that only one of them ties.

    Raises:
        ValueError: as `files.resolve`.
    """
    found = _found(a, b)
    return [] if all(one.comparable for one in found) else [one.text for one in found]


def require_match(first: str, *others: str) -> None:
    """Raises ValueError, every mismatch listed, when one of the others is no point of the first's weight space."""
    for other in others:
        if found := mismatches(first, other):
            raise ValueError(f"{other!r} is no point of {first!r}'s weight space: {'; '.join(found)}")


def require_comparable(first: str, other: str) -> None:
    """Raises ValueError, every mismatch listed, when the two cannot be compared."""
    if found := incomparable(first, other):
        raise ValueError(f"{other!r} is no point of {first!r}'s weight space: {'; '.join(found)}")


def require_fit(frame: Frame) -> None:
    """Raises ValueError, every mismatch listed, when a checkpoint of a frame does not fit its θ₀.

    A direction may lead towards a checkpoint that can only be compared; it then moves the rows that both have. What
    needs the exact point is refused: landmarks of a plane, snapshots, starts of a search, certified fine-tunes.
    """
    exact = set(frame.landmarks)
    for direction in frame.directions:
        if isinstance(direction, Towards) and not frame.needs_exact_points:
            exact -= {direction.checkpoint}
            require_comparable(frame.checkpoint, direction.checkpoint)
    require_match(frame.checkpoint, *sorted(exact))


def require_movable(spec: Frame) -> None:
    """Raises ValueError where a spec would move the weights of a quantised checkpoint, which are integers.

    Such a checkpoint can be scored as it is, the A and B of an adapter beside it can move, and a way can lead to it.
    """
    exact = () if spec.needs_exact_points else (one.checkpoint for one in spec.directions if isinstance(one, Towards))
    led_to = set(exact) - {spec.checkpoint}
    for name in () if spec.adapter or spec.stays_at_origin else (spec.checkpoint, *spec.others):
        source = files.resolve(name)
        if found := checkpoint_config.quantisation(source.folder):
            if name in led_to and not source.adapters:
                ends.require_readable(name, source.folder)
                continue
            hint = files.ADAPTER_ONLY_HINT if source.adapter else ADAPT
            raise ValueError(
                f"{name!r} is quantised ({found}): its weights are integers, which no small α moves and no gradient "
                f"reaches. Score it where it is (slice --alpha 0), or {hint}"
            )


def encode_alike(a: str, b: str) -> bool:
    """Whether the tokenizers of two checkpoints make the same tokens of varied text; True where one brings none.

    A GGUF file keeps a tokenizer in words of its own, so what is read of it may not be what its base has.

    Raises:
        ValueError: as `files.resolve`; a damaged tokenizer.
    """
    kept = [files.resolve(name).tokenizer / "tokenizer.json" for name in (a, b)]
    if not all(file.is_file() for file in kept):
        return True
    from tokenizers import Tokenizer

    try:
        found, wanted = (Tokenizer.from_file(str(file)).encode(_VARIED).ids for file in kept)
    except Exception as error:  # which is all that it raises
        raise ValueError(f"a tokenizer of {a!r} or {b!r} is damaged ({error}): download or save it again") from None
    return bool(found == wanted)


def added_tokens(a: str, b: str) -> int:
    """Return how many tokens only b's tokenizer has; 0 where one of the two has no tokenizer of its own.

    Raises:
        ValueError: as `files.resolve`; a damaged tokenizer.
    """
    left, right = (checkpoint_config.vocabulary(files.resolve(name).tokenizer) for name in (a, b))
    return len(right.keys() - left.keys()) if left and right else 0


def prompt_remarks(a: str, b: str) -> Iterator[str]:
    """Yield sentences that say where the tokenizer of b is another than that of a, which is used on the way to b."""
    origin = short_name(a)
    if tokens := added_tokens(a, b):
        whose = f"{tokens:,} tokens are only in the tokenizer of {short_name(b)}"
        yield f"{whose}: on the line to it, prompts are read with that of {origin}"
    if files.locate(b).gguf and not encode_alike(a, b):
        whose = f"the tokenizer of {short_name(b)} encodes text otherwise than that of {origin}"
        yield f"{whose}: on the line to it, prompts are read with that of {origin}"


def _found(a: str, b: str) -> list[Mismatch]:
    first, second = files.resolve(a), files.resolve(b)
    if checkpoint_config.quantisation(first.folder) is None:
        second = files.resolve(ends.end_of(b))
    if (first.folder, first.adapters) == (second.folder, second.adapters):
        return []
    found = [*_outside_weight_space(first, second), *_token_mismatches(first.tokenizer, second.tokenizer)]
    (left, one), (right, two) = (_with_own_rows(source) for source in (first, second))
    if first.gguf or second.gguf:
        left, right = (config | {"architectures": _as_llama_cpp(config)} for config in (left, right))
    return [*_config_mismatches(left, right), *_tensor_mismatches(left, one, right, two), *found]


def _as_llama_cpp(config: dict[str, Any]) -> list[str]:
    """Return the architecture as a GGUF file has it: one of Mistral calls itself Llama, which computes the same."""
    return ["LlamaForCausalLM" if name == "MistralForCausalLM" else name for name in config["architectures"]]


def _outside_weight_space(*sources: files.Source) -> Iterator[Mismatch]:
    for source in sources:
        for adapter in source.adapters:
            if does := read_settings(adapter).outside_weight_space:
                yield Mismatch(f"the adapter {adapter.name} {does}, so that no change of weights leads to it")


def _with_own_rows(source: files.Source) -> tuple[dict[str, Any], Stored]:
    """Return (config, stored tensors) of a checkpoint; of a vocabulary that an adapter enlarged, its rows."""
    config, stored = checkpoint_config.config_of(source.folder), names.read(source.folder)
    table = dict(stored.parameters)
    for adapter in source.adapters:
        own = {base_parameter(key): tensor for key, tensor in read_tensors(adapter).items()}
        for name in own.keys() & table.keys():
            if table[name].shape[:1] == (config.get("vocab_size"),) and own[name].shape[1:] == table[name].shape[1:]:
                config |= {"vocab_size": own[name].shape[0]}
        table |= {name: own[name] for name in own.keys() & table.keys()}
    return config, replace(stored, parameters=table)


def _config_mismatches(left: dict[str, Any], right: dict[str, Any]) -> Iterator[Mismatch]:
    fields = {"architectures": "architecture", "vocab_size": "vocabulary size", "num_attention_heads": "heads"}
    for field, word in fields.items():
        if left.get(field) != right.get(field):
            one, two = (c[field][0] if field == "architectures" else c.get(field) for c in (left, right))
            yield Mismatch(f"{word}: {one} against {two}", comparable=field == "vocab_size")


def _tensor_mismatches(one: dict[str, Any], first: Stored, two: dict[str, Any], second: Stored) -> Iterator[Mismatch]:
    left, right = first.parameters, second.parameters
    if (first.head is None) != (second.head is None):
        tied = "second" if first.head else "first"
        yield Mismatch(f"head: tied to the embedding only in the {tied}", comparable=True)
    heads = {first.head, second.head}
    for lonely, which in ((left.keys() - right.keys(), "first"), (right.keys() - left.keys(), "second")):
        if shown := sorted(lonely - heads):
            yield Mismatch(f"{some(shown)} only in the {which}")
    differing = sorted(name for name in left.keys() & right.keys() if left[name].shape != right[name].shape)
    if differing:
        shown = [f"{name} {_shape(left[name])} against {_shape(right[name])}" for name in differing]
        sizes = one.get("vocab_size"), two.get("vocab_size")
        rows_only = all(
            (left[name].shape[:1], right[name].shape[:1]) == ((sizes[0],), (sizes[1],))
            and left[name].shape[1:] == right[name].shape[1:]
            for name in differing
        )
        yield Mismatch(f"shapes: {some(shown)}", comparable=rows_only)


def _token_mismatches(a: Path, b: Path) -> Iterator[Mismatch]:
    left, right = checkpoint_config.vocabulary(a), checkpoint_config.vocabulary(b)
    if left is None or right is None or left == right:  # without a tokenizer of its own, only weights are used
        return
    moved = sorted(token for token in left.keys() | right.keys() if left.get(token) != right.get(token))
    if moved:
        taken = set(left.values()) & set(right.values())  # an id that both use must mean the same token
        added = all(token not in right or token not in left for token in moved)
        clear = added and all(left.get(token, right.get(token)) not in taken for token in moved)
        yield Mismatch(f"tokenizer: {len(moved)} tokens have other ids ({some(map(repr, moved))})", clear)


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape))
