"""What a folder without weights that can be read is, and what to do with it. No torch."""

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_NO_WEIGHTS = ("training_args", "optimizer", "scheduler", "scaler", "rng_state", "random_states", "sampler",
               "sentencepiece")  # fmt: skip
_OWN_FORMATS = {"consolidated*.safetensors": "Mistral", "*.h5": "TensorFlow",
                "*.msgpack": "Flax", "*.onnx": "ONNX", "weights*.npz": "MLX"}  # fmt: skip
_HUB_CACHE = "snapshots"


def no_weights(folder: Path, expected: str = "model.safetensors or sharded safetensors") -> ValueError:
    """Return the error for a folder without the weights that are expected: what it holds instead, and what to do."""
    if pickles := _pickled_weights(folder):
        return ValueError(
            f"{folder} holds only pickle weights ({pickles[0].name}), which can run any code when read. If you trust "
            f"them, convert once: {_conversion(folder, pickles)}"
        )
    if said := _sharded_states(folder) or _inner_folders(folder):
        return ValueError(f"{folder} {said}")
    if files := _gguf_files(folder):
        return ValueError(f"{folder} holds weights in the format of llama.cpp: {_name_one(files)}")
    for pattern, made_by in _OWN_FORMATS.items():
        if found := sorted(folder.glob(pattern)):
            return ValueError(
                f"{folder} holds weights in the format of {made_by} ({found[0].name}): convert them to the format of "
                f"transformers, or download the files of that one; expected {expected}"
            )
    if other := sorted(folder.glob("*.safetensors")):
        shards = [file for file in other if "-of-" in file.name]
        hint = (
            f"{shards[0].name} is one of several shards, and model.safetensors.index.json, which belongs to them, is "
            "missing: download or save it again"
            if shards
            else f"{other[0].name} is loaded by nothing: if it holds the weights, rename it to model.safetensors"
        )
        return ValueError(f"no weights in {folder} that transformers would load, expected {expected}; {hint}")
    return ValueError(f"no weights in {folder}: expected {expected}")


def no_checkpoint(folder: Path) -> ValueError:
    """Return the error for a folder without a config: what it is, and which folder to name instead."""
    if files := _gguf_files(folder):
        return ValueError(f"{folder} holds {len(files)} GGUF files: {_name_one(files)}")
    said = _sharded_states(folder) or _inner_folders(folder)
    return ValueError(f"{folder} {said}" if said else f"{folder} is not a checkpoint: expected config.json in it")


def nothing_on_hub(repository: str, names: Collection[str], expected: str) -> ValueError:
    """Return the error for a repository of the hub without the files that are expected: what it holds instead."""
    top = sorted(name for name in names if "/" not in name)
    if files := [name for name in sorted(names) if name.endswith(".gguf") and "mmproj" not in name]:
        others = f", or another ({', '.join(files[1:4])}{' …' if len(files) > 4 else ''})" if files[1:] else ""
        return ValueError(
            f"{repository} holds weights in the format of llama.cpp: name a file, {repository}:{files[0]}{others}"
        )
    if pickles := [n for n in top if _any(n, _PICKLES) and not n.startswith(_NO_WEIGHTS)]:
        convert = (
            f"download it (hf download {repository} --local-dir FOLDER) and name that folder, which says how"
            if pickles[0].startswith("adapter_")
            else _command(repository, f"{repository.rpartition('/')[2]}-safetensors")
        )
        return ValueError(
            f"{repository} holds only pickle weights ({pickles[0]}), which can run any code when read. If you trust "
            f"them, convert once: {convert}"
        )
    for pattern, made_by in _OWN_FORMATS.items():
        if found := [name for name in top if fnmatchcase(name, pattern)]:
            return ValueError(
                f"{repository} holds weights in the format of {made_by} ({found[0]}): expected {expected}"
            )
    if not top:
        return ValueError(f"{repository} is empty on the hub: expected {expected} in it")
    held = f"{', '.join(top[:4])}{' …' if len(top) > 4 else ''}"
    return ValueError(f"{repository} is no checkpoint that can be read: expected {expected} in it, and it has {held}")


def _any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def only_gguf(folder: Path) -> Path | None:
    """Return the GGUF file of a folder that is no checkpoint otherwise, where it holds just one."""
    files = [] if (folder / "config.json").is_file() else _gguf_files(folder)
    return files[0].resolve() if len(files) == 1 else None


def _gguf_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.gguf") if "mmproj" not in file.name)


def _name_one(files: list[Path]) -> str:
    others = ", ".join(file.name for file in files[1:4])
    return f"name the file itself, {files[0]}" + (
        f", or another ({others}{' …' if len(files) > 4 else ''})" if others else ""
    )


def _pickled_weights(folder: Path) -> list[Path]:
    found = [path for pattern in _PICKLES for path in folder.glob(pattern)]
    return sorted(path for path in found if not path.name.startswith(_NO_WEIGHTS))


def _conversion(folder: Path, pickles: list[Path]) -> str:
    """Return the command that writes pickle weights as safetensors."""
    if (adapter := folder / "adapter_model.bin") in pickles:
        return (
            'python -c "import torch; from safetensors.torch import save_file; '
            f"save_file({{k: v.clone().contiguous() for k, v in torch.load('{adapter}', map_location='cpu', "
            f"weights_only=True).items()}}, '{adapter.with_suffix('.safetensors')}')\""
        )
    return _command(str(folder), f"{folder}-safetensors")


def _command(source: str, target: str) -> str:
    return (
        'python -c "from transformers import AutoModelForCausalLM as M; '
        f"M.from_pretrained('{source}', use_safetensors=False).save_pretrained('{target}')\" "
        "and copy the tokenizer files"
    )


def _sharded_states(folder: Path) -> str | None:
    """Return what to do with the states of a training that was sharded over GPUs; None where the folder has none."""
    names = {path.name for path in folder.iterdir()}
    if "zero_to_fp32.py" in names or any(name.startswith("global_step") for name in names):
        return (
            "holds the states of DeepSpeed, a part for each GPU: gather them with its own script, python "
            f"{folder}/zero_to_fp32.py {folder} {folder}-gathered --safe_serialization, and copy config and tokenizer"
        )
    inner = (path for path in folder.iterdir() if path.is_dir() and any(path.glob("*.distcp")))
    states = folder if any(folder.glob("*.distcp")) else next(inner, None)
    if states is not None:
        return (
            f"holds the states of FSDP, a part for each GPU ({states.name}): gather them with accelerate merge-weights "
            f"{states} {folder}-gathered, and copy config and tokenizer"
        )
    return None


def _inner_folders(folder: Path) -> str | None:
    """Return which folders inside are checkpoints, as a training leaves them; None where none is."""
    candidates = (path for pattern in ("*", f"{_HUB_CACHE}/*") for path in folder.glob(pattern))
    inner = sorted(path for path in candidates if _is_checkpoint(path))
    if not inner:
        return None
    last = max(inner, key=lambda path: (path.name.startswith("checkpoint-"), _steps(path), path.name))
    word = "checkpoints of a training" if last.name.startswith("checkpoint-") else "checkpoints"
    return (
        f"is not a checkpoint: expected config.json and weights in it, but it holds {len(inner)} {word}: name one of "
        f"them, such as {last}"
    )


def _is_checkpoint(folder: Path) -> bool:
    return any((folder / config).is_file() for config in ("config.json", "adapter_config.json"))


def _steps(folder: Path) -> int:
    number = folder.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1
