"""Whose code runs: what this machine's user trusted, as it was then, and nothing that a spec or an address says."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from landscape.checkpoints import files, models
from landscape.checkpoints.fingerprints import fingerprint
from landscape.outside import trust
from landscape.runs import worker
from landscape.schema.directions import Gaussian
from landscape.schema.specs import ComparisonSpec, SliceSpec, parse_spec
from landscape.store.store import Store


def spec_of(folder: Path) -> SliceSpec:
    return SliceSpec(checkpoint=str(folder), directions=(Gaussian(seed=0),), alphas=(0.0,), capabilities=("basic",))


def test_code_runs_only_where_it_was_trusted_and_only_as_it_was(own_code: Path) -> None:
    with pytest.raises(ValueError, match="nobody has trusted on this machine"):
        models.load_model(str(own_code))
    with pytest.raises(ValueError, match="nobody has trusted on this machine"):
        models.architecture(str(own_code))
    assert not (own_code / "ran").exists()
    trust.give(own_code)
    assert type(models.load_model(str(own_code))).__name__ == "OwnModel"
    assert (own_code / "ran").exists()
    with (own_code / "modeling_own.py").open("a") as code:
        code.write("\n# and one more line\n")
    (own_code / "ran").unlink()
    with pytest.raises(ValueError, match="or which changed since"):
        models.load_model(str(own_code))
    assert not (own_code / "ran").exists()


def test_a_file_that_the_code_imports_is_part_of_it(own_code: Path) -> None:
    (own_code / "inner").mkdir()
    (own_code / "inner" / "layers.py").write_text("")
    trust.give(own_code)
    assert trust.is_given(own_code)
    (own_code / "inner" / "layers.py").write_text("import os")
    assert not trust.is_given(own_code)


def test_what_was_trusted_can_be_withdrawn(own_code: Path) -> None:
    trust.give(own_code)
    trust.withdraw(own_code)
    assert not trust.is_given(own_code)


def test_only_this_user_reads_and_writes_what_is_trusted(own_code: Path) -> None:
    trust.give(own_code)
    assert stat.S_IMODE(trust.file().stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "[1]", "{", "\x00", '{"/": 3}'])
def test_a_damaged_list_trusts_nobody(own_code: Path, content: str) -> None:
    trust.give(own_code)
    trust.file().write_text(content)
    assert not trust.is_given(own_code)


@pytest.mark.parametrize("where", ["config.json", "tokenizer_config.json"])
def test_code_of_another_repository_never_runs(own_code: Path, where: str) -> None:
    config = json.loads((own_code / where).read_text())
    (own_code / where).write_text(
        json.dumps(config | {"auto_map": {"AutoTokenizer": ["evil/repo--code.Tokens", None]}})
    )
    with pytest.raises(ValueError, match="another repository"):
        trust.give(own_code)
    assert not trust.is_given(own_code)


def test_a_checkpoint_without_code_of_its_own_needs_no_trust(checkpoint: Path) -> None:
    assert trust.code_of(checkpoint) == []
    assert not trust.is_given(checkpoint)


def test_results_belong_to_the_code_that_computed_them(own_code: Path) -> None:
    before = fingerprint(str(own_code))
    trust.give(own_code)
    assert fingerprint(str(own_code)) != before


@pytest.mark.parametrize("kind", ["slice", "comparison"])
def test_a_spec_grants_nothing(own_code: Path, kind: str) -> None:
    """One of version 0.6 still parses."""
    names = [str(own_code)]
    spec = spec_of(own_code) if kind == "slice" else ComparisonSpec(checkpoint=names[0], other="demo:base")
    read = parse_spec(spec.model_dump(mode="json") | {"trust_remote_code": names})
    assert read == spec
    assert read.trust_remote_code == ()  # type: ignore[attr-defined]


def test_a_worker_asks_this_machine_and_not_the_run(own_code: Path, tmp_path: Path) -> None:
    """Even where a store holds a run that says otherwise."""
    store = Store(str(tmp_path / "store.sqlite"))
    run = store.submit(spec_of(own_code).model_copy(update={"trust_remote_code": (str(own_code),)}))
    with pytest.raises(ValueError, match="nobody has trusted"):
        worker.work(store, run_id=run)
    assert store.run(run).status == "failed"
    assert not (own_code / "ran").exists()


def test_the_command_line_trusts_the_checkpoints_that_it_names(own_code: Path, tmp_path: Path) -> None:
    from landscape.cli.options import trust_code_of

    trust_code_of(["demo:base", str(own_code)])
    assert trust.is_given(own_code)
    assert not trust.is_given(files.resolve("demo:base").folder)


def test_trusting_needs_no_model_and_no_torch() -> None:
    code = (
        "import sys; import landscape.outside.trust; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
