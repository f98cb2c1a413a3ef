"""How a command takes several options as one dataclass, so that options shared by commands are declared once."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes the fields of its dataclass parameters as options of their own.

    typer reads the returned signature, where each parameter that is a dataclass is replaced by its fields, with their
    names, annotations and defaults. On a call, the dataclasses are built from the options again. A parameter's default
    is an instance whose values replace the defaults of the fields.
    """
    groups: dict[str, type[Any]] = {}
    parameters: list[Parameter] = []
    for parameter in signature(command, eval_str=True).parameters.values():
        group = parameter.annotation
        if not is_dataclass(group):
            parameters.append(parameter)
            continue
        assert isinstance(group, type)
        groups[parameter.name] = group
        defaults = group() if parameter.default is Parameter.empty else parameter.default
        hints = get_type_hints(group, include_extras=True)
        for name in (field.name for field in fields(group)):
            parameters.append(parameter.replace(name=name, annotation=hints[name], default=getattr(defaults, name)))

    @wraps(command)
    def call(**options: Any) -> None:
        built = {
            name: group(**{field.name: options.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**options, **built)

    call.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return call
