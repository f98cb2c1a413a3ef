"""A command that takes a dataclass of options has each of its fields as an option of its own."""

from dataclasses import dataclass
from inspect import signature
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from landscape.cli.option_groups import with_option_groups


@dataclass(frozen=True)
class Colour:
    hue: Annotated[str, typer.Option(help="A name.")] = "red"


@dataclass(frozen=True)
class Paint(Colour):
    coats: Annotated[int, typer.Option(min=1)] = 1


TWO_COATS = Paint(coats=2)


def paint(wall: str, *, paint: Paint, dry: Annotated[bool, typer.Option("--dry")] = False) -> None:
    print(wall, paint, dry)


def paint_twice(wall: str, *, paint: Paint = TWO_COATS) -> None:
    print(wall, paint)


@pytest.mark.parametrize(
    ("command", "arguments", "printed"),
    [
        (paint, ["north"], "north Paint(hue='red', coats=1) False"),
        (paint, ["north", "--coats", "3", "--hue", "blue", "--dry"], "north Paint(hue='blue', coats=3) True"),
        (paint_twice, ["north"], "north Paint(hue='red', coats=2)"),
        (paint_twice, ["north", "--coats", "1"], "north Paint(hue='red', coats=1)"),
    ],
)
def test_the_dataclass_is_built_from_options(command, arguments: list[str], printed: str) -> None:
    app = typer.Typer()
    app.command()(with_option_groups(command))
    assert CliRunner().invoke(app, arguments).stdout.strip() == printed


def test_fields_stand_where_the_dataclass_stood_those_of_its_base_first() -> None:
    assert list(signature(with_option_groups(paint)).parameters) == ["wall", "hue", "coats", "dry"]


def test_limits_of_a_field_hold() -> None:
    app = typer.Typer()
    app.command()(with_option_groups(paint))
    assert "--coats" in CliRunner().invoke(app, ["north", "--coats", "0"]).output
