"""The merge queue: tests the commit that an entry would become, and merges it when the checks pass."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.access.permissions import require
from sandbox.access.refusals import Refusal
from sandbox.git.objects import ZERO
from sandbox.git.ref_updates import RefUpdate
from sandbox.git.repository import MergeConflict
from sandbox.model.accounts import Actor, User
from sandbox.model.json import Json
from sandbox.model.repositories import Issue, PullRequest, Repository
from sandbox.render.commits import simple_commit
from sandbox.topics.forge_protocol import ForgeProtocol
from sandbox.topics.merging import merge_text


@dataclass(frozen=True)
class QueueEntry:
    issue: Issue
    pull: PullRequest
    actor: Actor
    ref: str
    base_sha: str
    head_sha: str


class MergeQueue:
    def __init__(self, forge: ForgeProtocol) -> None:
        self._forge = forge
        self.entries: list[QueueEntry] = []

    async def add(self, repo: str | Repository, number: int, *, by: str | User | Actor) -> QueueEntry:
        """Add a pull request, as *Merge when ready* does."""
        issue, pull = self._forge.pulls.find(repo, number)
        actor = self._forge.actor(by)
        require(actor, issue.repo, "contents:write", "write")
        rules = issue.repo.protections.get(pull.base_ref)
        if rules is None or not rules.merge_queue:
            raise Refusal(422, "The base branch has no merge queue")
        async with issue.repo.lock:
            entry = await self._create_entry(issue, pull, actor)
        self.entries.append(entry)
        self._fire(entry, "checks_requested", await self._fields(entry))
        self.recheck(issue.repo, entry.head_sha)
        return entry

    async def _create_entry(self, issue: Issue, pull: PullRequest, actor: Actor) -> QueueEntry:
        repo = issue.repo
        base = await self._forge.repos.tip(repo, pull.base_ref)
        tree = await repo.git.merge(base, pull.head_sha)
        if isinstance(tree, MergeConflict):
            raise Refusal(405, "Pull Request is not mergeable")
        author = self._forge.people.signature(actor.user)
        text = merge_text(issue, pull, None, None)
        sha = await self._forge.pulls.create_signed_commit(repo, tree, [base, pull.head_sha], text, author)
        ref = f"refs/heads/gh-readonly-queue/{pull.base_ref}/pr-{issue.number}-{base}"
        await repo.git.move([(ref, sha, ZERO)])
        self._forge.runner.head_moved(repo, sha, ref.removeprefix("refs/heads/"), actor, "merge_group")
        return QueueEntry(issue, pull, actor, ref, base, sha)

    async def _fields(self, entry: QueueEntry) -> Json:
        head = await entry.issue.repo.git.commit(entry.head_sha)
        return {
            "merge_group": {
                "head_sha": entry.head_sha,
                "head_ref": entry.ref,
                "base_sha": entry.base_sha,
                "base_ref": f"refs/heads/{entry.pull.base_ref}",
                "head_commit": simple_commit(head),
            }
        }

    def _fire(self, entry: QueueEntry, action: str, fields: Json) -> None:
        self._forge.emit(
            "merge_group", action, entry.issue.repo, entry.actor, fields, number=entry.issue.number
        )

    def recheck(self, repo: Repository, sha: str) -> None:
        for entry in self.entries:
            if entry.issue.repo is repo and entry.head_sha == sha:
                self._forge.start(self._decide(entry))

    async def _decide(self, entry: QueueEntry) -> None:
        rules = entry.issue.repo.protections.get(entry.pull.base_ref)
        names = rules.required_checks if rules else ()
        states = {self._forge.checks.required_state(entry.issue.repo, entry.head_sha, name) for name in names}
        if entry not in self.entries or states & {"missing", "pending"}:
            return
        self.entries.remove(entry)
        if "failure" in states:
            await self._remove(entry, "invalidated")
        else:
            await self._merge(entry)

    async def _merge(self, entry: QueueEntry) -> None:
        repo, base_ref = entry.issue.repo, f"refs/heads/{entry.pull.base_ref}"
        async with repo.lock:
            tip = await repo.git.ref(base_ref)
            if tip == entry.base_sha and entry.issue.state == "open":
                self._forge.pulls.mark_merged(entry.issue, entry.pull, entry.actor, entry.head_sha)
                move = RefUpdate(base_ref, tip, entry.head_sha)
                await self._forge.repos.move_locked(repo, entry.actor, move, merge=True)
                self._forge.issues.fire(entry.issue, "closed", entry.actor)
                reason = "merged"
            else:
                reason = "invalidated"
        await self._remove(entry, reason)

    async def _remove(self, entry: QueueEntry, reason: str) -> None:
        fields = {**await self._fields(entry), "reason": reason}
        git = entry.issue.repo.git
        await git.move([(entry.ref, ZERO, entry.head_sha)])
        self._fire(entry, "destroyed", fields)
