"""The form of a slice: widgets in, spec out."""

import streamlit as st

from landscape import bundled, checkpoints
from landscape.arguments import default_alphas, parse_alphas
from landscape.specs import Direction, Filter, Gaussian, Layer, SliceSpec, Towards, digest, seed_of
from landscape.ui.words import WORDS

RANDOM = {"gaussian": Gaussian, "layer": Layer, "filter": Filter}
POINTS = {"Quick": 13, "Standard": 31, "Full": 101}


def checkpoint_picker(label: str, value: str, key: str) -> str:
    """A demo checkpoint from the list, or any other name typed in."""
    options = list(dict.fromkeys([*bundled.CHECKPOINTS, value]))
    chosen = st.selectbox(
        label, options, index=options.index(value), key=key, accept_new_options=True, help=WORDS["checkpoint"]
    )
    return (chosen or value).strip()


def slice_form(shown: SliceSpec) -> SliceSpec:
    """The spec that the widgets say; they start at `shown`, and start again when another one is shown.

    Raises:
        ValueError: what the spec, the range or the checkpoint's name lacks.
    """
    key = digest(shown)[:8]
    checkpoint = checkpoint_picker("Checkpoint θ₀", shown.checkpoint, f"{key}-checkpoint")
    drawn = [d for d in shown.directions if seed_of(d) is not None]
    others = list(shown.others)
    kinds = list(RANDOM)
    kind = st.selectbox(
        "Random directions",
        kinds,
        kinds.index(drawn[0].kind if drawn else "gaussian"),
        key=f"{key}-kind",
        help=WORDS["scale"],
    )
    left, right = st.columns(2)
    count = left.number_input("How many", 0, 100, len(drawn), key=f"{key}-count", help=WORDS["direction"])
    seed = right.number_input(
        "First seed", 0, value=seed_of(drawn[0]) if drawn else 0, key=f"{key}-seed", help=WORDS["seed"]
    )
    towards = st.multiselect(
        "Towards",
        list(dict.fromkeys([*bundled.CHECKPOINTS, *others])),
        others,
        key=f"{key}-towards",
        accept_new_options=True,
        disabled=kind != "gaussian",
        help="Also measure straight towards these checkpoints. " + WORDS["checkpoint"],
    )
    capabilities = st.multiselect(
        "Capabilities",
        list(dict.fromkeys([*bundled.CAPABILITIES, *shown.capabilities])),
        list(shown.capabilities),
        key=f"{key}-capabilities",
        accept_new_options=True,
        help=WORDS["capability"] + " Type the path of a file.",
    )
    directions: list[Direction] = [RANDOM[kind](seed=int(seed) + i) for i in range(int(count))]
    if kind == "gaussian":
        directions += [Towards(checkpoint=name.strip()) for name in towards]
    if not directions or not capabilities:
        raise ValueError("Choose at least one direction and one capability.")
    return SliceSpec.model_validate(
        {
            "checkpoint": checkpoint,
            "directions": directions,
            "alphas": _alphas(shown, checkpoint, kind, key),
            "capabilities": capabilities,
        }
        | _advanced(shown, key, list(dict.fromkeys([checkpoint, *towards])))
    )


def _alphas(shown: SliceSpec, checkpoint: str, kind: str, key: str) -> tuple[float, ...]:
    """The range: as shown, a preset for the model's size, or one's own."""
    choices = ["As shown", *POINTS, "My own"]
    preset = st.selectbox("Range of α", choices, key=f"{key}-preset", help=WORDS["α"])
    if preset == "As shown":
        st.caption(f"{shown.alphas[0]:g} to {shown.alphas[-1]:g}, {len(shown.alphas)} points")
        return shown.alphas
    if preset == "My own":
        return parse_alphas(st.text_input("start:stop:count", "0:0.06:31", key=f"{key}-alphas"))
    parameters = checkpoints.describe(checkpoint).parameters
    alphas = default_alphas(parameters, POINTS[preset])
    alphas = parse_alphas(f"0:1:{POINTS[preset]}") if kind != "gaussian" else alphas
    st.caption(f"0 to {alphas[-1]:g}, for {parameters / 1e6:.3g} M parameters")
    return alphas


def _advanced(shown: SliceSpec, key: str, names: list[str]) -> dict[str, object]:
    with st.expander("Advanced"):
        device = st.text_input("Device", shown.device, key=f"{key}-device", help=WORDS["device"])
        dtypes = ["auto", "float32", "bfloat16", "float16"]
        dtype = st.selectbox(
            "Number format", dtypes, dtypes.index(shown.dtype), key=f"{key}-dtype", help=WORDS["dtype"]
        )
        only = st.text_input("Only", " ".join(shown.only), key=f"{key}-only", help=WORDS["only"])
        exclude = st.text_input("Exclude", " ".join(shown.exclude), key=f"{key}-exclude", help=WORDS["exclude"])
        limit = st.number_input(
            "Limit", 0, value=shown.limit or 0, key=f"{key}-limit", help=WORDS["limit"] + " 0: all."
        )
        trusted = st.multiselect(
            "Run the code of",
            names,
            [name for name in shown.trust_remote_code if name in names],
            key=f"{key}-trust",
            help=WORDS["trust"],
        )
    return {
        "trust_remote_code": trusted,
        "device": device.strip() or "auto",
        "dtype": dtype,
        "only": tuple(only.split()),
        "exclude": tuple(exclude.split()),
        "limit": int(limit) or None,
    }
