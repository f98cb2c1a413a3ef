import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape.schema.numbers import count, number, power_of_ten
from tests.written_numbers import read


@pytest.mark.parametrize(
    ("value", "digits", "zeros", "text"),
    [
        (0, 3, False, "0"),
        (0.0123456, 3, False, "0.0123"),
        (0.01, 2, True, "0.010"),
        (0.01, 2, False, "0.01"),
        (0.0001, 2, True, "0.00010"),
        (0.000097, 2, True, "9.7×10⁻⁵"),
        (0.000076, 3, False, "7.6×10⁻⁵"),
        (1.8e-6, 2, False, "1.8×10⁻⁶"),
        (1e-9, 3, False, "1×10⁻⁹"),
        (0.000099999, 2, False, "0.0001"),  # rounds up to what is written plainly
        (600e-6, 3, False, "0.0006"),
        (5, 2, True, "5.0"),
        (42, 2, True, "42"),
        (1234.5, 2, False, "1,234"),
        (999_999, 2, False, "1×10⁶"),
        (12_345, 3, False, "12,345"),
        (1_234_567, 3, False, "1.23×10⁶"),
        (-0.000012, 2, False, "-1.2×10⁻⁵"),
        (math.inf, 3, False, "∞"),
        (-math.inf, 3, False, "-∞"),
        (math.nan, 3, False, "not a number"),
    ],
)
def test_one_style(value: float, digits: int, zeros: bool, text: str) -> None:
    assert number(value, digits, zeros=zeros) == text


@given(st.floats(1e-300, 1e300), st.integers(1, 6), st.booleans())
def test_what_is_written_is_the_number_to_that_many_digits(value: float, digits: int, zeros: bool) -> None:
    text = number(value, digits, zeros=zeros)
    assert read(text) == pytest.approx(value, rel=0.5001 * 10.0 ** (1 - digits))
    assert "e" not in text
    assert read(number(-value, digits, zeros=zeros)) == -read(text)
    plain = 1e-4 <= float(f"{value:.{digits - 1}e}") < 1e6
    assert ("×10" not in text) == plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"), (999, "999"), (1000, "1 k"), (97_008, "97 k"), (260_000, "260 k"), (999_700, "1 M"),
        (134_515_008, "135 M"), (7_240_000_000, "7.24 B"), (1_300_000_000_000, "1.3 T"),
    ],
)  # fmt: skip
def test_counts_are_short(value: int, text: str) -> None:
    assert count(value) == text


def test_powers_are_raised() -> None:
    assert power_of_ten(-12) == "10⁻¹²"
