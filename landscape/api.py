"""From Python: measure a slice or search for basins in the foreground, read the numbers, draw the figure.

What was measured before, here or on a page, is not measured again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import basins_of
from landscape.bundled.default_capabilities import default_capabilities
from landscape.figures.basins.rings import rings_figure
from landscape.figures.paper.captions import caption_of
from landscape.figures.paper.figure import PaperFigure
from landscape.figures.slices.slice import panels, slice_figure
from landscape.runs import worker
from landscape.runs.scoreless import by_loss_if_alone
from landscape.runs.submit import submit_or_resume
from landscape.schema.default_ranges import given_reach
from landscape.schema.directions import Direction, Gaussian, Towards
from landscape.schema.frames import TOLERANCE, PointSpec
from landscape.schema.parsing import parse_alphas
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, SliceSpec
from landscape.store.store import Store


@dataclass(frozen=True)
class Slice:
    """Capabilities along directions; `result.rows` is a pandas table."""

    result: Result[SliceSpec]

    def figure(self, panel: str = "gaussian") -> Any:
        """The Plotly figure of the random directions, or of a direction by its label: `towards demo:assistant`.

        `figure().write_image("slice.pdf")` writes it as a paper prints it, with its caption (`PaperFigure`).
        """
        known = panels(self.result)
        figure = slice_figure(self.result, panel if panel in known else known[0])
        return PaperFigure(figure, caption_of(self.result, TOLERANCE))


@dataclass(frozen=True)
class Basin:
    """How far each capability holds around a checkpoint; `result.rows` is a pandas table."""

    result: Result[BasinSpec]

    @property
    def radii(self) -> dict[str, float]:
        """The radius of each basin in α: the median over the random directions. Without a basin none."""
        return {basin.capability: basin.radius.median for basin in basins_of(self.result) if basin.radius}

    def figure(self) -> Any:
        """The Plotly figure of the nested rings; `figure().write_image("rings.pdf")` writes it for a paper."""
        read = as_searched(self.result)
        return PaperFigure(rings_figure(read, basins_of(read), default_tolerance(read)), caption_of(self.result))


def slice(  # noqa: A001  it is called as api.slice
    checkpoint: str,
    *,
    directions: int = 5,
    towards: Sequence[str] = (),
    alphas: str = "",
    capabilities: Sequence[str] | None = None,
    limit: int | None = None,
    device: str = "auto",
) -> Slice:
    """Measure capabilities at `alphas` (start:stop:count; by default as far as a probe finds) along directions.

    Without `capabilities`: those of the demo models for demo checkpoints, else the starter sets that one pass answers.

    Raises:
        ValueError: whatever is wrong with a checkpoint, a capability or the range.
        RuntimeError: the measurement failed.
    """
    spec = SliceSpec(
        checkpoint=checkpoint,
        directions=_directions(directions, towards),
        alphas=parse_alphas(alphas) if alphas else (),
        capabilities=_capabilities(capabilities, checkpoint),
        limit=limit,
        device=device,
    )
    return Slice(_measured(spec))


def basin(
    checkpoint: str,
    *,
    directions: int = 8,
    towards: Sequence[str] = (),
    reach: float | None = None,
    tolerance: float = TOLERANCE,
    loss_tolerance: float | None = None,
    capabilities: Sequence[str] | None = None,
    limit: int | None = None,
    device: str = "auto",
) -> Basin:
    """Search how far each capability holds, up to `reach` (by default as far as a probe finds).

    It is lost where its score has dropped by `tolerance`; if `loss_tolerance` is given, where its loss has risen by as
    many nats a token. If nothing asked has a score, that is by 0.1.

    Capabilities are chosen as for `slice`.

    Raises:
        ValueError: whatever is wrong with a checkpoint, a capability or a number.
        RuntimeError: the measurement failed.
    """
    spec = BasinSpec(
        checkpoint=checkpoint,
        directions=_directions(directions, towards),
        capabilities=_capabilities(capabilities, checkpoint),
        reach=given_reach(reach),
        tolerance=tolerance,
        loss_tolerance=loss_tolerance,
        limit=limit,
        device=device,
    )
    return Basin(_measured(by_loss_if_alone(spec)[0]))


def _capabilities(chosen: Sequence[str] | None, checkpoint: str) -> tuple[str, ...]:
    """What was chosen; None: what the checkpoint is asked by default."""
    return default_capabilities([checkpoint]).names if chosen is None else tuple(chosen)


def _directions(count: int, towards: Sequence[str]) -> tuple[Direction, ...]:
    return (*(Gaussian(seed=seed) for seed in range(count)), *(Towards(checkpoint=name) for name in towards))


def _measured(spec: PointSpec) -> Result[Any]:
    """The result of a spec, measured now as far as it is not known."""
    store = Store()
    run = submit_or_resume(store, spec)
    if run.status != "done":
        worker.work(store, device=spec.device, run_id=run.id)
        run = store.run(run.id)
    if run.status != "done":
        raise RuntimeError(run.error or f"run {run.id} is {run.status}")
    return store.result(run.id)
