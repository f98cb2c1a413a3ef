"""Fields as examples, each validated: what is wrong with one is said in a sentence that names its place."""

import json
import reprlib
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from landscape.capabilities.sources.records import Row, distinct

M = TypeVar("M", bound=BaseModel)


def validated(row: Row, model: type[M]) -> M:
    """Return one example of the model's type. Raises ValueError for fields that make none."""
    try:
        if row.line is None:
            return model.model_validate(row.fields)
        example = model.model_validate_json(row.line)
        json.loads(row.line, object_pairs_hook=distinct)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(reprlib.repr(str(part))[1:-1] for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = "no field of an example has this name: leave it out, or rename it"
        raise ValueError(f"{row.place}: {where + ': ' if where else ''}{message}") from None
    except ValueError as error:
        raise ValueError(f"{row.place}: {error}") from None
    return example
