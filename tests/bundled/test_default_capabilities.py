"""What checkpoints are asked where nobody names a capability: by values, with and without a chat template."""

import json
import shutil
from pathlib import Path

import pytest

from landscape.assets import CAPABILITIES, STARTER
from landscape.bundled.default_capabilities import (
    ASKS,
    OF_A_GATE,
    USUAL,
    Defaults,
    default_capabilities,
    suited,
    unsuited,
)
from landscape.outside import network

FIVE = ("starter:knowledge", "starter:completion", "starter:arithmetic", "starter:language", "starter:code")
DEMO = ("basic", "math", "code", "safety")


@pytest.fixture(scope="module")
def chat(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("chat") / "talker"
    shutil.copytree(checkpoint, folder)
    config = folder / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"chat_template": "{{ messages[0].content }}"}))
    return str(folder)


def test_demo_models_are_asked_the_demo_sets_and_all_others_the_starter_sets(checkpoint: Path) -> None:
    assert default_capabilities(["demo:base", "demo:assistant-lora"], gate=True).names == DEMO
    assert default_capabilities([str(checkpoint)]).names == FIVE
    assert default_capabilities(["demo:base", str(checkpoint)]).names == FIVE
    assert default_capabilities(["demo:assistant-lora+demo:base"]).names == DEMO


def test_only_a_gate_of_chat_models_asks_what_they_decline(chat: str, checkpoint: Path) -> None:
    assert default_capabilities([chat]) == Defaults(FIVE, tuple(STARTER))
    assert default_capabilities([chat, chat], gate=True).names == (*FIVE, "starter:refusal", "starter:harmless")
    mixed = default_capabilities([chat, str(checkpoint)], gate=True)
    assert (mixed.names, mixed.offered) == (FIVE, FIVE)
    assert mixed.left_out == (
        f"Instruction, refusal and harmless are left out: they ask through a chat template, and {checkpoint.name} has none."
    )


def test_nothing_is_fetched_to_decide_and_an_unreadable_checkpoint_is_none_with_a_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "may_fetch", lambda: False)
    found = default_capabilities(["nobody/is-here"], gate=True)
    assert found.names == FIVE
    assert found.left_out.endswith("and none is known of is-here yet.")
    assert default_capabilities([str(tmp_path / "empty")]).names == FIVE


def test_what_a_form_had_chosen_gives_way_and_what_the_user_added_stays() -> None:
    demo, real = Defaults(DEMO, DEMO), Defaults(FIVE, FIVE)
    assert suited(DEMO, demo, real) == list(FIVE)
    assert suited(("math", "mine.jsonl"), demo, real) == [*FIVE, "mine.jsonl"]
    assert suited(("mine.jsonl",), demo, real) == ["mine.jsonl"]
    assert suited(("starter:refusal", "lm_eval:piqa"), Defaults(FIVE, tuple(STARTER)), real) == [*FIVE, "lm_eval:piqa"]
    assert suited(FIVE, real, demo) == list(DEMO)


def test_demo_sets_asked_of_another_model_are_said_to_say_little() -> None:
    assert unsuited(["basic", "chat:math"], ["org/own"]) == (
        "basic and chat:math ask what the demo models were taught: of own the scores say little."
    )
    assert unsuited(DEMO, ["demo:base"]) == unsuited(FIVE, ["org/own"]) == ""


def test_every_bundled_capability_says_what_it_asks() -> None:
    assert list(ASKS) == [*CAPABILITIES, *STARTER]
    assert set(USUAL) < set(OF_A_GATE) < set(STARTER)
