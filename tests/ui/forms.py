"""What tests do to the forms of pages."""

from streamlit.testing.v1 import AppTest


def capabilities(app: AppTest):  # noqa: ANN201
    return next(box for box in app.multiselect if box.label == "Capabilities")


def choose(app: AppTest, checkpoint: object) -> AppTest:
    box = next(box for box in app.selectbox if box.label in ("Checkpoint θ₀", "Base"))
    if str(checkpoint) not in box.options:
        box.options.append(str(checkpoint))  # as it is typed: a test can choose only what is offered
    return box.set_value(str(checkpoint)).run()
