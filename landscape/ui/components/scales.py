"""The two controls that every page of basins has: tolerance τ, and α or relative α. The URL holds both."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from landscape.basins.losses import read_by_loss
from landscape.runs.scoreless import have_loss_alone
from landscape.schema.frames import LOSS_TOLERANCE, TOLERANCE
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, PlaneSpec, SliceSpec, WorstSpec
from landscape.ui.components.words import WORDS

N = TypeVar("N", int, float)
S = TypeVar("S", WorstSpec, BasinSpec, PlaneSpec, SliceSpec)
Read = BasinSpec | PlaneSpec | SliceSpec


def spread(low: N, high: N, value: N) -> tuple[N, N, N]:
    """The ends of an input and its value: a link may hold one beyond the usual ends, which then reach to it."""
    return min(low, value), max(high, value), value


def tolerance_slider(row: DeltaGenerator, searched: float, width: int) -> float:
    """The tolerance τ, at first that of the search; `width` in pixels."""
    chosen = row.slider(
        "Tolerance τ", *spread(0.01, 0.3, searched), 0.01, key="tau", bind="query-params",
        help=WORDS["tolerance"], width=width,
    )  # fmt: skip
    return round(chosen, 6)


DROP, RISE = "score drop", "loss rise"


@dataclass(frozen=True)
class Lost:
    """What the reader counts as lost: a drop of the score by τ, or a rise of the loss by τ nats."""

    tolerance: float
    by_loss: bool

    def read(self, result: Result[S]) -> Result[S]:
        """The result, read by score or by loss."""
        return read_by_loss(result) if self.by_loss else result

    @property
    def in_full(self) -> dict[str, str]:
        """The parameters of a permalink, whatever the search went by."""
        tau = f"{self.tolerance:g}"
        return {"lost": RISE, "nats": tau} if self.by_loss else {"lost": DROP, "tau": tau}

    def query(self, spec: Read) -> dict[str, str]:
        """The parameters of a permalink; none for what the search went by."""
        what = {} if self.by_loss == _went_by_loss(spec) else {"lost": RISE if self.by_loss else DROP}
        usual = usual_tolerance(spec, by_loss=self.by_loss)
        return what | ({} if self.tolerance == usual else {"nats" if self.by_loss else "tau": f"{self.tolerance:g}"})


def _went_by_loss(spec: Read) -> bool:
    """Whether a search went by the loss; a slice goes by nothing, and is read by score at first, if there is any."""
    if isinstance(spec, SliceSpec):
        return have_loss_alone(spec.capabilities)
    return spec.loss_tolerance is not None


def usual_tolerance(spec: Read, *, by_loss: bool) -> float:
    """The τ that a page begins with: that of the search, where it went by the same."""
    if isinstance(spec, SliceSpec):
        return LOSS_TOLERANCE if by_loss else TOLERANCE
    return (spec.loss_tolerance or LOSS_TOLERANCE) if by_loss else spec.tolerance


def lost_controls(row: DeltaGenerator, spec: Read, width: int) -> Lost:
    """What counts as lost, at first what the search went by, and the slider of τ in its units."""
    usual = RISE if _went_by_loss(spec) else DROP
    chosen = row.segmented_control(
        "Lost means", [DROP, RISE], default=usual, key="lost", bind="query-params", help=WORDS["lost means"],
        width="content",
    )  # fmt: skip
    if (chosen or usual) == DROP:
        return Lost(tolerance_slider(row, usual_tolerance(spec, by_loss=False), width), False)
    nats = row.slider(
        "Tolerance τ, nats", *spread(0.01, 2.0, usual_tolerance(spec, by_loss=True)), 0.01, key="nats",
        bind="query-params", help=WORDS["loss tolerance"], width=width,
    )  # fmt: skip
    return Lost(round(nats, 6), True)


def chosen_lost(spec: BasinSpec | PlaneSpec) -> Lost:
    """What the controls say, for what is drawn outside of their fragment."""
    usual = RISE if spec.loss_tolerance is not None else DROP
    by_loss = (st.session_state.get("lost") or usual) == RISE
    key = "nats" if by_loss else "tau"
    return Lost(float(st.session_state.get(key, usual_tolerance(spec, by_loss=by_loss))), by_loss)


def tolerance_inputs(shown: BasinSpec | PlaneSpec, key: str, capabilities: Sequence[str]) -> dict[str, float | None]:
    """The form's fields of a spec: what a search goes by, and its τ. Where nothing asked has a score, its loss."""
    alone = shown.loss_tolerance is None and have_loss_alone(capabilities)
    usual = int(alone or shown.loss_tolerance is not None)
    chosen = st.segmented_control(
        "Search by", [DROP, RISE], default=(DROP, RISE)[usual], key=f"{key}-{usual}-lost", help=WORDS["lost means"]
    )
    if alone:
        st.caption("Nothing that is asked has a score: a search goes by the loss.")
    if (chosen or (DROP, RISE)[usual]) == RISE:
        known = usual_tolerance(shown, by_loss=True)
        nats = st.number_input(
            "Tolerance τ, nats", *spread(0.001, 10.0, known), 0.01, key=f"{key}-nats", help=WORDS["loss tolerance"]
        )
        return {"tolerance": shown.tolerance, "loss_tolerance": nats}
    tau = st.number_input(
        "Tolerance τ", *spread(0.01, 0.9, shown.tolerance), 0.01, key=f"{key}-tau", help=WORDS["tolerance"]
    )
    return {"tolerance": tau, "loss_tolerance": None}


def relative_toggle(row: DeltaGenerator, *, known: bool = True) -> bool:
    """Whether to divide α by the rms of the weights; always False where that is not known."""
    chosen = row.toggle(
        "relative α", key="relative", bind="query-params", help=WORDS["relative α"], disabled=not known, width="content"
    )
    return chosen and known
