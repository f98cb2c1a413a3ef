"""How both checkpoints of an inspection are prompted: with the text of the file, or through a chat template."""

from collections.abc import Sequence

from landscape.capabilities.chat_templates import TODAY_IS, writes_today
from landscape.checkpoints import compatibility, files
from landscape.checkpoints import config as checkpoint_config
from landscape.schema.capability_names import CHAT, is_chat


def prompts_note(capabilities: Sequence[str], *names: str) -> str:
    """How the prompts reach the checkpoints, in words: a capability uses the chat template of all of them, or of none.

    Raises:
        ValueError: a capability asks for the chat template, and a checkpoint has none.
    """
    return _prompts_note(capabilities, *names) + _tokenizers_note(*names)


def _tokenizers_note(first: str, *others: str) -> str:
    """What to know where a GGUF file keeps another tokenizer than its base; empty elsewhere."""
    try:
        made = [files.locate(name) for name in (first, *others)]
    except ValueError:  # a report outlives the files that it speaks of
        return ""
    if not any(source.gguf for source in made) or not all(source.folder.is_dir() for source in made):
        return ""
    if all(compatibility.encode_alike(first, other) for other in others):
        return ""
    return (
        "; their tokenizers encode text otherwise: each reads the prompts with its own, and the line between them with "
        "the base's"
    )


def _prompts_note(capabilities: Sequence[str], *names: str) -> str:
    chats = [name for name in capabilities if is_chat(name)]
    plain = "as they stand in the capability files, for both checkpoints: no chat template is applied"
    if not chats:
        return plain
    templates = {name: checkpoint_config.chat_template(files.resolve(name).templated) for name in names}
    if without := [name for name, template in templates.items() if template is None]:
        lacking = f"{' and '.join(map(repr, without))} has no chat template"
        out = "chat: out, and no checkpoint gets one" if chats[0].startswith(CHAT) else "it out"
        raise ValueError(f"{lacking}, which {chats[0]} asks for: leave {out}")
    same = len(set(map(str, templates.values()))) == 1
    own = "the same for both" if same else "each checkpoint's own, and the two differ"
    dated = (
        f"; where it writes today's date, {TODAY_IS}" if any(map(writes_today, map(str, templates.values()))) else ""
    )
    said = f"one turn of a user in the chat template ({own}{dated})"
    return said if len(chats) == len(capabilities) else f"of {', '.join(chats)} {said}; the others {plain}"
