"""The command that judges a fine-tune: a verdict by rules, with its evidence, and an exit code for a release gate."""

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from landscape.bundled.portable_names import portable_checkpoint
from landscape.checkpoints.quantised import ends
from landscape.cli import exit_codes
from landscape.cli.foreground import finish
from landscape.cli.option_groups import with_option_groups
from landscape.cli.options import (
    FigureOptions,
    JsonFile,
    LoadingOptions,
    LossTolerance,
    ScoringOptions,
    checkpoints_that_begin,
)
from landscape.cli.output import check_writable, out, write
from landscape.figures.inspection.evidence import named_figures_of
from landscape.figures.paper.captions import caption_of_inspection
from landscape.inspection import thresholds
from landscape.inspection.evidence import Evidence
from landscape.inspection.headline import worst_first
from landscape.inspection.left_out import budget_notes
from landscape.inspection.prompts import prompts_note
from landscape.inspection.rules import Outcome
from landscape.inspection.verdict import Verdict, verdict_of
from landscape.reports import inspection
from landscape.reports.comparison import delta_notes
from landscape.reports.examples.files import check_ending, write_examples
from landscape.reports.examples.flips import terminal_lines
from landscape.runs.inspection_evidence import collect_evidence
from landscape.schema.parsing import parse_budget
from landscape.schema.specs import InspectionSpec, Thresholds
from landscape.store.store import Store

app = typer.Typer()
COLORS: dict[Outcome, str] = {
    "pass": "green",
    "gained": "cyan",
    "nothing to lose here": "bright_black",
    "warn": "yellow",
    "fail": "red",
    "insufficient": "magenta",
    "not measurable": "magenta",
}


@app.command("inspect", epilog="Example: python -m landscape inspect demo:assistant demo:benign --budget 5m")
@with_option_groups
def inspect_finetune(
    base: Annotated[
        str,
        typer.Argument(
            metavar="BASE",
            help="demo:NAME, a folder, org/name, or ADAPTER+BASE.",
            autocompletion=checkpoints_that_begin,
        ),
    ],
    finetuned: Annotated[
        str, typer.Argument(metavar="FINETUNED", help="What would ship.", autocompletion=checkpoints_that_begin)
    ],
    *,
    scoring: ScoringOptions,
    budget: Annotated[str, typer.Option(help="Time to spend, such as 90s, 5m or 2h. Default: all it takes.")] = "",
    rules: Annotated[
        str,
        typer.Option("--thresholds", metavar="FILE", help="Thresholds (TOML). If absent, written, to be read first."),
    ] = "",
    loss_tolerance: LossTolerance = None,
    draws: Annotated[int, typer.Option(min=1, max=100, help="Random directions of each basin.")] = 8,
    worst: Annotated[bool, typer.Option("--worst", help="Also search the worst directions of the base.")] = False,
    certify: Annotated[bool, typer.Option("--certify", help="Also certify the base.")] = False,
    loading: LoadingOptions,
    json: JsonFile = "",
    markdown: Annotated[str, typer.Option(metavar="FILE", help="Write the verdict for a pull request.")] = "",
    html: Annotated[str, typer.Option(metavar="FILE", help="Write the whole report: one file, opens offline.")] = "",
    examples: Annotated[
        str, typer.Option(metavar="FILE", help="Write every lost and won example (.jsonl, .csv or .parquet).")
    ] = "",
    paths: Annotated[bool, typer.Option("--paths", help="Name files in reports by their whole paths.")] = False,
    paper: FigureOptions,
) -> None:
    """Judge a fine-tune before it ships. Exit code 0 pass, 1 fail, 3 insufficient evidence, 2 wrong input, 4 broken."""
    check_writable(json, markdown, html, examples)
    check_ending(examples)
    paper.check()
    names = [portable_checkpoint(base), ends.end_of(portable_checkpoint(finetuned))]
    spec = InspectionSpec(
        checkpoint=names[0],
        other=names[1],
        **scoring.scoring_fields(names, gate=True),
        budget=parse_budget(budget) if budget else None,
        thresholds=_thresholds(rules, loss_tolerance),
        draws=draws,
        worst=worst,
        certify=certify,
        **loading.loading_fields(names),
    )
    prompts_note(spec.capabilities, *names)  # a template that is missing is wrong input
    store = Store()
    run = finish(store, spec)
    evidence, _ = collect_evidence(store, run)
    verdict = verdict_of(spec, evidence)
    if "-" not in (json, markdown, html):
        _print(spec, verdict, evidence, examples)
    write_examples(examples, spec, evidence)
    write(json, lambda: inspection.as_json(spec, verdict, evidence, paths=paths))
    write(markdown, lambda: inspection.as_markdown(spec, verdict, evidence, paths=paths))
    write(html, lambda: inspection.as_html(spec, verdict, evidence, paths=paths))
    paper.write(lambda: named_figures_of(spec, evidence), lambda: caption_of_inspection(spec, verdict))
    raise typer.Exit(exit_codes.OF_OUTCOME[verdict.outcome])


def _thresholds(file: str, loss_tolerance: float | None) -> Thresholds:
    """Read the thresholds of a file. A loss tolerance that is given stands for the file's `max_loss_rise`.

    Raises:
        ValueError: there was no such file. It is written with the defaults then, but a misspelt name judges nothing.
    """
    if file and not Path(file).exists():
        thresholds.write(Path(file))
        raise ValueError(f"there was no {file}: it holds the defaults now; read it, and run the same command again")
    found = thresholds.read(Path(file)) if file else Thresholds()
    by_loss = {} if loss_tolerance is None else {"max_loss_rise": loss_tolerance}
    return Thresholds.model_validate(found.model_dump() | by_loss)


def _print(spec: InspectionSpec, verdict: Verdict, evidence: Evidence, examples: str) -> None:
    """Print the verdict, a line for each rule, which examples, and the notes that a reader of the numbers needs."""
    table = Table("", "", "", title=escape(inspection.title_of(spec, verdict)), show_header=False)
    for judged in worst_first(verdict):
        base, tuned = judged.score_intervals
        table.add_row(escape(judged.capability), "", escape(f"base {base}, fine-tune {tuned}, n = {judged.drop.n:,}"))
        for finding in judged.findings:
            table.add_row("", _colored(finding.outcome), escape(finding.text))
        table.add_section()
    for finding in verdict.findings:
        about = "tested" if finding.rule == "tested" else "weights"
        table.add_row(about, _colored(finding.outcome), escape(finding.text))
    out.print(table)
    for line in terminal_lines(spec, evidence, examples):
        out.print(escape(line), highlight=False)
    notes = (delta_notes(evidence.delta), inspection.notes_of(spec, evidence), budget_notes(spec, evidence))
    for note in chain.from_iterable(notes):
        out.print(escape(note))
    if evidence.cut:
        out.print("The same command without the budget goes on: nothing is measured twice.")


def _colored(outcome: Outcome) -> str:
    return f"[{COLORS[outcome]}]{outcome}[/{COLORS[outcome]}]"
