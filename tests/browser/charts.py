"""What the charts of a page show."""

from playwright.sync_api import Page


def drawn(page: Page, number: int = 0) -> None:
    page.locator(".js-plotly-plot .main-svg").nth(2 * number).wait_for(state="attached")


def axis(page: Page) -> list[float]:
    return page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")


def count(page: Page) -> int:
    """How many points the first chart's longest trace holds."""
    return page.evaluate(
        "Math.max(0, ...document.querySelector('.js-plotly-plot')._fullData.map(t => t.x ? t.x.length : 0))"
    )


def title(page: Page) -> str:
    """Of the rings; a broken line counts as a space."""
    text: str = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.title.text")
    return text.replace("<br>", " ").replace("\u00a0", " ")
