"""What each kind of measurement is: the one table that the worker, the estimates, the commands and the pages go by.

A new kind takes its spec, in `landscape.schema.specs`, and its line in KINDS. One that measures something else than
points also takes a method of `Measurer`, in `runs.measuring`, where none of those there will do.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from landscape.basins.losses import as_searched
from landscape.basins.search import boundary_search
from landscape.basins.search.probing import USUAL as PROBES
from landscape.basins.search.probing import probe
from landscape.certificates import sigma_elimination
from landscape.checkpoints import compatibility
from landscape.planes import grid as plane_grid
from landscape.schema.capability_names import name_of
from landscape.schema.default_ranges import is_probed, with_reach
from landscape.schema.directions import label_of, short_name
from landscape.schema.frames import Frame, Spec
from landscape.schema.points import Known, Point, Step
from landscape.schema.results import Facts, Measurement
from landscape.schema.specs import (
    AnswerSpec,
    BasinSpec,
    CertificateSpec,
    ComparisonSpec,
    FlatnessSpec,
    InspectionSpec,
    PlaneSpec,
    ResponsesSpec,
    SliceSpec,
    SwapSpec,
    WorstSpec,
)
from landscape.slices import grid as slice_grid
from landscape.store.records import Run
from landscape.store.store import Store
from landscape.worst import points as worst_points
from landscape.worst.boundaries import held_out_scores

if TYPE_CHECKING:  # torch takes seconds to import, and the browser process must never pay for it
    from landscape.capabilities.examples import Capability
    from landscape.certificates.trials import TrialKeys
    from landscape.engine.cache_keys import CacheKeys
    from landscape.engine.session import Session

Artifact = dict[str, Any] | None  # what a run without points has found


class Probe(Protocol):
    """What measures one point of a run."""

    @property
    def keys(self) -> "CacheKeys | TrialKeys":
        """Under which keys its measurements are stored."""
        ...

    def measure(
        self, point: Point, wanted: "Sequence[Capability]", floors: Mapping[str, float] | None = None
    ) -> dict[str, Measurement]:
        """One point, by capability name."""
        ...


class Measurer(Protocol):
    """What a worker can do with a run that it holds (`runs.measuring`)."""

    def measure_points(self, run: Run, spec: Any) -> None: ...  # noqa: D102
    def compare(self, run: Run, spec: ComparisonSpec) -> dict[str, Any]: ...  # noqa: D102
    def answer(self, run: Run, spec: AnswerSpec) -> dict[str, Any]: ...  # noqa: D102
    def respond(self, run: Run, spec: ResponsesSpec) -> dict[str, Any]: ...  # noqa: D102
    def measure_flatness(self, run: Run, spec: FlatnessSpec) -> dict[str, Any]: ...  # noqa: D102
    def embedding_distance(self, spec: SwapSpec) -> dict[str, Any]: ...  # noqa: D102
    def inspect(self, run: Run, spec: InspectionSpec) -> dict[str, Any]: ...  # noqa: D102


def _session_itself(session: "Session", spec: Any) -> Probe:
    return session


def _all_moved(session: "Session", spec: WorstSpec) -> Probe:
    session.directions.require_all_moved()  # or its rays would not lead to the fine-tunes that they are named after
    return session


def _trials(session: "Session", spec: CertificateSpec) -> Probe:
    from landscape.certificates.trials import Trials

    return Trials(session, spec)


def _searched_scores(store: Store, run_id: str) -> Known:
    """The scores; of a search by loss, the losses with a minus sign."""
    return store.scores_of(run_id, by_loss=getattr(store.run(run_id).spec, "loss_tolerance", None) is not None)


def _held_out_scores(store: Store, run_id: str) -> Known:
    return held_out_scores(as_searched(store.result(run_id)))


def _require_fit(spec: Frame) -> None:
    compatibility.require_fit(spec)
    compatibility.require_movable(spec)


def _require_trials(spec: CertificateSpec) -> None:
    _require_fit(spec)
    sigma_elimination.check(spec)


def _within_range(next_step: Callable[[Any, Facts, Known], Step]) -> Callable[[Any, Facts, Known], Step]:
    """The planner, which first finds the range of a spec that has none."""

    def planned(spec: Any, facts: Facts, known: Known) -> Step:
        if not is_probed(spec):
            return next_step(spec, facts, known)
        found = probe(spec, facts, known)
        if found.point is None:
            return next_step(with_reach(spec, found.reach, facts.places), facts, known)
        lacking = tuple(n for n in map(name_of, spec.capabilities) if n not in known.get(found.point, {}))
        return Step([(found.point, lacking)], remaining_estimate=plan_of(spec).expected_points(spec) - len(known))

    return planned


def _foreseen(count: Callable[[Any], int]) -> Callable[[Any], int]:
    return lambda spec: count(with_reach(spec, 1.0, {})) + PROBES if is_probed(spec) else count(spec)


@dataclass(frozen=True)
class PointPlan:
    """How a kind measures points. Its functions take specs of the kind."""

    next_step: Callable[[Any, Facts, Known], Step]  # the planner: what to measure next, given what is known
    expected_points: Callable[[Any], int]  # about how many different θ, before anything is known
    expected_scorings: Callable[[Any], int] | None = None  # of them, where a capability is scored; None: at all
    exact: bool = False  # whether the number of points is known beforehand
    searches_rays: bool = False  # rays wait for one another once at most, and points of earlier runs narrow them
    trials: int = 0  # a point is so many trials on fresh examples; 0: a point takes all examples
    known_scores: Callable[[Store, str], Known] = _searched_scores  # by run id: what the planner goes by
    check: Callable[[Any], None] = _require_fit  # raises ValueError for what can be refused before it is queued
    probe: "Callable[[Session, Any], Probe]" = _session_itself


def _measure_points(measurer: Measurer, run: Run, spec: Any) -> Artifact:
    measurer.measure_points(run, spec)
    return None


def _directions_and_capabilities(spec: Any, between: str = ", ") -> tuple[str, str]:
    counts = Counter(map(label_of, spec.directions))
    directions = between.join(name if n == 1 else f"{n} {name}" for name, n in counts.items())
    return directions, ", ".join(map(name_of, spec.capabilities))


@dataclass(frozen=True)
class Kind:
    """One kind of measurement, by its spec. Functions take specs of the kind."""

    spec: type[Spec]
    noun: str  # in a sentence: "There is no … here"
    page: str | None = None  # which of pages/ shows a run of it; None: it belongs to another run's page
    icon: str = ""  # of that page
    listed: bool = True  # whether it has a line of its own on the Runs page
    loading: str = "Loading the model and measuring θ₀ twice …"  # said until there is more to say
    points: PointPlan | None = None  # None: it leaves one artifact instead
    measure: Callable[[Measurer, Run, Any], Artifact] = _measure_points
    summary: Callable[[Any], tuple[str, str]] = _directions_and_capabilities  # (where it goes, what it scores there)
    address: Callable[[Any], dict[str, str]] | None = None  # of its page, where that is not a packed spec


KINDS: dict[str, Kind] = {
    "slice": Kind(
        SliceSpec,
        "slice",
        page="slice",
        icon=":material/show_chart:",
        points=PointPlan(_within_range(slice_grid.next_step), _foreseen(slice_grid.expected_points), exact=True),
    ),
    "basin": Kind(
        BasinSpec,
        "basin",
        page="basin",
        icon=":material/adjust:",
        points=PointPlan(
            _within_range(boundary_search.next_step),
            _foreseen(boundary_search.expected_points),
            _foreseen(boundary_search.expected_scorings),
            searches_rays=True,
        ),
    ),
    "worst": Kind(
        WorstSpec,
        "search for a worst direction",
        page="worst",
        icon=":material/near_me:",
        points=PointPlan(
            _within_range(worst_points.next_step),
            _foreseen(boundary_search.expected_points),
            _foreseen(boundary_search.expected_scorings),
            searches_rays=True,
            known_scores=_held_out_scores,
            probe=_all_moved,
        ),
    ),
    "plane": Kind(
        PlaneSpec,
        "plane",
        page="plane",
        icon=":material/map:",
        points=PointPlan(
            _within_range(plane_grid.next_step),
            _foreseen(plane_grid.expected_points),
            _foreseen(plane_grid.expected_scorings),
        ),
        summary=lambda spec: _directions_and_capabilities(spec, " × "),
    ),
    "certificate": Kind(
        CertificateSpec,
        "certificate",
        page="guarantee",
        icon=":material/verified_user:",
        points=PointPlan(
            sigma_elimination.next_step,
            sigma_elimination.expected_points,
            sigma_elimination.expected_scorings,
            trials=sigma_elimination.BATCH,
            probe=_trials,
            check=_require_trials,
        ),
    ),
    "inspection": Kind(
        InspectionSpec,
        "inspection",
        page="inspect",
        icon=":material/fact_check:",
        loading="Looking at both …",
        measure=lambda measurer, run, spec: measurer.inspect(run, spec),
        summary=lambda spec: (short_name(spec.other), ", ".join(map(name_of, spec.capabilities))),
    ),
    "comparison": Kind(
        ComparisonSpec,
        "comparison",
        page="checkpoints",
        icon=":material/compare_arrows:",
        loading="Loading both …",
        measure=lambda measurer, run, spec: measurer.compare(run, spec),
        summary=lambda spec: (f"against {short_name(spec.other)}", ""),
        address=lambda spec: {"a": spec.checkpoint, "b": spec.other},
    ),
    "flatness": Kind(
        FlatnessSpec,
        "measurement of flatness",
        measure=lambda measurer, run, spec: measurer.measure_flatness(run, spec),
    ),
    "answer": Kind(
        AnswerSpec,
        "answer",
        listed=False,
        measure=lambda measurer, run, spec: measurer.answer(run, spec),
        summary=lambda spec: (" × ".join(map(label_of, spec.directions)), spec.prompt),
    ),
    "responses": Kind(
        ResponsesSpec,
        "run of responses",
        listed=False,
        loading="Loading the model …",
        measure=lambda measurer, run, spec: measurer.respond(run, spec),
        summary=lambda spec: (f"what it says to {len(spec.examples)} examples", name_of(spec.capability)),
    ),
    "swap": Kind(
        SwapSpec,
        "distance of two prompts",
        listed=False,
        loading="Loading the model …",
        measure=lambda measurer, run, spec: measurer.embedding_distance(spec),
        summary=lambda spec: (f"{spec.prompt} → {spec.other}", ""),
    ),
}


def kind_of(spec: Spec) -> Kind:
    """The line of a spec in KINDS."""
    return KINDS[spec.kind]


def plan_of(spec: Spec) -> PointPlan:
    """How the points of a spec are measured. Only for kinds that have points."""
    plan = kind_of(spec).points
    assert plan is not None, f"{spec.kind} has no points"
    return plan
