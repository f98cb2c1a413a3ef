"""Proven and found distances on one axis: the marks, and what the title may compare."""

import math

import pytest

from landscape.figures.certificates.radii_axis import Found, found_in, sandwich_figure, sandwich_finding
from tests.figures.certificates.known_search import searched

CERTIFIED = {"basic": 0.0199, "math": None}
WORST = {"basic": Found(0.2), "math": None}
MOST = {"basic": Found(10.0, low=8.0, high=13.0), "math": Found(2.0)}
FAR = {"demo:benign": 1.2}


def test_a_row_holds_the_bar_the_unknown_and_both_radii() -> None:
    figure = sandwich_figure(CERTIFIED, WORST, MOST, FAR, 0.5, parameters=10**6)
    bar = next(t for t in figure.data if t.line.width == 16)
    assert bar.x[1] == 0.0199
    dotted = next(t for t in figure.data if t.line.dash == "dot")
    assert tuple(dotted.x) == (0.0199, 0.2)
    marks = {t.marker.symbol: t.x[0] for t in figure.data if t.mode == "markers" and t.y[0] == 0}
    assert marks == {"triangle-left": 0.2, "diamond": 10.0}
    texts = [a.text for a in figure.layout.annotations]
    assert texts.count("<b>?</b>") == 2
    assert "none certified" in texts
    assert "0.019" in texts  # rounded down: proven
    assert any(t.marker.symbol == "star" and tuple(t.x) == (1.2,) for t in figure.data)
    assert "α = r / 1,000" in figure.layout.xaxis.title.text


def test_a_search_without_an_end_is_hollow_and_at_least() -> None:
    figure = sandwich_figure(
        {"basic": 0.02}, {"basic": Found(0.3, at_least=True)}, {"basic": Found(9.0, True)}, {}, 0.5
    )
    symbols = [t.marker.symbol for t in figure.data if t.mode == "markers" and t.y[0] == 0]
    assert symbols == ["triangle-left-open", "diamond-open"]
    assert "≥ 9.0" in [a.text for a in figure.layout.annotations]


@pytest.mark.parametrize(
    ("certified", "worst", "most", "said"),
    [
        (
            0.0199,
            Found(0.2),
            Found(10.0),
            "basic: certified to 0.019 ≤ ? ≤ 0.20 in the worst direction found ≪ 10 in most",
        ),
        (0.0199, None, Found(10.0), "basic: certified to 0.019 ≤ ? ≪ 10 in most directions"),
        (0.0199, None, None, "basic: certified to 0.019 ≤ ?"),
        (0.0199, Found(0.01), None, "the worst direction ends at 0.010, within the 0.019 certified with noise"),
        (0.0199, Found(0.4, True), Found(1.0), "no bad direction was found"),
        (None, Found(0.2), Found(10.0), "No radius is certified; yet basic holds in most"),
        (None, None, None, "No radius is certified"),
    ],
)
def test_the_title_compares_what_is_known(
    certified: float | None, worst: Found | None, most: Found | None, said: str
) -> None:
    given = {"basic": certified}, {"basic": worst}, {"basic": most}
    assert said in sandwich_finding(*given)
    figure = sandwich_figure(*given, FAR, 0.5)
    assert said in figure.layout.title.text
    assert "nan" not in figure.to_json().replace("\\u", "").lower().split('"template"')[0].split()


def test_radii_of_a_search_are_read_at_the_threshold_as_distances() -> None:
    worst, most = found_in(searched({"basic": 0.02, "math": 0.01}), "basic", 0.5)
    assert worst is not None
    assert most is not None
    assert worst.radius == pytest.approx(0.002 * 100, rel=0.05)
    assert most.radius == pytest.approx(0.02 * 100, rel=0.05)
    assert not math.isnan(most.low)
    higher = found_in(searched({"basic": 0.02}), "basic", 0.75)[1]
    assert higher is not None
    assert higher.radius == pytest.approx(0.01 * 100, rel=0.05)


def test_a_score_that_theta_does_not_have_is_found_nowhere() -> None:
    assert found_in(searched({"basic": 0.02}), "basic", 1.0) == (None, None)
    assert found_in(searched({"basic": 0.02}), "code", 0.5) == (None, None)
    wide = found_in(searched({"basic": 1.0}), "basic", 0.5)
    assert wide[1] is not None
    assert wide[1].at_least
    assert wide[1].text == "≥ 8.0"
