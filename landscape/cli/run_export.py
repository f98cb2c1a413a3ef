"""The command that writes a run for other programs: CSV, JSON, LaTeX, Parquet, evaluation results, trackers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from landscape.cli.foreground import warn_if_outdated
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import OutputFiles, RunId
from landscape.cli.output import check_writable, err, write
from landscape.inspection.verdict import verdict_of
from landscape.reports import inspection
from landscape.reports.exports import eval_results, examples, latex, trackers
from landscape.reports.exports.labels import labelled_json
from landscape.runs.inspection_evidence import collect_evidence
from landscape.runs.measured_content import outdated_because
from landscape.schema.specs import InspectionSpec
from landscape.store.records import Run
from landscape.store.store import Store

EXAMPLES = "Example: python -m landscape run export 3f2a --csv slice.csv --latex table.tex --trackio my-project"


@dataclass(frozen=True)
class ExportFiles:
    """Files and trackers beside CSV and JSON."""

    latex: Annotated[str, typer.Option(metavar="FILE", help="A LaTeX table (booktabs); - for the screen.")] = ""
    examples: Annotated[str, typer.Option(metavar="FILE", help="Every example at every point, as Parquet.")] = ""
    eval_results: Annotated[
        str, typer.Option(metavar="FILE", help="The scores at θ₀ as .eval_results YAML of the Hugging Face hub.")
    ] = ""
    benchmark: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=DATASET[#TASK]", help="Which data set of the hub a capability is; repeatable."),
    ] = None
    trackio: Annotated[str, typer.Option(metavar="PROJECT", help="Log it to a project of trackio.")] = ""
    wandb: Annotated[str, typer.Option(metavar="PROJECT", help="Log it to a project of Weights & Biases.")] = ""

    @property
    def any(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.latex or self.examples or self.eval_results or self.trackio or self.wandb)


@with_option_groups
def export_run(run: RunId, *, output: OutputFiles, more: ExportFiles) -> None:
    """Write a run for other programs, with its name, tags and note; as JSON to the screen when nothing is named."""
    output.check()
    check_writable(more.latex, more.examples, more.eval_results)
    benchmarks = eval_results.benchmarks_of(more.benchmark or ())
    store = Store()
    found = store.run(run)
    warn_if_outdated(found)
    if isinstance(found.spec, InspectionSpec):
        _export_inspection(store, found, found.spec, output, more)
        return
    result = store.result(found.id)
    chosen = output if output.json or output.csv or more.any else OutputFiles(json="-")
    chosen.write(json=result.to_json, csv=result.to_csv)
    write(more.latex, lambda: latex.table_of(result))
    if more.examples:
        named = outdated_because(found) is None
        count = examples.write_parquet(result, Path(more.examples).expanduser(), named=named)
        err.print(f"{count:,} rows in {more.examples}", highlight=False)
    write(more.eval_results, lambda: eval_results.yaml_of(result, benchmarks, found.finished))
    _track(more, lambda library, project: trackers.log_result(library, project, found, result))


def _export_inspection(store: Store, run: Run, spec: InspectionSpec, output: OutputFiles, more: ExportFiles) -> None:
    """The verdict as JSON, as a table, and as numbers of a tracker; its points are those of its parts."""
    if output.csv or more.examples or more.eval_results:
        raise ValueError(
            f"expected --json, --latex, --trackio or --wandb for an inspection, which has no points of its own: "
            f"export its parts (run list --parts), or give the id of another run than {run.id}"
        )
    evidence, _ = collect_evidence(store, run)
    verdict = verdict_of(spec, evidence)
    chosen = output if output.json or more.any else OutputFiles(json="-")
    chosen.write(json=lambda: labelled_json(inspection.as_json(spec, verdict, evidence), run.labels), csv=str)
    write(more.latex, lambda: latex.table_of_verdict(spec, verdict, run.labels))
    _track(more, lambda library, project: trackers.log_verdict(library, project, run, verdict))


def _track(more: ExportFiles, log: Callable[[trackers.Library, str], Any]) -> None:
    if more.trackio:
        log("trackio", more.trackio)
    if more.wandb:
        log("wandb", more.wandb)
