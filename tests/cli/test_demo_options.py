"""`demo build`: options that ask for different things are refused, and nothing is built."""

import pytest


@pytest.mark.parametrize(
    "options", [("--real", "--starter"), ("--real", "--only", "base"), ("--only", "x", "--starter")]
)
def test_one_thing_is_built_at_a_time(cli, options: tuple[str, ...]) -> None:
    assert "expected one of --only, --starter and --real" in cli("demo", "build", *options, code=2).stderr
