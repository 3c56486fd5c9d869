"""Refusals, with GitHub's status and message."""

from __future__ import annotations

from sandbox.model.json import Json
from sandbox.model.repositories import Issue, Repository


class Refusal(Exception):
    """GitHub's no: a status, a message, and where a value is wrong, which."""

    def __init__(self, status: int, message: str, errors: list[Json] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


def not_found() -> Refusal:
    return Refusal(404, "Not Found")


def forbidden(message: str) -> Refusal:
    return Refusal(403, message)


def invalid(resource: str, field: str, code: str, message: str | None = None) -> Refusal:
    error = {"resource": resource, "field": field, "code": code}
    if message:
        error["message"] = message
    return Refusal(422, "Validation Failed", [error])


def unprocessable(message: str) -> Refusal:
    return Refusal(422, message)


class TransferredIssue(Refusal):
    """It was moved; who may see where is sent there."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(404, "Not Found")
        self.issue = issue


def refusal_for_removed_issue(repo: Repository, number: int) -> Refusal | None:
    """What asking for an issue that has left is answered with; None for a number that never was."""
    if number not in repo.left:
        return None
    there = repo.left[number]
    return Refusal(410, "This issue was deleted") if there is None else TransferredIssue(there)
