import os
from collections.abc import Iterator

import pytest

from landscape.figures.paper import browser


@pytest.fixture(scope="session")
def drawing() -> Iterator[None]:
    """Kaleido and a Chromium, closed afterwards; without them a test skips, except in CI, where it fails."""
    if said := browser.why_not():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI=true, but {said}")
        pytest.skip(said)
    yield
    browser.close()
