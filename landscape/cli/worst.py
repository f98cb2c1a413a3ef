"""Commands about the worst case: directions found to hurt most, and standard measures of flatness."""

from typing import Annotated, Any

import orjson
import typer
from rich.markup import escape

from landscape.checkpoints import files
from landscape.cli.app import app, check_writable, finish, out, write
from landscape.cli.measure import measured, print_tables
from landscape.cli.options import (
    Adapter,
    Capabilities,
    Checkpoint,
    Count,
    CsvFile,
    Device,
    Globs,
    JsonFile,
    Limit,
    NumberFormat,
    Seed,
    Tolerance,
    Towardses,
    Trust,
    chosen_capabilities,
    portable,
    where,
)
from landscape.reports import worst_tables
from landscape.reports.worst import worst_dict
from landscape.schema.default_ranges import default_reach
from landscape.schema.directions import Direction, Gaussian, Towards, Worst
from landscape.schema.parsing import format_direction
from landscape.schema.specs import TOLERANCE, FlatnessSpec, WorstSpec
from landscape.store.store import Store

Alpha = Annotated[float | None, typer.Option(help="Where the loss is maximised. Default: by model size.")]


@app.command(epilog="Example: python -m landscape worst demo:assistant --capability math --towards demo:adversarial")
def worst(
    checkpoint: Checkpoint,
    towards: Towardses = None,
    capability: Capabilities = "",
    alpha: Alpha = None,
    restarts: Annotated[int, typer.Option(min=1, help="From random directions; the worst is kept.")] = 3,
    steps: Annotated[int, typer.Option(min=1, max=10_000, help="Of each ascent.")] = 30,
    start: Annotated[str, typer.Option(help="A restart towards it too; their cosine then says little.")] = "",
    spare: Annotated[bool, typer.Option("--spare", help="Also hurt each while sparing the others.")] = False,
    joint: Annotated[bool, typer.Option("--joint", help="Also hurt all of them at once.")] = False,
    directions: Count = 8,
    seed: Seed = 0,
    reach: Annotated[float | None, typer.Option(help="Largest α searched. Default: by model size.")] = None,
    tolerance: Tolerance = TOLERANCE,
    device: Device = "auto",
    dtype: NumberFormat = "auto",
    only: Globs = None,
    exclude: Globs = None,
    adapter: Adapter = False,
    limit: Limit = None,
    trust_remote_code: Trust = False,
    json: JsonFile = "",
    csv: CsvFile = "",
) -> None:
    """Search the direction that hurts each capability most, and how far every capability holds along it.

    The search uses all examples of its half, whatever --limit leaves to confirm it.
    """
    check_writable(json, csv)
    name, names = portable(checkpoint), chosen_capabilities(capability)
    search: dict[str, Any] = {
        "alpha": alpha,
        "steps": steps,
        "restarts": restarts,
        "start": portable(start) if start else None,
        "seed": seed,
    }
    drawn: tuple[Direction, ...] = (
        *(Gaussian(seed=seed + index) for index in range(directions)),
        *(Towards(checkpoint=portable(other)) for other in towards or ()),
        *worst_directions(names, spare=spare, joint=joint, **search),
    )
    spec = WorstSpec(
        checkpoint=name,
        directions=drawn,
        capabilities=names,
        reach=default_reach(files.moved(name, adapter=adapter)) if reach is None else reach,
        tolerance=tolerance,
        adapter=adapter,
        limit=limit,
        **where(name, drawn, device, dtype, only, exclude, trust_remote_code),
    )
    result = measured(spec)
    print_tables(result, json, csv)
    if "-" not in (json, csv):
        again = "  ".join(format_direction(direction) for direction in drawn if isinstance(direction, Worst))
        out.print(f"Kept, for slice --along and plane --x: {escape(again)}", highlight=False, soft_wrap=True)
    write(json, lambda: orjson.dumps(worst_dict(result)).decode())
    write(csv, result.to_csv)


def worst_directions(names: tuple[str, ...], *, spare: bool, joint: bool, **search: Any) -> list[Worst]:
    """One search a capability; on request each also sparing the others, and all at once."""
    if len(names) == 1 and (spare or joint):
        raise ValueError("expected several capabilities with --spare or --joint, got one: name them with --capability")
    found = [Worst(capabilities=(name,), **search) for name in names]
    if spare:
        others = {name: tuple(other for other in names if other != name) for name in names}
        found += [Worst(capabilities=(name,), spared=spared, **search) for name, spared in others.items()]
    return found + ([Worst(capabilities=names, **search)] if joint else [])


@app.command(epilog="Example: python -m landscape flatness demo:assistant --capability math,safety")
def flatness(
    checkpoint: Checkpoint,
    capability: Capabilities = "",
    alpha: Annotated[float | None, typer.Option(help="Where sharpness is averaged. Default: by model size.")] = None,
    directions: Annotated[int, typer.Option(min=2, help="Random directions of the average sharpness.")] = 8,
    probes: Annotated[int, typer.Option(min=2, help="Of the trace.")] = 16,
    seed: Seed = 0,
    device: Device = "auto",
    dtype: NumberFormat = "auto",
    only: Globs = None,
    exclude: Globs = None,
    trust_remote_code: Trust = False,
    json: JsonFile = "",
) -> None:
    """Standard flatness at a checkpoint: top Hessian eigenvalue, trace, average sharpness."""
    check_writable(json)
    name = portable(checkpoint)
    drawn = tuple(Gaussian(seed=seed + index) for index in range(directions))
    spec = FlatnessSpec(
        checkpoint=name,
        directions=drawn,
        capabilities=chosen_capabilities(capability),
        alpha=default_reach(files.describe(name).parameters) / 16 if alpha is None else alpha,
        probes=probes,
        **where(name, drawn, device, dtype, only, exclude, trust_remote_code),
    )
    found = Store().artifact(finish(Store(), spec).id) or {}
    if json != "-":
        out.print(worst_tables.flatness(found))
    write(json, lambda: orjson.dumps({"spec": spec.model_dump(mode="json"), **found}).decode())
