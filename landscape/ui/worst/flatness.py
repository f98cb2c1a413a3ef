"""Standard flatness measures on a page, beside the worst direction: Hessian eigenvalue, trace, average sharpness."""

from typing import Any

import pandas as pd
import streamlit as st

from landscape.basins.radii import alpha_of_others, basins_of
from landscape.figures.numbers import format_number
from landscape.outside.text import code_span
from landscape.runs.earlier_results import SHARPNESS_AT
from landscape.runs.submit import current_run_of
from landscape.schema.capability_names import name_of
from landscape.schema.directions import Gaussian, label_of, short_name
from landscape.schema.frames import Frame
from landscape.schema.numbers import number
from landscape.schema.results import Result
from landscape.schema.specs import FlatnessSpec, WorstSpec
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.ui.components.page_setup import show_errors, submit_and_start
from landscape.ui.components.polling import poll_run
from landscape.ui.components.run_status import progress
from landscape.ui.components.words import WORDS
from landscape.worst.boundaries import computed_of, roles_of
from landscape.worst.curvature_spread import spread_of_ends, spread_of_rises
from landscape.worst.overlap import found_of, kept_round

DRAWS = 8  # random directions where a run has none
NOT_YET = "not measured"  # by version 0.6

COLUMNS = {
    "capability": st.column_config.TextColumn(help=WORDS["capability"]),
    "examples": st.column_config.NumberColumn(help="The half of the examples that searches use."),
    "top eigenvalue λ": st.column_config.TextColumn(help=WORDS["top eigenvalue"]),
    "smallest eigenvalue": st.column_config.TextColumn(help=WORDS["smallest eigenvalue"]),
    "trace": st.column_config.TextColumn(help=WORDS["trace"]),
    "spread of curvature": st.column_config.TextColumn(help=WORDS["curvature spread"]),
    "spread of rises": st.column_config.TextColumn(help=WORDS["rise spread"]),
    "spread of radii": st.column_config.TextColumn(help=WORDS["radius spread"]),
    "random: measured": st.column_config.TextColumn(help=WORDS["sharpness"]),
    "½α²·trace": st.column_config.TextColumn(help=WORDS["quadratic"]),
    "½α²·λ·d": st.column_config.TextColumn(
        help="The most that the curvature at θ₀ lets any direction of this length gain, by the quadratic."
    ),
    "α·|g·δ|": st.column_config.TextColumn(help=WORDS["slope"]),
    "worst found": st.column_config.TextColumn(
        help="What the search for a worst direction of this capability reached, where it was made at this α."
    ),
}


def flatness_panel(store: Store, result: Result[WorstSpec]) -> None:
    """The measures at an α that the reader chooses; until they exist, the button that measures them, or progress."""
    st.subheader("Standard flatness measures", anchor="flatness")
    st.write(
        "Flatness at θ₀ as others measure it, on the same examples as the searches and over the same random directions."
    )
    places = _alpha_options(result)
    chosen = st.selectbox(
        "α of the sharpness", list(places), key="flat", bind="query-params", help=WORDS["sharpness"], width=360
    )
    spec = flatness_spec(result.spec, places[chosen])
    run = current_run_of(store, spec)
    artifact = store.artifact(run.id) if run is not None and run.status == "done" else None
    if artifact is not None:
        _table(result, artifact)
    elif run is not None and not run.ended:
        poll_run(store, run, lambda now: _show_progress(store, now))
    else:
        _measure_button(store, spec, run)


def flatness_spec(spec: WorstSpec, alpha: float) -> FlatnessSpec:
    """The spec with the weights, capabilities and random directions of a search; DRAWS of them where it has none."""
    drawn = tuple(d for d in spec.directions if isinstance(d, Gaussian))
    frame = {name: getattr(spec, name) for name in Frame.model_fields if name != "directions"}
    directions = drawn or tuple(Gaussian(seed=seed) for seed in range(DRAWS))
    return FlatnessSpec(**frame, directions=directions, capabilities=spec.capabilities, alpha=alpha)


def _alpha_options(result: Result[WorstSpec]) -> dict[str, float]:
    """By label, the α at which sharpness may be measured: that of each search, and that of each fine-tune."""
    at = {found["alpha"] for found in found_of(result).values() if "alpha" in found}
    places = {f"α of the search, {number(alpha)}": alpha for alpha in sorted(at)}
    tunes = {f"as far as {short_name(name)}, {number(alpha)}": alpha for name, alpha in alpha_of_others(result).items()}
    if places | tunes:
        return places | tunes
    radii = [basin.radius.median for basin in basins_of(result) if basin.radius is not None and basin.radius.median > 0]
    inside = SHARPNESS_AT * min(radii) if radii else result.spec.reach / 16
    return {f"a {'fifth of the smallest radius' if radii else 'sixteenth of the reach'}, {number(inside)}": inside}


def _measure_button(store: Store, spec: FlatnessSpec, run: Run | None) -> None:
    """The button that measures flatness, or tries again after showing why a run failed."""
    if run is not None:
        progress(run)
    if st.button("Measure flatness" if run is None else "Try again", icon=":material/landscape:"):
        with show_errors():
            submit_and_start(store, spec)
            st.rerun()


def _show_progress(store: Store, now: Run) -> None:
    """Show how far the run is, and the button that cancels it."""
    progress(now)
    if st.button("Cancel", key="cancel-flatness", icon=":material/stop:"):
        store.cancel(now.id)


def _table(result: Result[WorstSpec], measured: dict[str, Any]) -> None:
    alpha, d = measured["alpha"], measured["parameters"]
    reached = _rises_found(result, alpha)
    ends = {basin.capability: [end.alpha for end in basin.draws] for basin in basins_of(result)}
    rows = [
        {
            "capability": name,
            "examples": one["examples"],
            "top eigenvalue λ": format_number(one["eigenvalue"], 3),
            "smallest eigenvalue": _smallest(one),
            "trace": _with_error(one["trace"], one["trace_error"]),
            "spread of curvature": _spread(one),
            "spread of rises": _share(
                spread_of_rises(one["sharpness"], one["sharpness_error"], measured["directions"])
            ),
            "spread of radii": _share(spread_of_ends(ends.get(name, []))),
            "random: measured": _with_error(one["sharpness"], one["sharpness_error"]),
            "½α²·trace": format_number(one["quadratic"]),
            "½α²·λ·d": format_number(alpha**2 * one["eigenvalue"] * d / 2),
            "α·|g·δ|": format_number(alpha * one["slope"]) if "slope" in one else NOT_YET,
            "worst found": format_number(reached[name]) if name in reached else "not at this α",
        }
        for name, one in measured["capabilities"].items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", column_config=COLUMNS)
    example = f"eigenvector:{next(iter(measured['capabilities']), 'math')}"
    at = number(alpha)
    st.caption(
        f"λ and the trace are curvatures in nats per squared L2 length; the last five columns are rises of the loss "
        f"in nats at α = {at}, where ‖δ‖ = α√d with d = {d:,}. Measured over {measured['directions']} random "
        f"directions and {measured['probes']} probes, ± one standard error. Curvature at θ₀ describes α → 0: where "
        "measured and predicted differ, the loss is no quadratic at this α. The slope adds to the curvature on one "
        "side of the top eigenvector; over random directions it averages to 0. Spreads are standard deviations between "
        "random directions, as shares of the mean: of the curvature, √2·‖H‖_F / tr H; of the rises and radii, over "
        "those that were drawn. Where the loss is a quadratic, the rises scatter as the curvature does, and the α of a "
        "given rise half as much. The top eigenvector can be used as a "
        f"direction: write {code_span(example)} on the Plane or Slice page."
    )


def _smallest(one: dict[str, Any]) -> str:
    if "smallest_eigenvalue" not in one:
        return NOT_YET
    return "not converged" if one["smallest_eigenvalue"] is None else format_number(one["smallest_eigenvalue"], 3)


def _spread(one: dict[str, Any]) -> str:
    if "curvature_spread" not in one:
        return NOT_YET
    known = one["curvature_spread"] is not None
    return _with_error(one["curvature_spread"], one["curvature_spread_error"]) if known else "trace not told from 0"


def _share(value: float | None) -> str:
    return "not known" if value is None else format_number(value)


def _with_error(value: float, error: float | None) -> str:
    """Format as `0.012 ± 0.003`; without the error where there is none, as for a single direction."""
    return (
        format_number(value, 3)
        if error is None or error != error
        else f"{format_number(value, 3)} ± {format_number(error, 2)}"
    )


def _rises_found(result: Result[WorstSpec], alpha: float) -> dict[str, float]:
    """By capability, how much the search for it alone raised its loss, where that search was made at this α."""
    risen = {}
    found = found_of(result)
    for direction in computed_of(result):
        roles, noted = roles_of(direction), found.get(label_of(direction), {})
        if len(roles) == 1 and noted.get("ascents") and abs(noted["alpha"] - alpha) < 1e-9 * alpha:
            (name,) = map(name_of, roles)
            risen[name] = kept_round(noted).losses[name][-1] - noted["origin"][name]
    return risen
