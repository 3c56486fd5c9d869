"""GraphQL's node ids."""

from __future__ import annotations

import base64


def node_id(kind: str, number: int) -> str:
    """Return the node id of an object."""
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def number_of(node: str) -> tuple[str, int] | None:
    """Return the kind and number of a node id, or None."""
    kind, _, packed = node.rpartition("_")
    try:
        return kind, int(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except ValueError:
        return None
