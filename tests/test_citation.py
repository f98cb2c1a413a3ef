"""The citation file, and the page for contributors: what they say of the project is so."""

import re
from pathlib import Path

import yaml

from landscape import __version__

ROOT = Path(__file__).parents[1]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_the_citation_file_has_what_its_format_requires_and_this_version() -> None:
    assert CITATION["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(CITATION)
    assert CITATION["type"] == "software"
    assert CITATION["version"] == __version__
    assert CITATION["authors"] == [{"name": "The Landscape authors"}]
    assert f"{CITATION['license']} License" in (ROOT / "LICENSE").read_text()


def test_the_paper_that_it_refers_to_is_the_readme_s() -> None:
    (paper,) = CITATION["references"]
    assert {"type", "title", "authors"} <= set(paper)
    said = " ".join(README.split())
    assert f"*{paper['title']}*" in said
    first, others = paper["authors"]
    assert others == {"name": "others"}
    assert f"{first['given-names']} {first['family-names']} et al." in said
    assert f"[{paper['identifiers'][0]['value']}]({paper['url']})" in said
    number = paper["url"].rpartition("/")[2]
    assert number in paper["journal"]


def test_the_rules_are_one_page_and_their_numbers_those_of_the_tests() -> None:
    assert len(CONTRIBUTING.splitlines()) <= 60
    assert max(map(len, CONTRIBUTING.splitlines())) <= 120
    rules = (ROOT / "tests" / "test_architecture.py").read_text()
    module, page, package = re.search(
        r"has at most (\d+) lines, a page (\d+), a package (\d+) modules", CONTRIBUTING
    ).groups()  # type: ignore[union-attr]
    assert f'{page} if module.startswith("pages") else {module}' in rules
    assert f"MODULES_A_PACKAGE = {package}" in rules
    for name in re.search(r"called ([\w, ]+)\.", CONTRIBUTING)[1].replace(" or ", ", ").split(", "):  # type: ignore[index]
        assert f'"{name}"' in rules
    assert 'filterwarnings = ["error"]' in (ROOT / "pyproject.toml").read_text()
