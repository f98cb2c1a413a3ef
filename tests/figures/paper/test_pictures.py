"""Which files can be written, and how they are named."""

import pytest

from landscape.api import Slice
from landscape.bundled import results, specs
from landscape.figures.paper.pictures import file_name, format_of, picture

SLICE = Slice(results.shipped(specs.DEMO_SPEC))


@pytest.mark.parametrize("file", ["slice", "slice.jpg", "slice-0.05", "slice.pdf.zip", "-"])
def test_a_file_of_another_kind_is_refused(file: str) -> None:
    with pytest.raises(ValueError, match="ends in .pdf, .svg or .png, got"):
        format_of(file)


def test_a_format_may_be_written_in_capitals_and_a_width_must_be_known() -> None:
    assert format_of("a/Slice-0.05.PDF") == "pdf"
    with pytest.raises(ValueError, match="column or page, got '3cm'"):
        picture(SLICE.figure(), "", "pdf", "3cm")


def test_names_keep_their_decimal_point() -> None:
    assert file_name("slice", "assistant", "tau-0.05") == "slice-assistant-tau-0.05"
    assert file_name("slice", "base-go-0.07-average") == "slice-base-go-0.07-average"
    assert file_name("plane", "../a/b c.d", "") == "plane-a-b-c-d"
    assert file_name("towards demo:assistant", "0.0.1..2") == "towards-demo-assistant-0.0.1-2"
