"""The pair that a spec speaks of, and how much a spec speaks of a pair."""

import pytest

from landscape.bundled.pairs import Pair, closeness, pair_of
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.frames import Spec
from landscape.schema.specs import BasinSpec, ComparisonSpec, InspectionSpec, SliceSpec

HERE = Pair("a", "b")
NOISE = Gaussian(seed=0)


def sliced(centre: str, *aims: str) -> SliceSpec:
    return SliceSpec(
        checkpoint=centre, directions=(NOISE, *(Towards(checkpoint=aim) for aim in aims)), capabilities=("x",)
    )


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        (sliced("a", "b"), ("a", "b")),
        (sliced("a"), ("a", "b")),  # around one of the two: the other stays
        (sliced("b"), ("a", "b")),
        (sliced("b", "a"), ("a", "b")),  # around the fine-tune, towards its base: the roles stay
        (sliced("b", "c", "a"), ("a", "b")),
        (sliced("c", "a"), ("a", "c")),  # another fine-tune of the same base
        (sliced("a", "c"), ("a", "c")),
        (sliced("c", "d"), ("c", "d")),
        (sliced("c"), ("c",)),
        (InspectionSpec(checkpoint="c", other="a", capabilities=("x",)), ("c", "a")),  # says which one is the base
        (ComparisonSpec(checkpoint="a", other="b"), ("a", "b")),
    ],
)
def test_the_pair_of_a_spec(spec: Spec, names: tuple[str, ...]) -> None:
    assert pair_of(spec, HERE).names == names


def test_the_capabilities_of_a_spec_are_those_of_the_pair() -> None:
    assert pair_of(sliced("a", "b"), HERE).capabilities == ("x",)
    asked = Pair("a", "b", ("y",))
    assert pair_of(ComparisonSpec(checkpoint="a", other="b"), asked) == asked, "a comparison asks nothing"
    assert pair_of(ComparisonSpec(checkpoint="a", other="c"), asked).capabilities == ()


@pytest.mark.parametrize(
    ("spec", "much"),
    [
        (sliced("a", "b"), 3),
        (sliced("b", "c", "a"), 3),
        (sliced("a"), 2),
        (sliced("a", "c"), 1),
        (sliced("c", "a"), 0),
    ],
)
def test_how_much_a_spec_speaks_of_a_pair(spec: Spec, much: int) -> None:
    assert closeness(spec, HERE) == much


def test_of_one_checkpoint_what_goes_nowhere_else_speaks_most() -> None:
    alone = Pair("a")
    assert closeness(sliced("a"), alone) == 3
    assert closeness(BasinSpec(checkpoint="a", directions=(Towards(checkpoint="b"),), capabilities=("x",)), alone) == 1
    assert alone.centre == "a"
    assert alone.text == "a"
    assert HERE.other_than("a") == "b"
