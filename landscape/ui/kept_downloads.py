"""Downloads that outlive the run of the page that offered them.

A download whose file is made when it is pressed has another id in each run of the page, and Streamlit forgets the ids
of earlier runs as soon as the page, or that of any other session, has run. The browser goes on showing the button of
before until it has drawn what is new, which takes seconds beside large figures. A press meanwhile asked for an id that
nobody knew any more, and gave no file. In the same way a file that was made could be gone before it was fetched.
"""

import time
from weakref import WeakKeyDictionary

from streamlit.runtime.media_file_manager import MediaFileKind, MediaFileManager

KEPT = 60.0  # seconds, from when the page has no more use for it
_NO_SESSION = "downloads of earlier runs"  # in Streamlit's books, where a session would stand that shows them
_remove = MediaFileManager.remove_orphaned_files
_unused_since: WeakKeyDictionary[MediaFileManager, dict[str, float]] = WeakKeyDictionary()


def keep_downloads() -> None:
    """Keep what downloads are made by, and the files that were made, for a minute after they are out of use."""
    MediaFileManager.remove_orphaned_files = _remove_later  # type: ignore[method-assign, assignment]


def _remove_later(manager: MediaFileManager) -> None:
    now = time.monotonic()
    with manager._lock:
        sessions = manager._files_by_session_and_coord
        sessions.pop(_NO_SESSION, None)
        used = {one for files in sessions.values() for one in files.values()}
        made = {one for one, file in manager._file_metadata.items() if file.kind is MediaFileKind.DOWNLOADABLE}
        before = _unused_since.get(manager, {})
        since = {one: before.get(one, now) for one in (made | manager._deferred_callables.keys()) - used}
        sessions[_NO_SESSION] = {one: one for one, when in since.items() if now - when < KEPT}
        _unused_since[manager] = since
    _remove(manager)
