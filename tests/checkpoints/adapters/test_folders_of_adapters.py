"""Which folder of a chain of adapters decides what: content, template, ends of texts, code, and how names are read."""

import json
import shutil
from pathlib import Path

import peft
import pytest
import torch
from peft import LoraConfig
from safetensors.torch import load_file, save_file

from landscape.bundled.portable_names import portable_checkpoint
from landscape.capabilities.generation import ends_of
from landscape.checkpoints import contents, files, models
from landscape.checkpoints.adapters.readings import read_alike_before
from landscape.checkpoints.fingerprints import fingerprint, stamp
from landscape.outside import trust
from tests.checkpoints.adapters.made import edited, make
from tests.conftest import make_tokenizer, save
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("folders") / "my+base")


@pytest.fixture
def chain(base: Path, tmp_path: Path) -> list[Path]:
    config = LoraConfig(r=2, target_modules=["q_proj"])
    return [make(tmp_path / name, config, base, seed=seed) for seed, name in enumerate(("sft+1", "dpo+2", "last"))]


def scaled(adapter: Path) -> None:
    file = adapter / "adapter_model.safetensors"
    save_file({name: 2 * tensor for name, tensor in load_file(file).items()}, file)


def test_several_adapters_are_named_one_after_the_other(
    chain: list[Path], base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sft, dpo, last = chain
    name = f"last+dpo+2+sft+1+{base}"
    monkeypatch.chdir(tmp_path)
    assert files.resolve(name) == files.Source(name, base, (sft, dpo, last))
    assert portable_checkpoint(name) == f"{last}+{dpo}+{sft}+{base}"
    with pytest.raises(ValueError, match="holds no adapter_config.json"):
        files.resolve(f"my+{base}")


@pytest.mark.parametrize("place", range(3))
def test_every_adapter_of_a_chain_is_part_of_its_content(place: int, chain: list[Path], base: Path) -> None:
    name = "+".join(map(str, (*reversed(chain), base)))
    wait_until(lambda: bool(stamp(name)), "the files rest", pause=0.02)
    before = fingerprint(name), stamp(name)
    scaled(chain[place])
    wait_until(lambda: bool(stamp(name)), "the files rest", pause=0.02)
    assert stamp(name) != before[1]
    assert fingerprint(name) != before[0]


def test_the_content_of_an_adapter_beside_whole_weights_is_the_adapter(chain: list[Path], base: Path) -> None:
    shutil.copy(base / "model.safetensors", chain[0])
    shutil.copy(base / "config.json", chain[0])
    name = f"{chain[0]}+{base}"
    before = fingerprint(name)
    scaled(chain[0])
    assert fingerprint(name) != before


def test_templates_by_name_come_with_the_adapter_that_has_them(chain: list[Path], base: Path) -> None:
    name = "+".join(map(str, (*reversed(chain), base)))
    (chain[0] / "additional_chat_templates").mkdir()
    (chain[0] / "additional_chat_templates" / "brief.jinja").write_text("{{ messages[0]['content'] }}.")
    assert files.resolve(name).templated == chain[0]
    assert models.load(name, device="cpu").tokenizer.chat_template == {"brief": "{{ messages[0]['content'] }}."}
    listed = [{"name": "default", "template": "a"}, {"name": "brief", "template": "b"}]
    (chain[1] / "tokenizer_config.json").write_text(json.dumps({"chat_template": listed}))
    assert models.load(name, device="cpu").tokenizer.chat_template == {"default": "a", "brief": "b"}
    (chain[1] / "tokenizer_config.json").write_text(json.dumps({"chat_template": [{"name": "default"}]}))
    with pytest.raises(ValueError, match=r"tokenizer_config\.json is damaged \(template: Field required\)"):
        models.load(name, device="cpu")


def test_the_ends_of_texts_are_those_that_were_saved_last(chain: list[Path], base: Path) -> None:
    name = f"{chain[1]}+{chain[0]}+{base}"
    own = models.load(name, device="cpu")
    (chain[0] / "generation_config.json").write_text('{"eos_token_id": [7, 9]}')
    loaded = models.load(name, device="cpu")
    assert ends_of(loaded.model, loaded.tokenizer) == sorted({*ends_of(own.model, own.tokenizer), 7, 9})
    assert loaded.model.generation_config.eos_token_id == [7, 9]
    assert not read_alike_before(base, (chain[0],)), "version 0.6 did not read them"
    (chain[0] / "generation_config.json").write_text('{"eos_token_id": "x"}')
    with pytest.raises(ValueError, match=r"generation_config\.json is damaged"):
        models.load(name, device="cpu")


def test_the_code_of_a_tokenizer_that_comes_with_an_adapter_is_asked_for(chain: list[Path], base: Path) -> None:
    folder = chain[0]
    make_tokenizer().save_pretrained(folder)
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"auto_map": {"AutoTokenizer": ["own.Own", None]}}))
    (folder / "own.py").write_text("raise SystemError('it ran')")
    name = f"{folder}+{base}"
    assert files.resolve(name).with_code == (base, folder)
    before = fingerprint(name), stamp(name)
    trust.give(folder)
    assert fingerprint(name) != before[0], "then its own code computes"
    trust.withdraw(folder)
    assert fingerprint(name) == before[0]


def test_whether_adapters_fit_does_not_depend_on_those_that_were_looked_at_before(
    chain: list[Path], base: Path, tmp_path: Path
) -> None:
    name = f"{chain[0]}+{base}"
    before = contents.contents(name)
    other = make(tmp_path / "other", LoraConfig(r=3, target_modules=["up_proj"], modules_to_save=["norm"]), base)
    contents.contents(f"{other}+{base}")
    assert contents.contents(name) == before


def test_an_adapter_above_virtual_tokens_is_refused(chain: list[Path], base: Path, tmp_path: Path) -> None:
    prompt = make(tmp_path / "p", peft.PromptTuningConfig(num_virtual_tokens=2, task_type="CAUSAL_LM"), base)
    above = edited(chain[0], base_model_name_or_path=str(prompt))
    for unmerged in (None, str(above)):
        with pytest.raises(ValueError, match="lies on one that puts virtual tokens in front of prompts"):
            models.load_model(str(above), device="cpu", unmerged=unmerged)


def test_a_chain_merges_into_no_quantised_base(chain: list[Path], base: Path, tmp_path: Path) -> None:
    quantised = shutil.copytree(base, tmp_path / "quantised")
    config = json.loads((quantised / "config.json").read_text())
    (quantised / "config.json").write_text(json.dumps(config | {"quantization_config": {"quant_method": "gptq"}}))
    name = f"{chain[1]}+{chain[0]}+{quantised}"
    for unmerged in (None, name):
        with pytest.raises(ValueError, match="into which none merges: name the base that is not quantised"):
            models.load_model(name, device="cpu", unmerged=unmerged)


def test_adapters_are_merged_in_the_order_in_which_they_were_trained(chain: list[Path], base: Path) -> None:
    sft, dpo, _ = (models.load_model(f"{adapter}+{base}", device="cpu") for adapter in chain)
    plain, both = (models.load_model(n, device="cpu") for n in (str(base), f"{chain[1]}+{chain[0]}+{base}"))
    key = "model.layers.1.self_attn.q_proj.weight"
    origin, one, two, found = (model.state_dict()[key] for model in (plain, sft, dpo, both))
    torch.testing.assert_close(found, one + two - origin)
