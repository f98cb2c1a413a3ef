"""No other site frames a page, and a page loads nothing from elsewhere, whatever stands in it."""

import urllib.request

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit

IMAGE = "http://127.0.0.1:9/evil.png"  # nobody listens there: what would be fetched is what counts


def test_every_answer_refuses_to_be_framed(standing_server: str) -> None:
    for path in ("/", "/slice?spec=x", "/_stcore/health"):
        with urllib.request.urlopen(f"{standing_server}{path}", timeout=30) as answer:
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Frame-Options"] == "DENY"


def test_another_site_cannot_frame_a_page(chromium: Browser, standing_server: str) -> None:
    page = chromium.new_page()
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text, timeout=60_000) as refused:
        page.set_content(f"<iframe src='{standing_server}/glossary'></iframe>")
    assert standing_server in refused.value.text
    page.close()


def test_hostile_links_fetch_nothing_and_show_their_text(browse: Visit) -> None:
    """The fixture sees every request to another machine; the policy would stop an image that Markdown made."""
    for path in ("slice?run=", "checkpoints?a=", "glossary?q="):
        page = browse(f"/{path}![x]({IMAGE})<img src='{IMAGE}'>")
        expect(page.get_by_text("![x](http").first).to_be_visible()
        assert page.locator("img[src*='evil'], a[href*='evil']").count() == 0


def test_plotly_is_fetched_once(browse: Visit) -> None:
    """Not again by another page of the session, nor by another session of the same browser."""
    page = browse("/slice?base=demo:base&finetune=demo:assistant")
    drawn, fetched = (
        ".js-plotly-plot .main-svg",
        "performance.getEntriesByType('resource').filter(one => /plotly/.test(one.name))",
    )
    expect(page.locator(drawn).first).to_be_visible()
    page.get_by_test_id("stTopNavSection").filter(has_text="Explore").click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Plane").click()
    expect(page.get_by_role("heading", name="A plane through").first).to_be_visible()
    expect(page.locator(drawn).first).to_be_visible()
    assert page.evaluate(f"{fetched}.length") == 1
    again = browse("/slice?base=demo:base&finetune=demo:assistant")
    expect(again.locator(drawn).first).to_be_visible()
    assert again.evaluate(f"{fetched}.map(one => one.transferSize)") == [0]


def test_a_chart_offers_no_upload(browse: Visit) -> None:
    page = browse("/slice?base=demo:base&finetune=demo:assistant")
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator(".main-svg").first).to_be_visible()
    titles = chart.locator(".modebar-btn").evaluate_all("all => all.map(one => one.dataset.title)")
    assert len(titles) > 3
    assert not [title for title in titles if "hare" in title or "loud" in title], titles
