"""The verdict matrix: several fine-tunes of one base side by side, capability by capability."""

from collections.abc import Mapping

import plotly.graph_objects as go

from landscape.figures.palette import OUTCOME
from landscape.figures.scale import headline, plain_layout
from landscape.inspection.rules import GRAVITY, Outcome
from landscape.inspection.verdict import Judged, Verdict
from landscape.outside.text import plotly
from landscape.schema.directions import join_words

ROW, AROUND = 52, 84  # px
ALL = "<b>verdict</b>"
SAID: dict[Outcome, str] = {
    "pass": "passes", "gained": "gained", "nothing to lose here": "has nothing to lose",
    "warn": "passes with warnings", "insufficient": "is undecided", 
    "not measurable": "is not measurable", "fail": "fails",
}  # fmt: skip


def beside_finding(verdicts: Mapping[str, Verdict]) -> str:
    """`benign passes; adversarial fails on safety`."""
    told = []
    for name, verdict in verdicts.items():
        if not verdict.capabilities:
            told.append(f"{name} is not measured yet")
            continue
        lost = [one.capability for one in verdict.capabilities if one.outcome == verdict.outcome]
        on = f" on {join_words(lost)}" if verdict.outcome in ("fail", "insufficient", "not measurable") and lost else ""
        told.append(f"{name} {SAID[verdict.outcome]}{on}")
    return "; ".join(told)


def beside_figure(verdicts: Mapping[str, Verdict]) -> go.Figure:
    """Rows: fine-tunes. Columns: the verdict, then capabilities with the change of the score, base to fine-tune."""
    names = list(dict.fromkeys(one.capability for verdict in verdicts.values() for one in verdict.capabilities))
    rows = []
    for verdict in verdicts.values():
        own = {one.capability: one for one in verdict.capabilities}
        whole = (verdict.outcome, f"<b>{verdict.outcome}</b>") if own else None
        rows.append([whole, *(_cell(own.get(name)) for name in names)])
    outcomes = [[GRAVITY.index(cell[0]) if cell else None for cell in row] for row in rows]
    text = [[cell[1] if cell else "" for cell in row] for row in rows]
    steps = [(i / len(GRAVITY), (i + 1) / len(GRAVITY), OUTCOME[name]) for i, name in enumerate(GRAVITY)]
    figure = go.Figure(
        go.Heatmap(
            z=outcomes, x=[ALL, *map(plotly, names)], y=list(map(plotly, verdicts)), xgap=3, ygap=3,
            showscale=False, hoverongaps=False,
            colorscale=[(edge, color) for low, high, color in steps for edge in (low, high)],
            zmin=-0.5, zmax=len(GRAVITY) - 0.5, text=text, texttemplate="%{text}",
            textfont={"size": 12, "color": "#fff"}, hovertemplate="<b>%{y}</b>, %{x}<br>%{text}<extra></extra>",
        )
    )  # fmt: skip
    for name, row in zip(verdicts, rows, strict=True):
        for column, cell in zip([ALL, *map(plotly, names)], row, strict=True):
            if cell is None:
                figure.add_annotation(
                    x=column, y=plotly(name), text="not yet", showarrow=False, font={"size": 11, "color": "#888"}
                )
    left = 20 + 7 * max(map(len, verdicts))
    figure.update_layout(plain_layout(headline(beside_finding(verdicts)), AROUND + ROW * len(rows), l=left, b=34))
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, ticks="")
    figure.update_xaxes(showgrid=False, fixedrange=True, ticks="")
    return figure


def _cell(judged: Judged | None) -> tuple[Outcome, str] | None:
    if judged is None:
        return None
    if judged.outcome == "not measurable":
        return judged.outcome, judged.outcome
    change = f"{-judged.drop.drop + 0.0:+.3f}".replace("-", "−")
    said = judged.outcome.replace("to lose", "to<br>lose")
    return judged.outcome, f"{said}<br>{change}"
