"""A report that goes to others names an adapter and its base each by its own name."""

from pathlib import Path

import pytest

from landscape.reports.short_paths import without_paths
from landscape.schema.specs import ComparisonSpec

COMMIT = "1a2b3c4" + "d" * 33


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/data/lora+/models/base", "lora+base"),
        (f"/data/lora+org/base@{COMMIT}", f"lora+org/base@{COMMIT}"),
        (f"org/lora@{COMMIT}+/models/base", f"org/lora@{COMMIT}+base"),
        ("/data/sft+/data/dpo+/models/base", "sft+dpo+base"),
        ("/models/base", "base"),
    ],
)
def test_an_adapter_and_its_base_are_named_each_by_its_own_name(name: str, shown: str) -> None:
    spec = ComparisonSpec(checkpoint="org/other", other=name)
    assert without_paths(f"inspect org/other {name} --draws 8", spec, str) == f"inspect org/other {shown} --draws 8"


def test_a_folder_whose_own_name_holds_a_plus_is_one_name(tmp_path: Path) -> None:
    folder = tmp_path / "a+b"
    folder.mkdir()
    spec = ComparisonSpec(checkpoint="org/other", other=str(folder))
    assert without_paths(f"of {folder}", spec, str) == "of a+b"
