"""The entry point: the application with all its commands, and every error in one line with an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape

from landscape import __version__
from landscape.cli import exit_codes, surface
from landscape.cli.commands import (
    bench,
    capabilities,
    certify,
    checkpoints,
    demo,
    enlarge,
    inspect,
    measure,
    moves,
    runs,
    serve,
    worst,
)
from landscape.cli.output import err, out
from landscape.outside import network
from landscape.schema.parsing import sentence_of
from landscape.store.errors import StoreError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (serve, measure, certify, inspect, bench, moves, worst, surface):  # as --help lists them
    app.add_typer(module.app)
groups = {"run": runs, "checkpoint": checkpoints, "capability": capabilities, "demo": demo, "enlarge": enlarge}
for name, group in groups.items():
    app.add_typer(group.app, name=name)


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(f"landscape {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def choose_executor(
    executor: Annotated[
        str, typer.Option(help="Who measures: this process if empty, or ray[:ADDRESS][?actors=8&gpus=1].")
    ] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """See the loss landscape of language models, and what a fine-tune does to them."""
    if executor:
        os.environ["LANDSCAPE_EXECUTOR"] = executor  # the worker that a command starts goes by it too


def main() -> None:
    """Run the command line and exit (see `exit_codes`). An error is one line with a hint."""
    try:
        _require_text(sys.argv[1:])
        with network.announcing(lambda text: err.print(escape(text), highlight=False, soft_wrap=True)):
            sys.exit(app(standalone_mode=False) or exit_codes.PASS)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        err.print("Stopped. The same command goes on where this one was.")
        sys.exit(exit_codes.STOPPED)
    except ValidationError as error:
        fail(sentence_of(error), exit_codes.WRONG_INPUT)
    except ValueError as error:
        fail(str(error), exit_codes.WRONG_INPUT)
    except (StoreError, RuntimeError, OSError) as error:
        fail(str(error), exit_codes.BROKEN)
    except typer.TyperException as error:  # usage: an unknown option, a missing argument
        message = error.format_message().replace("Value error, ", "").rstrip(".")
        if not message:  # nothing was asked, and the help is on the screen
            fail("expected a command, and there was none", exit_codes.WRONG_INPUT)
        fail(f"{message}. Try --help", exit_codes.WRONG_INPUT)
    except SystemExit:
        raise
    except BaseException:  # a bug, of ours or of a library (a panic is no Exception): Python would end with 1, "fail"
        traceback.print_exc()
        sys.exit(exit_codes.BROKEN)


def _require_text(words: Sequence[str]) -> None:
    """Raise ValueError for an argument whose bytes are no text: no store, file or terminal could hold it."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ValueError(f"expected arguments in UTF-8, got {word!r}") from None


def fail(message: str, code: int) -> None:
    """Exit with one line on stderr."""
    err.print(f"[red]Error:[/red] {escape(' '.join(message.split()))}", highlight=False, soft_wrap=True)
    sys.exit(code)
