"""Check runs, check suites, statuses, workflow runs, and what a branch requires of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from .features import Features
from .outcomes import Conflict, Forbidden, Invalid, NotFound
from .replies import Endpoint, Json, given_fields, moment, segment, when

Progress = Literal["queued", "in_progress", "completed", "waiting", "requested", "pending"]
Conclusion = Literal[
    "success",
    "failure",
    "neutral",
    "cancelled",
    "skipped",
    "timed_out",
    "action_required",
    "stale",
    "startup_failure",
]
PAGE = 50
"""Annotations that GitHub takes with one request; more are appended by further ones."""


@dataclass(frozen=True)
class Annotation:
    path: str
    start_line: int
    end_line: int
    level: Literal["notice", "warning", "failure"]
    message: str
    title: str | None = None
    raw_details: str | None = None


@dataclass(frozen=True)
class Action:
    """A button. GitHub cuts nothing, it refuses: 20, 40 and 20 characters."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True)
class Output:
    title: str
    summary: str
    text: str | None = None
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True)
class CheckRun:
    id: int
    name: str
    head_sha: str
    status: Progress
    conclusion: Conclusion | None
    app_id: int | None
    app_slug: str
    external_id: str
    suite_id: int | None
    title: str
    summary: str
    annotations_count: int
    html_url: str
    details_url: str
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(frozen=True)
class Status:
    context: str
    state: Literal["error", "failure", "pending", "success"]
    description: str
    target_url: str
    updated_at: datetime


@dataclass(frozen=True)
class CombinedStatus:
    state: str
    sha: str
    statuses: tuple[Status, ...] = ()


@dataclass(frozen=True)
class WorkflowRun:
    id: int
    name: str
    head_sha: str
    event: str
    status: Progress
    conclusion: Conclusion | None
    attempt: int
    suite_id: int | None
    html_url: str


@dataclass(frozen=True)
class RequiredCheck:
    context: str
    app_id: int | None = None


class CheckRuns:
    def __init__(self, endpoint: Endpoint) -> None:
        self._client, self._at = endpoint.client, endpoint.at

    async def create(
        self,
        name: str,
        head_sha: str,
        *,
        status: Progress = "queued",
        conclusion: Conclusion | None = None,
        output: Output | None = None,
        actions: Sequence[Action] = (),
        external_id: str | None = None,
        details_url: str | None = None,
    ) -> CheckRun:
        """All annotations, however many. A second one of the same name on the same head replaces the first one."""
        data = _data(
            status, conclusion, output, actions or None, external_id=external_id, details_url=details_url
        )
        data |= {"name": name, "head_sha": head_sha}
        made = check_run(await self._client.write("POST", f"{self._at}/check-runs", data, repeatable=True))
        return await self._rest(made, output)

    async def update(
        self,
        id: int,
        *,
        status: Progress | None = None,
        conclusion: Conclusion | None = None,
        output: Output | None = None,
        actions: Sequence[Action] | None = None,
        external_id: str | None = None,
        details_url: str | None = None,
    ) -> CheckRun:
        """Annotations are added to those that it has. Actions replace them; None leaves them as they are."""
        data = _data(status, conclusion, output, actions, external_id=external_id, details_url=details_url)
        made = check_run(await self._client.write("PATCH", f"{self._at}/check-runs/{id}", data))
        return await self._rest(made, output)

    async def get(self, id: int) -> CheckRun:
        return check_run(await self._client.get(f"{self._at}/check-runs/{id}"))

    async def of(self, ref: str, name: str | None = None, app_id: int | None = None) -> list[CheckRun]:
        """The latest of each name, on a commit or a branch."""
        at = f"{self._at}/commits/{segment(ref)}/check-runs"
        found = self._client.pages(at, "check_runs", check_name=name, app_id=app_id, filter="latest")
        return [check_run(data) async for data in found]

    async def annotations(self, id: int) -> list[Annotation]:
        return [
            annotation(data) async for data in self._client.pages(f"{self._at}/check-runs/{id}/annotations")
        ]

    async def _rest(self, made: CheckRun, output: Output | None) -> CheckRun:
        if output is None:
            return made
        for start in range(PAGE, len(output.annotations), PAGE):
            data = {"output": _output(output, start)}
            made = check_run(await self._client.write("PATCH", f"{self._at}/check-runs/{made.id}", data))
        return made


class CheckSuites:
    def __init__(self, endpoint: Endpoint, features: Features) -> None:
        self._client, self._at, self._features = endpoint.client, endpoint.at, features

    async def rerequest(self, id: int) -> bool:
        """Asks its App to run it again; False if that is not allowed."""
        return await _allowed(self._client.write, f"{self._at}/check-suites/{id}/rerequest")


class Statuses:
    def __init__(self, endpoint: Endpoint, features: Features) -> None:
        self._client, self._at, self._features = endpoint.client, endpoint.at, features

    async def combined(self, ref: str) -> CombinedStatus:
        """The latest of each context."""
        at = f"{self._at}/commits/{segment(ref)}"

        async def ask() -> CombinedStatus:
            first = await self._client.get(f"{at}/status", per_page=100)
            listed = first["statuses"]
            if len(listed) < first["total_count"]:
                listed = [data async for data in self._client.pages(f"{at}/status", "statuses")]
            return CombinedStatus(first["state"], first["sha"], tuple(status(data) for data in listed))

        without = CombinedStatus("pending", ref)
        return await self._features.optional("statuses", ask, without, exists=lambda: self._client.get(at))


class WorkflowRuns:
    def __init__(self, endpoint: Endpoint, features: Features) -> None:
        self._client, self._at, self._features = endpoint.client, f"{endpoint.at}/actions/runs", features
        self._repository = endpoint.at

    async def of(self, head_sha: str) -> list[WorkflowRun]:
        async def ask() -> list[WorkflowRun]:
            found = self._client.pages(self._at, "workflow_runs", head_sha=head_sha)
            return [workflow_run(data) async for data in found]

        there = self._repository
        return await self._features.optional("workflow runs", ask, [], exists=lambda: self._client.get(there))

    async def rerun_failed(self, id: int) -> bool:
        """False if the App may not, or the run is too old."""
        return await _allowed(self._client.write, f"{self._at}/{id}/rerun-failed-jobs")


class Branches:
    def __init__(self, endpoint: Endpoint, features: Features) -> None:
        self._client, self._at, self._features = endpoint.client, endpoint.at, features

    async def required_checks(self, branch: str) -> tuple[RequiredCheck, ...]:
        """The checks that have to pass before a merge, by branch protection and rule sets."""
        try:
            said = await self._client.get(f"{self._at}/branches/{segment(branch)}")
        except NotFound:
            return ()
        required = (said.get("protection") or {}).get("required_status_checks") or {}
        checks = required.get("checks") or [{"context": context} for context in required.get("contexts", ())]
        found = [RequiredCheck(check["context"], check.get("app_id")) for check in checks]
        return tuple(dict.fromkeys([*found, *await self._by_rules(branch)]))

    async def rules(self, branch: str) -> list[Json]:
        """The rules that apply to a branch of that name, whether or not it exists."""
        nothing: list[Json] = []

        async def ask() -> list[Json]:
            return [rule async for rule in self._client.pages(f"{self._at}/rules/branches/{segment(branch)}")]

        try:
            return await self._features.optional("rule sets", ask, nothing)
        except Forbidden:  # a private repository of the free plan has no rules
            return nothing

    async def merge_methods(self, branch: str) -> frozenset[str]:
        """Those that the branch's rules allow."""
        allowed = {"merge", "squash", "rebase"}
        for rule in await self.rules(branch):
            if rule["type"] == "required_linear_history":
                allowed.discard("merge")
            listed = (rule.get("parameters") or {}).get("allowed_merge_methods")
            if rule["type"] == "pull_request" and listed:
                allowed &= set(listed)
        return frozenset(allowed)

    async def _by_rules(self, branch: str) -> list[RequiredCheck]:
        rules = await self.rules(branch)
        listed = [rule["parameters"] for rule in rules if rule["type"] == "required_status_checks"]
        checks = [check for parameters in listed for check in parameters["required_status_checks"]]
        return [RequiredCheck(check["context"], check.get("integration_id")) for check in checks]


async def _allowed(write: Callable[..., Awaitable[Any]], at: str) -> bool:
    try:
        await write("POST", at, repeatable=True)
    except (Forbidden, NotFound, Conflict, Invalid):
        return False
    return True


def _data(
    status: Progress | None,
    conclusion: Conclusion | None,
    output: Output | None,
    actions: Sequence[Action] | None,
    **more: str | None,
) -> dict[str, Any]:
    """Without actions in it, a run keeps those that it has: an empty list takes them off."""
    return given_fields(
        status="completed" if conclusion else status,
        conclusion=conclusion,
        output=_output(output, 0) if output else None,
        actions=None if actions is None else [asdict(action) for action in actions],
        **more,
    )


def _output(output: Output, start: int) -> dict[str, Any]:
    page = [_annotation(one) for one in output.annotations[start : start + PAGE]]
    return given_fields(
        title=output.title[:255], summary=output.summary, text=output.text, annotations=page or None
    )


def _annotation(one: Annotation) -> dict[str, Any]:
    return given_fields(
        path=one.path,
        start_line=one.start_line,
        end_line=one.end_line,
        annotation_level=one.level,
        message=one.message,
        title=one.title and one.title[:255],
        raw_details=one.raw_details,
    )


def check_run(data: Json) -> CheckRun:
    app, output = data.get("app") or {}, data.get("output") or {}
    return CheckRun(
        id=data["id"],
        name=data["name"],
        head_sha=data["head_sha"],
        status=data["status"],
        conclusion=data.get("conclusion"),
        app_id=app.get("id"),
        app_slug=app.get("slug") or "",
        external_id=data.get("external_id") or "",
        suite_id=(data.get("check_suite") or {}).get("id"),
        title=output.get("title") or "",
        summary=output.get("summary") or "",
        annotations_count=output.get("annotations_count") or 0,
        html_url=data.get("html_url") or "",
        details_url=data.get("details_url") or "",
        started_at=when(data.get("started_at")),
        completed_at=when(data.get("completed_at")),
    )


def annotation(data: Json) -> Annotation:
    return Annotation(
        data["path"],
        data["start_line"],
        data["end_line"],
        data["annotation_level"],
        data["message"],
        data.get("title"),
        data.get("raw_details"),
    )


def status(data: Json) -> Status:
    return Status(
        data["context"],
        data["state"],
        data.get("description") or "",
        data.get("target_url") or "",
        moment(data.get("updated_at")),
    )


def workflow_run(data: Json) -> WorkflowRun:
    return WorkflowRun(
        id=data["id"],
        name=data.get("name") or "",
        head_sha=data["head_sha"],
        event=data.get("event") or "",
        status=data["status"],
        conclusion=data.get("conclusion"),
        attempt=data.get("run_attempt") or 1,
        suite_id=data.get("check_suite_id"),
        html_url=data.get("html_url") or "",
    )
