"""The facts that decisions rest on, all of which can be read again from GitHub and git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.decide.ratchet import DeprecatedUse
from bot.decide.requests import UserRequest
from bot.markers.hidden import Announcement, PlanApproval
from bot.markers.trailers import BatchTrial, ExcludedFile
from bot.plan.plan import Phase, Plan
from bot.plan.slices import WHOLE_PHASE, Slice

CheckState = Literal["pending", "passed", "failed", "neutral"]
Role = Literal["unknown", "none", "read", "triage", "write", "maintain", "admin"]
"""`unknown`: GitHub did not say."""
PERMISSION_PATIENCE = 3600.0
"""Seconds for which an unknown permission is asked for again."""
_RANK: dict[Role, int] = {
    "unknown": 0,
    "none": 0,
    "read": 1,
    "triage": 2,
    "write": 3,
    "maintain": 4,
    "admin": 5,
}


@dataclass(frozen=True)
class Actor:
    login: str
    role: Role
    is_drover: bool = False
    previous_role: Role = "unknown"
    """If the role is unknown: the one that GitHub reported before, if any."""
    unknown_for: float = 0.0
    """Seconds since GitHub was first asked in vain."""

    @property
    def is_unknown(self) -> bool:
        return self.role == "unknown" and not self.is_drover

    @property
    def may_become_known(self) -> bool:
        """Whether GitHub is asked again before anything is refused to them."""
        return self.is_unknown and self.unknown_for < PERMISSION_PATIENCE

    @property
    def could_write(self) -> bool:
        """May write, or could when GitHub last said."""
        return self.may_write or (self.is_unknown and _RANK[self.previous_role] >= _RANK["write"])

    @property
    def may_write(self) -> bool:
        return self.is_drover or _RANK[self.role] >= _RANK["write"]

    @property
    def may_maintain(self) -> bool:
        return self.is_drover or _RANK[self.role] >= _RANK["maintain"]


@dataclass(frozen=True)
class PendingRequest:
    """A request without an outcome yet, and the person behind it."""

    request: UserRequest
    actor: Actor


@dataclass(frozen=True)
class GivenAnswer:
    """An answer that stands on GitHub, to somebody who can't write."""

    to: str
    at: float


Moment = tuple[float, int]
"""A time of GitHub's, which is whole seconds, and the id of what happened then, which says what came later."""


@dataclass(frozen=True)
class LabelChange:
    """The last time that a label was added or removed."""

    label: str
    added: bool
    by: Actor
    at: float
    event_id: int

    @property
    def moment(self) -> Moment:
        return self.at, self.event_id


@dataclass(frozen=True)
class Closing:
    """Somebody closed the issue, or a phase's pull request, who can't write, or of whom GitHub doesn't say it."""

    number: int
    by: Actor
    at: float
    event_id: int


@dataclass(frozen=True)
class Pull:
    number: int
    url: str
    head: str
    state: Literal["open", "closed", "merged"]
    draft: bool = False
    mergeable: bool | None = None
    merge_sha: str | None = None
    merged_by: str | None = None
    ended_at: float | None = None
    """When it was merged or closed."""
    end_event: int = 0
    """The id of that, where it may have been in the second of a label's change."""
    auto_merge_enabled: bool = False
    is_prepared: bool = True
    """Whether it got the labels and the requests for review that the plan wants, or is somebody else's."""
    base_branch: str = ""
    """The branch that it is to be merged into."""


@dataclass(frozen=True)
class CheckResult:
    name: str
    state: CheckState
    url: str = ""
    completed_at: float | None = None
    run_id: int | None = None
    suite_id: int | None = None
    """The check suite that it can be run again by; None for a status."""
    workflow_id: int | None = None
    attempt: int = 1
    """How often its workflow has run on this commit."""


@dataclass(frozen=True)
class CommitChecks:
    """What reports on one commit, Drover's own checks left out."""

    sha: str
    results: tuple[CheckResult, ...]
    waiting_since: float = 0.0
    """When the commit was made, as far as we know: since then we have waited for its checks."""
    rerun: Announcement | None = None
    """The one rerun of what failed here."""


@dataclass(frozen=True)
class RemainingReference:
    """A reference that needs manual work."""

    path: str
    line: int
    kind: str
    note: str
    symbol: str = ""
    """What it refers to, as `module:name`; empty if it is no reference."""

    def is_in(self, module: str) -> bool:
        return self.symbol.partition(":")[0] == module


@dataclass(frozen=True)
class BreakingUse:
    """A use that fails once a module is retired, since the replacement differs."""

    path: str
    line: int
    problem: str


@dataclass(frozen=True)
class RemainingWork:
    """What is left of a phase on the default branch."""

    files: int = 0
    automatic: int = 0
    """References that can be migrated automatically."""
    manual: tuple[RemainingReference, ...] = ()
    tasks: int = 0
    """How many of all these are no references: modules to retire, aliases to settle."""

    @property
    def total(self) -> int:
        return self.automatic + len(self.manual)

    @property
    def references(self) -> int:
        """The count that people read."""
        return self.total - self.tasks


@dataclass(frozen=True)
class BatchCommit:
    """A batch on the phase's branch: a commit with Drover's trailers."""

    number: int
    title: str
    sha: str
    references: int
    """The references that it migrated, or the number of its files if there were none."""


@dataclass(frozen=True)
class ChangesInTree:
    """Whether the changes of a phase are in the default branch's tree."""

    present: int
    """The number of files in which its changes are present."""
    reverted: int
    """The number of files in which they were reverted."""
    restored_by: str | None = None
    """The commit that restored it after a revert."""
    restored_at: float = 0.0


@dataclass(frozen=True)
class RevertPull:
    """A pull request that reverts a phase, or a batch of it."""

    batch: int | None
    pull: Pull
    branch: str | None = None
    """The head of its branch, if that still exists."""
    everything: bool = False
    """Whether it reverts every phase, this one included."""
    reverted_by: Pull | None = None
    """Our newest pull request that reverts this revert, after it was merged."""
    reverted_by_branch: str | None = None
    slice: Slice = WHOLE_PHASE
    """The slice that it reverts, if it leaves the phase's others."""
    opened_for: int | None = None
    """The phase that it was opened to revert, if that is another one: this one was built on it."""
    lacks_proof: bool = False
    """Whether it is open, and its verification was not reported."""
    lacks_commands: str | None = None
    """The head on which the plan's commands still have to run, while it is open."""
    closing: Closing | None = None
    """Why its pull request is closed on GitHub, and open here."""


@dataclass(frozen=True)
class PhaseFacts:
    phase: Phase
    remaining: RemainingWork
    branch: str | None = None
    """The head of `drover/<issue>/phase-N`, if there is one."""
    pull: Pull | None = None
    """The newest pull request from that branch."""
    outdated_reason: str = ""
    """Why the branch has to be regenerated: its files or its plan changed, or it no longer merges."""
    checks: CommitChecks | None = None
    """On the pull request's head."""
    base_checks: CommitChecks | None = None
    """On the commit that the branch was made from."""
    merge_checks: CommitChecks | None = None
    """On the merge commit, on the default branch."""
    in_tree: ChangesInTree | None = None
    """Read from the tree if it may differ from what the pull requests say."""
    reverts: tuple[RevertPull, ...] = ()
    batches: tuple[BatchCommit, ...] = ()
    trial: BatchTrial | None = None
    """With `each: batch`: what is on the branch, and what its checks have shown."""
    excluded_files: tuple[ExcludedFile, ...] = ()
    """The files that are left out of its branch because a check fails with them."""
    offers_revert: bool | None = None
    """Whether the verification of its merged head has the button Revert; None if there is none."""
    closing: Closing | None = None
    """Why its pull request is closed on GitHub, and open here."""
    lacks_proof: bool = False
    """Whether it is open or merged, and the verification of its head was not reported."""
    failure: str = ""
    """Why its branch couldn't be built, for this base, this plan and the last request."""
    slice: Slice = WHOLE_PHASE
    reopened: Moment = (0.0, 0)
    """When somebody with write access reopened its pull request, if its label was removed."""
    obsolete_reason: str = ""
    """Why its slice doesn't belong to the phase any more."""
    breaking_uses: tuple[BreakingUse, ...] = ()
    """What would fail once the phase retires its modules; looked for once the phases before it are merged."""
    slices: tuple[PhaseFacts, ...] = ()
    """If owners split the phase: its slices, each with its own branch and pull request, which the phase then lacks."""

    @property
    def parts(self) -> tuple[PhaseFacts, ...]:
        """The parts with a pull request of their own: the slices, or the whole phase."""
        return self.slices or (self,)

    @property
    def closings(self) -> tuple[Closing, ...]:
        """Of the pull requests of its parts, and of those that revert them."""
        found = [
            one for part in self.parts for one in (part.closing, *(each.closing for each in part.reverts))
        ]
        return tuple(one for one in found if one is not None)


@dataclass(frozen=True)
class PlanProblem:
    """A plan that can't be used, in words: on the issue, with line and key."""

    text: str
    headline: str = "**The plan has errors.** Fix them, and Drover continues."


@dataclass(frozen=True)
class UnapprovedPlan:
    """A plan in the issue's body, by somebody who can't write to the repository."""

    by: str
    digest: str
    """Empty if they removed the plan."""
    at: float
    plan: Plan | PlanProblem | None


@dataclass(frozen=True)
class KeptMentions:
    """Mentions of old names that aren't migrated, by what explains them."""

    on_purpose: bool
    """False: they mean something else."""
    why: str
    count: int
    files: int
    path: str
    """Where one of them stands."""
    line: int


@dataclass(frozen=True)
class PlanOrigin:
    """Where the plan is from, and who wrote or approved it."""

    file: str = ""
    approval: PlanApproval | None = None
    ignored_keys: tuple[str, ...] = ()
    """Keys of a block that count from files only."""
    ignores_block: bool = False
    """Whether the body has a block too, which the file outranks."""
    unapproved: UnapprovedPlan | None = None


@dataclass(frozen=True)
class Facts:
    now: float
    repo: str
    repo_url: str
    issue: int
    title: str
    open: bool
    adopted: bool
    """Whether the label `migration` is on the issue."""
    default_branch: str
    head: str
    plan: Plan | PlanProblem | None
    labels: frozenset[str]
    missing_labels: frozenset[str]
    """The labels that people need and that the repository doesn't have yet."""
    label_changes: Mapping[str, LabelChange]
    closing: Closing | None = None
    """Why the issue is closed on GitHub, and open here."""
    contested_labels: tuple[LabelChange, ...] = ()
    """Changes by people who can't write of the labels that keep a migration going or paused: `labels` is as before."""
    phases: tuple[PhaseFacts, ...] = ()
    published_phases: frozenset[int] = frozenset()
    """The numbers of the phases that have a branch, whatever the plan says now."""
    orphaned_phases: tuple[PhaseFacts, ...] = ()
    """Phases with a branch that the plan doesn't have any more."""
    unmatched_files: tuple[str, ...] = ()
    """Files with references that belong to no phase."""
    unmatched_references: int = 0
    unparsable_files: Mapping[str, str] = field(default_factory=dict)
    allowed_uses: tuple[DeprecatedUse, ...] = ()
    """Uses on the default branch that somebody allowed with a reason."""
    pending_requests: tuple[PendingRequest, ...] = ()
    answered_ids: frozenset[str] = frozenset()
    """The requests that are answered on GitHub already."""
    given_answers: tuple[GivenAnswer, ...] = ()
    """To people who can't write: they get only so many."""
    plan_origin: PlanOrigin = field(default_factory=PlanOrigin)
    missing_features: tuple[str, ...] = ()
    """Parts of the API that this GitHub does not have."""
    announcements: tuple[Announcement, ...] = ()
    commands_enabled: bool = False
    """Whether the operator lets a plan's commands run."""
    archived: bool = False
    head_checks: CommitChecks | None = None
    """On the default branch's head, once nothing is left: the end depends on it."""
    obstacles: tuple[RemainingReference, ...] = ()
    """What the tree shows against the end, once nothing is left to migrate."""
    kept_mentions: tuple[KeptMentions, ...] = ()
    """What stays of the old names, and why; the most frequent first."""
    files_with_references: frozenset[str] = frozenset()
    """Files with something left to migrate."""
    references_by_owner: Mapping[str, int] | None = None
    """Of what is left, the most first, with "" for files without an owner; None without CODEOWNERS."""
    skipped_patterns: tuple[str, ...] = ()
    """Patterns that people asked to leave out, with `/migrate skip`…"""
    skip_ids: tuple[str, ...] = ()
    """… and the ids of these requests."""
    last_counted_commit: str = ""
    """The commit that was counted before this one; empty if this one was counted last."""
    new_uses_reported: bool = False
    """Whether the new uses since then are reported already, or there are none."""
    branches_to_keep: tuple[str, ...] = ()
    """Branches of ours with people's commits that are in no pull request: they are not deleted."""
    closed_by_us_at: float | None = None
    """When the final report closed the issue, if that is the last thing that happened to it."""

    @property
    def closings(self) -> tuple[Closing, ...]:
        """Of the issue, and of its phases' pull requests."""
        found = {one.number: one for phase in self.phases for one in phase.closings}
        return (*([self.closing] if self.closing else []), *found.values())

    @property
    def references(self) -> int:
        """All references that are left, in all files."""
        return self.unmatched_references + sum(phase.remaining.references for phase in self.phases)

    @property
    def parts(self) -> tuple[PhaseFacts, ...]:
        """Of all phases."""
        return tuple(part for phase in self.phases for part in phase.parts)
