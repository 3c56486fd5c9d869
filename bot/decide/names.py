"""The names of the branches that Drover makes: always the same for the same thing."""

from __future__ import annotations


def phase_branch(issue: int, phase: int) -> str:
    return f"drover/{issue}/phase-{phase}"


def revert_branch(issue: int, phase: int | None, batch: int | None) -> str:
    name = "all" if phase is None else f"phase-{phase}" + (f"-batch-{batch}" if batch else "")
    return f"drover/{issue}/revert-{name}"
