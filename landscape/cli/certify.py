"""The command that certifies: randomised smoothing in weight space."""

from typing import Annotated

import orjson
import typer

from landscape.certificates import sigma_race
from landscape.checkpoints import files
from landscape.cli.app import app, check_writable, write
from landscape.cli.measure import measured, print_tables
from landscape.cli.options import (
    Adapter,
    Capabilities,
    Checkpoint,
    CsvFile,
    Device,
    Globs,
    JsonFile,
    Limit,
    NumberFormat,
    Seed,
    Towardses,
    Trust,
    chosen_capabilities,
    portable,
    where,
)
from landscape.reports.certificates import guarantee_dict
from landscape.schema.default_ranges import default_sigmas
from landscape.schema.directions import Direction, Gaussian, Towards
from landscape.schema.parsing import parse_alphas
from landscape.schema.specs import CertificateSpec


@app.command(epilog="Example: python -m landscape certify demo:base --towards demo:assistant --sigma 0.002:0.02:10")
def certify(
    checkpoint: Checkpoint,
    towards: Towardses = None,
    capability: Capabilities = "",
    sigma: Annotated[str, typer.Option(help="start:stop:count or values. Default: by model size.")] = "",
    trials: Annotated[int, typer.Option(min=1, help="At each σ that may still win, in whole batches of 50.")] = 1000,
    failure_probability: Annotated[float, typer.Option(help="Of all that is claimed of one capability.")] = 0.001,
    threshold: Annotated[float, typer.Option(help="The score that is to be certified.")] = 0.5,
    only: Globs = None,
    exclude: Globs = None,
    adapter: Adapter = False,
    seed: Seed = 0,
    device: Device = "auto",
    dtype: NumberFormat = "auto",
    limit: Limit = None,
    trust_remote_code: Trust = False,
    json: JsonFile = "",
    csv: CsvFile = "",
) -> None:
    """Prove how far a fine-tune may move before a capability of the noised model can fall: usually not far."""
    check_writable(json, csv)
    name = portable(checkpoint)
    targets = (Towards(checkpoint=portable(other)) for other in towards or ())
    directions: tuple[Direction, ...] = (Gaussian(seed=seed), *targets)
    spec = CertificateSpec(
        checkpoint=name,
        directions=directions,
        sigmas=parse_alphas(sigma) if sigma else default_sigmas(files.describe(name).parameters),
        trials=trials,
        failure_probability=failure_probability,
        threshold=threshold,
        capabilities=chosen_capabilities(capability),
        adapter=adapter,
        limit=limit,
        **where(name, directions, device, dtype, only, exclude, trust_remote_code),
    )
    sigma_race.check(spec)
    result = measured(spec)
    print_tables(result, json, csv)
    write(json, lambda: orjson.dumps(guarantee_dict(result)).decode())
    write(csv, result.to_csv)
