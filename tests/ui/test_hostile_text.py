"""Names, errors and remarks from outside are text, on every page, in every figure, report and export."""

import csv
import html
import io
import json
import re
import shlex
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from rich.console import Console
from streamlit.testing.v1 import AppTest

from landscape.checkpoints.files import Source
from landscape.inspection.verdict import verdict_of
from landscape.reports import inspection, tables
from landscape.runs.inspection_evidence import collect_evidence
from landscape.store.store import Store
from landscape.ui.components import measurement
from landscape.ui.components.links import address_of, pack, page_of
from landscape.ui.slices.view import Choice
from landscape.ui.slices.view import figures as figures_of
from tests.ui.hostile_store import EVIL, NAMES, PAGES, first, make_hostile, with_every_kind
from tests.ui.states import Page, figures

# What must not reach Markdown as it is: an image, a link, tags, bold text, a formula, a directive, code, a strike.
MARKUP = r"!\[i\]\(|(?<!\\)\]\((?!#)|(?<!\\)<img|(?<!\\)<a |\*\*b\*\*|\$y\$|(?<!\\):red\[r|(?<!\\)`c|~~s"
MARKDOWN = {"body", "label", "help", "text", "content", "delta", "caption"}  # the fields that the browser reads as such


def test_the_name_would_do_harm() -> None:
    assert re.search(MARKUP, f"**{EVIL}**")
    assert not set("/.+") & set(EVIL)


def messages(app: AppTest) -> Iterator[tuple[str, Message]]:
    """Every element and block of a page, as it is sent to the browser."""
    waiting: list[Any] = [app._tree]
    while waiting:
        node = waiting.pop()
        waiting += list(getattr(node, "children", {}).values())
        if isinstance(getattr(node, "proto", None), Message):
            yield node.type, node.proto


def markdown_of(message: Message) -> Iterator[str]:
    """The texts of an element that the browser reads as Markdown."""
    for field, value in message.ListFields():
        several = [value] if isinstance(value, str | bytes | int | float | Message) else list(value)
        for one in several:
            if isinstance(one, Message):
                yield from markdown_of(one)
            elif isinstance(one, str) and field.name in MARKDOWN:
                yield one


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "legendgroup":  # which is compared, and never shown
                yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str):
        yield value


def check_figure(figure: dict) -> None:
    """No element, entity or template of the name's, and each name once escaped."""
    for text in texts_of({"data": figure["data"], "layout": figure["layout"]}):
        without = re.sub(r"</?(b|i|br|sub|extra)>", "", text)
        assert not re.search(r"<(?! ?\u00a0?\d)|%\{evil|\$y\$", without), text
        assert "&amp;lt;" not in text, text
        if "evil:" in text:
            assert "<img src=evil:b>" in html.unescape(text), text


def check(app: AppTest) -> str:
    """Nothing of the name is an element. Returns what is said."""
    assert not app.exception, app.exception[0].value
    said = []
    for kind, message in messages(app):
        if kind in ("code", "arrow_data_frame", "bidi_component"):
            continue
        for text in markdown_of(message):
            assert not re.search(MARKUP, text), (kind, text)
            said.append(text)
    for figure in figures(app):
        check_figure(figure)
    return "\n".join(said)


@pytest.fixture
def hostile(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Runs of every kind, all of whose names are hostile."""
    opened = with_every_kind(store)
    make_hostile(monkeypatch)
    return opened


@pytest.mark.parametrize("kind", PAGES)
def test_a_run_is_shown(page: Page, hostile: Store, kind: str) -> None:
    run = first(hostile, kind)
    app = page(page_of(run.spec), **address_of(run.spec, run.id))
    assert "evil" in check(app)
    assert figures(app) or kind == "comparison"  # which reads both checkpoints first


@pytest.mark.parametrize("kind", PAGES)
def test_a_link_to_what_was_never_measured_is_shown(page: Page, hostile: Store, kind: str) -> None:
    spec = first(hostile, kind).spec
    other = spec.model_copy(update={"device": f"{EVIL}device"})
    app = page(page_of(spec), **address_of(other))
    check(app)
    for button in [button for button in app.button if button.key == "measure" or button.label == "Ask here"]:
        if not button.disabled:
            check(button.click().run())


@pytest.mark.parametrize("name", ["slice", "basin", "worst", "plane", "guarantee", "inspect", "enlarge", "learn"])
def test_a_run_that_is_not_here_is_named(page: Page, store: Store, name: str) -> None:
    check(
        page(
            name,
            run=EVIL,
            tau=EVIL,
            lost=EVIL,
            nats=EVIL,
            view=EVIL,
            capability=EVIL,
            at=EVIL,
            prompt=EVIL,
            others=EVIL,
            beside=EVIL,
        )
    )


@pytest.mark.parametrize("query", [{"spec": EVIL}, {"spec": EVIL, "others": EVIL}, {"bogus": EVIL, EVIL: "1"}])
def test_a_damaged_link_is_told(page: Page, store: Store, query: dict[str, str]) -> None:
    for name in ("slice", "enlarge"):
        check(page(name, **query))


def test_what_was_looked_up_is_told(page: Page, store: Store) -> None:
    assert "evil" in check(page("glossary", q=EVIL))


def test_two_checkpoints_that_are_nowhere_are_named(page: Page, store: Store) -> None:
    assert "evil" in check(page("checkpoints", a=EVIL, b=f"org/{EVIL}@x+y/z"))


def test_trainings_are_compared(page: Page, hostile: Store) -> None:
    spec = first(hostile, "basin").spec
    names = json.dumps([NAMES["demo:base-02000"]])
    check(page("enlarge", spec=pack(spec), others=names, tuned=names))


def test_the_runs_are_listed(page: Page, hostile: Store) -> None:
    check(page("runs"))


@pytest.mark.parametrize("kind", ["slice", "basin", "plane", "worst", "certificate"])
def test_a_lesson_is_told_of_a_run(page: Page, hostile: Store, kind: str) -> None:
    for lesson in "1357" if kind == "basin" else "16":
        check(page("learn", run=first(hostile, kind).id, lesson=lesson, answers=f"{lesson}a"))


class Elements(HTMLParser):
    """What elements a page has, and what they would fetch; what scripts hold is text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}={value}" for name, value in attributes if name in ("src", "href")]
        self.found += [tag] if tag in ("a", "img", "iframe", "link", "object") else []


def elements(page: str) -> list[str]:
    parser = Elements()
    parser.feed(page)
    return parser.found


@pytest.fixture
def judged(hostile: Store) -> tuple[Any, Any, Any]:
    run = first(hostile, "inspection")
    evidence, _ = collect_evidence(hostile, run)
    return run.spec, verdict_of(run.spec, evidence), evidence  # type: ignore[arg-type]


def test_reports_of_an_inspection_are_text(judged: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "fingerprint", lambda name: "0")  # there are no such checkpoints
    monkeypatch.setattr(inspection, "prompts_note", lambda *names: f"as {EVIL} says")
    monkeypatch.setattr(inspection.trust, "is_given", lambda folder: False)
    monkeypatch.setattr(inspection, "resolve", lambda name: Source(name, Path(name)))
    page = inspection.as_html(*judged)
    assert elements(page) == []
    assert "evil:" in page
    text = inspection.as_markdown(*judged)
    *lines, command, _ = text.split("\n")
    assert not re.search(MARKUP, "\n".join(lines))
    assert "evil" in "\n".join(lines)
    spec = judged[0]
    words = shlex.split(command.strip("` "))
    assert words[4:6] == [spec.checkpoint, spec.other]
    assert words[words.index("--capability") + 1] == ",".join(spec.capabilities)
    assert json.loads(inspection.as_json(*judged))["spec"]["checkpoint"] == spec.checkpoint


@pytest.mark.parametrize("kind", ["slice", "basin", "worst", "plane", "certificate"])
def test_exports_and_tables_are_text(hostile: Store, kind: str) -> None:
    result = hostile.result(first(hostile, kind).id)
    cells = [cell for row in csv.reader(io.StringIO(result.to_csv())) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "@", "+"))] == []
    assert any(cell.startswith("'=") for cell in cells)
    console = Console(file=io.StringIO(), width=100_000)
    for table in tables.of(result):
        console.print(table)
    assert "![i](evil:a)<img" in console.file.getvalue()  # type: ignore[attr-defined]  # [i] is no italics


def test_a_page_of_figures_is_text(hostile: Store) -> None:
    result = hostile.result(first(hostile, "slice").id)
    page = measurement.page_of_figures(figures_of(result, Choice()), f"</title>{EVIL}")
    assert elements(page) == []
    assert "sendChartToCloud" in page  # Plotly's own script knows it …
    assert '"showSendToCloud": false' in page  # … and is told not to offer it
    assert "https://cloud.plotly.com" not in re.sub(r'dflt:"https://cloud.plotly.com/newchart"', "", page)
