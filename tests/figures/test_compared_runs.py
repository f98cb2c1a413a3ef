"""Several runs in one picture, of every kind: on what ships."""

import json

from streamlit.testing.v1 import AppTest


def script() -> None:
    from types import SimpleNamespace

    from landscape.bundled import results
    from landscape.bundled import specs as bundled_specs
    from landscape.schema.labels import Labels
    from landscape.ui.runs.compare import compare

    specs = [
        bundled_specs.DEMO_SPEC,
        bundled_specs.DEMO_BASIN,
        *bundled_specs.emergence_specs()[-2:],
        bundled_specs.DEMO_PLANE,
    ]
    runs = [
        SimpleNamespace(id=f"r{i}", kind=spec.kind, spec=spec, checkpoint=spec.checkpoint, labels=Labels())
        for i, spec in enumerate(specs)
    ]
    compare(SimpleNamespace(result=lambda run_id: results.shipped(specs[int(run_id[1:])])), runs)  # type: ignore[arg-type]


def test_slices_basins_and_planes_are_compared_kind_by_kind() -> None:
    app = AppTest.from_function(script, default_timeout=60).run()
    assert not app.exception
    figures = [json.loads(json.loads(c.proto.json)["figure"]) for c in app.get("bidi_component")]
    curves, radii, plane = figures
    assert len(curves["data"]) >= 2
    assert {name for trace in radii["data"] for name in [trace.get("name")]} >= {"basic", "math", "code", "safety"}
    assert plane["data"][0]["type"] == "heatmap"
