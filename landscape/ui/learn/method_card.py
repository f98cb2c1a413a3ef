"""The method card: what pictures of a loss landscape cannot show. Learn and the Glossary end with it."""

import streamlit as st

from landscape.bundled import results, specs


def method_card() -> None:
    """Show the card, with the number of weights of the demo models where a result of theirs ships."""
    demo = results.shipped(specs.DEMO_WALK)
    for heading, text in card(demo.facts.parameters if demo and demo.facts else 0).items():
        st.markdown(f"**{heading}.** {text}")


def card(parameters: int) -> dict[str, str]:
    """By heading, what to keep in mind; `parameters` is how many weights the demo models have."""
    return {
        "Two of a billion dimensions": "A slice shows one direction, a map two, of as many as the model has "
        f"weights: {parameters:,} here, 10⁹ and more in models that people use. What no picture looked at, no "
        "picture shows.",
        "The direction decides": "Random directions are alike; towards a fine-tune, and in the worst direction "
        "found, all looks different. Several draws with their spread say more than one. The worst direction *found* "
        "is not the worst there is.",
        "Scale": "α counts the change of a weight in absolute terms. A model with larger weights seems wider for "
        "that alone, so compare α / rms of the matrices between models. Directions that follow the size of each "
        "layer have another scale.",
        "Thresholds": "A score counts right and wrong. Its flat ground and its edge depend on where the line is "
        "drawn, and on τ. Look at the loss beside it.",
        "Which questions": "A basin is that of the questions asked. Other questions, other basins; few questions, "
        "wide intervals.",
        "Guaranteed is something else than measured": "A certificate holds in every direction, but for the model "
        "with noise, to a short distance, and except with a stated probability. Everything else here is an "
        "observation.",
        "Demo models are small": f"{parameters:,} weights that know a few hundred sentences: real in kind, not in "
        "size. What is seen in them need not hold for large models: measure yours.",
    }
