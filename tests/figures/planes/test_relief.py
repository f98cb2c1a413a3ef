"""The relief: the field of one capability as heights, with its unit and its colours."""

import numpy as np
import pytest

from landscape.figures.planes.relief import relief_figure
from landscape.planes.regions import regions_of
from landscape.schema.directions import Gaussian
from landscape.schema.results import Facts, Result, tidy
from landscape.schema.specs import PlaneSpec

SCORES = np.array([[0.0, 0.5, 0.0], [0.25, 1.0, 0.5], [0.0, 0.75, 0.0]])  # rows along y


def made(scores: np.ndarray = SCORES, worst: float = 4.5) -> Result[PlaneSpec]:
    spec = PlaneSpec(
        checkpoint="demo:base", directions=(Gaussian(seed=0), Gaussian(seed=1)), capabilities=("basic", "math"),
        x=(-0.02, 0.02), y=(-0.01, 0.01), grid=3, full=True,
    )  # fmt: skip
    rows = [
        {"x": x, "y": y, "realised_alpha": 0.0, "capability": name, "score": score, "loss": worst * (1 - score),
         "n": 4, "seconds": 0.1}
        for name, field in (("basic", scores), ("math", scores.T))
        for y, line in zip((-0.01, 0.0, 0.01), field, strict=True)
        for x, score in zip((-0.02, 0.0, 0.02), line, strict=True)
        if np.isfinite(score)
    ]  # fmt: skip
    return Result(spec, tidy(spec, rows), Facts(100, 0.1, chance={"basic": 0.0, "math": 0.0}))


def relief(result: Result[PlaneSpec], capability: str = "basic", **options: object):
    return relief_figure(result, regions_of(result), capability, **options)


def test_heights_are_the_scores_of_the_capability_over_the_grid() -> None:
    (hills,) = relief(made()).data
    assert np.asarray(hills.z) == pytest.approx(SCORES)
    assert (list(hills.x), list(hills.y)) == ([-0.02, 0.0, 0.02], [-0.01, 0.0, 0.01])
    assert np.asarray(relief(made(), "math").data[0].z) == pytest.approx(SCORES.T)
    assert (hills.cmin, hills.cmax) == (0, 1)


def test_losses_are_the_other_view_up_to_a_round_number() -> None:
    figure = relief(made(), view="loss")
    assert np.asarray(figure.data[0].z) == pytest.approx(4.5 * (1 - SCORES))
    assert (figure.data[0].cmin, figure.data[0].cmax) == (0, 5)
    assert tuple(figure.layout.scene.zaxis.range) == (0, 5)


def test_where_nothing_is_known_the_relief_has_a_hole() -> None:
    alone = np.full((3, 3), np.nan)
    alone[1, 1] = 1.0
    z = np.asarray(relief(made(alone)).data[0].z)
    assert (z[1, 1], np.isnan(z).sum()) == (1.0, 8)


def test_a_loss_that_is_not_finite_is_a_hole_and_no_height() -> None:
    result = made()
    rows = result.rows.copy()
    rows.loc[(rows["capability"] == "basic") & (rows["x"] == 0.02) & (rows["y"] == 0.0), "loss"] = np.nan
    figure = relief(Result(result.spec, rows, result.facts), view="loss")
    assert np.isnan(np.asarray(figure.data[0].z)[1, 2])
    assert np.isnan(np.asarray(figure.data[0].z)).sum() == 1
    assert figure.data[0].cmax == 5


@pytest.mark.parametrize("view", ["score", "loss"])
def test_the_title_and_the_axes_say_what_is_shown(view: str) -> None:
    layout = relief(made(), view=view).layout
    assert layout.title.text == f"basic: {view} over the plane"
    scene = layout.scene
    assert (scene.xaxis.title.text, scene.yaxis.title.text, scene.zaxis.title.text) == ("x, α", "y, α", view)
