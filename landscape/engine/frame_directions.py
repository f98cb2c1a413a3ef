"""The directions of a frame as tensors that move a loaded model."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from landscape.capabilities import examples
from landscape.capabilities.scoring import Scorer
from landscape.checkpoints import compatibility, files, models
from landscape.checkpoints import parameters as checkpoint_parameters
from landscape.checkpoints.adapters import settings as adapters
from landscape.checkpoints.adapters.loading import scalings
from landscape.checkpoints.contents import parameters_to_untie
from landscape.checkpoints.fingerprints import fingerprint
from landscape.checkpoints.quantised import ends
from landscape.engine import deployment
from landscape.engine.direction_cache import CachedDirection, DirectionCache
from landscape.engine.direction_tensors import (
    DeploymentDirection,
    DirectionTensors,
    GaussianDirection,
    ScaledDirection,
    TowardsDirection,
)
from landscape.engine.principal_components import Components, components
from landscape.schema import deployments
from landscape.schema.default_ranges import default_search_alpha
from landscape.schema.directions import (
    SEARCH,
    Computed,
    Direction,
    Eigenvector,
    Filter,
    Gaussian,
    Layer,
    MatchedNoise,
    Move,
    Principal,
    Towards,
    Worst,
    capabilities_of,
    label_of,
    short_name,
)
from landscape.schema.frames import Frame
from landscape.schema.specs import digest


def adapter_template(frame: Frame) -> str | None:
    """Return the checkpoint whose adapter gives a frame of adapters its shape; None for a frame of whole weights.

    Raises:
        ValueError: none of its checkpoints has a LoRA adapter; or one has none, and the adapter holds more than A and
            B or changes the base as well, so that B = 0 would not compute the same as no adapter.
    """
    if not frame.adapter:
        return None
    names = {name: files.resolve(name).adapter for name in (frame.checkpoint, *frame.others)}
    found, folder = next(((name, folder) for name, folder in names.items() if folder is not None), (None, None))
    if found is None or folder is None:
        raise ValueError(f"expected a PEFT adapter to move the A and B of, got {', '.join(names)}: none has one")
    adapters.require_own_weights_to_move(found, folder, zero=None in names.values())
    more = [key for key in adapters.read_tensors(folder) if not files.is_factor(key)]
    if more and None in names.values():
        plain = next(name for name, folder in names.items() if folder is None)
        raise ValueError(f"{found!r} holds {more[0]} beside A and B, so that {plain!r} is no point among its A and B")
    return found


def origin_of(frame: Frame, pool: models.Pool) -> models.Loaded:
    """Return the model at θ₀, in the weight space that the frame's directions need.

    If θ₀ ties a head that the target of a direction does not tie, the head is untied here. This changes no output.

    Raises:
        ValueError: as `models.load` and `adapter_template`.
    """
    return pool.get(
        frame.checkpoint,
        dtype=frame.dtype,
        device=frame.device,
        unmerged=adapter_template(frame),
        untied=() if frame.adapter else parameters_to_untie(frame.checkpoint, frame.others),
    )


class FrameDirections(Sequence[DirectionTensors]):
    """The tensors of each direction of a frame, in its order. Computed directions must already be in the `cache`.

    Raises:
        ValueError: a checkpoint that does not fit or equals θ₀, snapshots that vary too little, a move whose number
            format cannot hold the weights.
    """

    def __init__(
        self, frame: Frame, loaded: models.Loaded, selected: Mapping[str, Tensor], cache: DirectionCache
    ) -> None:
        """Load every checkpoint and tensor that the directions need."""
        self._frame, self._loaded, self._selected, self._cache = frame, loaded, selected, cache
        self.found: dict[str, CachedDirection] = {}  # by label: directions that a search found
        self.outside: dict[str, list[str]] = {}  # by checkpoint: weights that differ from θ₀ and do not move
        self.added_rows: dict[str, dict[str, int]] = {}  # by checkpoint and parameter: rows that θ₀ lacks
        self.touched: dict[str, float] = {}  # by label of a deployment move: the share of weights it may change
        self._moves: dict[str, DeploymentDirection] = {}  # by name
        self._directions = [self._tensors_of(direction) for direction in frame.directions]
        self.identities = [self._identity(direction) for direction in frame.directions]

    def __len__(self) -> int:
        """The number of directions."""
        return len(self._directions)

    def __getitem__(self, index: Any) -> Any:
        """Return the tensors of one direction."""
        return self._directions[index]

    def require_all_moved(self) -> None:
        """Raises ValueError where the target of a direction also differs from θ₀ in weights that do not move here."""
        for name, changed in self.outside.items():
            if changed:
                shown = ", ".join(sorted(changed)[:3])
                raise ValueError(
                    f"moves are confined to {len(self._selected)} tensors, but {name!r} also changed "
                    f"{len(changed)} others ({shown}): what is found here does not apply to it. Let all that it "
                    "changed move"
                )

    @property
    def variance(self) -> list[float]:
        """The share of the snapshots' variance along each principal direction; empty without such directions."""
        return list(self._principal.variance) if self._snapshots else []

    def weights_of(self, name: str) -> dict[str, Tensor]:
        """Return the selected weights of another checkpoint; rows that only one of the two has are taken from θ₀.

        Raises:
            ValueError: it lacks some of them, or has others (an adapter of another shape).
        """
        end = name if self._frame.adapter else ends.end_of(name)
        exact = end != name or files.locate(name).gguf  # α is that of the weights themselves, not of rounded ones
        dtype = "auto" if exact else self._loaded.dtype
        other = models.load_model(end, dtype=dtype, device=self._loaded.device, unmerged=adapter_template(self._frame))
        there = checkpoint_parameters.select(other)
        ties = checkpoint_parameters.aliases(other)
        there |= {alias: there[first] for alias, first in ties.items() if first in there}
        here = checkpoint_parameters.select(self._loaded.model)
        if lonely := sorted(there.keys() - ties.keys() - here.keys()):
            raise ValueError(f"{name!r} has {lonely[0]}, which {self._frame.checkpoint!r} lacks: expected the same")
        self.outside[name] = [
            key
            for key in here.keys() - self._selected.keys()
            if key in there and not torch.equal(here[key], there[key].to(here[key]))
        ]
        if self._frame.adapter:
            self._require_same_surroundings(name, other)
        found, added = {}, {}
        for key, weight in self._selected.items():
            if key not in there or there[key].shape[1:] != weight.shape[1:]:
                raise ValueError(f"{name!r} has no {key} of shape {tuple(weight.shape)}: expected an adapter alike")
            found[key] = checkpoint_parameters.over_shared_rows(weight, there[key])
            if rows := (there[key].shape or (1,))[0] - (weight.shape or (1,))[0]:
                added[key] = rows
        if added:
            self.added_rows[name] = added
        return found

    def _require_same_surroundings(self, name: str, other: nn.Module) -> None:
        """Raises ValueError where more than A and B differs from θ₀, so that no way of theirs leads to a checkpoint."""
        origin = self._frame.checkpoint
        if different := sorted(key for key in self.outside[name] if not files.is_factor(key)):
            what = f"{len(different)} weights beside its A and B ({different[0]})"
        elif scalings(other) != scalings(self._loaded.model):
            what = "the factor of B·A (lora_alpha / r)"
        else:
            return
        raise ValueError(f"{name!r} differs from {origin!r} in {what}: move all weights, without --adapter")

    @property
    def remarks(self) -> list[str]:
        """Sentences that say where a direction does not lead exactly from θ₀ to its checkpoint."""
        origin, remarks = short_name(self._frame.checkpoint), []
        for name, added in self.added_rows.items():
            end = f"the line to {short_name(name)} ends at the rows that both have"
            for rows in sorted(set(added.values())):
                rest = "that only it has are left out" if rows > 0 else f"that it lacks stay as {origin} has them"
                remarks.append(f"{end}: {abs(rows):,} rows of the vocabulary {rest}")
        for name in (d.checkpoint for d in self._frame.directions if isinstance(d, Towards)):
            remarks += compatibility.prompt_remarks(self._frame.checkpoint, name)
            if (stored := files.describe(name).dtype) != self._loaded.dtype and self._loaded.dtype != "float32":
                remarks.append(f"{short_name(name)} is stored in {stored}: the line to it ends where it is rounded to "
                            f"{self._loaded.dtype}")  # fmt: skip
        for tensor in self._loaded.untied:
            remarks.append(f"{tensor} is tied in {origin} only: it moves on its own, from a copy of {origin}")
        return remarks

    def _tensors_of(self, direction: Direction) -> DirectionTensors:
        match direction:
            case Towards():
                return self._towards(direction.checkpoint)
            case Move():
                return self._move(direction.name)
            case MatchedNoise():
                return deployment.noise_like(self._move(direction.move), direction)
            case Principal():
                return self._principal.directions[direction.component]
            case Worst() | Eigenvector():
                found = self._cache.load_nearest(direction, self._keys, self._selected)
                assert found is not None, "directions are searched for before the session is built"
                self.found[label_of(direction)] = found
                return found.direction
            case Gaussian():
                return GaussianDirection(direction.seed)
            case Layer() | Filter():
                return ScaledDirection(direction.seed, rows=isinstance(direction, Filter))

    @cached_property
    def _keys(self) -> dict[Computed, str]:
        computed = (one for one in self._frame.directions if isinstance(one, Computed))
        return {one: direction_key(one, self._frame, self._loaded, self._selected) for one in computed}

    def _towards(self, name: str) -> TowardsDirection:
        target = self.weights_of(name)
        alpha = checkpoint_parameters.rms_difference(self._selected, target)
        if alpha == 0:
            raise ValueError(f"{name!r} has the same weights as {self._frame.checkpoint!r}: Δθ = 0")
        return TowardsDirection(target, alpha)

    def _move(self, name: str) -> DeploymentDirection:
        """Return a move, which is computed once for itself and all draws of noise that match it."""
        if name not in self._moves:
            move, matrices = deployments.find_deployment(name), models.matrices(self._loaded.model)
            self.touched[label_of(Move(name=name))] = deployment.touched(move, self._selected, matrices)
            self._moves[name] = deployment.direction_of(move, self._selected, matrices)
        return self._moves[name]

    @property
    def _snapshots(self) -> list[Principal]:
        return [direction for direction in self._frame.directions if isinstance(direction, Principal)]

    @cached_property
    def _principal(self) -> Components:
        wanted = self._snapshots
        if len({direction.checkpoints for direction in wanted}) > 1:
            raise ValueError("expected both principal directions to be of the same snapshots")
        snapshots = [self.weights_of(name) for name in wanted[0].checkpoints]
        return components(snapshots, self._selected, 1 + max(direction.component for direction in wanted))

    def _identity(self, direction: Direction) -> dict[str, Any]:
        """Return what identifies a direction, by content: the hash of a checkpoint's files, or of a found tensor."""
        match direction:
            case Towards():
                return {"kind": "towards", "fingerprint": fingerprint(direction.checkpoint)}
            case Move() | MatchedNoise():
                return direction.model_dump() | {"version": deployments.VERSION}
            case Principal():
                prints = [fingerprint(name) for name in direction.checkpoints]
                return {"kind": "principal", "component": direction.component, "fingerprints": prints}
            case Worst() | Eigenvector():
                return {"kind": "stored", "digest": self.found[label_of(direction)].digest}
        return direction.model_dump()


def direction_key(direction: Computed, frame: Frame, loaded: models.Loaded, selected: Mapping[str, Tensor]) -> str:
    """Return the cache key of a direction: a hash of everything that its search depends on."""
    contents = {name: _content(name, loaded) for name in capabilities_of(direction)}
    if isinstance(direction, Worst):
        recipe = direction.model_dump(include={"kind", "steps", "restarts", "seed"}) | {
            "search": SEARCH,
            "alpha": direction.alpha or default_search_alpha(checkpoint_parameters.count(selected)),
            "start": fingerprint(direction.start) if direction.start else None,
            "hurt": [contents[name] for name in direction.capabilities],
            "spared": [contents[name] for name in direction.spared],
        }
    else:
        recipe = {"kind": direction.kind, "hurt": contents[direction.capability]}
    return digest(
        {
            "recipe": recipe,
            "checkpoint": loaded.fingerprint,
            "dtype": loaded.dtype,
            "device": next(iter(selected.values())).device.type,
            "only": frame.only,
            "exclude": frame.exclude,
            "adapter": frame.adapter,
        }
        | ({"untied": loaded.untied} if loaded.untied else {})
    )


def _content(name: str, loaded: models.Loaded) -> str:
    """Return the hash of a capability's examples; of their tokens and halves, where these are not as in version 0.6."""
    capability = examples.load(name)
    reading = Scorer(loaded.model, loaded.tokenizer).encode(capability).reading
    repeated = len(set(examples.requests_of(capability))) < len(capability.examples)
    halves = examples.search_split(capability).tolist() if repeated else []
    more = [one for one in (reading, halves) if one]
    return digest([capability.digest, *more]) if more else capability.digest
