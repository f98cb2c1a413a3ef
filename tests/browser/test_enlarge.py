"""The Enlarge page in a real browser."""

from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import expect

from landscape.enlarge.variants import Variants
from landscape.schema.directions import Gaussian
from landscape.schema.specs import BasinSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack
from tests.browser.charts import drawn, title
from tests.browser.conftest import Visit, is_wider_than_window
from tests.waiting import wait_until

SPEC = BasinSpec(
    checkpoint="demo:base-01000",
    directions=tuple(Gaussian(seed=seed) for seed in range(6)),
    capabilities=("basic",),
    reach=0.08,
    limit=40,
)


def asked(store: Path) -> list[Run]:
    """The runs of this comparison."""
    variants = Variants(SPEC, ("demo:base",), ("demo:base-02000", "demo:assistant"))
    each = variants.searches, variants.per_tensor_searches, variants.scorings, variants.ways
    specs = [spec for specs in each for spec in specs.values()]
    return [run for run in Store(str(store)).runs() if run.spec in specs]


def test_one_press_measures_every_checkpoint_and_a_second_session_sees_the_same(
    browse: Visit, standing_store: Path
) -> None:
    lists = {"others": '["demo:base"]', "tuned": '["demo:base-02000", "demo:assistant"]'}
    page = browse(f"/enlarge?{urlencode({'spec': pack(SPEC)} | lists)}")
    expect(page.get_by_text("Not measured yet")).to_be_visible()
    expect(page.get_by_text("8 measurements")).to_be_visible()
    page.get_by_role("button", name="Compare ·").click()
    wait_until(lambda: len(asked(standing_store)) == 8, "all eight are asked for")
    expect(page.get_by_role("heading", name="What is claimed")).to_be_visible(timeout=120_000)
    drawn(page)
    assert title(page).startswith("base holds basic ")
    wait_until(lambda: {run.status for run in asked(standing_store)} == {"done"}, "all eight are measured")
    expect(page.get_by_role("button", name="Compare ·")).to_have_count(0)
    second = browse("/enlarge?" + page.url.split("?")[1])
    drawn(second)
    wait_until(lambda: title(second) == title(page), "a second session sees the same")
    assert len(asked(standing_store)) == 8


def test_relative_alpha_takes_out_what_growth_bought(browse: Visit) -> None:
    page = browse("/enlarge?base=demo:base&finetune=demo:assistant")
    drawn(page)
    before = title(page)
    assert before.startswith("base-go-0.07-average holds basic ")
    assert "in α, at equal score" in before
    page.get_by_text("relative α", exact=True).click()
    wait_until(lambda: "relative to the rms of the weights" in title(page), "the rings are drawn in the other scale")
    page.wait_for_url("**relative=true**")
    number = lambda text: float(text.split("basic ")[1].split(" ×")[0])  # noqa: E731
    assert number(title(page)) < number(before)
    page.set_viewport_size({"width": 390, "height": 844})
    drawn(page)
    assert not is_wider_than_window(page)
