"""What tests do to the pair of a page, and to its form."""

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button


def capabilities(app: AppTest):  # noqa: ANN201
    """The capabilities of the pair, as the fields at the top of the page hold them."""
    return next(box for box in app.multiselect if box.label == "Capabilities")


def choose(app: AppTest, base: object, tuned: object = "", *asked: object) -> AppTest:
    """Open the page anew with another pair in the address."""
    app.query_params.clear()
    app.query_params["base"] = str(base)
    if tuned:
        app.query_params["finetune"] = str(tuned)
    if asked:
        app.query_params["ask"] = [str(name) for name in asked]
    return app.run()


def measure_button(app: AppTest) -> Button | None:
    """The button that measures what the form says; None where that is what is shown."""
    return next((button for button in app.button if button.key == "measure"), None)


def measure(app: AppTest) -> AppTest:
    button = measure_button(app)
    assert button is not None
    assert not button.disabled
    return button.click().run()
