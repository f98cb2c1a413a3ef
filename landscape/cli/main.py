"""The entry point: every command, errors in one line, and exit codes."""

import sys

import typer
from pydantic import ValidationError

from landscape.cli import certify, enlarge, inspect, look, make, measure, moves, worst  # noqa: F401  their commands
from landscape.cli.app import app, err, fail
from landscape.store.errors import StoreError


def main() -> None:
    """Run the command line: errors are one line and a hint, exit code 2 for wrong input, 1 for a failed run."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        err.print("Stopped. The same command goes on where this one was.")
        sys.exit(130)
    except ValidationError as error:
        first = error.errors()[0]
        named = "" if first["type"] == "value_error" else "".join(f"{part}: " for part in first["loc"][-1:])
        fail(named + first["msg"].removeprefix("Value error, "), 2)
    except ValueError as error:
        fail(str(error), 2)
    except (StoreError, RuntimeError, OSError) as error:
        fail(str(error), 1)
    except typer.TyperException as error:  # usage: an unknown option, a missing argument
        fail(f"{error.format_message().replace('Value error, ', '').rstrip('.')}. Try --help", 2)
