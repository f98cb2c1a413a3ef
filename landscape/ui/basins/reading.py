"""The basins of a result, read once for each tolerance."""

import hashlib

import pandas as pd
import streamlit as st

from landscape.basins.radii import Basin, basins_of
from landscape.schema.results import Result
from landscape.schema.specs import BasinSpec, digest


@st.cache_resource(max_entries=128, show_spinner=False)
def _cached_basins(known: str, tolerance: float, share: bool, _result: Result[BasinSpec]) -> list[Basin]:
    """The basins of a result, by the digest of all that they are read from. Reading one takes 30 ms a capability."""
    return basins_of(_result, tolerance, share_of_score=share)


def identity_of(result: Result[BasinSpec]) -> str:
    """What identifies the numbers of a result, for a cache."""
    numbers = pd.util.hash_pandas_object(result.rows.drop(columns=["outcomes", "losses"])).to_numpy().tobytes()
    each = b"".join(one.tobytes() for c in ("outcomes", "losses") for one in result.rows[c] if one is not None)
    told = f"{digest(result.spec)} {result.by_loss} {result.facts}".encode()
    return hashlib.sha256(told + numbers + each).hexdigest()


def basins_at(result: Result[BasinSpec], tolerance: float, *, share_of_score: bool = False) -> list[Basin]:
    """The basins at a tolerance (or one that is a share of each score at θ₀), cached."""
    return _cached_basins(identity_of(result), tolerance, share_of_score, result)
