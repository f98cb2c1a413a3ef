"""Tasks of lm-eval made on the spot, as YAML and JSONL: nothing is downloaded."""

import json
from pathlib import Path
from typing import Any

import yaml

PEOPLE = ["Tim", "Paris", "a cat", "a dog", "7 red balls", "France", "meow", "woof"]
ROWS = [
    {
        "question": f"The {kind} of {person} is{' ' * (index % 2)}",
        "options": [" Paris", " cat", f" {person}.", " no"][: 2 + index % 3],
        "gold": index % 2,
        "answer": " Paris",
    }
    for index, (kind, person) in enumerate((kind, person) for kind in ("capital", "sum", "boy") for person in PEOPLE)
]
CHOICE = {
    "output_type": "multiple_choice",
    "doc_to_text": "{{question}}",
    "doc_to_target": "gold",
    "doc_to_choice": "options",
    "target_delimiter": "",
    "metric_list": [{"metric": m, "aggregation": "mean", "higher_is_better": True} for m in ("acc", "acc_norm")],
}
NORMED = CHOICE | {"metric_list": CHOICE["metric_list"][1:], "num_fewshot": 1, "fewshot_split": "test"}
LIKELIHOOD = {
    "output_type": "loglikelihood",
    "doc_to_text": "{{question}}",
    "doc_to_target": "{{answer}}",
    "target_delimiter": "",
    "metric_list": [
        {"metric": "perplexity", "aggregation": "perplexity", "higher_is_better": False},
        {"metric": "acc", "aggregation": "mean", "higher_is_better": True},
    ],
}
TEXT = {
    "output_type": "generate_until",
    "doc_to_text": "{{question}}",
    "doc_to_target": "{{answer}}",
    "generation_kwargs": {"until": ["a", "\n"], "max_gen_toks": 12, "do_sample": False},
    "filter_list": [
        {
            "name": "letters",
            "filter": [{"function": "regex", "regex_pattern": "([A-Za-z.]+)"}, {"function": "take_first"}],
        },
        {"name": "all", "filter": [{"function": "take_first"}]},
    ],
    "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True, "ignore_case": True}],
}


def make_task(folder: Path, name: str, config: dict[str, Any], rows: list[dict[str, Any]] = ROWS) -> Path:
    """`name`.yaml and `name`.jsonl in the folder."""
    (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    data = {
        "data_files": {"test": str(folder / f"{name}.jsonl")},
        "cache_dir": str(folder.with_name(f"{folder.name}-cache")),
    }
    whole = {"task": name, "dataset_path": "json", "dataset_kwargs": data, "test_split": "test"} | config
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
    return folder / f"{name}.yaml"
