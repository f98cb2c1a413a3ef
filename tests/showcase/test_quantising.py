"""The fine-tune in 4 bits: read back, its matrices are those of the fine-tune, rounded; the rest is the base's."""

from pathlib import Path

import pytest
import torch
from gguf import dequantize
from gguf.quants import quantize

from landscape.checkpoints.models import load_model
from landscape.showcase.quantising import KIND, quantise
from tests.checkpoints.gguf import writing
from tests.conftest import make_model, make_tokenizer

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


def test_what_is_read_back_are_the_weights_of_the_fine_tune_rounded(tmp_path: Path) -> None:
    base, tuned = make_model(seed=0), make_model(seed=1)
    written = tmp_path / "base.gguf"
    writing.write(written, base, make_tokenizer(), writing.Kind.Q4_1)
    quantise(written, tuned, tmp_path / "tuned.gguf")
    read = load_model(str(tmp_path / "tuned.gguf"), dtype="float32", device="cpu").state_dict()
    plain, before = tuned.state_dict(), base.state_dict()
    checked = 0
    for name, weight in read.items():
        if "proj" in name:
            rounded = torch.from_numpy(dequantize(quantize(plain[name].float().numpy(), KIND), KIND))
            assert torch.equal(weight, rounded), name
            checked += 1
        elif "norm" in name:
            assert torch.equal(weight, before[name].float()), name
    assert checked == 7 * base.config.num_hidden_layers
