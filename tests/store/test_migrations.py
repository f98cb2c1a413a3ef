"""Stores of older and newer versions, on both databases."""

from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import NullPool, create_engine, text

from landscape.schema.specs import SliceSpec
from landscape.store.database import locate
from landscape.store.errors import StoreError
from landscape.store.store import Store
from landscape.store.tables import VERSION
from tests.store.made import FACTS, SPEC, Made

V1 = """
CREATE TABLE meta (name VARCHAR(40) NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE points (
    key VARCHAR(64) NOT NULL, outcomes BLOB NOT NULL, losses BLOB NOT NULL, n INTEGER NOT NULL,
    score DOUBLE PRECISION NOT NULL, loss DOUBLE PRECISION, realised_alpha DOUBLE PRECISION NOT NULL,
    seconds DOUBLE PRECISION NOT NULL, counts JSON NOT NULL, measured_by VARCHAR(16) NOT NULL,
    created DOUBLE PRECISION NOT NULL, PRIMARY KEY (key)
);
CREATE INDEX points_by_run ON points (measured_by, created);
CREATE TABLE runs (
    id VARCHAR(16) NOT NULL, kind VARCHAR(20) NOT NULL, spec TEXT NOT NULL, device VARCHAR(20) NOT NULL,
    status VARCHAR(12) NOT NULL, created DOUBLE PRECISION NOT NULL, started DOUBLE PRECISION, claimed DOUBLE PRECISION,
    finished DOUBLE PRECISION, heartbeat DOUBLE PRECISION, worker VARCHAR(120), error TEXT,
    cancel_requested BOOLEAN NOT NULL, settings JSON, facts JSON, PRIMARY KEY (id)
);
CREATE INDEX runs_by_status ON runs (status, created);
CREATE TABLE artifacts (
    run VARCHAR(16) NOT NULL, name VARCHAR(40) NOT NULL, content BLOB NOT NULL, PRIMARY KEY (run, name),
    FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE TABLE run_points (
    run VARCHAR(16) NOT NULL, direction INTEGER NOT NULL, alpha DOUBLE PRECISION NOT NULL,
    capability VARCHAR(200) NOT NULL, position INTEGER NOT NULL, key VARCHAR(64) NOT NULL,
    PRIMARY KEY (run, direction, alpha, capability), FOREIGN KEY(run) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE INDEX run_points_by_key ON run_points (key);
INSERT INTO run_points VALUES ('abcd', 0, 0.0, 'basic', 0, 'k0'), ('abcd', 0, 0.1, 'basic', 1, 'k1')
"""
V2 = (
    V1.replace("settings JSON,", "settings JSON, later INTEGER DEFAULT 0 NOT NULL,")
    .replace(
        "capability VARCHAR(200) NOT NULL, position INTEGER", "beta DOUBLE PRECISION NOT NULL, capability VARCHAR(200)"
    )
    .replace("(run, direction, alpha, capability)", "(run, direction, alpha, beta, capability)")
    .replace("0.0, 'basic', 0, 'k0'", "0.0, 0.0, 'basic', 'k0'")
    .replace("0.1, 'basic', 1, 'k1'", "0.1, 0.0, 'basic', 'k1'")
)
SPEC_THEN = """{"alphas":[0.0,0.1],"capabilities":["basic"],"checkpoint":"demo:base","device":"auto",\
"directions":[{"kind":"gaussian","seed":0}],"dtype":"auto","exclude":[],"kind":"slice","limit":null,"only":[],\
"trust_remote_code":[]}"""
RUN = """
INSERT INTO runs (id, kind, spec, device, status, created, started, claimed, finished, heartbeat, cancel_requested,
                  settings, facts)
VALUES ('abcd', 'slice', :spec, 'auto', 'done', 1.0, 2.0, 2.0, 4.0, 3.0, false, '{"threads": 1}', :facts)
"""
POINT = "INSERT INTO points VALUES (:key, :outcomes, :losses, 4, 0.75, 1.0, 0.1, 0.1, '{}', 'abcd', 3.0)"


def write(url: str, version: int) -> None:
    """A store as that version wrote it: a slice of two points, one of them measured."""
    engine = create_engine(locate(url), poolclass=NullPool)
    with engine.begin() as connection:
        *tables, wanted = {1: V1, 2: V2}[version].split(";")
        for statement in tables:
            blob = "BYTEA" if engine.dialect.name == "postgresql" else "BLOB"
            connection.exec_driver_sql(statement.replace("BLOB", blob))
        facts = '{"parameters": 10, "rms": 0.1, "alpha_of": {}, "counts": {}}'
        connection.execute(text(RUN), {"spec": SPEC_THEN, "facts": facts})
        made = Made()
        bytes_of = {"outcomes": made.outcomes.tobytes(), "losses": made.losses.tobytes()}
        connection.execute(text(POINT), {"key": "k1", **bytes_of})
        connection.exec_driver_sql(wanted)
        connection.execute(text("INSERT INTO meta VALUES ('schema', :version)"), {"version": str(version)})


def say(url: str, version: int) -> None:
    """Make a store claim to be of this version."""
    with create_engine(locate(url), poolclass=NullPool).begin() as connection:
        connection.execute(text("UPDATE meta SET value = :version"), {"version": str(version)})


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_of_an_older_version_opens_with_every_point(new_url: Callable[[], str], version: int) -> None:
    url = new_url()
    write(url, version)
    for store in (Store(url), Store(url)):  # brought up, and as it then is
        run = store.run("abcd")
        assert (run.status, run.done, run.total, run.facts, run.phase) == ("done", 1, 2, FACTS, None)
        (row,) = store.result("abcd").rows.to_dict("records")
        assert (row["direction"], row["alpha"], row["score"], row["loss"], row["n"]) == ("gaussian", 0.1, 0.75, 1.0, 4)
        np.testing.assert_array_equal(row["outcomes"], Made().outcomes)


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_that_was_brought_up_works_like_a_new_one(new_url: Callable[[], str], version: int) -> None:
    url = new_url()
    write(url, version)
    store = Store(url)
    found = store.runs_of(SPEC)[0]
    assert found is not None
    assert found.id == "abcd", "a spec that has gained a field since is still the same"
    other = SliceSpec(**SPEC.model_dump() | {"limit": 5})
    run_id = store.submit(other)
    assert store.claim("w") is not None
    store.finish(run_id, "w", "done")
    store.delete("abcd")
    assert store.missing_keys(["k1"]) == {"k1"}


def test_a_store_of_a_newer_version_says_to_update(new_url: Callable[[], str]) -> None:
    url = new_url()
    Store(url)
    say(url, VERSION + 1)
    with pytest.raises(StoreError, match=rf"newer landscape \(schema {VERSION + 1}, .*Update landscape \(git pull"):
        Store(url)


def test_a_worker_takes_nothing_from_a_store_that_was_brought_up_meanwhile(new_url: Callable[[], str]) -> None:
    url = new_url()
    store = Store(url)
    store.submit(SPEC)
    say(url, VERSION + 1)
    with pytest.raises(StoreError, match="newer landscape"):
        store.claim("w")
    assert store.runs()[0].status == "queued"


def test_an_older_store_that_cannot_be_brought_up_now_says_what_to_run(new_url: Callable[[], str]) -> None:
    url = new_url()
    write(url, 2)
    with create_engine(locate(url), poolclass=NullPool).begin() as other:
        other.execute(text("UPDATE meta SET value = '2'"))  # holds what an upgrade must change
        with pytest.raises(StoreError, match=r"\(schema 2, .*Run `python -m landscape run list` once"):
            Store(url, patience=0.1)
    assert Store(url).run("abcd").done == 1
