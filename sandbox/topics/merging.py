"""Merging pull requests: mergeability, the three methods, and auto-merge."""

from __future__ import annotations

from sandbox.access.permissions import require, role_at_least, role_of
from sandbox.access.refusals import Refusal
from sandbox.git.objects import CommitInfo, Signature, commit_text
from sandbox.git.ref_updates import RefUpdate
from sandbox.git.repository import MergeConflict
from sandbox.git.signing import sign
from sandbox.git.threads import run_in_thread
from sandbox.model.accounts import Actor, By
from sandbox.model.repositories import (
    AutoMerge,
    Issue,
    MergeMethod,
    MergeTest,
    Protection,
    PullRequest,
    Repository,
)
from sandbox.topics.branch_rules import rules_apply_to
from sandbox.topics.forge_protocol import ForgeProtocol
from sandbox.topics.rule_sets import allowed_methods

REBASED_AT_MOST = 100
_METHOD_REFUSED: dict[MergeMethod, str] = {
    "merge": "Merge commits are not allowed on this repository.",
    "squash": "Squash merges are not allowed on this repository.",
    "rebase": "Rebase merges are not allowed on this repository.",
}


class Merging:
    def __init__(self, forge: ForgeProtocol) -> None:
        self._forge = forge
        self._testing: set[int] = set()

    # mergeability

    async def mergeable_state(self, issue: Issue, pull: PullRequest) -> str:
        """Return GitHub's mergeable state. The first request returns `unknown` and starts the test."""
        if issue.state == "closed":
            return "unknown"
        base = await issue.repo.git.ref(f"refs/heads/{pull.base_ref}") or pull.base_sha
        test = pull.merge_test
        if test is None or (test.base, test.head) != (base, pull.head_sha):
            self._test_later(issue, pull)
            return "unknown"
        if test.tree is None:
            return "dirty"
        if pull.draft:
            return "draft"
        rules = issue.repo.protections.get(pull.base_ref)
        if rules and await self._unmet(issue, pull, rules):
            return "blocked"
        if rules and rules.strict and not await issue.repo.git.is_ancestor(base, pull.head_sha):
            return "behind"
        return "clean" if self._forge.checks.all_passed(issue.repo, pull.head_sha) else "unstable"

    def _test_later(self, issue: Issue, pull: PullRequest) -> None:
        if issue.id in self._testing:
            return
        self._testing.add(issue.id)

        async def test() -> None:
            try:
                await self.test_merge(issue, pull)
            finally:
                self._testing.discard(issue.id)

        self._forge.start(test())

    async def test_merge(self, issue: Issue, pull: PullRequest) -> MergeTest:
        git = issue.repo.git
        base = await git.ref(f"refs/heads/{pull.base_ref}") or pull.base_sha
        head = pull.head_sha
        tree = await git.merge(base, head)
        clean = None if isinstance(tree, MergeConflict) else tree
        own = await git.revisions(f"{base}..{head}", f"--max-count={REBASED_AT_MOST + 1}")
        pull.merge_test = MergeTest(base, head, clean, clean is not None and len(own) <= REBASED_AT_MOST)
        if clean:
            await self._write_test_merge(issue, pull, clean, base)
        return pull.merge_test

    async def _write_test_merge(self, issue: Issue, pull: PullRequest, tree: str, base: str) -> None:
        """Write `refs/pull/N/merge`, which `merge_commit_sha` names before the merge."""
        git, web = issue.repo.git, self._forge.people.web()
        message = f"Merge {pull.head_sha} into {base}"
        sha = await git.write(tree, [base, pull.head_sha], message, web, web)
        await git.run("update-ref", f"refs/pull/{issue.number}/merge", sha)
        if issue.state == "open":
            pull.merge_commit_sha = sha

    async def unmet(self, issue: Issue, pull: PullRequest) -> str | None:
        """Return the rule of the base branch that isn't met yet."""
        rules = issue.repo.protections.get(pull.base_ref)
        return await self._unmet(issue, pull, rules) if rules else None

    async def _unmet(self, issue: Issue, pull: PullRequest, rules: Protection) -> str | None:
        for name in rules.required_checks:
            state = self._forge.checks.required_state(issue.repo, pull.head_sha, name)
            if state != "success":
                word = (
                    "expected" if state == "missing" else "failing" if state == "failure" else "in progress"
                )
                return f'Required status check "{name}" is {word}.'
        approvals = {
            review.user.id: review.state
            for review in pull.reviews
            if review.state != "COMMENTED" and role_at_least(role_of(issue.repo, review.user), "write")
        }
        if "CHANGES_REQUESTED" in approvals.values():
            return "Changes have been requested"
        given = list(approvals.values()).count("APPROVED")
        if given < rules.approvals:
            return f"At least {rules.approvals} approving review is required by reviewers with write access."
        return None

    # merging

    async def merge(
        self,
        repo: str | Repository,
        number: int,
        *,
        by: By,
        method: MergeMethod = "merge",
        sha: str | None = None,
        title: str | None = None,
        message: str | None = None,
    ) -> str:
        issue = self._forge.issue(repo, number)
        pull = issue.pull
        if pull is None:
            raise Refusal(404, "Not Found")
        actor = self._forge.actor(by)
        require(actor, issue.repo, "contents:write", "write")
        async with issue.repo.lock:
            merged = await self._merge_locked(issue, pull, actor, method, sha, title, message)
        await self._clean_up(issue, pull, actor)
        return merged

    async def _merge_locked(
        self,
        issue: Issue,
        pull: PullRequest,
        actor: Actor,
        method: MergeMethod,
        sha: str | None,
        title: str | None,
        message: str | None,
    ) -> str:
        await self._check_mergeable(issue, pull, actor, method, sha)
        base = await self._forge.repos.tip(issue.repo, pull.base_ref)
        result = await self._create_result(issue, pull, actor, method, base, title, message)
        if result is None:
            raise Refusal(405, "Pull Request is not mergeable")
        pull.base_sha = base
        self.mark_merged(issue, pull, actor, result)
        move = RefUpdate(f"refs/heads/{pull.base_ref}", base, result)
        await self._forge.repos.move_locked(issue.repo, actor, move, merge=True)
        self._forge.issues.fire(issue, "closed", actor)
        if pull.base_ref == issue.repo.default_branch:
            self._forge.issues.close_by_keywords(issue.repo, issue.body or "", actor, result)
        return result

    async def _check_mergeable(
        self, issue: Issue, pull: PullRequest, actor: Actor, method: MergeMethod, sha: str | None
    ) -> None:
        if issue.state == "closed":
            raise Refusal(405, "Pull Request is not mergeable")
        if pull.draft:
            raise Refusal(405, "Pull Request is still a draft")
        if method not in self._allowed_methods(issue.repo, None):
            raise Refusal(405, _METHOD_REFUSED[method])
        if sha and sha != pull.head_sha:
            raise Refusal(409, "Head branch was modified. Review and try the merge again.")
        rules = issue.repo.protections.get(pull.base_ref)
        if rules and rules_apply_to(issue.repo, actor, rules):
            unmet = await self._unmet(issue, pull, rules)
            if unmet:
                raise Refusal(405, unmet)
            if method not in self._allowed_methods(issue.repo, pull.base_ref):
                raise Refusal(405, _METHOD_REFUSED[method])

    def _allowed_methods(self, repo: Repository, base: str | None) -> set[MergeMethod]:
        """Return the methods that the repository allows and, with a base branch, its rules."""
        allowed: dict[MergeMethod, bool] = {
            "merge": repo.allow_merge_commit,
            "squash": repo.allow_squash_merge,
            "rebase": repo.allow_rebase_merge,
        }
        found = {method for method, is_allowed in allowed.items() if is_allowed}
        if base is None:
            return found
        rules = repo.protections.get(base)
        found = {method for method in found if method in allowed_methods(repo, base)}
        return found - {"merge"} if rules and rules.linear_history else found

    def _check_method(self, repo: Repository, base: str, method: MergeMethod) -> None:
        if method not in self._allowed_methods(repo, base):
            raise Refusal(422, f"Merge method {method} commits are not allowed on this repository")

    async def _create_result(
        self,
        issue: Issue,
        pull: PullRequest,
        actor: Actor,
        method: MergeMethod,
        base: str,
        title: str | None,
        message: str | None,
    ) -> str | None:
        """Create the merge result for the base branch; None for a conflict."""
        git = issue.repo.git
        own = await git.commits(
            await git.revisions("--reverse", "--no-merges", "--topo-order", f"{base}..{pull.head_sha}")
        )
        if method == "rebase":
            return await self._rebase(issue.repo, own, base, actor)
        tree = await git.merge(base, pull.head_sha)
        if isinstance(tree, MergeConflict):
            return None
        author = self._forge.people.signature(actor.user)
        if method == "squash":
            text = squash_text(issue, own, title, message)
            return await self.create_signed_commit(
                issue.repo, tree, [base], text, self._forge.people.signature(issue.user)
            )
        text = merge_text(issue, pull, title, message)
        return await self.create_signed_commit(issue.repo, tree, [base, pull.head_sha], text, author)

    async def create_signed_commit(
        self, repo: Repository, tree: str, parents: list[str], text: str, author: Signature
    ) -> str:
        """Create a commit that GitHub signs."""
        web = self._forge.people.web()
        signature = await run_in_thread(sign, commit_text(tree, parents, text, author, web))
        return await repo.git.write(tree, parents, text, author, web, signature)

    async def _rebase(
        self, repo: Repository, commits: list[CommitInfo], base: str, actor: Actor
    ) -> str | None:
        if len(commits) > REBASED_AT_MOST:
            return None
        tip, committer = base, self._forge.people.signature(actor.user)
        for commit in commits:
            picked = await repo.git.pick(commit, tip, committer)
            if isinstance(picked, MergeConflict):
                return None
            tip = picked
        return tip

    def mark_merged(self, issue: Issue, pull: PullRequest, actor: Actor, sha: str) -> None:
        pull.merged_at, pull.merged_by = self._forge.clock.now(), actor.user
        pull.merge_commit_sha, pull.auto_merge = sha, None
        self._forge.issues.add_event(issue, "merged", actor, commit_id=sha)
        self._forge.issues.mark_closed(issue, actor)

    async def _clean_up(self, issue: Issue, pull: PullRequest, actor: Actor) -> None:
        if issue.repo.delete_branch_on_merge and pull.head_repo is issue.repo:
            try:
                await self._forge.repos.delete_branch(issue.repo, pull.head_ref, by=actor)
            except Refusal:
                return

    # auto-merge

    async def enable_auto_merge(
        self,
        repo: str | Repository,
        number: int,
        *,
        by: By,
        method: MergeMethod = "merge",
        title: str | None = None,
        message: str | None = None,
    ) -> Issue:
        issue = self._forge.issue(repo, number)
        actor = self._forge.actor(by)
        require(actor, issue.repo, "contents:write", "write")
        require(actor, issue.repo, "pull_requests:write", "write")
        pull = issue.pull
        if pull is None or issue.state == "closed":
            raise Refusal(422, "Pull request is closed")
        if not issue.repo.allow_auto_merge:
            raise Refusal(422, "Pull request Auto merge is not allowed for this repository")
        self._check_method(issue.repo, pull.base_ref, method)
        await self.test_merge(issue, pull)
        state = await self.mergeable_state(issue, pull)
        rules = issue.repo.protections.get(pull.base_ref)
        if state in ("clean", "unstable") and rules and rules.merge_queue:
            await self._forge.queue.add(issue.repo, issue.number, by=actor)
            return issue
        if state in ("clean", "unstable"):
            raise Refusal(422, f"Pull request Pull request is in {state} status")
        pull.auto_merge = AutoMerge(actor, method, title, message)
        self._forge.issues.add_event(issue, "auto_merge_enabled", actor)
        self._forge.issues.fire(issue, "auto_merge_enabled", actor)
        return issue

    async def disable_auto_merge(self, repo: str | Repository, number: int, *, by: By) -> Issue:
        issue = self._forge.issue(repo, number)
        actor = self._forge.actor(by)
        require(actor, issue.repo, "pull_requests:write", "write")
        if issue.pull and issue.pull.auto_merge:
            issue.pull.auto_merge = None
            self._forge.issues.add_event(issue, "auto_merge_disabled", actor)
            self._forge.issues.fire(
                issue, "auto_merge_disabled", actor, {"reason": "Auto-merge was disabled"}
            )
        return issue

    def recheck(self, repo: Repository, sha: str) -> None:
        """Merge the pull requests that were waiting for a check or review of this commit."""
        for issue in repo.pulls:
            if issue.pull and issue.pull.auto_merge and issue.state == "open" and issue.pull.head_sha == sha:
                self._forge.start(self._merge_if_ready(issue, issue.pull, issue.pull.auto_merge))

    async def _merge_if_ready(self, issue: Issue, pull: PullRequest, auto_merge: AutoMerge) -> None:
        rules = issue.repo.protections.get(pull.base_ref)
        if rules and await self._unmet(issue, pull, rules):
            return
        try:
            if rules and rules.merge_queue:
                pull.auto_merge = None
                await self._forge.queue.add(issue.repo, issue.number, by=auto_merge.actor)
                return
            await self.merge(
                issue.repo,
                issue.number,
                by=auto_merge.actor,
                method=auto_merge.method,
                title=auto_merge.title,
                message=auto_merge.message,
            )
        except Refusal:
            return


def merge_text(issue: Issue, pull: PullRequest, title: str | None, message: str | None) -> str:
    owner = pull.head_repo.owner.login if pull.head_repo else "unknown"
    head = title or f"Merge pull request #{issue.number} from {owner}/{pull.head_ref}"
    body = issue.title if message is None else message
    return f"{head}\n\n{body}" if body else head


def squash_text(issue: Issue, commits: list[CommitInfo], title: str | None, message: str | None) -> str:
    """Return the squash message: a single commit's own, or the title and a list of all."""
    single = commits[0].message.strip() if len(commits) == 1 else None
    subject, _, rest = (single or issue.title).partition("\n")
    if message is None:
        several = "\n\n".join(f"* {commit.message.strip()}" for commit in commits)
        message = rest.strip() if single else several
    head = title or f"{subject} (#{issue.number})"
    return f"{head}\n\n{message}" if message else head
