"""The search for models on the Hugging Face hub."""

import json
from urllib.parse import urlencode
from urllib.request import urlopen


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
