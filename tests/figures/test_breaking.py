import pytest

from landscape.figures.breaking import unbroken, wrapped


@pytest.mark.parametrize(
    "text",
    ["95 %", "α ≈ 0.012", "τ = 0.05", "n = 120", "0.1 ± 0.02", "3.8 × as", "p > 0.5", "r ≤ 1.8×10⁻⁶", "α = −0.01"],
)
def test_a_number_keeps_its_sign_and_its_unit(text: str) -> None:
    lines = wrapped(f"word {text} word", 6)
    inside = [line for line in lines if line not in ("word",)]
    assert " ".join(inside).replace("\u00a0", " ").removesuffix(" word") == text
    assert len(inside) == (2 if text == "3.8 × as" else 1)


def test_words_break_anywhere_else_and_nothing_is_lost() -> None:
    text = "math ends first in 8 of 8 random directions; its radius is α ≈ 0.0056 (95 %: 0.0046 to 0.0063)"
    for characters in range(1, 120):
        lines = wrapped(text, characters)
        assert " ".join(lines).replace("\u00a0", " ") == text
        assert all(len(line) <= characters or " " not in line for line in lines)


def test_own_breaks_stay() -> None:
    assert wrapped("to lose<br>−0.050", 80) == ["to lose", "−0.050"]


def test_text_without_numbers_is_as_it_was() -> None:
    assert unbroken("a = b, c < d and e") == "a\u00a0= b, c\u00a0< d and e"
