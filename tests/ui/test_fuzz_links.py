"""Thousands of damaged permalinks: each is read, or is refused in one sentence. `--fuzz N` tries more of them."""

import base64
import json
import random
import zlib
from contextlib import suppress

import pytest

from landscape.bundled import specs
from landscape.runs.estimates import points_of, seconds_of
from landscape.runs.kinds import KINDS, kind_of, plan_of
from landscape.runs.submit import current_run_of
from landscape.schema.directions import moves_with_noise
from landscape.schema.frames import PointSpec
from landscape.schema.specs import (
    AnswerSpec,
    ComparisonSpec,
    FlatnessSpec,
    InspectionSpec,
    SwapSpec,
    canonical_json,
    digest,
)
from landscape.store.errors import StoreError
from landscape.store.store import Store
from landscape.ui.components.links import address_of, pack, page_of, unpack
from landscape.ui.enlarge.view import _names
from landscape.ui.learn.progress import Progress, progress_from_url
from tests.mutations import WORDS, damaged, mutated, packed
from tests.ui.states import Page, sound

FRAME = specs.DEMO_SPEC.frame
SPECS = [
    specs.DEMO_SPEC,
    specs.DEMO_BASIN,
    specs.DEMO_WORST,
    specs.DEMO_PLANE,
    specs.DEMO_CERTIFICATE,
    InspectionSpec(checkpoint="demo:base", other="demo:assistant", capabilities=("math",), budget=60),
    specs.DEMO_SPEC.model_copy(update={"directions": moves_with_noise(("nf4", "prune-10"), 2)}),
    ComparisonSpec(checkpoint="demo:base", other="demo:assistant"),
    AnswerSpec(checkpoint="demo:base", directions=FRAME.directions[:1], at=(0.01,), prompt="2 + 2 ="),
    FlatnessSpec(checkpoint="demo:base", directions=FRAME.directions[:2], capabilities=("math",), alpha=0.01),
    SwapSpec(checkpoint="demo:base", prompt="a b", other="a c"),
]
PLAIN = [json.loads(canonical_json(spec)) for spec in SPECS]
TOLD = (ValueError, StoreError, OSError)  # what `show_errors` turns into a sentence


def link(chance: random.Random) -> str:
    """A permalink's spec, mutated as a value, as JSON, or as the text of the address."""
    plain = mutated(chance.choice(PLAIN), chance)
    match chance.randrange(6):
        case 0:
            return damaged(packed(plain), chance)
        case 1:
            text = damaged(json.dumps(plain), chance).encode("utf-8", "surrogatepass")
            return base64.urlsafe_b64encode(zlib.compress(text)).decode()
    return packed(plain)


@pytest.fixture
def count(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--fuzz"))


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--fuzz-seed"))


def use(store: Store, text: str) -> bool:
    """What a page does with a link before anything is measured. Returns whether it was one."""
    try:
        spec = unpack(text)
    except ValueError:
        return False
    assert unpack(pack(spec)) == spec
    assert spec.kind in KINDS
    digest(spec)
    try:
        current_run_of(store, spec)
        if kind_of(spec).page:
            address_of(spec)
            page_of(spec)
        if isinstance(spec, PointSpec):
            points_of(spec)
            seconds_of(spec, store)
            plan_of(spec).check(spec)
        store.delete(store.submit(spec))
    except TOLD as error:
        said = str(error).strip()
    else:
        said = "fine"
    assert said
    return True


def test_a_link_is_read_or_refused(store: Store, count: int, seed: int) -> None:
    chance = random.Random(seed)
    readable = 0
    for _ in range(count):
        text = link(chance)
        try:
            readable += use(store, text)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}\n{text}") from error
    assert readable > count / 20  # else the mutations are too wild to reach what comes after


NAMES = (
    "slice",
    "basin",
    "worst",
    "plane",
    "guarantee",
    "inspect",
    "enlarge",
    "learn",
    "checkpoints",
    "runs",
    "glossary",
    "home",
)
KEYS = ("spec", "run", "tau", "lost", "nats", "view", "relative", "capability", "at", "prompt", "others", "tuned", "beside", "lesson",
        "answers", "lecture", "a", "b", "q", "flat", "direction", "tune", "log", "dense", "explain", "bogus")  # fmt: skip


def query(chance: random.Random, page: str) -> dict[str, str]:
    """Parameters of an address; most have a spec, and of these most one that the page can read."""
    found = {key: chance.choice(WORDS).replace("\ud800", "?") for key in chance.sample(KEYS, chance.randrange(0, 5))}
    if chance.random() < 0.2:
        return found
    return found | {"spec": next((text for text in (link(chance) for _ in range(300)) if is_of(page, text)), "x")}


def is_of(page: str, text: str) -> bool:
    with suppress(ValueError):
        return kind_of(unpack(text)).page == ("basin" if page == "enlarge" else page)
    return False


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_whatever_its_address_says(page: Page, name: str, count: int, seed: int) -> None:
    chance = random.Random(f"{seed} {name}")
    for _ in range(max(1, count // 200)):
        asked = query(chance, name)
        try:
            app = page(name, **asked)
        except Exception as error:
            raise AssertionError(f"{name} {asked}") from error
        assert not app.exception, (name, asked)


def test_a_page_that_knows_nothing_of_a_parameter_ignores_it(page: Page) -> None:
    sound(page("slice", bogus="1"))


def test_lists_of_names_and_places_in_the_course_are_read_or_refused(
    count: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    for _ in range(count):
        text = damaged(json.dumps([chance.choice(WORDS)]), chance) if chance.random() < 0.5 else chance.choice(WORDS)
        with suppress(ValueError):
            assert all(isinstance(name, str) for name in _names(text))
        monkeypatch.setattr(
            "landscape.ui.learn.progress.st.query_params", {"lesson": text, "answers": text, "run": text}
        )
        assert isinstance(progress_from_url(), Progress)
