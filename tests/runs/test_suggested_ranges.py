"""σ and α that follow the model: from the radius of an earlier search of the same weights, or from their size."""

from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from landscape.bundled import specs
from landscape.runs.earlier_results import known_radii, with_alpha, with_sigmas
from landscape.schema.directions import Gaussian, Towards
from landscape.schema.specs import BasinSpec, CertificateSpec, FlatnessSpec
from landscape.store.store import Store
from tests.conftest import save
from tests.runs.known_searches import finish


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store.sqlite"))


@pytest.fixture
def own(tmp_path: Path) -> str:
    return str(save(tmp_path / "own"))


def certificate(checkpoint: str, seed: int = 0, **fields: object) -> CertificateSpec:
    asked = {"checkpoint": checkpoint, "capabilities": ("math", "code"), "sigmas": (1.0,)} | fields
    return CertificateSpec(directions=(Gaussian(seed=seed), Towards(checkpoint="demo:base")), **asked)  # type: ignore[arg-type]


def flatness(checkpoint: str) -> FlatnessSpec:
    return FlatnessSpec(checkpoint=checkpoint, directions=(Gaussian(seed=0),), capabilities=("math", "code"), alpha=1.0)


def search(checkpoint: str, capability: str, seed: int = 0) -> BasinSpec:
    fields = {"checkpoint": checkpoint, "capabilities": (capability,), "directions": (Gaussian(seed=seed),)}
    return specs.DEMO_BASIN.model_copy(update=fields)


def test_sigmas_go_up_to_the_widest_radius_and_the_noise_is_that_of_no_direction_of_the_search(
    store: Store, own: str
) -> None:
    finish(store, search(own, "math"), 0.01)
    finish(store, search(own, "code"), 0.03)
    found, said = with_sigmas(store, certificate(own))
    widest = known_radii(store, found)["code"].median
    assert widest == pytest.approx(0.03, rel=0.01)
    assert (found.sigmas[-1], len(found.sigmas)) == (pytest.approx(widest, rel=0.01), 10)
    assert found.sigmas[0] == pytest.approx(widest / 20, rel=0.01)
    assert found.directions == (Gaussian(seed=1), Towards(checkpoint="demo:base")), "trial 0 of seed 0 is direction 0"
    assert "most-case radius of code" in said
    assert "seed 1 draws the noise" in said
    finish(store, search(own, "math", seed=1 << 32), 0.01)
    assert with_sigmas(store, certificate(own))[0].directions[0] == Gaussian(seed=2)
    assert with_sigmas(store, certificate(own, 7))[0].directions[0] == Gaussian(seed=7)


def test_other_weights_say_nothing(store: Store, own: str, tmp_path: Path) -> None:
    finish(store, search(own, "math"), 0.01)
    for other in (certificate(own, only=("*mlp*",)), certificate(own, capabilities=("basic",))):
        found, said = with_sigmas(store, other)
        assert "no search of these weights is known" in said
        assert found.sigmas[-1] > 0.03


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_without_a_search_they_follow_the_size_of_the_weights(store: Store, own: str, scale: float) -> None:
    file = Path(own) / "model.safetensors"
    before, alpha = with_sigmas(store, certificate(own))[0].sigmas, with_alpha(store, flatness(own))[0].alpha
    weights = load_file(file)
    save_file({name: w * scale for name, w in weights.items()}, file, metadata={"format": "pt"})
    after, said = with_sigmas(store, certificate(own))
    assert after.sigmas == pytest.approx([sigma * scale for sigma in before], rel=0.01)
    assert "a typical weight" in said
    found, said = with_alpha(store, flatness(own))
    assert found.alpha == pytest.approx(alpha * scale, rel=0.01)
    assert "no search of these weights is known" in said


def test_sharpness_is_averaged_well_inside_the_smallest_radius(store: Store, own: str) -> None:
    finish(store, search(own, "math"), 0.01)
    finish(store, search(own, "code"), 0.03)
    found, said = with_alpha(store, flatness(own))
    assert found.alpha == pytest.approx(0.002, rel=0.01)
    assert "a fifth of the most-case radius of math" in said


def test_weights_of_nothing_are_one_sentence(store: Store, own: str) -> None:
    file = Path(own) / "model.safetensors"
    save_file({name: w * 0 for name, w in load_file(file).items()}, file, metadata={"format": "pt"})
    with pytest.raises(ValueError, match="no plain weights other than 0 move .*: give the range yourself"):
        with_sigmas(store, certificate(own))
