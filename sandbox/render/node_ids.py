"""What the forge holds, as GitHub's JSON says it."""

from __future__ import annotations

import base64


def node_id(kind: str, number: int) -> str:
    """An id as GraphQL knows it; it can be taken apart again."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def number_of(node: str) -> tuple[str, int] | None:
    """The kind and the number that a node id was made from."""
    kind, _, packed = node.rpartition("_")
    try:
        return kind, int(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except ValueError:
        return None
