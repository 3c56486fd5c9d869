"""The timeline of an issue or pull request: comments, events, commits and reviews."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from sandbox.git.objects import CommitInfo
from sandbox.model.accounts import User
from sandbox.model.comments import Comment, Reaction
from sandbox.model.labels import Label
from sandbox.model.repositories import Issue, IssueEvent, Repository
from sandbox.model.reviews import Review


@dataclass(frozen=True)
class CommitLine:
    sha: str
    title: str
    rest: str
    user: User | None
    name: str
    at: datetime
    verified: bool
    parents: tuple[str, ...]


@dataclass(frozen=True)
class CommentEntry:
    part: str
    at: datetime
    user: User
    body: str
    on: str
    """The text that its forms change: `issue`, or a comment's id."""
    anchor: str
    first: bool
    edits: int
    may_edit: bool
    role: str
    reactions: Sequence[Reaction]
    kind: str = "comment"

    @property
    def created_at(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class EventEntry:
    part: str
    at: datetime
    user: User
    words: str
    icon: str
    tone: str = ""
    label: Label | None = None
    commit: str | None = None
    kind: str = "event"


@dataclass(frozen=True)
class CommitsEntry:
    part: str
    at: datetime
    user: User | None
    name: str
    commits: tuple[CommitLine, ...]
    kind: str = "commits"


@dataclass(frozen=True)
class ReviewEntry:
    part: str
    at: datetime
    user: User
    words: str
    body: str
    kind: str = "review"


@dataclass(frozen=True)
class FoldedEntry:
    """The hidden middle of a long thread."""

    count: int
    part: str = "folded"
    kind: str = "folded"


Entry = CommentEntry | EventEntry | CommitsEntry | ReviewEntry
Shown = Entry | FoldedEntry
Role = Callable[[User], str]
MayEdit = Callable[[User], bool]


def commit_line(commit: CommitInfo, by_email: Callable[[str], User | None]) -> CommitLine:
    title, _, rest = commit.message.partition("\n")
    user = by_email(commit.author.email)
    return CommitLine(
        commit.sha,
        title.strip() or "(no message)",
        rest.strip(),
        user,
        user.login.removesuffix("[bot]") if user else commit.author.name,
        datetime.fromtimestamp(commit.committer.time, UTC),
        commit.signature is not None,
        commit.parents,
    )


def timeline(issue: Issue, role: Role, may_edit: MayEdit, commits: Sequence[CommitLine] = ()) -> list[Entry]:
    """Return all entries in order, the opening text first."""
    entries: list[Entry] = [
        *(_comment(comment, role, may_edit) for comment in issue.comments),
        *_events(issue),
        *_commits(issue, commits),
        *(_review(review) for review in (issue.pull.reviews if issue.pull else ())),
    ]
    return [_opening(issue, role, may_edit), *sorted(entries, key=lambda entry: entry.at)]


FIRST, LAST = 40, 60


def folded(entries: Sequence[Entry]) -> list[Shown]:
    """Fold the middle of a long timeline."""
    between = len(entries) - FIRST - LAST
    if between <= 0:
        return list(entries)
    return [*entries[:FIRST], FoldedEntry(between), *entries[-LAST:]]


def _opening(issue: Issue, role: Role, may_edit: MayEdit) -> CommentEntry:
    return CommentEntry(
        "opening",
        issue.created_at,
        issue.user,
        issue.body or "",
        "issue",
        f"issue-{issue.number}",
        True,
        len(issue.edits),
        may_edit(issue.user),
        role(issue.user),
        tuple(issue.reactions),
    )


def _comment(comment: Comment, role: Role, may_edit: MayEdit) -> CommentEntry:
    return CommentEntry(
        f"comment-{comment.id}",
        comment.created_at,
        comment.user,
        comment.body,
        str(comment.id),
        f"issuecomment-{comment.id}",
        False,
        len(comment.edits),
        may_edit(comment.user),
        role(comment.user),
        tuple(comment.reactions),
    )


_EVENTS = {
    "labeled": ("added the label", "tag", ""),
    "unlabeled": ("removed the label", "tag", ""),
    "closed": ("closed this", "done", "purple"),
    "reopened": ("reopened this", "issue", "green"),
    "merged": ("merged this in commit", "merge", "purple"),
    "renamed": ("changed the title", "pencil", ""),
    "review_requested": ("requested a review", "eye", ""),
    "head_ref_deleted": ("deleted the branch", "branch", ""),
    "head_ref_restored": ("restored the branch", "branch", ""),
    "head_ref_force_pushed": ("force-pushed the branch", "branch", ""),
    "ready_for_review": ("marked this as ready for review", "eye", ""),
    "convert_to_draft": ("marked this as a draft", "draft", ""),
    "base_ref_changed": ("changed the base branch", "branch", ""),
    "review_dismissed": ("dismissed an approval by pushing new commits", "eye", ""),
    "assigned": ("assigned this", "eye", ""),
    "unassigned": ("unassigned this", "eye", ""),
    "locked": ("locked this", "eye", ""),
    "unlocked": ("unlocked this", "eye", ""),
    "auto_merge_enabled": ("enabled auto-merge", "merge", ""),
    "auto_merge_disabled": ("disabled auto-merge", "merge", ""),
}


def _events(issue: Issue) -> Iterator[EventEntry]:
    merged = any(event.event == "merged" for event in issue.events)
    for event in issue.events:
        if event.event in _EVENTS and not (event.event == "closed" and merged):
            yield _event(issue, event)


def _event(issue: Issue, event: IssueEvent) -> EventEntry:
    words, icon, tone = _EVENTS[event.event]
    if event.event == "closed" and (issue.pull or issue.state_reason == "not_planned"):
        icon, tone = "closed", "red"
    if event.rename:
        words = f"changed the title from “{event.rename[0]}” to “{event.rename[1]}”"
    if event.reviewer:
        words = f"requested a review from {event.reviewer.login}"
    if event.assignee:
        words = f"{event.event} {event.assignee.login}"
    commit = event.commit_id if event.event == "merged" else None
    return EventEntry(
        f"event-{event.id}", event.created_at, event.actor, words, icon, tone, event.label, commit
    )


def _commits(issue: Issue, commits: Sequence[CommitLine]) -> Iterator[CommitsEntry]:
    """Group consecutive commits of one author."""
    for name, group in groupby(commits, key=lambda commit: commit.name):
        some = tuple(group)
        at = max(issue.created_at, some[-1].at)
        yield CommitsEntry(f"commits-{some[0].sha}", at, some[0].user, name, some)


_REVIEWS = {
    "APPROVED": "approved these changes",
    "CHANGES_REQUESTED": "requested changes",
    "COMMENTED": "reviewed",
    "DISMISSED": "reviewed (dismissed)",
}


def _review(review: Review) -> ReviewEntry:
    words = _REVIEWS.get(review.state, "reviewed")
    return ReviewEntry(f"review-{review.id}", review.submitted_at, review.user, words, review.body)


def roles(repo: Repository, role_of: Callable[[Repository, User], str]) -> Role:
    """Return the role that a comment shows for its author."""
    words = {"admin": "Owner", "maintain": "Maintainer", "write": "Member", "triage": "Triage"}
    return lambda user: "" if user.kind == "Bot" else words.get(role_of(repo, user), "")
