"""Specs of what a model writes: after a prompt at one point, and to chosen examples of a capability."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from landscape.schema.directions import BITS_64
from landscape.schema.frames import Frame


class AnswerSpec(Frame):
    """What the model says at one point of a slice or plane (in a plane, of its orthonormal axes)."""

    kind: Literal["answer"] = "answer"
    at: tuple[float, ...]  # one α a direction
    prompt: str = Field(min_length=1, max_length=4000)
    max_new_tokens: int = Field(default=32, ge=1, le=512)

    quick: ClassVar[bool] = True

    @property
    def stays_at_origin(self) -> bool:
        """Whether θ₀ alone is asked."""
        return not any(self.at)

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if len(self.directions) > 2 or len(self.at) != len(self.directions):
            raise ValueError(f"expected one α for each of one or two directions, got {len(self.at)}")
        return self


class ResponsesSpec(Frame):
    """What a checkpoint itself says to chosen examples of a capability: texts, or the options that it prefers."""

    kind: Literal["responses"] = "responses"
    capability: str = Field(min_length=1)
    limit: int | None = Field(default=None, ge=1, lt=BITS_64)  # first examples of the capability
    examples: tuple[int, ...] = Field(min_length=1)  # indices among them, the most wanted first

    @property
    def stays_at_origin(self) -> bool:
        """No weight moves."""
        return True

    @property
    def named_capabilities(self) -> tuple[str, ...]:
        """The capability, and those that directions are searched on."""
        return (self.capability, *super().named_capabilities)
