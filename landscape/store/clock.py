"""The clock of the database: hosts whose own clocks disagree share one queue by it."""

from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Now(FunctionElement[float]):
    """Epoch seconds, to a millisecond or better, when the database gets to it (not when a transaction began)."""

    type = Double()
    inherit_cache = True


@compiles(Now, "sqlite")
def _sqlite(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"  # unixepoch has fractions only from SQLite 3.42 on


@compiles(Now, "postgresql")
def _postgresql(*_: Any, **__: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"
