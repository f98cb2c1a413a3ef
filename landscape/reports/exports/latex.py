"""Results as LaTeX tables (booktabs), with intervals, and a caption that says how they were measured."""

import math
from collections.abc import Sequence
from typing import Any, cast

from landscape import __version__
from landscape.basins.losses import as_searched, default_tolerance
from landscape.basins.radii import Basin, basins_of
from landscape.basins.standings import counted_of
from landscape.certificates.guarantees import guarantees_of
from landscape.certificates.rounding import bound_down, length_down
from landscape.inspection.verdict import Verdict
from landscape.intervals import wilson
from landscape.schema.capability_names import name_of
from landscape.schema.directions import end_of, join_words, label_of, seed_of, short_name
from landscape.schema.labels import Labels
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, CertificateSpec, InspectionSpec, WorstSpec
from landscape.worst.boundaries import worst_boundaries, worst_of

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_SPECIAL |= {char: f"\\{char}" for char in "&%$#_{}"}
_SYMBOLS = {"θ₀": r"$\theta_0$", "α": r"$\alpha$", "τ": r"$\tau$", "σ": r"$\sigma$", "Δ": r"$\Delta$", "→": r"$\to$",
            "≥": r"$\geq$", "≤": r"$\leq$", "×": r"$\times$", "–": "--", "−": "$-$", "\u00a0": "~"}  # fmt: skip


def table_of(result: Result[Any]) -> str:
    """The table of a run with points: radii of a search, certificates, else scores at θ₀ and where directions end."""
    if isinstance(result.spec, CertificateSpec):
        head, rows, said = _certificates(result)
    elif isinstance(result.spec, BasinSpec):
        head, rows, said = _basins(result)
    else:
        head, rows, said = _scores(result)
    return _written(head, rows, f"{said} {_provenance(result)}", _name(result.labels, result.spec.kind))


def table_of_verdict(spec: InspectionSpec, verdict: Verdict, labels: Labels = Labels()) -> str:  # noqa: B008  frozen
    """The table of an inspection: both scores, the change with its interval, the outcome of each capability."""
    head = ["capability", "n", "base", "fine-tune", "change", "outcome"]
    rows = []
    for judged in verdict.capabilities:
        base, tuned = judged.score_intervals
        rows.append([judged.capability, f"{judged.drop.n:,}", base, tuned, judged.change_text, judged.outcome])
    level = f"{spec.thresholds.confidence:.0%}".replace("%", " %")
    said = (
        f"{short_name(spec.other)} beside its base {short_name(spec.checkpoint)}: {verdict.outcome}. Scores with 95 % "
        f"intervals (Wilson), changes with {level} intervals for matched pairs (Tango); a drop of "
        f"{spec.thresholds.max_drop:g} is allowed. Landscape {__version__}."
    )
    return _written(head, rows, said, _name(labels, "inspection"))


def _basins(result: Result[BasinSpec]) -> tuple[list[str], list[list[str]], str]:
    read = as_searched(result)
    tau = default_tolerance(read)
    basins, searched = basins_of(read, tau), isinstance(result.spec, WorstSpec)
    ends = worst_boundaries(cast(Result[WorstSpec], read), tau, basins) if searched else []
    level = "loss at θ₀" if read.by_loss else "score at θ₀"
    head = ["capability", "n", level, "radius α", *(["nearest end found, α"] if ends else [])]
    rows = []
    for basin in basins:
        worst = worst_of(ends, basin.capability) if ends else None
        nearest = "–" if worst is None or not worst.alpha else f"{worst.alpha:.3g}"
        first = basin.score_text if read.by_loss else _with_interval(result, basin.capability)
        rows.append([basin.capability, f"{basin.n:,}", first, _radius(basin), *([nearest] if ends else [])])
    drawn = [seed for d in result.spec.directions if (seed := seed_of(d)) is not None]
    known = dict.fromkeys(b.radius.spread[0] for b in basins if b.radius is not None and b.radius.spread)
    spreads = [f"the {words} interval" if words == "95 %" else f"the {words}" for words in known]
    beside = f", in brackets {join_words(spreads)}" if spreads else ""
    by = f"a rise of the loss by {tau:g} nats a token" if read.by_loss else f"a drop of the score by {tau:g}"
    unit = "relative change of each tensor" if result.spec.relative else "RMS change per weight"
    said = (
        f"Basins around {short_name(result.spec.checkpoint)}: the median over {len(drawn)} random directions of where "
        f"each capability is lost (τ: {by}){beside}. α is the {unit}."
    )
    more = " The nearest end is along the worst directions found, on examples that no search saw." if ends else ""
    return head, rows, said + more


def _radius(basin: Basin) -> str:
    if basin.radius is None:
        return basin.lacking or "–"
    median = f"{'≥ ' if basin.radius.at_least else ''}{basin.radius.median:.3g}"
    if basin.radius.spread is None:
        return median
    _, low, high = basin.radius.spread
    return f"{median} [{low:.3g}, {'open' if math.isinf(high) else f'{high:.3g}'}]"


def _certificates(result: Result[CertificateSpec]) -> tuple[list[str], list[list[str]], str]:
    q = result.spec.threshold
    rows = []
    for each in guarantees_of(result):
        best = each.best(q)
        if best is None:
            rows.append([each.capability, "–", "–", "–", "nothing proven"])
        else:
            radius = length_down(best.radius(q) or 0.0, 3)
            rows.append([each.capability, f"{best.sigma:g}", f"{best.trials:,}", bound_down(best.low), radius])
    said = (
        f"Certificates of {short_name(result.spec.checkpoint)} under noise: the L2 distance up to which the noised "
        f"model scores at least {q:g}, wrong with a probability of at most {result.spec.failure_probability:g} "
        "for each capability."
    )
    return ["capability", "best σ", "trials", "lower bound of the score", "certified radius"], rows, said


def _scores(result: Result[Any]) -> tuple[list[str], list[list[str]], str]:
    """Scores at θ₀ and, along directions that end somewhere, at their end."""
    ends = {}
    for direction in result.spec.directions:
        alpha = (result.facts.alpha_of if result.facts else {}).get(end_of(direction) or "")
        if alpha and "alpha" in result.rows:
            ends[label_of(direction)] = alpha
    head = ["capability", "n", "θ₀", *(_told(label) for label in ends)]
    rows = []
    for name in map(name_of, result.spec.capabilities):
        try:
            n = int(result.row_at_origin(name)["n"])
        except IndexError:
            continue
        rows.append([name, f"{n:,}", _with_interval(result, name), *(_at(result, name, *end) for end in ends.items())])
    said = f"Scores of {short_name(result.spec.checkpoint)} at θ₀{' and where directions end' if ends else ''}"
    return head, rows, f"{said}, with 95 % intervals (Wilson)."


def _told(label: str) -> str:
    return f"→ {short_name(label.removeprefix('towards '))}" if label.startswith("towards ") else label


def _with_interval(result: Result[Any], capability: str) -> str:
    row = result.row_at_origin(capability)
    return _score(row, counted_of(result, capability))


def _at(result: Result[Any], capability: str, label: str, alpha: float) -> str:
    rows = result.scored
    rows = rows[(rows["direction"] == label) & (rows["capability"] == capability)]
    near = rows[(rows["alpha"] - alpha).abs() <= 1e-6 * abs(alpha)]
    return _score(near.iloc[0], counted_of(result, capability)) if len(near) else "–"


def _score(row: Any, counted: float) -> str:
    if row["not_finite"]:
        return "not finite" if row["not_finite"] >= row["n"] else f"{row['score']:.3f} ({row['not_finite']} not finite)"
    if math.isnan(row["score"]):
        return f"loss {row['loss']:.3f}"
    low, high = wilson(float(row["score"]), counted)
    return f"{row['score']:.3f} [{low:.3f}, {high:.3f}]"


def _provenance(result: Result[Any]) -> str:
    seeds = [seed for d in result.spec.directions if (seed := seed_of(d)) is not None]
    drawn = f"Seeds {min(seeds)}–{max(seeds)}. " if len(seeds) > 1 else f"Seed {seeds[0]}. " if seeds else ""
    return f"{drawn}Measured in {result.dtype}. Landscape {__version__}."


def _name(labels: Labels, kind: str) -> str:
    """The key by which a text refers to the table."""
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in labels.name.lower()).strip("-")
    return f"tab:{plain or kind}"


def _written(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str, key: str) -> str:
    lines = [" & ".join(map(escaped, row)) + r" \\" for row in rows]
    return "\n".join(
        [
            r"% \usepackage{booktabs}",
            r"\begin{table}",
            r"  \centering",
            f"  \\caption{{{escaped(caption)}}}",
            f"  \\label{{{key}}}",
            f"  \\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
            r"    \toprule",
            f"    {' & '.join(map(escaped, head))} \\\\",
            r"    \midrule",
            *(f"    {line}" for line in lines),
            r"    \bottomrule",
            r"  \end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def escaped(text: str) -> str:
    """Text from outside as LaTeX that shows it as it is; the symbols of the field become mathematics."""
    plain = "".join(_SPECIAL.get(char, char) for char in text)
    for symbol, math_text in _SYMBOLS.items():
        plain = plain.replace(symbol, math_text)
    return plain
