"""The headline above the basins of compared checkpoints."""

from collections.abc import Sequence

from landscape.enlarge.claims import Measure, widest
from landscape.enlarge.radius_ratios import Enlargement
from landscape.schema.directions import short_name


def comparison_title(found: Sequence[Enlargement], capability: str, checkpoints: int, measure: Measure) -> str:
    """How far the widest basin at equal score reaches beside the reference's, by one measure.

    The interval is corrected for having chosen the widest. Without a ratio, it says what is shown.
    """
    chosen = widest(found, measure)
    if chosen is None:
        return f"Basins of {capability} in {checkpoints} checkpoint{'s' * (checkpoints != 1)}"
    best, ratio, looked_at = chosen
    names = short_name(best.other.checkpoint), short_name(best.reference.checkpoint)
    corrected = f", widest of {looked_at}, interval corrected for that" if looked_at > 1 and ratio.known else ""
    score = "at equal score" if best.equal else f"at a score {best.other.score:.2f} against {best.reference.score:.2f}"
    return f"{names[0]} holds {capability} {ratio} as far as {names[1]} {measure.scale}, {score}{corrected}"
