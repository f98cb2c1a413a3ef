"""Basin radii across checkpoints: the picker of what to compare, and the figure."""

import streamlit as st

from landscape import assets
from landscape.basins.radii import Basin
from landscape.bundled import results as bundled_results
from landscape.bundled import specs
from landscape.bundled.default_capabilities import is_demo
from landscape.figures.basins.forming import forming_findings
from landscape.figures.basins.radii import radii_figure, radii_finding
from landscape.figures.scale import with_known_radius
from landscape.outside.text import markdown
from landscape.runs.measured_content import outdated_because
from landscape.schema.directions import short_name
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec
from landscape.store.store import Store
from landscape.ui.basins.reading import basins_at
from landscape.ui.components.chart import chart
from landscape.ui.components.scales import Lost
from landscape.ui.components.words import WORDS

Choices = dict[str, BasinSpec]  # a run's id, or the name of a demo checkpoint whose basin ships, → what was searched

BETWEEN_MODELS = (
    "Between models of different make or size, compare searches along `layer` directions (in the form above, or "
    "`basin --kind layer`): they change every tensor by the same share, so that no size of a weight has to be chosen."
)


def radii_across_checkpoints(store: Store, checkpoint: str, lost: Lost, *, relative: bool) -> None:
    """Compare radii across searches that the reader picks: those made here, of demo models also what ships."""
    choices = (_shipped() if is_demo(checkpoint) else {}) | _measured(store)
    if len(choices) < 2:
        return
    st.subheader("Across checkpoints")
    picked = st.multiselect(
        "Basins, in the order of the figure",
        list(choices),
        _default_choice(choices),
        format_func=lambda name: _option_label(name, choices),
        help="Searches that ship with the program or were made here. Snapshots of a training show how basins emerge.",
    )
    if len(picked) < 2:
        st.caption("Choose two or more to see how radii change from one checkpoint to the next.")
        return
    results = {name: _load(store, name, choices[name]) for name in picked}
    if len({result.spec.relative for result in results.values()}) > 1:
        st.warning("Layer and filter draws count α relative to each tensor, the others in RMS per weight. Choose one.")
        return
    relative = relative and all(result.facts for result in results.values())
    tolerance, share = lost.tolerance, False
    if not lost.by_loss:
        share = st.toggle("τ as a share of the score", key="across-share", help=WORDS["tolerance share"])
    results = {name: lost.read(result) for name, result in results.items()}
    labels = {name: _figure_label(name, picked, choices) for name in picked}
    named = {labels[name]: result for name, result in results.items()}
    basins = {labels[name]: basins_at(result, tolerance, share_of_score=share) for name, result in results.items()}
    figure = radii_figure(named, tolerance=tolerance, relative=relative, basins=basins, share_of_score=share)
    found = radii_finding(named, basins, relative=relative)
    chart(figure, key="across-figure", alt=f"Radii across checkpoints. {found}")
    st.caption(
        "A point is the median radius over random directions, its bar the 95 % interval (of six or more); hollow: at "
        "least as wide. "
        "A cross on the floor: the checkpoint lacks the capability, so there is no basin to leave."
    )
    if not any(result.spec.relative for result in results.values()):
        st.caption(BETWEEN_MODELS)
    _during_fine_tuning(results, dict(zip(results, basins.values(), strict=True)))


def _during_fine_tuning(results: dict[str, Result[BasinSpec]], basins: dict[str, list[Basin]]) -> None:
    """What formed between the base and the assistant, where snapshots of that fine-tuning are among those picked."""
    course = [name for name in specs.fine_tuning() if name in results]
    if len(course) > 2:
        read = {short_name(name): with_known_radius(results[name], basins[name]) for name in course}
        st.markdown("\n".join(["**During fine-tuning**", "", *(f"- {markdown(t)}" for t in forming_findings(read))]))


def _shipped() -> Choices:
    return {spec.checkpoint: spec for spec in specs.emergence_specs() if bundled_results.shipped(spec)}


def _measured(store: Store) -> Choices:
    """The searches that finished here and still hold, the earliest first."""
    done = [run for run in store.runs()[::-1] if run.status == "done" and isinstance(run.spec, BasinSpec)]
    return {run.id: run.spec for run in done if isinstance(run.spec, BasinSpec) and outdated_because(run) is None}


def _load(store: Store, name: str, spec: BasinSpec) -> Result[BasinSpec]:
    shipped = bundled_results.shipped(spec) if name.startswith(assets.PREFIX) else None
    return shipped or store.result(name)


def _default_choice(choices: Choices) -> list[str]:
    """What is compared at first: what ships; else, by checkpoint, the latest search that differs in nothing else."""
    if shipped := [name for name in choices if name.startswith(assets.PREFIX)]:
        return shipped
    *_, latest = choices.values()
    alike = {
        spec.checkpoint: name
        for name, spec in choices.items()
        if spec.model_copy(update={"checkpoint": latest.checkpoint}) == latest
    }
    order = specs.in_training_order()
    return [alike[name] for name in sorted(alike, key=lambda n: order.index(n) if n in order else len(order))]


def _figure_label(name: str, picked: list[str], choices: Choices) -> str:
    """The checkpoint's name, with the run where two of the same checkpoint are compared."""
    checkpoint = choices[name].checkpoint
    several = sum(choices[other].checkpoint == checkpoint for other in picked) > 1
    return (
        f"{short_name(checkpoint)} ({'shipped' if name == checkpoint else name})" if several else short_name(checkpoint)
    )


def _option_label(name: str, choices: Choices) -> str:
    spec = choices[name]
    where = "shipped" if name == spec.checkpoint else f"run {name}"
    return f"{short_name(spec.checkpoint)} · {len(spec.directions)} directions · {where}"
