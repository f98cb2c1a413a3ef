"""The page Slice read by loss, off the same points."""

import pytest
from streamlit.testing.v1 import AppTest

from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import SliceSpec
from landscape.store.store import Store
from tests.ui.states import Page, bring, figures, links, sound

SPEC = SliceSpec(
    checkpoint="demo:base",
    directions=(Gaussian(seed=0), Gaussian(seed=1), Towards(checkpoint="demo:assistant")),
    alphas=(0.0, 0.01, 0.02),
    capabilities=("basic", "math"),
)


def titles(app: AppTest) -> list[str]:
    return [figure["layout"]["title"]["text"].replace("\u00a0", " ") for figure in figures(app)]


def test_the_toggle_reads_titles_by_loss_and_stands_in_the_permalink(
    page: Page, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bring(store, SPEC, "done", monkeypatch)
    app = page("slice", run=run.id)
    sound(app)
    assert "lost=" not in links(app)
    assert not any("nats" in title for title in titles(app))
    app.segmented_control(key="lost").set_value("loss rise").run()
    assert all(title.endswith("(τ = 0.1 nats of loss)") for title in titles(app))
    app.slider(key="nats").set_value(0.3).run()
    assert all(title.endswith("(τ = 0.3 nats of loss)") for title in titles(app))
    assert "lost=loss+rise" in links(app)
    assert "nats=0.3" in links(app)
    again = page("slice", run=run.id, lost="loss rise", nats="0.3", view="loss")
    assert titles(again) == titles(app)
    assert [one.id for one in store.runs()] == [run.id]


def test_another_tolerance_moves_the_end_that_is_said(page: Page) -> None:
    near, far = (titles(page("slice", tau=tau))[0] for tau in ("0.05", "0.3"))
    assert near.endswith("(τ = 0.05)")
    assert far.endswith("(τ = 0.3)")
    assert near.partition("(τ")[0] != far.partition("(τ")[0]


def test_the_demo_slice_is_read_by_loss_with_an_interval_at_once(page: Page) -> None:
    app = page("slice", lost="loss rise")
    assert "Measure it now" not in sound(app)
    towards = next(title for title in titles(app) if title.startswith("Towards"))
    assert "[" in towards  # from the loss of each example
    assert towards.endswith("(τ = 0.1 nats of loss)")
