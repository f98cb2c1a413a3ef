"""What a page has loaded is left out of the collection that follows every run."""

import gc

from landscape.ui.components.page_setup import spare_collector


def test_what_is_loaded_is_frozen_once_for_each_page() -> None:
    before = gc.get_freeze_count()
    try:
        spare_collector("A page of this test")
        first = gc.get_freeze_count()
        kept = [[] for _ in range(1000)]
        spare_collector("A page of this test")
        assert first > before
        assert gc.get_freeze_count() <= first
        spare_collector("Another page of this test")
        assert gc.get_freeze_count() >= first + len(kept) // 2
    finally:
        gc.unfreeze()
