"""The lessons in a real browser: by keyboard alone, on a phone, at 200 % zoom, from the lectern."""

import pytest
from playwright.sync_api import Page, expect

from landscape.bundled import results
from landscape.lessons.course import LESSONS
from tests.browser.charts import drawn
from tests.browser.conftest import Visit
from tests.waiting import wait_until

PAIR = "base=demo:base&finetune=demo:assistant"
ALL = "answers=1b2a3c4b5c6b7c"


def settled(page: Page) -> None:
    drawn(page)
    page.wait_for_timeout(800)


def wide(page: Page) -> tuple[int, int]:
    """How wide the page is, and how wide the window."""
    return tuple(page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]"))


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a button of that name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip().endswith(name):
            return
    pytest.fail(f"Tab does not lead to {name}")


def test_a_lesson_is_worked_through_by_keyboard_alone(browse: Visit) -> None:
    page = browse(f"/learn?{PAIR}")
    settled(page)
    tab_to(page, "Slowly at first, then ever faster, like a parabola")
    page.keyboard.press("Enter")
    expect(page.get_by_text("So it is.")).to_be_visible()
    assert "answers=1b" in page.url
    thumb = page.get_by_role("slider").first
    thumb.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("What it writes at α = 0.0020")).to_be_visible()
    assert "lesson=2" not in page.url, "an arrow that moves the slider turns no page"
    tab_to(page, "Next")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Most directions are alike")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Lesson 2 of 7, 1 predicted")).to_be_visible()


SLIDE = """() => {
  const main = document.querySelector("[data-testid=stMain]"), seen = (e) => e.checkVisibility() && e.getClientRects().length;
  const size = (e) => parseFloat(getComputedStyle(e).fontSize);
  const texts = [...main.querySelectorAll("p, li, th, td, h2, .js-plotly-plot text")].filter((e) => seen(e) && e.textContent.trim());
  const told = [...main.querySelectorAll(".st-key-asked > * p, .st-key-finding p, .st-key-takeaways li")];
  const below = [...main.querySelectorAll("p, li, td, button, h2, .js-plotly-plot")].filter(
    (e) => seen(e) && e.getBoundingClientRect().bottom > innerHeight + 1);
  return {
    heights: [document.documentElement.scrollHeight, main.scrollHeight, innerHeight],
    top: main.scrollTop,
    below: below.map((e) => e.textContent.slice(0, 40)),
    small: texts.filter((e) => size(e) < innerHeight / 45 - 0.3).map((e) => `${size(e)}: ${e.textContent.slice(0, 40)}`),
    told: Math.min(...told.filter((e) => seen(e) && !e.closest("button")).map(size)),
  };
}"""


def check_the_slide(page: Page) -> None:
    """It fits the window, stands at its top, and can be read from the last row."""
    page.wait_for_timeout(700)
    found = page.evaluate(SLIDE)
    document, main, window = found["heights"]
    assert document <= window
    assert main <= window
    assert found["top"] == 0
    assert not found["below"]
    assert not found["small"]
    assert window / 30 - 0.3 <= found["told"] < window, "24 px of 720: the question, and the finding"


def test_every_slide_fits_and_can_be_read_from_the_last_row(browse: Visit) -> None:
    page = browse(f"/learn?{PAIR}&lecture=1")
    page.set_viewport_size({"width": 1280, "height": 720})
    for number, lesson in enumerate(LESSONS, 1):
        expect(page.get_by_role("heading", name=lesson.title)).to_be_visible()
        drawn(page)
        check_the_slide(page)
        page.locator(".st-key-asked button").first.click()
        expect(page.locator(".st-key-finding p").first).to_be_visible()
        drawn(page)
        check_the_slide(page)
        assert f"answers={''.join(f'{done}a' for done in range(1, number + 1))}" in page.url
        page.locator(".st-key-next button").click()
    expect(page.get_by_role("heading", name="What you can say now")).to_be_visible()
    check_the_slide(page)


def test_a_slide_grows_with_the_projector(browse: Visit) -> None:
    page = browse(f"/learn?{PAIR}&lecture=1&lesson=4&{ALL}")
    page.set_viewport_size({"width": 1920, "height": 1080})
    drawn(page)
    check_the_slide(page)


def test_the_lecturer_goes_by_keys_and_sliders_keep_theirs(browse: Visit) -> None:
    page = browse(f"/learn?{PAIR}&{ALL}")
    settled(page)
    page.keyboard.press("?")
    expect(page.get_by_text("Learn: the lecturer's view")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Learn: the lecturer's view")).not_to_be_visible()
    page.keyboard.press("v")
    expect(page.locator(".st-key-finding p").first).to_be_visible()
    assert "lecture=1" in page.url
    expect(page.get_by_test_id("stHeader")).not_to_be_visible()
    drawn(page)
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("stSliderThumbValue")).to_have_text("0.00050")
    expect(page.get_by_role("heading", name="Walk out of the basin")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    for title in [lesson.title for lesson in LESSONS[1:4]]:
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name=LESSONS[2].title)).to_be_visible()
    assert "answers=" in page.url
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    expect(page.get_by_role("heading", name=LESSONS[2].title)).to_be_visible()
    assert "lecture" not in page.url


def test_the_next_lesson_starts_at_the_top(browse: Visit) -> None:
    page = browse(f"/learn?{PAIR}&{ALL}")
    settled(page)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name=LESSONS[1].title)).to_be_visible()
    wait_until(
        lambda: page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0, "it is at the top"
    )


def check_that_the_finding_is_said_without_the_picture(page: Page, number: int) -> None:
    lesson = LESSONS[number - 1]
    result = results.shipped(lesson.shows)
    assert result is not None
    finding = lesson.narrate(result, lesson.choices(result)[0]).finding
    assert page.locator(".chart[role=img]").first.get_attribute("aria-label") == finding
    assert "None" not in page.get_by_test_id("stMain").inner_text().split()


@pytest.mark.parametrize("number", range(1, len(LESSONS) + 1))
def test_a_lesson_says_its_finding_and_fits_a_phone_and_a_window_at_200_per_cent(browse: Visit, number: int) -> None:
    page = browse(f"/learn?{PAIR}&lesson={number}&{ALL}", phone=True)
    for width, height in ((390, 844), (700, 500)):  # 700 px: 1400 at 200 %
        page.set_viewport_size({"width": width, "height": height})
        settled(page)
        page_width, window = wide(page)
        assert page_width <= window, f"scrolls sideways at {width} px"
        expect(page.get_by_role("heading", name=LESSONS[number - 1].title)).to_be_visible()
        for box in page.locator(".js-plotly-plot").all():
            place = box.bounding_box()
            assert place is not None
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= window + 1
    assert page.evaluate("getComputedStyle(document.querySelector('[data-testid=stButton] button')).minHeight") != "0px"
    check_that_the_finding_is_said_without_the_picture(page, number)


def test_text_and_controls_stand_out_from_the_ground_in_light_and_dark(browse: Visit) -> None:
    for dark, view in ((False, ""), (True, ""), (True, "&lecture=1"), (True, "&lecture=1&lesson=2")):
        page = browse(f"/learn?{PAIR}&answers=1a{view}", dark=dark)
        settled(page)
        ratios = page.evaluate(CONTRAST)
        assert ratios, "some text was looked at"
        assert {text: ratio for text, (ratio, least) in ratios.items() if ratio < least} == {}


CONTRAST = """() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const shine = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const over = (top, under) => { const a = top[3] ?? 1; return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a)); };
  const ground = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top.length ? top : [0, 0, 0, 0], under), [255, 255, 255]);
  };
  const found = {};
  const places = "p, h2, td, th, button:not([disabled]) p, label p";
  for (const element of document.querySelectorAll(`[data-testid=stMain] :is(${places})`)) {
    const text = element.innerText.trim();
    if (!text || element.closest("[disabled]") || !element.offsetParent) continue;
    // in the one accent colour, which must carry white letters; what it says stands in the text beside the slider
    if (element.closest("[data-testid=stSliderThumbValue]")) continue;
    let opacity = 1;
    for (let e = element; e; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
    const back = ground(element), ink = parse(getComputedStyle(element).color);
    const [a, b] = [shine(over([...ink.slice(0, 3), (ink[3] ?? 1) * opacity], back)), shine(back)].sort((x, y) => y - x);
    if (opacity * (ink[3] ?? 1) < 0.1) continue;  // shown when pointed at, or still fading
    // one accent colour serves as the ground of white letters and, in the dark, as letters: neither can have all of 4.5
    const least = element.closest("button") ? 3.8 : 4.5;
    const ratio = Math.min((found[text.slice(0, 40)] ?? [99])[0], (a + 0.05) / (b + 0.05));
    found[text.slice(0, 40)] = [ratio, least];
  }
  return found;
}"""


def test_no_lesson_asks_a_model_before_its_picture_is_there(visit: Visit) -> None:
    page = visit(f"/learn?{PAIR}")
    drawn(page)
    expect(page.get_by_text("Predict first.")).to_be_visible()
    expect(page.get_by_text("✓ right").first).to_be_visible()


def test_the_reader_asks_a_prompt_of_their_own_and_a_worker_answers(browse: Visit) -> None:
    page = browse(f"/learn?{PAIR}&answers=1b")
    settled(page)
    page.get_by_text("Ask it something else here").click()
    box = page.get_by_label("Prompt", exact=True)
    box.fill("By tulip we mean a type of")
    box.press("Control+Enter")
    page.get_by_role("button", name="Ask here").click()
    wait_until(lambda: "flower." in page.get_by_test_id("stCode").all_inner_texts().__str__(), "an answer")


def test_a_word_of_the_glossary_has_an_address(browse: Visit) -> None:
    page = browse("/glossary")
    word = page.locator("#word-certified-radius")
    expect(word).to_be_visible()
    word.get_by_role("link").click()
    assert page.url.endswith("#word-certified-radius")
    page.get_by_label("Find a word").fill("needle")
    page.get_by_label("Find a word").press("Enter")
    expect(page.locator("#word-certified-radius")).to_have_count(0)
    expect(page.locator("#word-needle")).to_be_visible()
    assert "q=needle" in page.url
