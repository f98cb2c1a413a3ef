"""Files of the Hugging Face hub: found in its local cache, or fetched where that is allowed."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from landscape.outside import network

_PARTS = ["*.safetensors", "*.json", "*.model", "*.txt", "*.py", "*.jinja"]  # config, weights, tokenizer, code


def folder_of(name: str, require_whole: Callable[[Path], object], again: Callable[[], object]) -> Path:
    """Return the folder of a checkpoint `org/name[@revision]`. `require_whole` raises where it lacks files.

    Raises:
        ValueError: no such checkpoint; NotHere: it is not whole in the cache, and may not be fetched; `again` does so.
    """
    from huggingface_hub import snapshot_download  # slow to import, and only a hub id needs it
    from huggingface_hub.errors import LocalEntryNotFoundError

    repo, _, revision = name.partition("@")
    if not network.may_fetch():
        try:
            folder = Path(snapshot_download(repo, revision=revision or None, local_files_only=True))
            require_whole(folder)
            return folder
        except (LocalEntryNotFoundError, OSError, ValueError):
            raise network.NotHere(f"the checkpoint {name} of the Hugging Face hub", again) from None
    try:
        return Path(snapshot_download(repo, revision=revision or None, allow_patterns=_PARTS))
    except OSError as error:
        raise _unavailable(name, error, f"hf download {repo} --local-dir FOLDER", "folder") from None


def file_of(name: str, file: str, again: Callable[[], object]) -> Path:
    """Return one file of the checkpoint `org/name[@revision]`; no other is fetched. Raises as `folder_of`."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    repo, _, revision = name.partition("@")
    fetch = network.may_fetch()
    try:
        return Path(hf_hub_download(repo, file, revision=revision or None, local_files_only=not fetch))
    except OSError as error:
        if not fetch and isinstance(error, LocalEntryNotFoundError):
            raise network.NotHere(f"the file {file} of {name} on the Hugging Face hub", again) from None
        raise _unavailable(f"{name}:{file}", error, f"hf download {repo} {file} --local-dir FOLDER", "file") from None


def search(text: str, count: int = 10, seconds: float = 10.0) -> list[str]:
    """Return the ids of the hub's text models that match a text, the most downloaded first. One request, to the hub.

    Raises:
        ValueError: the hub cannot be reached, or `HF_HUB_OFFLINE` is set.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise ValueError("HF_HUB_OFFLINE is set: unset it to search the hub, or name a folder")
    asked = {"search": text, "limit": count, "filter": "text-generation", "sort": "downloads", "direction": -1}
    try:
        with urlopen(f"{constants.ENDPOINT}/api/models?{urlencode(asked)}", timeout=seconds) as answer:
            return [str(each["id"]) for each in json.load(answer)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"the Hugging Face hub cannot be searched ({error}): name the model, or a folder") from None


def _unavailable(name: str, error: OSError, elsewhere: str, what: str) -> ValueError:
    from huggingface_hub.errors import HfHubHTTPError

    why = "it does not exist or needs a login" if isinstance(error, HfHubHTTPError) else "the hub cannot be reached"
    return ValueError(
        f"cannot load {name!r} from the hub: {why}. There is also no folder of that name here; to work offline, "
        f"download it elsewhere ({elsewhere}) and name that {what}"
    )
