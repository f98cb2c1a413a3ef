"""The forms of slices, basins and planes. Their widgets start at the spec that the page shows."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from landscape import assets
from landscape.bundled.default_capabilities import default_capabilities
from landscape.bundled.pairs import Pair
from landscape.schema.default_ranges import PROBED
from landscape.schema.deployments import MOVES
from landscape.schema.directions import (
    Direction,
    Filter,
    Gaussian,
    Layer,
    Principal,
    Towards,
    checkpoints_of,
    seed_of,
    short_name,
)
from landscape.schema.frames import PointSpec
from landscape.schema.parsing import format_direction, parse_alphas, parse_direction, parse_range
from landscape.schema.specs import BasinSpec, InspectionSpec, PlaneSpec, SliceSpec, digest
from landscape.ui.components.scales import spread, tolerance_inputs
from landscape.ui.components.trust_boxes import trust_boxes
from landscape.ui.components.words import WORDS
from landscape.ui.pair.pickers import checkpoints_picker

RANDOM = {"gaussian": Gaussian, "layer": Layer, "filter": Filter}
KINDS_EXPLAINED = {  # kind of random direction → what it does
    "gaussian": "Gaussian: every weight alike",
    "layer": "layer: each tensor by its size",
    "filter": "filter: each neuron by its size",
}
PROBE = "Found by a probe"
POINTS = {"Quick": 13, "Standard": 31, "Full": 101}
GRIDS = (33, 65, 129)


def centre_picker(shown: PointSpec, pair: Pair, key: str) -> str:
    """Choose which checkpoint of the pair is θ₀: the one that is shown at first."""
    names = list(dict.fromkeys([*pair.names, shown.checkpoint]))
    roles = dict(zip(pair.names, ("base", "fine-tune"), strict=False)) if pair.tuned else {}

    def label(name: str) -> str:
        return f"{roles[name]}: {short_name(name)}" if name in roles else short_name(name)

    chosen = st.selectbox(
        "Around θ₀", names, names.index(shown.checkpoint), format_func=label, key=f"{key}-checkpoint",
        help=WORDS["θ₀"], disabled=len(names) == 1,
    )  # fmt: skip
    return chosen or shown.checkpoint


def asked_in_form(shown: PointSpec | InspectionSpec, pair: Pair) -> tuple[str, ...]:
    """The capabilities that a form asks: those of the pair, in the order of what is shown where they are the same."""
    same = not pair.capabilities or set(pair.capabilities) == set(shown.capabilities)
    return shown.capabilities if same else pair.capabilities


def slice_form(shown: SliceSpec, pair: Pair) -> SliceSpec:
    """The spec that the widgets describe. Raises ValueError for a spec, a range or a checkpoint that is not valid."""
    key = digest(shown)[:8]
    checkpoint, capabilities = centre_picker(shown, pair, key), asked_in_form(shown, pair)
    kind, directions = _random_and_other_directions(shown, checkpoint, key)
    require_chosen(directions, capabilities)
    alphas, count = _alphas(shown, checkpoint, kind, key)
    rest = advanced_fields(shown, key, checkpoint, directions)
    return SliceSpec.model_validate(
        rest
        | {"checkpoint": checkpoint, "directions": directions, "capabilities": capabilities}
        | {"alphas": alphas, "probed_count": count}
    )


def basin_form(shown: BasinSpec, pair: Pair) -> BasinSpec:
    """As `slice_form`, for a search for boundaries."""
    key = digest(shown)[:8]
    checkpoint, capabilities = centre_picker(shown, pair, key), asked_in_form(shown, pair)
    kind, directions = _random_and_other_directions(shown, checkpoint, key)
    require_chosen(directions, capabilities)
    same = checkpoint == shown.checkpoint and shown.relative == (kind != "gaussian")
    far = shown.reach if same else 1.0 if kind != "gaussian" else PROBED
    fields = {
        "reach": reach_input(far, key),
        **tolerance_inputs(shown, key, capabilities),
        "both_signs": st.toggle("Both signs", shown.both_signs, key=f"{key}-signs", help=WORDS["both signs"]),
        "cliff": st.toggle("Cliff index", shown.cliff, key=f"{key}-cliff", help=WORDS["search cliff"]),
        "sequential": st.toggle("Stop early", shown.sequential, key=f"{key}-early", help=WORDS["sequential"]),
    }
    rest = advanced_fields(shown, key, checkpoint, directions)
    named = {"checkpoint": checkpoint, "directions": directions, "capabilities": capabilities}
    return BasinSpec.model_validate(rest | fields | named)


def plane_form(shown: PlaneSpec, pair: Pair) -> PlaneSpec:
    """As `slice_form`, for a plane."""
    key = digest(shown)[:8]
    checkpoint, capabilities = centre_picker(shown, pair, key), asked_in_form(shown, pair)
    directions = _plane_directions(shown, checkpoint, key)
    require_chosen(directions, capabilities)
    left, right = st.columns(2)
    same = checkpoint == shown.checkpoint
    ends = {
        axis: place.text_input(
            f"Range of {axis}", text := _range_text(known) if same else "", key=f"{key}-{text}-{axis}-range",
            help=WORDS["ends"], placeholder=PROBE.lower(),
        )
        for axis, place, known in (("x", left, shown.x), ("y", right, shown.y))
    }  # fmt: skip
    grids = sorted({*GRIDS, shown.grid})
    fields: dict[str, Any] = {
        **{axis: parse_range(text) if text.strip() else (PROBED, PROBED) for axis, text in ends.items()},
        "grid": st.selectbox("Grid", grids, grids.index(shown.grid), key=f"{key}-grid", help=WORDS["grid"]),
        "full": st.toggle("Measure every point", shown.full, key=f"{key}-full", help=WORDS["full"]),
        "shown": checkpoints_picker("Also place", shown.shown, f"{key}-shown", WORDS["places"]),
        **tolerance_inputs(shown, key, capabilities),
    }
    rest = advanced_fields(shown, key, checkpoint, directions, fields["shown"])
    named = {"checkpoint": checkpoint, "directions": directions, "capabilities": capabilities}
    return PlaneSpec.model_validate(rest | fields | named)


def reach_input(far: float, key: str) -> float:
    """How far a search goes: `far` at first, anew where that changes with what else the form says."""
    return st.number_input(
        "Farthest α (0: found by a probe)", 0.0, value=far, format="%.4g", key=f"{key}-{far}-reach", help=WORDS["reach"]
    )


def require_chosen(directions: Sequence[Direction], capabilities: Sequence[str]) -> None:
    """Raise ValueError where there is nothing to measure."""
    if not directions or not capabilities:
        raise ValueError("Choose at least one direction and one capability.")


def _random_and_other_directions(
    shown: SliceSpec | BasinSpec, checkpoint: str, key: str
) -> tuple[str, list[Direction]]:
    """The kind of the random directions, and all directions: random ones, those towards checkpoints, computed ones."""
    drawn = [d for d in shown.directions if seed_of(d) is not None]
    kinds = list(RANDOM)
    kind = st.selectbox(
        "Random directions",
        kinds,
        kinds.index(drawn[0].kind if drawn else "gaussian"),
        format_func=KINDS_EXPLAINED.__getitem__,
        key=f"{key}-kind",
        help=WORDS["scale"],
    )
    left, right = st.columns(2)
    count = left.number_input("How many", *spread(0, 100, len(drawn)), key=f"{key}-count", help=WORDS["direction"])
    first = (seed_of(drawn[0]) or 0) if drawn else 0
    seed = right.number_input("First seed", 0, value=first, key=f"{key}-seed", help=WORDS["seed"])
    others = [d.checkpoint for d in shown.directions if isinstance(d, Towards)]
    gaussian = kind == "gaussian"
    hint = "Also measure straight towards these checkpoints."
    towards = checkpoints_picker("Towards", others, f"{key}-towards", hint, disabled=not gaussian)
    computed = _computed_directions(shown, checkpoint, key, disabled=not gaussian)
    directions: list[Direction] = [RANDOM[kind](seed=int(seed) + i) for i in range(int(count))]
    return kind, directions + ([*(Towards(checkpoint=name) for name in towards), *computed] if gaussian else [])


def _computed_directions(shown: SliceSpec | BasinSpec, checkpoint: str, key: str, *, disabled: bool) -> list[Direction]:
    """Directions that a search finds. One that the page shows keeps the settings of its search."""
    known = {format_direction(d): d for d in shown.directions if seed_of(d) is None and not isinstance(d, Towards)}
    offered = list(dict.fromkeys([*known, *_computed(checkpoint), *st.session_state.get(f"{key}-computed", ())]))
    chosen = st.multiselect(
        "Computed directions", offered, list(known), key=f"{key}-computed", accept_new_options=True, disabled=disabled,
        help=WORDS["computed"],
    )  # fmt: skip
    return [known.get(text) or parse_direction(text.strip()) for text in chosen]


def _computed(checkpoint: str) -> list[str]:
    """The directions that can be searched for at a checkpoint, by the bundled capabilities that suit it; and moves."""
    names = default_capabilities([checkpoint]).offered
    searched = [f"{kind}:{name}" for kind in ("worst", "eigenvector") for name in names]
    return [*searched, *(f"move:{name}" for name in MOVES)]


def _plane_directions(shown: PlaneSpec, checkpoint: str, key: str) -> list[Direction]:
    """The two directions of a plane: written one by one, or the first two principal components of snapshots."""
    principal = [d for d in shown.directions if isinstance(d, Principal)]
    demos = assets.installed(assets.CHECKPOINTS)
    ways = ["Two directions", "Principal components"]
    way = st.radio("Spanned by", ways, int(bool(principal)), key=f"{key}-way", horizontal=True, help=WORDS["plane"])
    if way == ways[1]:
        names = principal[0].checkpoints if principal else tuple(n for n in demos if "base" in n)
        snapshots = checkpoints_picker("Snapshots, in order", names, f"{key}-snapshots", "At least three.")
        return [Principal(component=c, checkpoints=tuple(snapshots)) for c in (0, 1)]
    texts = ["gaussian:0", "gaussian:1"] if principal else list(map(format_direction, shown.directions))
    ready = [*(f"gaussian:{seed}" for seed in range(3)), *(f"towards:{name}" for name in demos)]
    options, known = (
        [*ready, *_computed(checkpoint)],
        {format_direction(d): d for d in shown.directions},
    )  # with their search's settings
    chosen: list[Direction] = []
    for axis, value in zip("xy", texts, strict=True):
        offered = list(dict.fromkeys([value, *options, st.session_state.get(f"{key}-{axis}") or value]))
        picked = st.selectbox(
            f"Direction {axis}", offered, key=f"{key}-{axis}", accept_new_options=True, help=WORDS["axis"]
        )
        text = (picked or value).strip()
        chosen.append(known.get(text) or parse_direction(text))
    return chosen


def _range_text(ends: tuple[float, float]) -> str:
    return f"{ends[0]:g}:{ends[1]:g}" if any(ends) else ""


def _alphas(shown: SliceSpec, checkpoint: str, kind: str, key: str) -> tuple[tuple[float, ...], int]:
    """The range of α: the one shown, one that a probe finds, or one that is typed; and how many α a probe's range has.

    No α means that a probe finds the range. A relative α goes from nothing to all of a weight's size.
    """
    same = shown.relative == (kind != "gaussian")
    usual_count = SliceSpec.model_fields["probed_count"].default
    own = ["As shown"] if same and shown.alphas else []  # the other scale's range says nothing here
    choices = [*own, *([PROBE] if kind == "gaussian" else []), *POINTS, "My own"]
    counted = next((name for name, count in POINTS.items() if not shown.alphas and count == shown.probed_count), PROBE)
    usual = counted if kind == "gaussian" else "Standard"
    first = "As shown" if own and checkpoint == shown.checkpoint else usual
    preset = st.selectbox(
        "Range of α", choices, choices.index(first), key=f"{key}-preset-{same}-{first}", help=WORDS["range"]
    )
    if preset == "As shown":
        st.caption(f"{shown.alphas[0]:g} to {shown.alphas[-1]:g}, {len(shown.alphas)} points")
        return shown.alphas, usual_count
    if preset == "My own":
        typed = st.text_input("start:stop:count", "0:0.06:31", key=f"{key}-alphas", help=WORDS["own range"])
        return parse_alphas(typed), usual_count
    count = POINTS.get(preset, usual_count)
    if kind != "gaussian":
        st.caption(f"0 to 1, {count} points")
        return parse_alphas(f"0:1:{count}"), usual_count
    st.caption(f"{count} points from 0 to where everything asked is half lost, which a few points more find first.")
    return (), count


def advanced_fields(
    shown: PointSpec, key: str, checkpoint: str, directions: Sequence[Direction], placed: Sequence[str] = ()
) -> dict[str, Any]:
    """The fields of a point spec that most people leave as they are; `placed` are further checkpoints in play."""
    aimed = (name for direction in directions for name in checkpoints_of(direction))
    names = list(dict.fromkeys([checkpoint, *aimed, *placed]))
    with st.expander("Advanced"):
        device = st.text_input("Device", shown.device, key=f"{key}-device", help=WORDS["device"])
        dtypes = ["auto", "float32", "bfloat16", "float16"]
        dtype = st.selectbox(
            "Number format", dtypes, dtypes.index(shown.dtype), key=f"{key}-dtype", help=WORDS["dtype"]
        )
        only = st.text_input("Move only these tensors", " ".join(shown.only), key=f"{key}-only", help=WORDS["only"])
        exclude = st.text_input(
            "Keep these tensors", " ".join(shown.exclude), key=f"{key}-exclude", help=WORDS["exclude"]
        )
        adapter = st.toggle("Adapter's own A and B", shown.adapter, key=f"{key}-adapter", help=WORDS["adapter"])
        limit = st.number_input(
            "Examples of each, at most", 0, value=shown.limit or 0, key=f"{key}-limit", help=WORDS["limit"] + " 0: all."
        )
    trust_boxes(names, key)
    return {
        "device": device.strip() or "auto",
        "dtype": dtype,
        "only": tuple(only.split()),
        "exclude": tuple(exclude.split()),
        "adapter": adapter,
        "limit": int(limit) or None,
    }
