"""Refusals, with GitHub's status and message."""

from __future__ import annotations

from sandbox.model.json import Json
from sandbox.model.repositories import Issue, Repository


class Refusal(Exception):
    """A request that GitHub refuses, with its status, message and errors."""

    def __init__(self, status: int, message: str, errors: list[Json] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


def not_found() -> Refusal:
    return Refusal(404, "Not Found")


def forbidden(message: str) -> Refusal:
    return Refusal(403, message)


def needs_paid_plan() -> Refusal:
    """Return the refusal of what a private repository of the free plan lacks."""
    return forbidden("Upgrade to GitHub Pro or make this repository public to enable this feature.")


def invalid(resource: str, field: str, code: str, message: str | None = None) -> Refusal:
    error = {"resource": resource, "field": field, "code": code}
    if message:
        error["message"] = message
    return Refusal(422, "Validation Failed", [error])


def unprocessable(message: str) -> Refusal:
    return Refusal(422, message)


class TransferredIssue(Refusal):
    """An issue that now lives in another repository."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(404, "Not Found")
        self.issue = issue


def refusal_for_removed_issue(repo: Repository, number: int) -> Refusal | None:
    """Return the refusal for a deleted or transferred issue, or None for an unknown number."""
    if number not in repo.left:
        return None
    there = repo.left[number]
    return Refusal(410, "This issue was deleted") if there is None else TransferredIssue(there)
