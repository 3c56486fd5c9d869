"""Check suites, check runs, commit statuses and workflow runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.model.accounts import App, User

StatusState = Literal["error", "failure", "pending", "success"]


@dataclass(frozen=True)
class Annotation:
    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str | None = None
    raw_details: str | None = None
    start_column: int | None = None
    end_column: int | None = None


@dataclass(frozen=True)
class CheckRunAction:
    """A button on a check run."""

    label: str
    description: str
    identifier: str


@dataclass(eq=False)
class CheckSuite:
    id: int
    app: App
    head_sha: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime
    before: str | None = None
    rerequestable: bool = True
    waits: bool = False
    """It was requested again, and its App has not reported since."""


@dataclass(eq=False)
class CheckRun:
    id: int
    suite: CheckSuite
    name: str
    started_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)
    actions: list[CheckRunAction] = field(default_factory=list)


@dataclass(eq=False)
class CommitStatus:
    id: int
    sha: str
    state: StatusState
    context: str
    description: str | None
    target_url: str | None
    creator: User
    created_at: datetime


@dataclass(eq=False)
class WorkflowRun:
    id: int
    number: int
    name: str
    path: str
    suite: CheckSuite
    event: str
    actor: User
    title: str
    created_at: datetime
    updated_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    attempt: int = 1


@dataclass(frozen=True)
class RunChange:
    """Changes to a check run; None leaves a value as it is."""

    name: str | None = None
    status: str | None = None
    conclusion: str | None = None
    details_url: str | None = None
    external_id: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: Sequence[Annotation] = field(default=())
    actions: Sequence[CheckRunAction] | None = None
    completed_at: datetime | None = None
