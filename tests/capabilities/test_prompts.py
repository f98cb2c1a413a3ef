"""How prompts reach a model: one beginning, no space before the answer, templates of all kinds; and their cache keys."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import processors

from landscape.capabilities import chat_templates, examples
from landscape.capabilities.chat_templates import ChatTemplate, pinned
from landscape.capabilities.encoding import Reader, encode
from landscape.capabilities.examples import Capability, Example
from landscape.capabilities.scoring import Scorer
from landscape.schema.capability_names import chat_options, name_of, without_chat
from tests.conftest import KINDS, TEXT, make_model, make_tokenizer

TURN = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
ASKS = TURN + "{% if add_generation_prompt %}assistant:{% endif %}"


def suite(*lines: Example, chat: bool = False, options: tuple = (), name: str = "s") -> Capability:
    return Capability(name, lines, name, chat=chat, chat_options=options)


def with_template(template: object, kind: str = "byte-level"):
    tokenizer = make_tokenizer(kind)
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_that_brings_the_beginning_of_a_text_gets_no_second_one(kind: str) -> None:
    tokenizer, model = make_tokenizer(kind), make_model()
    lines = [Example(prompt=text[:9].rstrip(), answer=text[9:12]) for text in TEXT]
    begun = [line.model_copy(update={"prompt": f"<s>{line.prompt}"}) for line in lines]
    encoded = encode(suite(*begun), tokenizer, 64)
    for reading in encoded.teacher_forced:
        line = begun[reading.example]
        assert reading.ids == tokenizer(line.prompt + line.answer, add_special_tokens=False)["input_ids"]
        assert reading.ids.count(1) == 1
    if kind != "sentencepiece":  # where <s>The is <s> and The, The alone is ▁The
        plain, same = (Scorer(model, tokenizer).score(suite(*each)) for each in (lines, begun))
        assert same.outcomes.tolist() == plain.outcomes.tolist()
        assert np.array_equal(same.losses, plain.losses, equal_nan=True)
    assert set(encoded.reading) == {"tokens"}, "its points were wrong: they have other keys"
    assert encode(suite(*lines), tokenizer, 64).reading == {}
    (text,) = encode(suite(Example(prompt="<s>A cat", oracle="regex:.")), tokenizer, 64).generated
    assert text.ids == tokenizer("<s>A cat", add_special_tokens=False)["input_ids"]


def test_a_question_that_brings_the_beginning_gets_no_second_one() -> None:
    model, tokenizer = make_model(), make_tokenizer()
    scorer = Scorer(model, tokenizer)
    assert scorer.generate("<s>A cat", 8) == scorer.generate("A cat", 8)


def test_a_tokenizer_without_a_beginning_of_its_own_keeps_the_one_in_the_text() -> None:
    tokenizer = make_tokenizer()
    tokenizer.backend_tokenizer.post_processor = processors.ByteLevel()
    reader = Reader(tokenizer)
    assert reader.ids("<s>A cat")[:1] == [1]
    assert reader.ids("A cat")[:1] != [1]
    assert not reader.read_otherwise


def test_only_the_end_that_a_tokenizer_adds_is_left_out() -> None:
    tokenizer = make_tokenizer()
    specials = [("<s>", 1), ("</s>", 2)]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=specials
    )
    plain = make_tokenizer()("A cat")["input_ids"]
    reader = Reader(tokenizer)
    assert reader.ids("A cat") == plain
    assert not reader.read_otherwise
    assert reader.ids("A cat</s>") == [*plain, 2], "a turn that ends is part of the prompt"
    assert not reader.read_otherwise
    reader = Reader(make_tokenizer())
    assert reader.ids("A cat</s>") == [*plain, 2]
    assert reader.read_otherwise, "its end was taken for one that the tokenizer had added"


@pytest.mark.parametrize("kind", KINDS)
def test_a_space_before_the_answer_counts_once(kind: str) -> None:
    model, tokenizer = make_model(), make_tokenizer(kind)
    lines = []
    for text in TEXT:  # the model's own next tokens, where they begin a word
        words = text.split(" ")
        lines.append(Example(prompt=" ".join(words[:2]), answer=" " + words[2]))
    twice = [line.model_copy(update={"prompt": line.prompt + " "}) for line in lines]
    plain, spaced = Scorer(model, tokenizer).score(suite(*lines)), Scorer(model, tokenizer).score(suite(*twice))
    assert spaced.outcomes.tolist() == plain.outcomes.tolist()
    assert spaced.losses.tolist() == plain.losses.tolist()
    encoded = encode(suite(*twice), tokenizer, 64)
    assert set(encoded.reading) == {"tokens"}
    assert encoded.remarks == ["s: 5 prompts end in a space, which is read as the beginning of the answer"]
    choice = Example(prompt=f"{lines[0].prompt} ", choices=(" of", " is"), answer=1)
    both = [choice, choice.model_copy(update={"prompt": lines[0].prompt})]
    one, other = (Scorer(model, tokenizer).score(suite(each)).losses[0] for each in both)
    assert one == other


def test_a_model_that_knows_the_answers_scores_1_whoever_brings_the_space() -> None:
    """A model that was made to answer rightly: its word after `is` is one token with the space before it."""
    tokenizer = make_tokenizer()
    model = make_model()
    prompts = [text[:9] for text in TEXT]
    lines = []
    for prompt in prompts + [text[:n] for text in TEXT for n in range(4, 30)]:
        ids = tokenizer(prompt.rstrip())["input_ids"]
        likely = model(torch.tensor([ids])).logits[0, -1].argsort(descending=True).tolist()
        best = likely[0]
        answer = tokenizer.decode([*ids, best])[len(tokenizer.decode(ids)) :]
        if (
            answer.startswith(" ")
            and len(answer) > 1
            and tokenizer(prompt.rstrip() + answer)["input_ids"] == [*ids, best]
        ):
            lines.append((prompt.rstrip(), answer))
    assert len(lines) > 1
    for prompt, answer in lines:
        asked = [
            Example(prompt=p, answer=a)
            for p, a in ((prompt, answer), (prompt + " ", answer), (prompt + " ", answer[1:]))
        ]
        assert Scorer(model, tokenizer).score(suite(*asked)).outcomes.tolist() == [1, 1, 1]


def test_a_space_that_is_a_token_of_its_own_stays_in_the_prompt_and_keeps_its_key() -> None:
    tokenizer = make_tokenizer("character")
    line = Example(prompt="2 + 2 = ", answer="4.")
    encoded = encode(suite(line), tokenizer, 64)
    assert encoded.teacher_forced[0].ids == tokenizer("2 + 2 = 4.")["input_ids"]
    assert encoded.teacher_forced[0].start == len(tokenizer("2 + 2 = ")["input_ids"])
    assert encoded.reading == {}
    for prompt, answer in (("def f():\n ", " return 1"), ("a  ", " b"), ("a ", "  b"), ("a\t", " b")):  # meant as such
        encoded = encode(suite(Example(prompt=prompt, answer=answer)), tokenizer, 64)
        assert encoded.teacher_forced[0].ids == tokenizer(prompt + answer)["input_ids"]
        assert encoded.reading == {}
    pieces = make_tokenizer()
    twice = encode(suite(Example(prompt="A cat ", answer="  says")), pieces, 64)
    assert twice.capability.examples[0].prompt == "A cat "
    newline = Example(prompt="2 + 2 =\n", answer=" 4.")
    assert encode(suite(newline), tokenizer, 64).reading == {}


def test_a_prompt_of_spaces_alone_stays() -> None:
    assert encode(suite(Example(prompt=" ", answer=" A")), make_tokenizer(), 64).capability.examples[0].prompt == " "


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("begins", ["{{ bos_token }}", ""])
def test_tokens_of_a_chat_are_those_of_transformers(kind: str, begins: str) -> None:
    tokenizer = with_template(begins + ASKS, kind)
    told = [{"role": "user", "content": "A cat"}]
    expected = tokenizer.apply_chat_template(told, add_generation_prompt=True, return_dict=False)
    (asked,) = encode(suite(Example(prompt="A cat", oracle="regex:."), chat=True), tokenizer, 64).generated
    assert asked.ids == expected


def test_a_reply_begins_as_the_template_begins_one() -> None:
    tokenizer = with_template("{{ bos_token }}" + TURN + "{% if add_generation_prompt %}assistant:{% endif %}")
    encoded = encode(suite(Example(prompt="A cat", answer="meow"), chat=True), tokenizer, 64)
    assert encoded.capability.examples[0].answer == " meow", "as the template writes a reply: `assistant: meow`"
    assert tokenizer.decode(encoded.teacher_forced[0].ids).endswith("assistant: meow")
    assert encoded.reading, "its points were wrong: they have other keys"
    close = with_template("{{ bos_token }}" + TURN + "{% if add_generation_prompt %}assistant: {% endif %}")
    assert (
        encode(suite(Example(prompt="A cat", answer=" meow"), chat=True), close, 64).capability.examples[0].answer
        == "meow"
    )


def test_todays_date_is_pinned_and_said() -> None:
    dated = "{{ bos_token }}Today is {{ strftime_now('%d %b %Y') }}.\n" + ASKS
    asked = suite(Example(prompt="A cat", oracle="regex:."), chat=True)
    encoded = encode(asked, with_template(dated), 256)
    assert "Today is 01 Jan 2025." in make_tokenizer().decode(encoded.generated[0].ids)
    assert encoded.remarks == ["s: the chat template writes today's date; 1 January 2025 stands for it"]
    assert set(encoded.reading) == {"tokens"}
    assert (
        encode(asked, with_template("{{ bos_token }}" + ASKS.replace("assistant:", "assistant:\n")), 64).reading == {}
    )
    assert pinned("{{ strftime_now(\"%Y-%m-%d\") }}{{strftime_now( '%B' )}}") == "{{ '2025-01-01' }}{{'January'}}"
    guarded = "{% if strftime_now is defined %}{% set d = strftime_now('%d %b %Y') %}{% else %}{% set d = '26 Jul 2024' %}{% endif %}{{ d }}"
    assert ChatTemplate(with_template(guarded + ASKS))._rendered("hi", in_parts=False).startswith("01 Jan 2025")


def test_a_date_in_a_form_that_cannot_be_pinned_is_in_the_key() -> None:
    tokenizer = with_template("{% set form = '%d %b %Y' %}{{ strftime_now(form) }}\n" + ASKS)
    asked = suite(Example(prompt="A cat", oracle="regex:."), chat=True)
    first = encode(asked, tokenizer, 64)
    assert "on which they were measured" in first.remarks[0]
    tokenizer.chat_template = tokenizer.chat_template.replace("strftime_now(form)", "'02 Feb 2030'~strftime_now('')")
    assert encode(asked, tokenizer, 64).reading != first.reading


def test_of_several_templates_the_default_or_the_one_that_is_named() -> None:
    tokenizer = with_template({"default": ASKS, "rag": "RAG " + ASKS})
    asked = Example(prompt="A cat", oracle="regex:.")

    def read(**options: str) -> str:
        return tokenizer.decode(
            encode(suite(asked, chat=True, options=tuple(options.items())), tokenizer, 64).generated[0].ids
        )

    assert read().startswith("user: A cat")
    assert read(chat_template="rag").startswith("RAG user: A cat")
    with pytest.raises(
        ValueError, match="no chat template 'tools': choose one of default, rag, as in chat:chat_template="
    ):
        read(chat_template="tools")
    tokenizer.chat_template = {"rag": ASKS, "tool_use": ASKS}
    with pytest.raises(ValueError, match="no chat template 'default': choose one of rag, tool_use"):
        read()


VISION = (
    "{% for m in messages %}{{ m['role'] }}: {% for part in m['content'] %}{% if part['type'] == 'image' %}<image>"
    "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}\n{% endfor %}assistant:"
)


@pytest.mark.parametrize(
    "template",
    [VISION, VISION.replace("part['type']", "part.type"), "{{ messages[0]['content'][0]['text'] }}\nassistant:",
     "user: {{ messages[0].content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join }}\nassistant:"],
)  # fmt: skip
def test_templates_that_write_the_parts_of_a_message_get_parts(template: str) -> None:
    tokenizer = with_template(template)
    encoded = encode(suite(Example(prompt="A cat", oracle="regex:."), chat=True), tokenizer, 64)
    assert "A cat" in tokenizer.decode(encoded.generated[0].ids)
    assert set(encoded.reading) == {"tokens"}, "what was measured before was nothing but the template"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("user:\nassistant:", "leaves out what the user says"),
        ("{{ raise_exception('system first') }}", "takes no single turn of a user: system first"),
        ("{{ 1 // 0 }}", "takes no single turn of a user: .*zero"),
        ("{{ messages[0].content + 1 }}", "takes no single turn of a user"),
        ("{% for m in messages %}", "takes no single turn of a user"),
        ("{{ messages[0].content.nothing.here }}", "takes no single turn of a user"),
    ],
)
def test_a_template_that_cannot_be_used_is_a_sentence(template: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        ChatTemplate(with_template(template))
    assert "\n" not in str(error.value)


THINKS = ASKS + "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"


def test_thinking_can_be_switched_off_by_the_name_of_a_capability(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text(json.dumps({"prompt": "A cat", "answer": "meow"}))
    tokenizer = with_template(THINKS)
    on, off = (examples.load(f"chat:{option}{file}") for option in ("", "enable_thinking=false:"))
    assert (on.name, off.name) == ("talk (chat)", "talk (chat, enable_thinking=false)")
    assert on.digest != off.digest
    texts = {c.name: encode(c, tokenizer, 64) for c in (on, off)}
    silent, quick = (texts[c.name].capability.examples[0].prompt for c in (on, off))
    assert silent.endswith("assistant:")
    assert quick.endswith("<think>\n\n</think>\n\n")
    assert "is asked to think first" in texts[on.name].remarks[0]
    assert texts[off.name].remarks == []
    with pytest.raises(ValueError, match="the chat template knows no enable_thinking"):
        encode(off, with_template(ASKS), 64)


def test_a_prompt_that_opens_the_thinking_is_known_for_that() -> None:
    tokenizer = with_template(ASKS + "<think>\n")
    (asked,) = encode(suite(Example(prompt="A cat", oracle="number", answer="7"), chat=True), tokenizer, 64).generated
    assert (asked.judged, asked.thinking) == (True, True)
    (asked,) = encode(suite(Example(prompt="what is <think>?", oracle="regex:.")), make_tokenizer(), 64).generated
    assert not asked.thinking


@pytest.mark.parametrize(
    ("name", "short", "plain", "options"),
    [
        ("math", "math", "math", {}),
        ("chat:math", "math (chat)", "math", {}),
        ("chat:enable_thinking=False:math", "math (chat, enable_thinking=False)", "math", {"enable_thinking": False}),
        (
            "chat:a=1:b=two words:/x/y=z.jsonl",
            "y=z (chat, a=1, b=two words)",
            "/x/y=z.jsonl",
            {"a": 1, "b": "two words"},
        ),
        ("/x/a=b:c.jsonl", "a=b:c", "/x/a=b:c.jsonl", {}),
        ("lm_eval:gsm8k:50", "gsm8k", "lm_eval:gsm8k:50", {}),
    ],
)
def test_names_of_capabilities_in_chat(name: str, short: str, plain: str, options: dict) -> None:
    assert (name_of(name), without_chat(name), chat_options(name)) == (short, plain, options)


def test_the_pinned_date_is_the_one_that_is_said() -> None:
    assert f"{chat_templates.PINNED:%-d %B %Y}" == "1 January 2025"
