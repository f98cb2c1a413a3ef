"""Basins during training reach all that a trainer logs to, and change nothing of the training."""

import json
import warnings
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from transformers import Trainer, TrainerCallback, TrainingArguments

from landscape import api
from landscape.callback import BasinCallback
from landscape.store.store import Store
from landscape.training.trainer_callback import GaussianCallback
from tests.conftest import make_model, make_tokenizer
from tests.training.bits import bits, same

EXAMPLES = [{"input_ids": row, "labels": row} for row in torch.arange(96).view(8, 12)]
SMALL: dict[str, Any] = {"directions": 2, "limit": 8, "reach": 0.02}


class Hears(TrainerCallback):
    """What a tracker would be told; and the order in which the data come."""

    def __init__(self) -> None:
        self.told: list[dict[str, float]] = []
        self.began = False

    def on_train_begin(self, *_: Any, **kwargs: Any) -> None:
        self.began = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
        assert self.began
        self.told.append({"step": state.global_step} | logs)


class Recording(Trainer):
    """A trainer that notes which data it computes with."""

    def __init__(self, *rest: Any, **options: Any) -> None:
        super().__init__(*rest, **options)
        self.data: list[torch.Tensor] = []

    def training_step(self, model: Any, inputs: Any, *rest: Any, **options: Any) -> Any:
        self.data.append(inputs["input_ids"].clone())
        return super().training_step(model, inputs, *rest, **options)


def trainer(folder: Path, callbacks: list[TrainerCallback], model: Any = None, **changes: Any) -> Recording:
    made = make_model() if model is None else model
    if model is None:
        made.config.attention_dropout = 0.1  # so that random numbers matter
        for layer in made.model.layers:
            layer.self_attn.attention_dropout = 0.1
    options = {
        "output_dir": str(folder),
        "max_steps": 4,
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 2,
        "learning_rate": 1e-3,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "logging_steps": 2,
    }
    arguments = TrainingArguments(**(options | changes))
    return Recording(made, arguments, train_dataset=EXAMPLES, callbacks=callbacks, processing_class=make_tokenizer())


def basin(told: dict[str, Any]) -> bool:
    return any(key.startswith("basin/") for key in told)


def plain(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a training without the callback logs, but for the time it takes."""
    timed = ("train_runtime", "train_samples_per_second", "train_steps_per_second")
    return [{key: value for key, value in one.items() if key not in timed} for one in told if not basin(one)]


def test_what_it_finds_reaches_every_listener_and_the_history(tmp_path: Path, own_answers: Path) -> None:
    first, last, callback = Hears(), Hears(), BasinCallback(own_answers, every=2, at_start=True, **SMALL)
    training = trainer(tmp_path / "sft", [first, callback, last])
    training.train()
    for listener in (first, last):
        assert [one["step"] for one in listener.told if basin(one)] == [0, 2, 4]
    history = [one for one in training.state.log_history if basin(one)]
    assert [one["step"] for one in history] == [0, 2, 4]
    json.dumps(history, allow_nan=False)
    start = history[0]
    found = api.basin(make_model(), tokenizer=make_tokenizer(), capabilities=[own_answers], **SMALL)
    assert start["basin/own/radius"] == found.radii["own"]
    assert start["basin/own/score"] == found.rows["score"][0] == 1.0
    assert start["basin/own/radius_min"] < start["basin/own/radius"] < start["basin/own/radius_max"]
    assert "basin/own/radius_lower" not in start  # two directions have a range, and no interval
    assert history[2]["basin/own/radius"] != start["basin/own/radius"]
    names = sorted(run.labels.name for run in Store().runs() if run.labels.name)
    assert names == ["sft step 0", "sft step 2", "sft step 4"]


def test_a_training_with_it_is_the_one_without_to_the_last_bit(tmp_path: Path, own_answers: Path) -> None:
    heard = Hears()
    torch.manual_seed(0)
    measured = trainer(tmp_path / "a", [BasinCallback(own_answers, every=1, at_start=True, **SMALL), heard])
    measured.train()
    alone = trainer(tmp_path / "b", [silent := Hears()])
    alone.train()
    assert len([one for one in heard.told if basin(one)]) == 5
    assert same(bits(measured.model), bits(alone.model))
    assert all(torch.equal(one, other) for one, other in zip(measured.data, alone.data, strict=True))
    assert plain(heard.told) == plain(silent.told)  # the losses too, each at its step
    assert [one["step"] for one in plain(heard.told)] == [2, 4, 4]


def test_weight_noise_beside_it_is_not_disturbed_and_not_measured(tmp_path: Path, own_answers: Path) -> None:
    heard = Hears()
    beside = [GaussianCallback(sigma=0.05, seed=1), BasinCallback(own_answers, every=1, **SMALL), heard]
    noised = trainer(tmp_path / "a", beside)
    noised.train()
    alone = trainer(tmp_path / "b", [GaussianCallback(sigma=0.05, seed=1)])
    alone.train()
    assert same(bits(noised.model), bits(alone.model))
    found = api.basin(alone.model, tokenizer=make_tokenizer(), capabilities=[own_answers], **SMALL)
    assert [one for one in heard.told if basin(one)][-1]["basin/own/score"] == found.rows["score"][0]


def test_it_measures_the_end_once_and_goes_on_where_a_training_stopped(tmp_path: Path, own_answers: Path) -> None:
    heard = Hears()
    trainer(tmp_path, [BasinCallback(own_answers, every=3, **SMALL), heard]).train()
    assert [one["step"] for one in heard.told if basin(one)] == [3, 4]

    class Stops(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            control.should_training_stop = control.should_save = state.global_step == 2

    stopped = trainer(tmp_path / "stopped", [heard := Hears(), BasinCallback(own_answers, every=3, **SMALL), Stops()])
    stopped.train()
    assert [one["step"] for one in heard.told if basin(one)] == [2]
    again = trainer(
        tmp_path / "stopped", [heard := Hears(), BasinCallback(own_answers, every=3, at_start=True, **SMALL)]
    )
    again.train(resume_from_checkpoint=True)
    assert [one["step"] for one in heard.told if basin(one)] == [3, 4]
    whole = trainer(tmp_path / "whole", [])
    whole.train()
    assert same(bits(again.model), bits(whole.model))


def test_nothing_to_lose_has_no_radius_and_an_open_one_is_a_bound(tmp_path: Path, own_answers: Path) -> None:
    wrong = tmp_path / "wrong.jsonl"
    prompts = [json.loads(line)["prompt"] for line in own_answers.read_text().splitlines()]
    wrong.write_text("\n".join(json.dumps({"prompt": prompt, "answer": " zzz"}) for prompt in prompts))
    heard = Hears()
    near = SMALL | {"reach": 1e-6}
    trainer(
        tmp_path, [BasinCallback([own_answers, wrong], every=9, **near), heard], max_steps=1, learning_rate=0.0
    ).train()
    (told,) = (one for one in heard.told if basin(one))
    assert {key for key in told if "wrong" in key} == {"basin/wrong/score"}
    assert told["basin/wrong/score"] == 0
    assert told["basin/own/radius_at_least"] == pytest.approx(1e-6)
    assert "basin/own/radius" not in told
    assert "basin/own/radius_max" not in told  # which lies beyond what was measured


def test_six_directions_have_an_interval(tmp_path: Path, own_answers: Path) -> None:
    heard = Hears()
    options = SMALL | {"directions": 6}
    trainer(tmp_path, [BasinCallback(own_answers, every=9, **options), heard], max_steps=1).train()
    (told,) = (one for one in heard.told if basin(one))
    assert told["basin/own/radius_lower"] < told["basin/own/radius"] < told["basin/own/radius_upper"]


def test_snapshots_do_not_pile_up(tmp_path: Path, own_answers: Path, own_place: Path) -> None:
    cache = own_place / "cache" / "in-hand"
    trainer(tmp_path / "a", [BasinCallback(own_answers, every=2, **SMALL)]).train()
    assert not list(cache.iterdir())
    trainer(tmp_path / "b", [BasinCallback(own_answers, every=2, keep=True, **SMALL)]).train()
    assert len([folder for folder in cache.iterdir() if folder.is_dir()]) == 2


def test_an_adapter_in_training_is_measured_too(tmp_path: Path, own_answers: Path) -> None:
    def adapted() -> Any:
        torch.manual_seed(3)
        with warnings.catch_warnings(action="ignore"):  # peft's use of what transformers will remove
            return peft.get_peft_model(make_model(), peft.LoraConfig(r=2, target_modules=["q_proj"], lora_dropout=0.1))

    heard = Hears()
    measured = trainer(tmp_path / "a", [BasinCallback(own_answers, every=2, **SMALL), heard], adapted())
    measured.train()
    alone = trainer(tmp_path / "b", [], adapted())
    alone.train()
    assert [one["step"] for one in heard.told if basin(one)] == [2, 4]
    assert same(bits(measured.model), bits(alone.model))


def test_a_measurement_that_fails_warns_and_the_training_goes_on(tmp_path: Path, own_answers: Path) -> None:
    class Diverges(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.global_step == 2:
                kwargs["model"].get_parameter("model.norm.weight").data[0] = torch.nan

    heard = Hears()
    training = trainer(tmp_path, [Diverges(), BasinCallback(own_answers, every=2, **SMALL), heard])
    with pytest.warns(UserWarning, match="measured nothing at step [24]: .* NaN or infinite weights"):
        training.train()
    assert training.state.global_step == 4
    assert not any(map(basin, heard.told))


def test_what_cannot_be_measured_is_refused_before_the_training_begins(tmp_path: Path, own_answers: Path) -> None:
    with pytest.raises(ValueError, match="every 1 step or more"):
        BasinCallback(own_answers, every=0)
    with pytest.raises(ValueError, match="nowhere"):
        BasinCallback("nowhere.jsonl", every=1)

    class Shards(TrainerCallback):
        """As FSDP has sharded the weights by the time a training begins."""

        def on_train_begin(self, *_: Any, **__: Any) -> None:
            training.is_fsdp_enabled = True

    callback = BasinCallback(own_answers, every=1, **SMALL)
    training = trainer(tmp_path, [shards := Shards(), callback])
    with pytest.raises(ValueError, match="cannot measure sharded weights"):
        training.train()
    training.remove_callback(shards)
    training.is_fsdp_enabled = False
    training.processing_class = training.callback_handler.processing_class = None
    with pytest.raises(ValueError, match="needs a tokenizer"):
        training.train()
    with pytest.raises(RuntimeError, match="called by a transformers Trainer"):
        callback.on_train_begin(training.args, training.state, training.control, model=training.model)
    tied = make_model()
    tied.lm_head.weight = torch.nn.Parameter(tied.lm_head.weight.detach().clone())
    with pytest.raises(ValueError, match="ties other weights"):
        trainer(tmp_path, [BasinCallback(own_answers, every=1)], tied).train()


def test_only_the_main_process_measures(tmp_path: Path, own_answers: Path) -> None:
    class Second(TrainerCallback):
        """As if this were another process than the main one."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            state.is_world_process_zero = False

    heard = Hears()
    trainer(tmp_path, [Second(), BasinCallback(own_answers, every=1, **SMALL), heard]).train()
    assert not any(map(basin, heard.told))
    assert not Store().runs()


def test_nothing_is_said_beside_the_logs(tmp_path: Path, own_answers: Path) -> None:
    with warnings.catch_warnings(record=True, action="always") as caught:
        trainer(tmp_path, [BasinCallback(own_answers, every=2, **SMALL)]).train()
    assert not [str(one.message) for one in caught if "BasinCallback" in str(one.message)]
