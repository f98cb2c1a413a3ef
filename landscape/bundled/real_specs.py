"""The specs of the showcase: a small real model, a fine-tune of it on sums, and the same training far too fast.

All are measured in bfloat16, as such models are used, but for worst directions and deployment moves, some of which are
smaller than what bfloat16 rounds.
"""

from landscape.assets import REAL
from landscape.schema.directions import Gaussian, Towards, Worst, moves_with_noise
from landscape.schema.frames import PointSpec
from landscape.schema.specs import BasinSpec, CertificateSpec, PlaneSpec, SliceSpec, WorstSpec

BASE, TUNED, OVERTRAINED, QUANTISED = REAL
REACH = 0.016
CAPABILITIES = tuple(f"starter:{name}" for name in ("knowledge", "completion", "arithmetic", "language"))
_FEWER = tuple(f"starter:{name}" for name in ("knowledge", "arithmetic"))

_DRAWS = tuple(Gaussian(seed=seed) for seed in range(8))


def _basin(checkpoint: str, *others: str) -> BasinSpec:
    return BasinSpec(
        checkpoint=checkpoint,
        directions=(*_DRAWS, *(Towards(checkpoint=name) for name in others)),
        capabilities=CAPABILITIES,
        reach=REACH,
        dtype="bfloat16",
    )


REAL_BASINS = (_basin(BASE, TUNED, OVERTRAINED), _basin(TUNED, BASE), _basin(OVERTRAINED, BASE))
REAL_SLICES = tuple(
    SliceSpec(
        checkpoint=BASE,
        directions=(*_DRAWS[:3], Towards(checkpoint=other)),
        alphas=tuple(round(REACH * k / 15, 12) for k in range(16)),
        capabilities=CAPABILITIES,
        dtype="bfloat16",
    )
    for other in (TUNED, OVERTRAINED)
)
REAL_PLANE = PlaneSpec(
    checkpoint=BASE,
    directions=(Towards(checkpoint=TUNED), Gaussian(seed=0)),
    x=(-REACH, REACH),
    y=(-REACH, REACH),
    capabilities=_FEWER,
    limit=50,
    grid=17,
    shown=(OVERTRAINED,),
    dtype="bfloat16",
)
REAL_WORST = WorstSpec(
    checkpoint=BASE,
    directions=(
        *_DRAWS[:2],
        Towards(checkpoint=TUNED),
        Worst(capabilities=_FEWER[:1], steps=8, restarts=1),
    ),
    capabilities=_FEWER,
    limit=100,
    reach=REACH,
    dtype="float32",
)
REAL_CERTIFICATE = CertificateSpec(
    checkpoint=BASE,
    directions=(Gaussian(seed=100), Towards(checkpoint=TUNED)),
    capabilities=tuple(f"starter:{name}" for name in ("knowledge", "language")),  # those above one half at θ₀
    sigmas=(0.002, 0.004, 0.006, 0.008),
    trials=200,
    failure_probability=0.01,
    dtype="float32",
)
REAL_MOVES = SliceSpec(
    checkpoint=TUNED,
    directions=(*moves_with_noise(("bfloat16", "int8", "q4_0", "nf4"), 1), Towards(checkpoint=QUANTISED)),
    alphas=(0.0,),
    capabilities=CAPABILITIES,
    dtype="float32",
)


def real_specs() -> dict[str, PointSpec]:
    """Return, by the name of its file, every spec of the showcase, in the order in which they are measured."""
    named: dict[str, PointSpec] = {f"real-basin-{_short(spec.checkpoint)}": spec for spec in REAL_BASINS}
    named |= {f"real-slice-{_short(spec.others[0])}": spec for spec in REAL_SLICES}
    return (
        named
        | {"real-plane": REAL_PLANE, "real-moves": REAL_MOVES, "real-worst": REAL_WORST}
        | {"real-certificate": REAL_CERTIFICATE}
    )


def _short(checkpoint: str) -> str:
    return checkpoint.rpartition("-")[2] if "-" in checkpoint else "base"
