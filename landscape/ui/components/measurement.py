"""What all pages that measure points share: the spec in the URL, the Measure button, the live view, downloads."""

import html
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import orjson
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.figures.export import parts_of_page
from landscape.figures.paper.captions import caption_of
from landscape.figures.paper.pictures import file_name
from landscape.outside import network
from landscape.outside.text import markdown
from landscape.runs.costs.smaller import HOURS, long_run, text_of
from landscape.runs.estimates import bfloat16_hint, points_of, seconds_of
from landscape.runs.kinds import kind_of, plan_of
from landscape.runs.submit import current_run_of
from landscape.schema.default_ranges import is_probed
from landscape.schema.directions import short_name
from landscape.schema.frames import PointSpec, Spec
from landscape.schema.labels import Labels
from landscape.schema.parsing import format_duration
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.links import pack, page_of, share, unpack
from landscape.ui.components.page_setup import show_errors, submit_and_start
from landscape.ui.components.polling import poll_run
from landscape.ui.components.run_status import cancel_or_resume, progress
from landscape.ui.components.words import WORDS
from landscape.ui.figure_downloads import figure_popover
from landscape.ui.kept_downloads import keep_downloads
from landscape.ui.runs.link_labels import keep_linked_labels, label_query, run_at, show_labels

S = TypeVar("S", SliceSpec, BasinSpec, WorstSpec, PlaneSpec, CertificateSpec, InspectionSpec)
Render = Callable[[Result[Any], str, bool], dict[str, str]]  # (result, key, live) → further parameters of the permalink

_NO_LABELS = Labels()
_SEEN = "_seen_run"  # the run that this session has shown last

COLUMNS = {  # column of a result → (format, what it means)
    "alpha": ("%.4g", WORDS["α"]),
    "x": ("%.4g", WORDS["x"]),
    "y": ("%.4g", WORDS["y"]),
    "sigma": ("%.4g", WORDS["sigma"]),
    "batch": ("%d", WORDS["batch"]),
    "realised_alpha": ("%.4g", "The α that the weights really moved, after rounding to their number format."),
    "score": ("%.3f", WORDS["score"]),
    "loss": ("%.3f", WORDS["loss"]),
    "n": ("%d", "How many examples."),
    "seconds": ("%.2f", "What measuring this point took."),
    "not_finite": (
        "%d",
        "Examples whose logits are NaN or infinite: the model answers nothing, which counts as wrong.",
    ),
}


def spec_from_url(store: Store, default: S, otherwise: str = "Below: the shipped demo.") -> tuple[S, Run | None]:
    """The spec that the URL gives, as a run or in full, and its run; else the default, without a run.

    A run or spec of another kind than the default's is ignored. `otherwise` ends the message about a run that is gone.
    """
    query, kind = st.query_params, type(default)
    with show_errors():
        run = run_at(store, query["run"]) if "run" in query else None
        if run is not None and isinstance(run.spec, kind):
            st.session_state[_SEEN] = run.id
            return run.spec, run
        if "spec" in query and run is None and st.session_state.get(_SEEN) == query.get("run", ""):
            st.info(f"Run {markdown(query['run'])} was deleted meanwhile.", icon=":material/delete:")
        if "run" in query and "spec" not in query:
            raise ValueError(f"There is no {kind_of(default).noun} {query['run']} here (any more). {otherwise}")
        spec = unpack(query["spec"]) if "spec" in query else default
        if isinstance(spec, kind):
            return spec, run_of(store, spec)
    return default, None


def run_of(store: Store, spec: Spec) -> Run | None:
    """The run that holds for a spec; where nobody can tell, as a checkpoint cannot be read, the page says so."""
    with show_errors():
        return current_run_of(store, spec)
    return None


def result_of(store: Store, run: Run | None, shipped: Result[Any] | None) -> Result[Any] | None:
    """The result of a run, or the shipped one without a run; None, and a sentence, where it was deleted meanwhile."""
    with show_errors():
        return measured(store, run) if run is not None else shipped
    return None


def measured(store: Store, run: Run) -> Result[Any]:
    """What a run has measured. Read again when it came further: tabs that watch one run share what they read."""
    return _result_of(store.name, run.id, run.status, run.done, run.finished, str(run.labels), store)


@st.cache_resource(max_entries=32, show_spinner=False)
def _result_of(
    name: str, run_id: str, status: str, done: int, finished: float | None, labels: str, _store: Store
) -> Result[Any]:
    return _store.result(run_id)


def offer_smaller(store: Store, wanted: Spec) -> None:
    """Of what would take hours: that it does, and a button that fills the form with a smaller run."""
    with suppress(network.NotHere):
        seconds, smaller = long_run(wanted, store)
        if seconds < HOURS:
            return
        st.caption(f":material/schedule: {markdown(text_of(seconds, smaller, 'The smaller run'))}")
        if smaller is not None and st.button("Fill in the smaller run", icon=":material/compress:", width="stretch"):
            st.query_params.from_dict({"spec": pack(smaller.spec)})
            st.rerun()


def cost_of(store: Store, wanted: PointSpec) -> tuple[str, str]:
    """How many points, and how long they take, in words; and the time alone.

    Where something must be fetched before that is known: what, and no time.
    """
    try:
        seconds, backed = seconds_of(wanted, store)
        basis = "from earlier runs" if backed else "a rough estimate from sizes"
        about = "" if plan_of(wanted).exact and not is_probed(wanted) else "about "
        cost = f"{about}{points_of(wanted)} points, about {format_duration(seconds)} ({basis})"
        told = f"{cost}\n\n{hint}" if (hint := bfloat16_hint(wanted, store)) else cost
        return told, format_duration(seconds)
    except network.NotHere as missing:
        what = markdown(f"{missing}"[:1].upper() + f"{missing}"[1:])
        return f"{what}: pressing {missing.verb.lower()}s it first.", ""


def measure(store: Store, spec: PointSpec) -> None:
    """Fetch what a spec names, submit it or resume its run, put the run into the URL, and run the page again."""
    with network.fetching(), st.spinner("Reading what it names …"):
        plan_of(spec).check(spec)
        seconds_of(spec, store)  # reads every capability: what is wrong with one is said now, not by the worker
        run = submit_and_start(store, spec)
    keep_linked_labels(store, run)
    st.query_params.from_dict({"run": run.id, "spec": pack(run.spec)})
    st.rerun()


def show(
    store: Store,
    shown: PointSpec,
    run: Run | None,
    shipped: Result[Any] | None,
    render: Render,
    also: Mapping[str, str] | None = None,
) -> None:
    """Show what is known of a spec, live while it is measured; the shipped result where it was not measured here.

    `also` are parameters that the permalink carries even before there is a result to render.
    """
    poll_run(store, run, lambda now: _picture(store, shown, now, shipped, render, dict(also or {})))


def _picture(
    store: Store,
    shown: PointSpec,
    now: Run | None,
    shipped: Result[Any] | None,
    render: Render,
    also: dict[str, str],
) -> None:
    """A run's state and figures; where there is neither run nor result, the button that measures."""
    show_labels(now)
    if now is None and shipped is None:
        st.info("Not measured yet. The button above measures what the form says.", icon=":material/science:")
        _share(shown, None, also)
        return
    if now is None:
        st.caption("Measured beforehand, and shipped with the program.")
    else:
        with st.container():  # a container keeps its place, whatever it holds: what is below does not jump
            progress(now)
        with st.container():
            cancel_or_resume(store, now, lambda: measure(store, shown))
    result = shipped if now is None else measured(store, now)
    with st.container():
        for note in result.notes if result is not None else ():
            st.warning(note, icon=":material/error:")
    live, key = now is not None and not now.ended, f"{shown.kind}-{now.id if now else 'demo'}"
    extra = render(result, key, live) if result is not None and len(result.rows) else {}
    for remark in result.facts.remarks if result is not None and result.facts else ():
        st.caption(f":material/info: {markdown(remark)}")
    _share(shown, now, also | extra)


def downloads(
    result: Result[Any],
    name: str,
    figures: Callable[[], Mapping[str, go.Figure]],
    reading: Callable[[], dict[str, Any]] | None = None,
    hint: str = "What was read from the points: radii, boundaries, nesting, at the τ of the search.",
    *,
    live: bool,
    read: tuple[Result[Any], float] | None = None,
) -> None:
    """Buttons for the points as CSV and JSON, the figures as a page and for a paper, and what was read as JSON.

    `read`: the result as it is read, and the τ, which the captions say; by default those of the search.
    """
    row = st.container(horizontal=True)
    download_file_button(row, "CSV", result.to_csv, f"{name}.csv", live=live)
    download_file_button(row, "JSON", result.to_json, f"{name}.json", live=live)
    download_file_button(
        row, "HTML", lambda: page_of_figures(list(figures().values()), name, result.labels), f"{name}.html", live=live
    )
    if reading is not None:
        text = lambda: orjson.dumps(reading()).decode()  # noqa: E731
        download_file_button(row, "Reading", text, f"{name}-reading.json", hint, live=live)
    tau = "" if read is None else f"tau-{read[1]:g}"
    about = file_name(result.spec.kind, short_name(result.spec.checkpoint), tau)
    figure_popover(row, figures, lambda: caption_of(*(read or (result,))), about, live=live)


def download_file_button(
    row: DeltaGenerator,
    label: str,
    made: Callable[[], str],
    name: str,
    hint: str | None = None,
    *,
    live: bool,
    primary: bool = False,
) -> None:
    """A download button; its file is made when it is pressed.

    It is disabled while the page polls (`live`): what it holds is not settled yet. A press on the button of an earlier
    run of the page still gives its file (`kept_downloads`).
    """
    keep_downloads()
    row.download_button(
        label, made, name, mimetypes.guess_type(name)[0], on_click="ignore", disabled=live,
        type="primary" if primary else "secondary",
        help="When the measuring has ended; one that was cancelled too." if live else hint,
    )  # fmt: skip


def page_of_figures(figures: Sequence[go.Figure], title: str, labels: Labels = _NO_LABELS) -> str:
    """The figures as one HTML file that opens offline: it includes Plotly.js once. What people wrote comes first."""
    head = f"<!doctype html><meta charset=utf-8><title>{html.escape(labels.name or title)}</title>"
    head += f"<p><em>{html.escape(labels.as_line())}</em></p>" if labels else ""
    return "".join([head, *parts_of_page(figures)])


def numbers_table(result: Result[Any]) -> None:
    """The table of all points, and warnings about examples that were too long."""
    with st.expander("The numbers", icon=":material/table:"):
        rows = result.table
        if "seed" in rows:
            rows = rows.assign(seed=rows["seed"].astype("string").fillna(""))
        number = st.column_config.NumberColumn
        columns = {name: number(format=form, help=text) for name, (form, text) in COLUMNS.items() if name in rows}
        st.dataframe(rows, hide_index=True, width="stretch", column_config=columns)
        for name, repeats in (result.facts.repeated if result.facts else {}).items():
            st.caption(f"**{markdown(name)}**: asked by several examples, which count once in intervals.")
            st.dataframe(repeats, hide_index=True, width="stretch", height=200)
        counts = result.facts.counts if result.facts else {}
        for name, count in counts.items():
            if count.get("too_long"):
                st.warning(f"{markdown(name)}: {count['too_long']} examples do not fit the context and count as wrong.")
            if count.get("cut"):
                st.warning(
                    f"{markdown(name)}: {count['cut']} examples are longer than the context; lm-eval cuts their "
                    "beginning."
                )


def _share(spec: PointSpec, run: Run | None, extra: dict[str, str]) -> None:
    what = "where it was never measured, the form is filled and one press measures it"
    query = ({"run": run.id} if run else {}) | label_query(run)
    share(page_of(spec), f"Opens exactly this {kind_of(spec).noun}; {what}.", **query, **extra, spec=pack(spec))
