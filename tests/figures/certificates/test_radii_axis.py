"""Proven and found distances on one axis: the marks, and what the title may compare."""

import math

import pytest

from landscape.figures.certificates.radii_axis import Found, distances_finding, found_in, radii_figure
from tests.figures.certificates.known_search import searched

CERTIFIED = {"basic": 0.0199, "math": None}
WORST = {"basic": Found(0.2), "math": None}
MOST = {"basic": Found(10.0, low=8.0, high=13.0), "math": Found(2.0)}
FAR = {"demo:benign": 1.2}


def test_a_row_holds_the_bar_and_both_radii() -> None:
    figure = radii_figure(CERTIFIED, WORST, MOST, FAR, 0.5, parameters=10**6)
    bar = next(t for t in figure.data if t.line.width == 16)
    assert bar.x[1] == 0.0199
    marks = {t.marker.symbol: t.x[0] for t in figure.data if t.mode == "markers" and t.y[0] == 0}
    assert marks == {"triangle-left": 0.2, "diamond": 10.0}
    texts = [a.text for a in figure.layout.annotations]
    assert "none certified" in texts
    assert "0.019" in texts  # rounded down: proven
    assert any(t.marker.symbol == "star" and tuple(t.x) == (1.2,) for t in figure.data)
    assert "α = r / 1,000" in figure.layout.xaxis.title.text


def test_nothing_stands_between_what_is_proven_with_noise_and_what_was_found_without() -> None:
    figure = radii_figure(CERTIFIED, WORST, MOST, FAR, 0.5)
    spans = [t.x for t in figure.data if t.mode == "lines" and t.y[0] == 0]
    assert not [x for x in spans if x[0] == 0.0199]
    assert not set("≤≪<?") & set(figure.layout.title.text.replace("<br>", ""))


def test_a_search_without_an_end_is_hollow_and_at_least() -> None:
    figure = radii_figure({"basic": 0.02}, {"basic": Found(0.3, at_least=True)}, {"basic": Found(9.0, True)}, {}, 0.5)
    symbols = [t.marker.symbol for t in figure.data if t.mode == "markers" and t.y[0] == 0]
    assert symbols == ["triangle-left-open", "diamond-open"]
    assert "≥ 9.0" in [a.text for a in figure.layout.annotations]


@pytest.mark.parametrize(
    ("certified", "worst", "most", "said"),
    [
        (
            0.0199, Found(0.2), Found(10.0),
            "basic: certified with noise to 0.019; without noise it ends at 0.20 in the worst direction found, "
            "10 in random ones (the median)",
        ),
        (0.0199, None, Found(10.0), "without noise it ends at 10 in random ones (the median)"),
        (0.0199, None, None, "basic: certified with noise to 0.019"),
        (0.0199, Found(0.01), None, "without noise it ends at 0.010 in the worst direction found"),
        (
            0.0199, Found(0.4, True), Found(1.0),
            "it ends at 1.0 in random ones (the median) and holds to at least 0.40 in the worst direction found",
        ),
        (None, Found(0.2), Found(10.0), "No radius is certified; without noise basic ends at 0.20 in the worst"),
        (None, None, None, "No radius is certified"),
    ],
)  # fmt: skip
def test_the_title_says_what_is_known_of_either_model(
    certified: float | None, worst: Found | None, most: Found | None, said: str
) -> None:
    given = {"basic": certified}, {"basic": worst}, {"basic": most}
    assert said in distances_finding(*given)
    figure = radii_figure(*given, FAR, 0.5)
    assert said in figure.layout.title.text.replace("<br>", " ")
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
