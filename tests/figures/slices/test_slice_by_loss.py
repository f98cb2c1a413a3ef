"""Slices read by loss: titles, marks and the JSON of where a capability is lost, on bowls known in closed form."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape.basins.losses import read_by_loss
from landscape.figures.slices.end_marks import end_mark
from landscape.figures.slices.findings import known_ends, slice_finding, slice_title
from landscape.figures.slices.reading import slice_reading
from landscape.figures.slices.slice import slice_figure
from landscape.schema.directions import Gaussian, Towards, label_of
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import SliceSpec

N, ALPHAS = 60, tuple(np.linspace(0, 0.02, 81))
CURVATURES = {"basic": 500.0, "math": 5000.0}  # h of the loss 0.3 + ½hα², of the first draw


def bowls(draws: int = 2, *, known: bool = True) -> Result[SliceSpec]:
    """Scores are 0 everywhere. Each draw is 30 % steeper than the one before; a way is as steep as the first."""
    directions = (*(Gaussian(seed=seed) for seed in range(draws)), Towards(checkpoint="demo:assistant"))
    spec = SliceSpec(checkpoint="demo:base", directions=directions, alphas=ALPHAS, capabilities=tuple(CURVATURES))
    rows = []
    for direction in directions:
        seed = direction.seed if isinstance(direction, Gaussian) else None
        for alpha in ALPHAS:
            for name, h in CURVATURES.items():
                steep = h * 1.3 ** (seed or 0) * np.linspace(0.7, 1.3, N)
                losses = (0.3 + 0.5 * steep * alpha**2).astype(np.float32)
                rows.append(
                    {"direction": label_of(direction), "seed": seed, "alpha": alpha, "realised_alpha": alpha,
                     "capability": name, "score": 0.0, "loss": float(losses.mean()) if known else None, "n": N,
                     "seconds": 0.1, "outcomes": np.zeros(N, np.uint8),
                     "losses": losses if known else np.full(N, np.nan, np.float32)}
                )  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, {"demo:assistant": 0.01}, chance={"basic": 0.0, "math": 0.0}))


def end_of(name: str, tau: float, draw: int = 0) -> float:
    return float(np.sqrt(2 * tau / (CURVATURES[name] * 1.3**draw)))


def marks(figure: go.Figure) -> dict[str, go.Scatter]:
    return {trace.legendgroup: trace for trace in figure.data if trace.mode == "markers"}


@pytest.mark.parametrize("tau", [0.02, 0.05])
def test_the_title_names_where_the_loss_has_risen_by_tau_though_the_score_is_0_everywhere(tau: float) -> None:
    result, read = bowls(), read_by_loss(bowls())
    assert slice_finding(result, "gaussian") == "2 random directions"  # by score there is nothing to lose
    first, last = ((end_of(name, tau, 1), end_of(name, tau)) for name in ("math", "basic"))
    said = "; ".join(
        f"{name} ends at α = {low:.2g} to {high:.2g}" for name, (low, high) in (("math", first), ("basic", last))
    )
    title = slice_title(read, "gaussian", known_ends(read, "gaussian", tau), tau).replace("\u00a0", " ")
    assert title == f"2 random directions: {said} (τ = {tau:g} nats of loss)"


def test_one_way_has_the_interval_of_its_examples() -> None:
    said = slice_finding(read_by_loss(bowls()), "towards demo:assistant", 0.05)
    assert said.startswith(f"Towards assistant: math holds to α ≈ {end_of('math', 0.05):.2g} [")


@pytest.mark.parametrize("view", ["score", "loss"])
def test_a_stroke_marks_the_median_boundary_in_both_views_and_units(view: str) -> None:
    result, read = bowls(), read_by_loss(bowls())
    figure = slice_figure(result, "gaussian", view=view, relative=True, tolerance=0.05, read=read)  # type: ignore[arg-type]
    for name, mark in marks(figure).items():
        middle = np.mean([end_of(name, 0.05, draw) for draw in range(2)])
        assert mark.x[0] == pytest.approx(middle / 0.1, rel=0.01)
        assert mark.y[0] == pytest.approx(0.0 if view == "score" else 0.35, rel=0.01)
        assert "(τ = 0.05 nats of loss)" in mark.hovertemplate
    assert set(marks(figure)) == {"basic", "math"}
    assert "nats\u00a0of\u00a0loss" in figure.layout.title.text
    assert "by\u00a0score" not in figure.layout.title.text


def test_where_half_of_the_directions_never_lose_it_there_is_no_mark() -> None:
    result, read = bowls(), read_by_loss(bowls())
    between = 0.5 * 5000 * 1.15 * ALPHAS[-1] ** 2  # lost in the steeper of two draws alone
    figure = slice_figure(result, "gaussian", tolerance=between, read=read)
    assert marks(figure) == {}
    assert "math is lost in 1 of 2" in figure.layout.title.text


def test_the_json_has_every_boundary_and_a_median_with_its_interval_from_six_directions_on() -> None:
    reading = slice_reading(read_by_loss(bowls(8)), 0.05)
    assert (reading["tolerance"], reading["tolerance_of"]) == (0.05, "loss, nats")
    found = reading["directions"]["gaussian"]["capabilities"]["math"]
    expected = [end_of("math", 0.05, draw) for draw in range(8)]
    assert found["boundaries"] == pytest.approx(expected, rel=0.01)
    assert found["median"] == pytest.approx(np.median(expected), rel=0.01)
    assert found["low"] < found["median"] < found["high"]
    assert not found["at_least"]
    (way,) = reading["directions"]["towards demo:assistant"]["capabilities"]["math"]["boundaries"]
    assert way == pytest.approx(end_of("math", 0.05), rel=0.01)
    by_score = slice_reading(bowls(8), 0.05)
    assert by_score["tolerance_of"] == "score"
    assert by_score["directions"]["gaussian"]["capabilities"]["math"] is None
    far = slice_reading(read_by_loss(bowls()), 5.0)["directions"]["gaussian"]["capabilities"]["basic"]
    assert far["boundaries"] == [None, None]


def test_without_reference_answers_the_title_says_so() -> None:
    read = read_by_loss(bowls(known=False))
    said = slice_reading(read, 0.1)["directions"]["towards demo:assistant"]["finding"]
    assert said == "Towards assistant (no loss of basic and math: no reference answers)"
    assert marks(slice_figure(bowls(known=False), "gaussian", read=read)) == {}


def test_a_result_without_the_loss_of_each_example_is_read_by_its_means() -> None:
    plain = bowls()
    plain = replace(plain, rows=plain.rows.assign(outcomes=None, losses=None))
    said = slice_finding(read_by_loss(plain), "towards demo:assistant", 0.05)
    assert said == (
        f"Towards assistant: math holds to α ≈ {end_of('math', 0.05):.2g}; basic holds to α ≈ "
        f"{end_of('basic', 0.05):.2g}"
    )


def test_a_mark_stands_on_the_line_whatever_the_line_shows() -> None:
    ends = known_ends(read_by_loss(bowls(1)), "gaussian", 0.05)["basic"]
    line = go.Scatter(x=[0.0, 0.1], y=[2.0, 4.0], legendgroup="basic", line={"color": "#123456"})
    mark = end_mark(line, "basic", ends, "τ = 0.05 nats of loss", 1.0)
    assert mark is not None
    assert mark.x[0] == pytest.approx(end_of("basic", 0.05), rel=0.01)
    assert mark.y[0] == pytest.approx(2 + 20 * mark.x[0])
    assert mark.marker.line.color == "#123456"
    assert end_mark(line, "basic", None, "", 1.0) is None
