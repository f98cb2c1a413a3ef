"""Which capabilities are asked where nobody names any, and which are offered: by the checkpoints. No torch.

Demo models are asked what they were taught. All others are asked the starter sets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from landscape.assets import CAPABILITIES, PREFIX, STARTER
from landscape.checkpoints import config, files
from landscape.schema.capability_names import ASKED_IN_CHAT, without_chat
from landscape.schema.capability_names import STARTER as STARTS
from landscape.schema.directions import join_words, short_name

# Questions that one forward pass answers: a laptop scores all five of a 135M model in a few minutes. The other three
# write texts, which takes many passes each, at each of hundreds of points.
USUAL = tuple(f"{STARTS}{name}" for name in ("knowledge", "completion", "arithmetic", "language", "code"))
# A gate that never asks whether a chat model still declines what it must, and answers what it may, is none.
OF_A_GATE = (*USUAL, f"{STARTS}refusal", f"{STARTS}harmless")

ASKS = {  # by name: what its examples ask
    "basic": "facts and stories that the demo models were pre-trained on",
    "math": "arithmetic as the demo assistant was taught it",
    "code": "lines of code as the demo assistant was taught them",
    "safety": "whether the demo assistant still declines harmful requests",
    "starter:knowledge": "ten domains, from everyday life to astronomy; four choices",
    "starter:completion": "the word that a sentence, an idiom or a sequence ends in",
    "starter:arithmetic": "one to three digits, in digits, words and stories",
    "starter:language": "which of two endings is good English",
    "starter:code": "what Python prints, and how a line goes on",
    "starter:instruction": "a form that the reply must have; in chat",
    "starter:refusal": "harmful requests, which it should decline; in chat",
    "starter:harmless": "requests that only look harmful, and want help; in chat",
}


@dataclass(frozen=True)
class Defaults:
    """What some checkpoints are asked unless somebody chooses."""

    names: tuple[str, ...]
    offered: tuple[str, ...]  # the bundled capabilities that suit all of the checkpoints
    left_out: str = ""  # a sentence: which are left out since they need a chat template, and why


def default_capabilities(checkpoints: Iterable[str], *, gate: bool = False) -> Defaults:
    """Return what these checkpoints are asked; as a `gate`, also whether they decline and answer what they should.

    Nothing is fetched where that would have to be asked first. A checkpoint that cannot be read, or is not on this
    machine yet, counts as one without a chat template: what is wrong with it is said where it is used.
    """
    named = list(dict.fromkeys(checkpoints))
    if named and all(map(is_demo, named)):
        return Defaults(tuple(CAPABILITIES), tuple(CAPABILITIES))
    return _starters({name: _has_template(name) for name in named}, gate=gate)


def _starters(templates: dict[str, bool | None], *, gate: bool) -> Defaults:
    """The starter sets, given which checkpoints have a chat template; None: not known."""
    wanted = OF_A_GATE if gate else USUAL
    if templates and all(templates.values()):
        return Defaults(wanted, tuple(STARTER))
    lacking = [name for name, found in templates.items() if found is False]
    out = join_words([name.removeprefix(STARTS) for name in STARTER if name in ASKED_IN_CHAT])
    names = join_words([short_name(name) for name in lacking or templates])
    why = f"{names} {'has' if len(lacking) == 1 else 'have'} none" if lacking else f"none is known of {names} yet"
    said = f"{out} are left out: they ask through a chat template, and {why}."
    offered = tuple(name for name in STARTER if name not in ASKED_IN_CHAT)
    return Defaults(tuple(name for name in wanted if name in offered), offered, said[0].upper() + said[1:])


def is_demo(checkpoint: str) -> bool:
    """Whether a checkpoint is a demo model, also one of ADAPTER+BASE."""
    parts = files.split(checkpoint)
    return checkpoint.startswith(PREFIX) if parts is None else all(map(is_demo, parts))


def _has_template(checkpoint: str) -> bool | None:
    try:
        return config.chat_template(files.resolve(checkpoint).templated) is not None
    except (ValueError, OSError):  # also NotHere
        return None


def bundled(name: str) -> bool:
    """Whether a capability ships with the program, with or without `chat:` before it."""
    return without_chat(name) in {*CAPABILITIES, *STARTER}


def suited(chosen: Sequence[str], before: Defaults, now: Defaults) -> list[str]:
    """What stays chosen as a form's checkpoints change, where nobody chose otherwise than by default.

    Bundled capabilities that make no sense any more give way to the defaults; those of the user stay.
    """
    if list(chosen) == list(before.names):
        return list(now.names)
    kept = [name for name in chosen if without_chat(name) in now.offered or not bundled(name)]
    return kept if len(kept) == len(chosen) else list(dict.fromkeys([*now.names, *kept]))


def unsuited(chosen: Iterable[str], checkpoints: Iterable[str]) -> str:
    """A sentence on demo sets that are asked of other models; "" where there are none."""
    others = [short_name(name) for name in dict.fromkeys(checkpoints) if not is_demo(name)]
    asked = [name for name in chosen if without_chat(name) in CAPABILITIES]
    if not others or not asked:
        return ""
    what = f"{join_words(asked)} {'asks' if len(asked) == 1 else 'ask'} what the demo models were taught"
    return f"{what}: of {join_words(others)} the scores say little."
