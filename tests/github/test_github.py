"""The client against the small GitHub: every method, and what it does when things go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot import github
from bot.git.mirror import Mirrors
from bot.git.objects import NewCommit, Person
from bot.git.remote import AcceptedPush
from bot.github import (
    Action,
    Annotation,
    App,
    Clock,
    Conflict,
    Forbidden,
    Installation,
    Invalid,
    NotFound,
    NotInstalled,
    NotMerged,
    OutcomeUnknown,
    Output,
    Repo,
    RequiredCheck,
    WaitPolicy,
)
from sandbox.forge import Forge
from sandbox.model.accounts import Installation as Installed
from sandbox.model.repositories import Protection
from sandbox.server import serve

PERMISSIONS = {
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "statuses": "write",
    "actions": "write",
}
FILES = {"a.py": b"a = 1\n", "docs/odd name #1%.md": b"# odd\n", "big.txt": b"x" * 1_500_000}


@dataclass
class SandboxedApp:
    forge: Forge
    app: App
    installed: Installed
    told: list[str]
    missed: list[str]

    @property
    def installation(self) -> Installation:
        return self.app.installation(self.installed.id)

    @property
    def repo(self) -> Repo:
        return self.installation.repo("acme", "shop")

    async def issue(self, title: str = "Old becomes New", *labels: str) -> int:
        number = (await self.forge.issues.open("acme/shop", title, "the plan", by="maya")).number
        if labels:
            await self.forge.issues.label("acme/shop", number, *labels, by="maya")
        return number

    async def branch(self, name: str = "topic", text: str = "a = 2\n") -> str:
        tip = await self.forge.repos.tip("acme/shop")
        await self.forge.repos.create_branch("acme/shop", name, by="maya", at=tip)
        return await self.forge.repos.push(
            "acme/shop", {"a.py": text.encode()}, "two", by="maya", branch=name
        )


@asynccontextmanager
async def sandboxed_app(home: Path) -> AsyncIterator[SandboxedApp]:
    forge = Forge(home / "forge")
    server = await serve(forge)
    forge.people.add("acme", kind="Organization")
    for login in ("maya", "reed"):
        forge.people.add(login)
    await forge.repos.create("acme/shop", FILES)
    forge.repos.set_role("acme/shop", "maya", "maintain")
    registered = forge.apps.register("drover", "acme", permissions=PERMISSIONS, events=["issues"])
    installed = forge.apps.install(registered, "acme/shop")
    told: list[str] = []
    missed: list[str] = []

    async def on_wait(_: int, until: datetime, why: str) -> None:
        told.append(why)

    async def on_missing(_: int, feature: str) -> None:
        missed.append(feature)

    async with aiohttp.ClientSession() as session:
        patience = WaitPolicy(pause=0, backoff=0.01, unsaid=0.5, replicas=0.1)
        app = App(
            session, str(registered.id), registered.private_key, server.api_url,
            patience=patience, on_wait=on_wait, on_missing=on_missing,
            clock=Clock(forge.clock.seconds),
        )  # fmt: skip
        yield SandboxedApp(forge, app, installed, told, missed)
    await server.close()
    assert forge.missing == []
    assert forge.crashes == []


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[SandboxedApp]:
    async with sandboxed_app(tmp_path) as one:
        yield one


async def test_the_app_knows_itself_and_where_it_is_installed(sandbox: SandboxedApp) -> None:
    details = await sandbox.app.details()
    assert (details.slug, details.bot_login, dict(details.permissions)["issues"]) == (
        "drover",
        "drover[bot]",
        "write",
    )
    (one,) = await sandbox.app.installations()
    assert (one.id, one.account.login, one.suspended_at) == (sandbox.installed.id, "acme", None)
    assert [repo.full_name for repo in await sandbox.installation.repositories()] == ["acme/shop"]


async def test_a_repository_is_found_by_its_name_its_number_and_its_old_name(sandbox: SandboxedApp) -> None:
    details = await sandbox.repo.details()
    assert (details.full_name, details.default_branch, details.archived) == ("acme/shop", "main", False)
    assert details.merge_methods == ("merge", "squash", "rebase")
    await sandbox.forge.repos.rename("acme/shop", "store", by="acme")
    assert (await sandbox.repo.details()).full_name == "acme/store"
    assert (await sandbox.installation.repo_by_id(details.id)).full_name == "acme/store"


async def test_permissions_are_read(sandbox: SandboxedApp) -> None:
    maya, reed = await sandbox.repo.permission("maya"), await sandbox.repo.permission("reed")
    assert (maya.may_write, maya.may_maintain, maya.role) == (True, True, "maintain")
    assert (reed.may_write, reed.may_maintain) == (False, False)
    with pytest.raises(NotFound):
        await sandbox.repo.permission("nobody at all/../x")


async def test_labels_are_created_once(sandbox: SandboxedApp) -> None:
    made = await sandbox.repo.labels.create("migration:phase-1", "#1d76db", "Starts phase 1")
    again = await sandbox.repo.labels.create("migration:phase-1", "ffffff", "other")
    assert made == again
    assert await sandbox.repo.labels.get("migration:phase-1") == made
    assert made in await sandbox.repo.labels.all()
    assert (await sandbox.repo.labels.create("long", "ffffff", "x" * 300)).description == "x" * 100


async def test_an_issue_is_found_labelled_closed_and_reopened(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue("Old becomes New", "migration")
    other = await sandbox.issue("unrelated")
    issues = sandbox.repo.issues
    assert [issue.number for issue in await issues.find(label="migration")] == [number]
    assert {issue.number for issue in await issues.find()} == {number, other}
    assert await issues.add_labels(number, "one", "ünï: ✓") == ("migration", "one", "ünï: ✓")
    assert await issues.remove_label(number, "ünï: ✓")
    assert not await issues.remove_label(number, "ünï: ✓")
    closed = await issues.close(number, "not_planned")
    assert (closed.state, closed.state_reason, closed.closed_at is not None) == (
        "closed",
        "not_planned",
        True,
    )
    assert await issues.find(label="migration") == []
    assert (await issues.find(label="migration", state="all"))[0].number == number
    assert (await issues.reopen(number)).state == "open"


async def test_the_events_say_who_added_which_label(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue("t", "migration")
    await sandbox.forge.issues.unlabel("acme/shop", number, "migration", by="maya")
    seen = [
        (event.event, event.actor.login, event.label) for event in await sandbox.repo.issues.events(number)
    ]
    assert seen == [("labeled", "maya", "migration"), ("unlabeled", "maya", "migration")]


async def test_comments_are_written_found_and_edited_until_they_are_deleted(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    comments = sandbox.repo.comments
    made = await comments.create(number, "hello ünï\0".replace("\0", ""))
    assert made.author.is_bot
    assert made.app_id == int((await sandbox.app.details()).id)
    assert await comments.of(number) == [made]
    edited = await comments.update(made.id, "hello again")
    assert edited is not None
    assert edited.body == "hello again"
    assert [one.body for one in await comments.of(number)] == ["hello again"]
    assert await comments.of(number, since=datetime.now(UTC) + timedelta(hours=1)) == []
    await sandbox.forge.issues.delete_comment("acme/shop", made.id, by="maya")
    assert await comments.update(made.id, "x") is None


async def test_the_versions_of_a_comment_are_known(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    made = await sandbox.repo.comments.create(number, "- [ ] start")
    assert await sandbox.repo.comments.edits(made) == ()
    await sandbox.forge.issues.edit_comment("acme/shop", made.id, "- [x] start", by="maya")
    edits = await sandbox.repo.comments.edits(made)
    assert edits[-1].editor.login == "maya"
    assert edits[-1].text == "- [x] start"


async def test_hundreds_of_comments_are_all_listed(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    for count in range(205):
        await sandbox.forge.issues.comment("acme/shop", number, str(count), by="maya")
    assert [one.body for one in await sandbox.repo.comments.of(number)] == [
        str(count) for count in range(205)
    ]


async def test_a_reaction_is_added_once(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    comment = await sandbox.repo.comments.create(number, "x")
    for _ in range(2):
        made = await sandbox.repo.reactions.to_comment(comment.id, "rocket")
        assert made is not None
        assert (made.content, made.user.login) == ("rocket", "drover[bot]")
    (seen,) = sandbox.forge.issue("acme/shop", number).comments
    assert [one.content for one in seen.reactions] == ["rocket"]


async def test_refs_are_created_moved_listed_and_deleted(sandbox: SandboxedApp) -> None:
    refs, main = sandbox.repo.refs, await sandbox.repo.refs.get("refs/heads/main")
    assert main is not None
    odd = "refs/heads/drover/7/phäse-#1%&+"
    assert await refs.create(odd, main.sha) == await refs.get(odd)
    ahead = await sandbox.branch()
    assert (await refs.create(odd, ahead)).sha == main.sha
    assert (await refs.update(odd, ahead)).sha == ahead
    with pytest.raises(Invalid):
        await refs.update(odd, main.sha)
    assert (await refs.update(odd, main.sha, force=True)).sha == main.sha
    assert [ref.ref for ref in await refs.under("refs/heads/drover/7/")] == [odd]
    assert await refs.delete(odd)
    assert not await refs.delete(odd)
    assert await refs.get(odd) is None
    with pytest.raises(Invalid):
        await refs.update(odd, main.sha)
    with pytest.raises(Invalid):
        await refs.create("refs/heads/x", "1" * 40)


async def test_a_commit_over_pushed_objects_is_verified(sandbox: SandboxedApp, tmp_path: Path) -> None:
    """git brings the objects to a private ref; the API makes the commit; the branch is moved."""
    sandbox.forge.lag.first_read = False  # git is run without the turn that asks again
    details = await sandbox.repo.details()
    token = await sandbox.installation.token()
    ann = Person("Ann", "ann@example.org", datetime(2026, 1, 1, tzinfo=UTC))

    def push() -> tuple[str, str]:
        with Mirrors(tmp_path / "data", 1 << 40).open(details.id, details.clone_url, token) as mirror:
            base = mirror.fetch_branch("main")
            (new,) = mirror.commits(base, [NewCommit("by git", {"a.py": b"a = 3\n"}, ann)])
            assert isinstance(mirror.remote.push([f"{new}:refs/drover/7/phase-1"]), AcceptedPush)
            return base, mirror.tree_of(new)

    base, tree = await asyncio.to_thread(push)
    made = await sandbox.repo.commits.create("by the App\n\nDrover-Phase: 1", tree, [base])
    assert made.verified
    assert (made.tree, made.parents) == (tree, (base,))
    await sandbox.repo.refs.create("refs/heads/drover/7/phase-1", made.sha)
    found = await sandbox.repo.commits.get("drover/7/phase-1")
    assert found is not None
    assert found.sha == made.sha


async def test_commits_are_compared(sandbox: SandboxedApp) -> None:
    head = await sandbox.branch()
    commits = sandbox.repo.commits
    compared = await commits.compare("main", "topic")
    assert compared is not None
    assert (compared.status, compared.ahead, compared.behind) == ("ahead", 1, 0)
    assert await commits.compare("main", "nope") is None
    found = await commits.get(head)
    assert found is not None
    assert (found.message, found.user and found.user.login) == ("two", "maya")
    assert await commits.get("nope") is await commits.get("1" * 40) is None


async def test_there_is_never_a_second_pull_request_for_a_branch(sandbox: SandboxedApp) -> None:
    await sandbox.branch()
    first = await sandbox.repo.pulls.create("t", "topic", "main", "body")
    second = await sandbox.repo.pulls.create("t", "topic", "main", "other")
    assert first.number == second.number
    assert [pull.number for pull in await sandbox.repo.pulls.find(head="topic", base="main")] == [
        first.number
    ]
    assert await sandbox.repo.pulls.find(head="other") == []


async def test_a_pull_request_is_edited_drafted_and_closed(sandbox: SandboxedApp) -> None:
    await sandbox.branch()
    pulls = sandbox.repo.pulls
    pull = await pulls.create("t", "topic", "main", draft=True)
    assert (pull.draft, pull.from_fork, pull.head_ref, pull.base_ref) == (True, False, "topic", "main")
    assert await pulls.set_draft(pull, False)
    assert not (await pulls.get(pull.number)).draft
    changed = await pulls.update(pull.number, title="T", body="B")
    assert (changed.title, changed.body) == ("T", "B")
    assert [one.message for one in await pulls.commits(pull.number)] == ["two"]
    assert await pulls.reviews(pull.number) == []
    await pulls.request_reviewers(pull.number, ["maya"])
    assert (await pulls.update(pull.number, state="closed")).state == "closed"
    with pytest.raises(NotFound):
        await pulls.get(999)


async def test_a_draft_is_marked_in_its_title_where_the_repository_has_no_drafts(
    sandbox: SandboxedApp,
) -> None:
    sandbox.forge.repo("acme/shop").private = sandbox.forge.repo("acme/shop").free_plan = True
    await sandbox.branch()
    pulls = sandbox.repo.pulls
    pull = await pulls.create("Revert phase 1", "topic", "main", draft=True)
    assert (pull.title, pull.draft, pull.marked_title) == ("Revert phase 1", True, True)
    assert sandbox.forge.issue("acme/shop", pull.number).title == "[Draft] Revert phase 1"
    assert (await pulls.create("Revert phase 1", "topic", "main", draft=True)).number == pull.number
    assert await pulls.set_draft(pull, False)
    assert not (await pulls.get(pull.number)).draft
    assert sandbox.forge.issue("acme/shop", pull.number).title == "Revert phase 1"


async def test_a_private_repository_of_the_free_plan_has_no_rules(sandbox: SandboxedApp) -> None:
    sandbox.forge.repo("acme/shop").private = sandbox.forge.repo("acme/shop").free_plan = True
    assert await sandbox.repo.branches.required_checks("main") == ()
    assert await sandbox.repo.branches.rules("main") == []
    assert sandbox.missed == []


async def test_github_merges_by_itself_where_it_may(sandbox: SandboxedApp) -> None:
    await sandbox.branch()
    pull = await sandbox.repo.pulls.create("t", "topic", "main")
    refused = await sandbox.repo.pulls.auto_merge(pull)
    assert isinstance(refused, NotMerged)
    sandbox.forge.repos.allow("acme/shop", auto_merge=True)
    sandbox.forge.repos.protect("acme/shop", "main", Protection(required_checks=("ci / tests",)))
    assert await sandbox.repo.pulls.auto_merge(pull, "squash") is None
    assert (await sandbox.repo.pulls.get(pull.number)).auto_merge


async def test_a_check_run_takes_any_number_of_annotations(sandbox: SandboxedApp) -> None:
    head = await sandbox.forge.repos.tip("acme/shop")
    notes = tuple(Annotation("a.py", n, n, "warning", f"site {n}", "t" * 300) for n in range(1, 131))
    output = Output("Proved", "summary", "text", notes)
    button = Action("Revert", "Reverts the phase", "revert")
    checks = sandbox.repo.check_runs
    run = await checks.create("drover / proof", head, status="in_progress", output=output, actions=[button])
    assert run.annotations_count == 130
    assert [one.message for one in await checks.annotations(run.id)] == [one.message for one in notes]
    done = await checks.update(run.id, conclusion="neutral", output=Output("Done", "s"))
    assert (done.status, done.conclusion, done.title) == ("completed", "neutral", "Done")
    assert [one.id for one in await checks.of(head, name="drover / proof")] == [run.id]
    assert await checks.get(run.id) == (await checks.of("main"))[0]


async def test_an_update_without_actions_leaves_them_and_an_empty_list_ends_them(
    sandbox: SandboxedApp,
) -> None:
    head = await sandbox.forge.repos.tip("acme/shop")
    checks = sandbox.repo.check_runs
    run = await checks.create("drover / ratchet", head, actions=[Action("Fix it", "d", "fix")])
    shown = sandbox.forge.repo("acme/shop").check_runs[run.id]
    await checks.update(run.id, status="in_progress")
    assert [one.identifier for one in shown.actions] == ["fix"]
    await checks.update(run.id, conclusion="success", actions=[])
    assert shown.actions == []


async def test_a_button_that_github_would_refuse_is_refused(sandbox: SandboxedApp) -> None:
    head = await sandbox.forge.repos.tip("acme/shop")
    with pytest.raises(Invalid):
        await sandbox.repo.check_runs.create("x", head, actions=[Action("l" * 21, "d", "i")])


async def test_suites_statuses_and_workflow_runs(sandbox: SandboxedApp) -> None:
    head = await sandbox.forge.repos.tip("acme/shop")
    await sandbox.repo.check_runs.create(
        "drover / proof", head, conclusion="success", output=Output("t", "s")
    )
    await sandbox.forge.checks.set_status("acme/shop", head, "success", "ci/build", by="maya")
    combined = await sandbox.repo.statuses.combined("main")
    assert (combined.state, [one.context for one in combined.statuses]) == ("success", ["ci/build"])
    assert await sandbox.repo.workflow_runs.of(head) == []
    assert not await sandbox.repo.workflow_runs.rerun_failed(1)
    assert not await sandbox.repo.check_suites.rerequest(999_999)


async def test_the_repositorys_own_checks_are_read_and_run_again(sandbox: SandboxedApp) -> None:
    sandbox.forge.runner.enable("acme/shop", "false")
    head = await sandbox.branch()
    await sandbox.forge.runner.drained()
    (run,) = [run for run in await sandbox.repo.check_runs.of(head) if run.name == "ci / tests"]
    assert run.conclusion == "failure"
    (workflow,) = await sandbox.repo.workflow_runs.of(head)
    assert (workflow.conclusion, workflow.attempt) == ("failure", 1)
    assert await sandbox.repo.workflow_runs.rerun_failed(workflow.id)
    await sandbox.forge.runner.drained()
    (again,) = await sandbox.repo.workflow_runs.of(head)
    assert again.attempt == 2


async def test_what_a_branch_requires(sandbox: SandboxedApp) -> None:
    assert await sandbox.repo.branches.required_checks("main") == ()
    sandbox.forge.repos.protect("acme/shop", "main", Protection(required_checks=("ci / tests", "lint")))
    required = await sandbox.repo.branches.required_checks("main")
    assert {one.context for one in required} == {"ci / tests", "lint"}
    assert all(isinstance(one, RequiredCheck) for one in required)
    assert await sandbox.repo.branches.required_checks("nope") == ()


@pytest.mark.parametrize("trouble", ["429", "secondary-403", "secondary-429", "secondary-422"])
async def test_a_limit_is_waited_out(sandbox: SandboxedApp, trouble: str) -> None:
    number = await sandbox.issue()
    sandbox.forge.faults.answer(trouble, method="POST", path="/comments$", retry_after=1)  # type: ignore[arg-type]
    await sandbox.repo.comments.create(number, "once")
    assert len(await sandbox.repo.comments.of(number)) == 1


@pytest.mark.parametrize("trouble", ["502-done", "cut"])
async def test_a_write_that_may_have_happened_is_looked_for(sandbox: SandboxedApp, trouble: str) -> None:
    number = await sandbox.issue()
    await sandbox.branch()
    assert await sandbox.repo.comments.of(number) == []
    sandbox.forge.faults.answer(trouble, method="POST", path="/(comments|pulls)$", times=2)  # type: ignore[arg-type]
    with pytest.raises(OutcomeUnknown):
        await sandbox.repo.comments.create(number, "once")
    assert len(await sandbox.repo.comments.of(number)) == 1
    pull = await sandbox.repo.pulls.create("t", "topic", "main")
    assert [one.number for one in await sandbox.repo.pulls.find(state="all")] == [pull.number]


@pytest.mark.parametrize("trouble", ["500", "502", "cut", "expired"])
async def test_reads_and_edits_are_retried(sandbox: SandboxedApp, trouble: str) -> None:
    number = await sandbox.issue()
    sandbox.forge.faults.answer(trouble, times=1, path="/issues")  # type: ignore[arg-type]
    assert (await sandbox.repo.issues.get(number)).number == number
    sandbox.forge.faults.answer(trouble, times=1, path="/issues")  # type: ignore[arg-type]
    assert (await sandbox.repo.issues.close(number)).state == "closed"


async def test_an_expired_token_is_renewed(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    await sandbox.repo.issues.get(number)
    sandbox.forge.clock.advance(hours=2)
    assert (await sandbox.repo.issues.get(number)).number == number


async def test_a_suspended_or_removed_app_is_not_an_ordinary_refusal(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    await sandbox.repo.issues.get(number)
    sandbox.forge.apps.suspend(sandbox.installed)
    with pytest.raises(NotInstalled, match="suspended"):
        await sandbox.repo.issues.get(number)
    sandbox.forge.apps.unsuspend(sandbox.installed)
    assert await sandbox.repo.issues.get(number)
    sandbox.forge.apps.uninstall(sandbox.installed)
    with pytest.raises(NotInstalled):
        await sandbox.repo.issues.get(number)


async def test_what_the_app_may_not_do_is_forbidden(sandbox: SandboxedApp) -> None:
    sandbox.installed.permissions = {"metadata": "read", "issues": "read", "contents": "read"}
    number = await sandbox.issue()
    with pytest.raises(Forbidden):
        await sandbox.repo.comments.create(number, "x")


async def test_an_archived_repository_is_forbidden_to_write(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    await sandbox.forge.repos.archive("acme/shop", by="acme")
    with pytest.raises(Forbidden, match="archived"):
        await sandbox.repo.comments.create(number, "x")
    assert (await sandbox.repo.details()).archived


async def test_an_older_github_is_used_without_what_it_lacks(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    comment = await sandbox.repo.comments.create(number, "x")
    for part in ("reactions", "statuses", "graphql"):
        sandbox.forge.faults.switch_off(part)
    for _ in range(2):
        assert await sandbox.repo.reactions.to_comment(comment.id, "eyes") is None
        assert (await sandbox.repo.statuses.combined("main")).statuses == ()
        assert await sandbox.repo.comments.edits(comment) == ()
    assert sorted(sandbox.missed) == ["graphql", "reactions", "statuses"]


async def test_unchanged_answers_cost_nothing(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    before = await sandbox.repo.issues.get(number)
    who = f"installation {sandbox.installation.id}"
    spent = sandbox.forge.limits.current(who).used
    assert spent
    for _ in range(5):
        assert await sandbox.repo.issues.get(number) == before
    assert sandbox.forge.limits.current(who).used == spent


async def test_a_comment_after_a_full_page_is_seen(sandbox: SandboxedApp) -> None:
    number = await sandbox.issue()
    for at in range(100):
        await sandbox.forge.issues.comment("acme/shop", number, f"comment {at}", by="maya")
    for many in (100, 100, 101):
        if many > 100:
            await sandbox.forge.issues.comment("acme/shop", number, "the next page", by="maya")
        assert len(await sandbox.repo.comments.of(number)) == many


async def test_new_tokens_commits_and_refs_may_be_missing_for_a_moment(sandbox: SandboxedApp) -> None:
    """The token; the commit that a ref is made of; the branch that a pull request is opened from."""
    sandbox.forge.lag.seconds = 0.3
    head = await sandbox.branch()
    made = await sandbox.repo.commits.create("three", await _tree(sandbox, head), [head])
    await sandbox.repo.refs.create("refs/heads/other", made.sha)
    assert await sandbox.repo.refs.get("refs/heads/other") is not None
    pull = await sandbox.repo.pulls.create("t", "other", "main")
    await sandbox.repo.check_runs.create("drover / proof", pull.head_sha)
    assert sandbox.forge.lag.hits >= 3


async def _tree(sandbox: SandboxedApp, commit: str) -> str:
    said = await sandbox.forge.repo("acme/shop").git.run("rev-parse", f"{commit}^{{tree}}")
    return said.decode().strip()


async def test_a_branch_stays_new_when_its_private_ref_is_deleted(sandbox: SandboxedApp) -> None:
    sandbox.forge.lag.seconds = 0.3
    head = await sandbox.forge.repos.tip("acme/shop")
    await sandbox.repo.refs.create("refs/drover/1/phase-1", head)
    await sandbox.repo.refs.create("refs/heads/drover/1/phase-1", head)
    assert await sandbox.repo.refs.delete("refs/drover/1/phase-1")
    assert await sandbox.repo.refs.under("refs/drover") == []
    found = await sandbox.repo.refs.get("refs/heads/drover/1/phase-1")
    assert found is not None


async def test_deliveries_are_listed_read_and_sent_again(sandbox: SandboxedApp) -> None:
    sandbox.installed.app.webhook_url = "http://127.0.0.1:1/webhook"
    await sandbox.issue()
    await sandbox.forge.hooks.drained()
    delivery = (await sandbox.app.deliveries())[0]
    assert (delivery.event, delivery.arrived) == ("issues", False)
    sent = await sandbox.app.delivery(delivery.id)
    assert sent is not None
    assert sent.payload["issue"]["title"] == "Old becomes New"
    await sandbox.app.redeliver(delivery.id)
    await sandbox.forge.hooks.drained()
    again = await sandbox.app.deliveries()
    assert [one.guid for one in again[:2]] == [delivery.guid] * 2
    assert await sandbox.app.deliveries(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert await sandbox.app.delivery(1) is None


async def test_conflicts_have_a_type_of_their_own() -> None:
    assert isinstance(
        github.outcomes.error_of(409, {"message": "Git Repository is empty."}, "GET /"), Conflict
    )
