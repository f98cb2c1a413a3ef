"""Requests that several examples of a capability ask: in other words, or again in the same."""

from collections import Counter

from landscape.capabilities.examples import Capability

SHOWN = 3  # requests that a sentence names


def repeats(capability: Capability) -> dict[str, int]:
    """Return by how many examples each request is asked that more than one asks, the most frequent first."""
    asked = Counter(example.asks for example in capability.examples)
    return {request: count for request, count in asked.most_common() if count > 1}


def remarks(capability: Capability) -> list[str]:
    """Return a sentence on requests that are repeated, for a reader of what was searched on half of the examples."""
    again, n = repeats(capability), len(capability.examples)
    if not again:
        return []
    distinct = n - sum(again.values()) + len(again)
    named = ", ".join(f"{request[:40]!r} {count} times" for request, count in list(again.items())[:SHOWN])
    more = f" and {len(again) - SHOWN} more" if len(again) > SHOWN else ""
    asked = f"{n} examples ask {distinct} request{'s' * (distinct > 1)} ({named}{more})"
    return [f"{capability.name}: {asked}; a search sees all examples of a request or none"]
