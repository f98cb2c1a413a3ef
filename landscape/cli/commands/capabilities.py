"""The command about capabilities: what is in one, and which of its examples ask the same."""

from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape
from rich.table import Column, Table

from landscape.assets import CAPABILITIES, STARTER
from landscape.bundled.default_capabilities import ASKS, OF_A_GATE, USUAL
from landscape.capabilities import checking, examples
from landscape.capabilities.repeats import repeats_of
from landscape.cli.options import JsonFile, Limit
from landscape.cli.output import check_writable, out, write
from landscape.cli.portable_names import portable_capabilities

app = typer.Typer(no_args_is_help=True, help="Sets of examples.")


@app.command("list", epilog="Example: python -m landscape capability list")
def list_capabilities(json: JsonFile = "") -> None:
    """List the bundled capabilities: those for the demo models, and the starter sets for all others."""
    check_writable(json)
    rows = [
        {"for": models, "capability": name, "examples": len(examples.load(name).examples), "asks": ASKS[name],
         "by_default": name in usual, "by_default_in_inspections": name in gate}
        for models, names, usual, gate in (
            ("demo models", CAPABILITIES, CAPABILITIES, CAPABILITIES), ("all others", STARTER, USUAL, OF_A_GATE)
        )
        for name in names
    ]  # fmt: skip
    if json != "-":
        table = Table("for", Column("capability", no_wrap=True), "examples", "asks", "by default")
        for before, one in zip([None, *rows], rows, strict=False):
            new = before is None or before["for"] != one["for"]
            if new and before is not None:
                table.add_section()
            default = "yes" if one["by_default"] else "in inspections" if one["by_default_in_inspections"] else ""
            table.add_row(
                str(one["for"]) if new else "", str(one["capability"]), f"{one['examples']}", str(one["asks"]), default
            )
        out.print(table)
        out.print("Others are named on the spot: a file of your own, or lm_eval:TASK.")
    write(json, lambda: orjson.dumps({"capabilities": rows}).decode())


@app.command("show", epilog="Example: python -m landscape capability show safety --repeats 20")
def show(
    capability: Annotated[str, typer.Argument(help="Comma list of bundled names, files, lm_eval:TASK, hf:DATASET.")],
    repeats: Annotated[int, typer.Option(min=0, help="How many of the repeated requests to list.")] = 10,
    limit: Limit = None,
    json: JsonFile = "",
) -> None:
    """Show how many examples a capability has, how many distinct requests they ask, and which are asked repeatedly."""
    check_writable(json)
    found = [examples.load(name, limit) for name in portable_capabilities(capability)]
    described: list[dict[str, Any]] = [
        {"capability": one.name, "examples": len(one.examples), "requests": len(set(examples.requests_of(one))),
         "kinds": sorted({example.kind for example in one.examples}), "repeated": repeats_of(one)}
        for one in found
    ]  # fmt: skip
    if json != "-":
        table = Table("capability", "examples", "distinct requests", "kinds")
        for one in described:
            table.add_row(
                escape(one["capability"]), f"{one['examples']}", f"{one['requests']}", ", ".join(one["kinds"])
            )
        out.print(table)
        for one in described:
            _print_repeats(one["capability"], one["repeated"], repeats)
    write(json, lambda: orjson.dumps({"capabilities": described}).decode())


@app.command("check", epilog="Example: python -m landscape capability check mine.csv --checkpoint demo:base")
def check_file(
    capability: Annotated[str, typer.Argument(help="A file, or any other name; chat: before it for a chat template.")],
    checkpoint: Annotated[str, typer.Option(help="Count its tokens, and what fits into its context.")] = "",
    limit: Limit = None,
    json: JsonFile = "",
) -> None:
    """Say how a file of examples is read and judged, how long they are, and what would not fit. Nothing is measured."""
    check_writable(json)
    loaded = examples.load(capability, limit)
    found = checking.check(loaded, *_tokenizer_and_context(checkpoint)) if checkpoint else checking.check(loaded)
    if json != "-":
        out.print(_table(found))
    write(json, lambda: orjson.dumps(found.to_dict()).decode())


def _tokenizer_and_context(checkpoint: str) -> tuple[Any, int | None]:
    from landscape.checkpoints import files, models

    return models.tokenizer_of(checkpoint), files.describe(checkpoint).context


def _table(found: checking.Check) -> Table:
    repeats = found.count - found.requests
    told = {
        "file": found.source,
        "read as": found.how or "fields named as ours",
        "judged": "; ".join(checking.IN_WORDS[kind] for kind in found.kinds),
        "examples": f"{found.count:,}"
        + (f", of which {repeats:,} ask what others ask" if repeats else ", all different"),
        "guessing": "no score" if found.chance is None else f"scores {found.chance:.3f}",
        "lengths": found.lengths.text if found.lengths else "",
    }
    table = Table(show_header=False, title=escape(found.name))
    for name, said in told.items():
        if said:
            table.add_row(name, escape(said))
    for prompt, answer in found.shown:
        table.add_row("example", escape(f"{prompt} → {answer}" if prompt else answer))
    return table


def _print_repeats(name: str, repeated: list[dict[str, Any]], shown: int) -> None:
    if not repeated or not shown:
        return
    table = Table("examples", "request")
    more = f", the first {shown} of {len(repeated)}" if shown < len(repeated) else ""
    table.title = f"{escape(name)}: asked by several examples, which count once in intervals{more}"
    for one in repeated[:shown]:
        table.add_row(f"{one['examples']}", escape(" ".join(str(one["request"]).split())))
    out.print(table)
