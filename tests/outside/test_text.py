"""What makes text literal. Whether it does so on pages and in figures and files: tests/ui/test_hostile_text.py."""

import html
import re

import pytest

from landscape.outside.text import cell, code_span, markdown, plotly

NASTY = [
    "![x](https://evil.test/a.png)",
    "[x](https://evil.test)",
    "https://evil.test",
    "www.evil.test",
    "me@evil.test",
    "<https://evil.test>",
    "<img src=x>",
    "**b** _i_ ~s~ `c`",
    "$x$",
    ":red[x]",
    ":material/home:",
    ":tada:",
    "# h",
    "- item",
    "+ item",
    "1. item",
    "> quote",
    "a\n===",
    "|a|b|\n|-|-|",
    "&lt;b&gt;",
    "\\*x\\*",
    "a -> b",
    "@somebody #12",
]


@pytest.mark.parametrize("text", NASTY)
def test_markdown_is_escaped_and_says_the_same(text: str) -> None:
    found = markdown(text)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", found).replace("\u2060", "") == text
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*\[\]<>$~|#&]", found)  # nothing that opens anything is left
    assert not re.search(r"://|www\.|\w@\w|(?<!\\):\w|(?m)^[-+=]|^\d+[.)]".replace("(?m)", ""), found)


@pytest.mark.parametrize("text", ["my_math", "path/to/base-1.5", "math (chat)", "score 0.5 → 0.7: it fell", "a, b; c"])
def test_ordinary_names_stay_as_they_are(text: str) -> None:
    assert markdown(text) == text
    assert plotly(text) == text


@pytest.mark.parametrize("text", [*NASTY, "<a href='https://evil.test'>x</a>", "%{x} $y$ & <b>z</b>", "<br>"])
def test_a_figure_reads_no_tag_entity_or_template_in_it(text: str) -> None:
    found = plotly(text)
    assert html.unescape(found) == text
    assert not re.search(r"[<>$]|%\{|&(?!amp;|lt;|gt;|#\d+;)", found)


@pytest.mark.parametrize("text", ["a b", "a `b` c", "``", "`", "a\nb", "end`"])
def test_a_code_span_ends_where_its_text_ends(text: str) -> None:
    found = code_span(text)
    fence = re.match("`+", found)
    assert fence
    inner = found[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall("`+", inner)
    assert " ".join(inner.split()) == " ".join(text.split())


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_computed(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["math", "1=1", "", 3, -1.5, None])
def test_other_cells_stay_as_they_are(value: object) -> None:
    assert cell(value) == value
