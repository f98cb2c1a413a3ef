"""Enlarged basins on a page: the same search in several checkpoints, which are known, and the buttons to measure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from landscape.basins.radii import Basin
from landscape.bundled import results
from landscape.bundled import specs as bundled_specs
from landscape.bundled.default_capabilities import is_demo
from landscape.bundled.pair_specs import asked_of
from landscape.bundled.pairs import Pair
from landscape.enlarge.forgetting import CapabilityChange, capability_changes
from landscape.enlarge.variants import Variants
from landscape.figures.scale import with_known_radius as finished
from landscape.outside import network
from landscape.outside.text import markdown
from landscape.runs.estimates import seconds_of
from landscape.runs.kinds import plan_of
from landscape.runs.submit import current_run_of, submit_or_resume
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Gaussian, join_words, short_name
from landscape.schema.frames import PointSpec
from landscape.schema.parsing import format_duration
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, SliceSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.basins.reading import basins_at
from landscape.ui.components.links import pack, share, unpack
from landscape.ui.components.page_setup import show_errors, start_worker
from landscape.ui.components.polling import poll
from landscape.ui.components.run_status import progress
from landscape.ui.components.scales import relative_toggle, tolerance_slider
from landscape.ui.components.words import WORDS
from landscape.ui.pair.page import Wanted, priced

_ICON = ":material/play_arrow:"


@dataclass(frozen=True)
class Choice:
    """What the reader chose to see of a comparison."""

    capability: str
    view: str  # score or loss
    tolerance: float
    relative: bool
    share: bool = False  # whether τ is a share of each score at θ₀

    @property
    def query(self) -> dict[str, str]:
        """The parameters of a permalink."""
        plain = {"capability": self.capability, "view": self.view, "tau": f"{self.tolerance:g}"}
        switches = {"relative": self.relative, "share": self.share}
        return plain | {name: "true" for name, on in switches.items() if on}

    def basins_of(self, result: Result[BasinSpec]) -> list[Basin]:
        """The basins of a search at this tolerance, cached."""
        return basins_at(result, self.tolerance, share_of_score=self.share)

    @property
    def of_scores(self) -> str:
        """What τ is a share of, for a title; "" where it is a drop of the score."""
        return f" (τ = {self.tolerance:g} × each score at θ₀)" * self.share


@dataclass(frozen=True, eq=False)
class Known:
    """What is measured of the variants so far, by checkpoint in their order, and the runs that measured it."""

    searches: dict[str, Result[BasinSpec]]
    layers: dict[str, Result[BasinSpec]]  # the searches along layer directions
    scorings: dict[str, Result[SliceSpec]]  # of the fine-tune of each
    ways: dict[str, Result[SliceSpec]]  # from each to its fine-tune
    runs: list[Run]
    unreadable: list[str]  # why nobody can tell what holds of some, a sentence each

    @property
    def active(self) -> list[Run]:
        """The runs that are queued or running."""
        return [run for run in self.runs if run.status in ("queued", "running")]

    @property
    def changes(self) -> list[CapabilityChange]:
        """What became of every capability in every fine-tune that is scored."""
        both = [(self.searches[name], scored) for name, scored in self.scorings.items() if name in self.searches]
        return [change for searched, scored in both for change in capability_changes(searched, scored)]

    @property
    def alphas(self) -> dict[str, float]:
        """The α of each fine-tune from its base, by the base."""
        found = ((name, way.spec.others[0], way.facts) for name, way in self.ways.items())
        return {name: facts.alpha_of[tuned] for name, tuned, facts in found if facts and tuned in facts.alpha_of}


def show(store: Store, variants: Variants, picture: Callable[[Known], None]) -> None:
    """Show what is known of the variants, live while runs of them are queued or measured."""
    poll(store, read_known(store, variants), lambda: read_known(store, variants), lambda known: known.active, picture)


def variants_of(pair: Pair) -> Variants | None:
    """The comparison in the URL; else the shipped one for demo models, and for others that of the pair's two."""
    query = st.query_params
    with show_errors():
        if "spec" in query:
            spec = unpack(query["spec"])
            if not isinstance(spec, BasinSpec) or spec.kind != "basin":
                raise ValueError(f"This link is of a {spec.kind}: expected one of Enlarge.")
            others, tuned = (_names(query.get(key, "[]")) for key in ("others", "tuned"))
            return Variants(spec, others, tuned, per_tensor=query.get("per_tensor") != "false")
    if all(map(is_demo, pair.names)):
        return bundled_specs.DEMO_VARIANTS
    if not pair.tuned:
        return None
    draws = tuple(Gaussian(seed=seed) for seed in range(8))
    return Variants(BasinSpec(checkpoint=pair.base, directions=draws, capabilities=asked_of(pair)), (pair.tuned,))


def read_known(store: Store, variants: Variants) -> Known:
    """The results that ship or were measured here so far, and the runs of the latter."""
    runs: list[Run] = []
    unreadable: list[str] = []

    def find(spec: PointSpec) -> Result[Any] | None:
        try:
            run = current_run_of(store, spec)
        except ValueError as error:
            unreadable.append(str(error))
            return None
        if run is None:
            return results.shipped(spec)
        runs.append(run)
        result = store.result(run.id)
        return result if len(result.rows) and result.facts else None

    def every(specs: Mapping[str, PointSpec]) -> dict[str, Result[Any]]:
        return {name: found for name, spec in specs.items() if (found := find(spec)) is not None}

    searches, layers = every(variants.searches), every(variants.per_tensor_searches)
    return Known(searches, layers, every(variants.scorings), every(variants.ways), runs, unreadable)


def title_and_button(store: Store, wanted: Wanted, shown: Variants) -> None:
    """The page's title, and the button that measures what is not known yet, with an estimate of the cost."""
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    demo = all(map(is_demo, shown.names))  # of others, nobody knows how they were trained
    title = "What does training under weight noise buy, and what does it cost?" if demo else "Whose basins are wider?"
    row.subheader(title, anchor=False, width="content")
    missing = priced(row, "Compare", _ICON, wanted, lambda variants: _missing(store, variants))
    if not missing:
        return
    several = f"{len(missing)} measurement{'s' * (len(missing) > 1)}"
    try:
        cost = format_duration(sum(seconds_of(spec, store)[0] for spec in missing))
        label, said = f"Compare · {cost}", several
    except network.NotHere as error:
        label, said = "Compare", f"{several}; {markdown(error)}: pressing {error.verb.lower()}s it first."
    pressed = row.button(label, type="primary", icon=_ICON, key="measure", help=said)
    st.caption(said, text_alignment="right")
    if pressed:
        with show_errors():
            _compare(store, wanted.spec, missing)


def _compare(store: Store, wanted: Variants, missing: Sequence[PointSpec]) -> None:
    with network.fetching(), st.spinner("Reading what it names …"):
        measurable = [spec for spec in missing if _measurable(spec, wanted)]
    for spec in measurable:
        submit_or_resume(store, spec)
    start_worker(store)
    st.query_params.from_dict(_query(wanted))
    st.rerun()


def _measurable(spec: PointSpec, wanted: Variants) -> bool:
    """Whether a spec can be measured. A fine-tune that no way leads to is left out; anything else raises ValueError."""
    try:
        plan_of(spec).check(spec)
    except ValueError:
        if spec in wanted.ways.values():
            return False
        raise
    return True


def _missing(store: Store, wanted: Variants) -> list[PointSpec]:
    """The specs whose results neither ship nor were measured here."""
    specs: list[PointSpec] = [*wanted.searches.values(), *wanted.per_tensor_searches.values()]
    specs += [*wanted.scorings.values(), *wanted.ways.values()]
    found = {spec: current_run_of(store, spec) for spec in specs}
    return [spec for spec, run in found.items() if not (run.status == "done" if run else results.shipped(spec))]


def _query(variants: Variants) -> dict[str, str]:
    """The comparison as URL parameters. Lists are JSON, as a name may hold a comma (`lr=1e-3,sigma=0.02`)."""
    lists = {"others": variants.others, "tuned": variants.tuned}
    packed = {"spec": pack(variants.searched)} | {name: json.dumps(names) for name, names in lists.items()}
    return packed | ({} if variants.per_tensor else {"per_tensor": "false"})


def _names(text: str) -> tuple[str, ...]:
    """A list of checkpoints from the URL. Raises ValueError for anything else."""
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f'this link is damaged: expected a list such as ["demo:base"], got {text!r}')
    return tuple(names)


def permalink(variants: Variants, choice: Choice) -> None:
    """Show a permalink that opens exactly this comparison."""
    note = "Opens exactly this comparison; where it was never measured, the form is filled and one press measures it."
    share("enlarge", note, **_query(variants), **choice.query)


def render_state(store: Store, variants: Variants, known: Known) -> None:
    """Show where the measuring stands, with buttons to cancel and resume it."""
    for why in dict.fromkeys(known.unreadable):
        st.error(why, icon=":material/error:")
    if not known.runs:
        ships = len(known.searches) == len(variants.names)
        st.caption(
            "Checkpoints that differ in nothing but how they were trained, measured beforehand and shipped with the "
            "program. Choose your own in the sidebar (» on a phone)."
            if ships
            else "Not measured yet. The button above measures what the form says."
        )
        return
    stopped = [run for run in known.runs if run.status in ("stalled", "failed", "cancelled")]
    cancelled = [run for run in stopped if run.status == "cancelled"]  # together, so one stands for all
    for alike in [[run] for run in [*known.active[:1], *stopped] if run not in cancelled] + [cancelled]:
        if alike:
            st.markdown(f"**{markdown(join_words(_short(alike)))}**")
            progress(alike[0])
    if waiting := known.active[1:]:
        st.caption(f"Then: {markdown(', '.join(_short(waiting)))}.")
    if known.active and st.button("Cancel", icon=":material/stop:"):
        for run in known.active:
            store.cancel(run.id)
        st.rerun()
    if stopped and st.button("Resume", icon=":material/resume:", type="primary"):
        for run in stopped:
            submit_or_resume(store, cast(PointSpec, run.spec))
        start_worker(store)
        st.rerun()


def _short(runs: Sequence[Run]) -> list[str]:
    """The checkpoints of runs, each once."""
    return list(dict.fromkeys(short_name(run.checkpoint) for run in runs))


def controls(variants: Variants) -> Choice:
    """Capability, score or loss, τ and the scale. The URL holds all of them."""
    names = list(map(name_of, variants.searched.capabilities))
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    capability = row.segmented_control(
        "Capability", names, default=names[0], key="capability", bind="query-params", help=WORDS["capability"],
        width="content", format_func=markdown,
    )  # fmt: skip
    help_ = f"Score: {WORDS['score']}\n\nLoss: {WORDS['loss']}"
    view = row.segmented_control(
        "View", ["score", "loss"], default="score", key="view", bind="query-params", help=help_, width="content"
    )
    tolerance = tolerance_slider(row, variants.searched.tolerance, 200)
    share = row.toggle(
        "τ as a share of the score", key="share", bind="query-params", help=WORDS["tolerance share"], width="content"
    )
    return Choice(capability or names[0], view or "score", tolerance, relative_toggle(row), share)


def statable_basins(searches: Mapping[str, Result[BasinSpec]], choice: Choice) -> dict[str, list[Basin]]:
    """By checkpoint, the basins whose radius is known at the tolerance, and those with no capability to lose."""
    read_ = {name: (result, choice.basins_of(result)) for name, result in searches.items()}
    return {
        name: [b for b in basins if not b.bounded or b in finished(result, basins)]
        for name, (result, basins) in read_.items()
    }
