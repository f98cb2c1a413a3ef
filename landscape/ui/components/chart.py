"""Charts that keep their zoom while their data change.

`st.plotly_chart` mounts a new chart for every new figure and forgets the zoom; this component calls
`Plotly.react` on the existing chart. The first chart loads Plotly.js (`plotly_js`).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import plotly.graph_objects as go
import streamlit as st
from plotly.io.json import to_json_plotly

from landscape.figures.breaking import UNBROKEN
from landscape.figures.contrast import with_legible_type
from landscape.figures.export import MODE_BAR, as_shown
from landscape.ui.components import plotly_js

R = TypeVar("R")
Click = Callable[[float, float, int | None], None]

LARGER = 1.6  # times: what type of 10 px and more is in a lecture, in a window of 720 px
_CHART = (
    f"const LARGER = {LARGER};"
    + """
export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".chart");
  box.setAttribute("aria-label", data.alt);
  const parsed = JSON.parse(data.figure);
  let alive = true, waited = 0;
  const draw = () => {
    if (!alive) return;
    if (!window.Plotly) load(data.library);
    // Plotly measures text once: in the page's own type, which may be on its way. It is not waited for forever.
    if (!window.Plotly || (document.fonts.status === "loading" && waited++ < 60)) { setTimeout(draw, 30); return; }
    const projects = data.fill && box.clientWidth > 400;  // else large type leaves no room for the plot
    const figure = projects ? projected(JSON.parse(data.figure), data.fill, box.clientWidth) : parsed;
    const family = getComputedStyle(box).fontFamily;
    const layout = fitted(figure.data, figure.layout, box.clientWidth, family, data.unbroken, projects);
    box.style.height = layout.height + "px";
    window.Plotly.react(box, figure.data, layout, {
      responsive: true, ...data.modebar,
    });
    box.removeAllListeners("plotly_click");
    if (data.clickable) box.on("plotly_click", (event) => {
      const { x, y, r, theta, data } = event.points[0];  // the last two of a polar plot
      setTriggerValue("picked", { x: x ?? r, y: y ?? theta, along: data.meta ?? null });
      const below = document.getElementById("point");  // where a click shows something, if it is out of sight
      if (below && below.getBoundingClientRect().top > 0.8 * window.innerHeight)
        below.scrollIntoView({ behavior: "smooth", block: "center" });
    });
  };
  let width = 0;
  const watch = new ResizeObserver(() => {  // the sidebar opens, a phone turns: the title breaks elsewhere
    if (Math.abs(box.clientWidth - width) > 1) { width = box.clientWidth; draw(); }
  });
  watch.observe(box);
  if (data.fill) window.addEventListener("resize", draw);  // its height follows the window's
  return () => { alive = false; watch.disconnect(); window.removeEventListener("resize", draw); };
}
function load(library) {  // once, whichever chart comes first; again after a failure
  const id = "plotly-js";
  if (document.getElementById(id)) return;
  const script = document.createElement("script");
  Object.assign(script, { id, src: library, onerror: () => setTimeout(() => script.remove(), 1000) });
  document.head.append(script);
}
function projected(figure, share, width) {  // for a lecture: part of the window's height, and type that grows with it
  const times = LARGER * window.innerHeight / 720;
  const enlarge = (node) => {
    if (!node || typeof node !== "object") return;
    for (const [name, value] of Object.entries(node)) {
      if (name.endsWith("font") && value?.size) value.size *= times;
      enlarge(value);
    }
  };
  enlarge(figure.layout);
  for (const { textfont, colorbar } of figure.data) enlarge({ textfont, colorbar });
  const { layout } = figure, size = layout.font.size;
  for (const side of "lr") layout.margin[side] *= times;
  layout.margin.t *= 0.8 * times;
  for (const axis of ["xaxis", "yaxis"]) if (layout[axis]) layout[axis].nticks = layout.meta?.aspect ? 3 : 5;
  const named = figure.data.filter((trace) => trace.name && trace.showlegend !== false && trace.type !== "heatmap");
  const widths = named.map((trace) => (trace.name.length + 5) * size * 0.52);  // 5: its sample, and the gap
  const fits = widths.reduce((sum, each) => sum + each, 0) < width;  // else Plotly makes columns of one width
  const rows = fits ? 1 : Math.ceil(widths.length / Math.max(1, Math.floor(width / Math.max(...widths))));
  layout.margin.b = size * (3.2 + 1.5 * rows);  // the numbers of the axis, its title, and the legend below them
  const place = { x: 0, xref: "container", xanchor: "left", y: 0, yref: "container", yanchor: "bottom" };
  layout.legend = { ...layout.legend, ...place, orientation: "h" };
  layout.height = share * window.innerHeight;
  return figure;
}
function fitted(data, layout, width, family, unbroken, fixed) {  // a long title takes more lines, and more room
  const { margin, title, meta } = layout;
  const room = width - margin.l - margin.r;
  const natural = meta?.aspect ? room * meta.aspect + margin.t + margin.b : Infinity;
  const height = Math.min(layout.height, natural);  // a square plot leaves no room unused on a phone
  const text = wrap(title.text, room, measure(`${title.font.size}px ${family}`), unbroken);
  const more = (text.split("<br>").length - 1) * title.font.size * 1.3;
  const wide = measure(`${layout.font.size}px ${family}`);
  const rows = legendRows(data, layout, room, wide);
  const below = rows ? Math.max(margin.b, 62 + (meta?.below ?? 0) + rows * 1.7 * layout.font.size) : margin.b;
  // At the foot of the chart, whatever its height: placed by the height of the plot, it lies on the axis's title.
  const legend = rows ? { ...layout.legend, yref: "container", y: 0, yanchor: "bottom" } : layout.legend;
  // Of a title that hangs from the top, Plotly draws the first of several lines one line too high.
  const pad = title.pad && { ...title.pad, t: title.pad.t + (more ? title.font.size * 1.15 : 0) };
  const tall = fixed ? Math.max(height, margin.t + more + below + 60) : height + more + below - margin.b;
  return {
    ...layout, uirevision: "kept", height: tall, title: { ...title, text, pad }, legend,
    margin: { ...margin, t: margin.t + more, b: below }, font: { ...layout.font, family },
    hoverlabel: { ...layout.hoverlabel, font: { ...layout.hoverlabel.font, family } },
  };
}
function legendRows(data, { showlegend, legend }, room, wide) {  // how many a horizontal legend below the plot takes
  if (!showlegend || legend?.orientation !== "h" || !(legend.y < 0)) return 0;
  const named = data.filter(({ name, showlegend: shown }) => shown !== false && name);
  const widths = named.map(({ name }) => 50 + wide(name));
  if (widths.reduce((sum, one) => sum + one, 0) <= room) return Math.min(1, widths.length);
  return Math.ceil(widths.length / Math.max(1, Math.floor(room / Math.max(...widths))));  // columns of one width
}
function measure(font) {  // how wide a piece of a title is, without its markup
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = font;
  const plain = document.createElement("textarea");
  return (text) => { plain.innerHTML = text.replace(/<[^>]*>/g, ""); return pen.measureText(plain.value).width; };
}
function wrap(text, room, wide, unbroken) {
  for (const pattern of unbroken) text = text.replace(new RegExp(pattern, "gu"), "\u00a0");
  return text.split(" ").reduce((lines, word) => {
    const last = lines[lines.length - 1];
    if (last && wide(last + " " + word) > room) lines.push(word);
    else lines[lines.length - 1] = (last + " " + word).trim();
    return lines;
  }, [""]).join("<br>");
}
"""
)

_chart = st.components.v2.component(
    "landscape_chart",
    html='<div class="chart" role="img" style="width:100%"></div>',
    js=_CHART,
    isolate_styles=False,
)


def remembered(draw: Callable[..., R], *args: Any, **options: Any) -> R:
    """What a function draws of these arguments, from memory where it has drawn the very same: tabs and reruns share it.

    A result counts as the same only if it is the same object. Figures are not to be changed afterwards.
    """
    fixed = tuple(tuple(arg) if isinstance(arg, list) else arg for arg in args)
    drawn: R = _drawn(draw, fixed, tuple(sorted(options.items())))
    return drawn


@lru_cache(maxsize=64)
def _drawn(draw: Callable[..., Any], args: tuple[Any, ...], options: tuple[tuple[str, Any], ...]) -> Any:
    return draw(*args, **dict(options))


def chart(figure: go.Figure, *, key: str, alt: str, on_click: Click | None = None, fill: float | None = None) -> None:
    """Draw a figure in the reader's theme. With the same key, zoom and legend are kept while the data change.

    Args:
        figure: if its layout's `meta` has an `aspect` (height over width of the plot), it limits the height.
        key: of the Streamlit element.
        alt: the text that states the finding, for those who do not see the figure.
        on_click: called once with x and y of a clicked point (of a polar plot: radius and angle), and the `meta` of
            its trace, the number of a direction or None, before the page (or fragment) runs again.
        fill: for a lecture, the share of the window's height that it takes; its type grows with the window.
    """
    dark = st.context.theme.type == "dark"
    ink = "#e6e6e6" if dark else "#222"
    drawn = as_shown(figure)  # a copy: tabs share figures
    drawn = with_legible_type(drawn, "#14171a" if dark else "#fdfdfb", ink)
    drawn["layout"] |= {
        "font": {"color": ink, "size": 12},
        "hoverlabel": {"bgcolor": "#222" if dark else "#fff", "font": {"color": ink}},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#999", "activecolor": ink},
    }

    def clicked() -> None:
        if on_click is not None and (point := st.session_state[key].picked):
            along = point.get("along")
            on_click(float(point["x"]), float(point["y"]), along if isinstance(along, int) else None)

    sent = {
        "figure": to_json_plotly(drawn),
        "alt": alt,
        "clickable": on_click is not None,
        "modebar": MODE_BAR,
        "library": plotly_js.NAME,
        "unbroken": UNBROKEN,
        "fill": fill,
    }
    _chart(key=key, data=sent, height="content", on_picked_change=clicked)
