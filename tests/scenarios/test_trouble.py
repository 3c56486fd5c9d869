"""GitHub answers badly, lacks a part, asks for patience, or the bot itself breaks: people see it, and it goes on."""

from __future__ import annotations

import json

import pytest
from aiohttp import web

from bot.github.new_objects import TRIES
from bot.turn.bot_work import BotWork
from sandbox.model.checks import CheckRun
from sandbox.model.repositories import Protection, RuleSet
from sandbox.render.checks import suite_state
from tests.scenarios.test_doctor import call
from tests.world import PLAN, REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"


async def started(here: World) -> None:
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()


@pytest.mark.parametrize("trouble", ["500", "502", "cut"])
async def test_a_broken_answer_is_asked_for_again(here: World, trouble: str) -> None:
    for method, path in (("GET", r"/issues/1$"), ("POST", r"/git/commits$"), ("PATCH", r"/issues/comments")):
        here.forge.faults.answer(trouble, method=method, path=path)  # type: ignore[arg-type]
    await started(here)
    assert len(here.pulls()) == 1


async def test_a_pull_request_whose_answer_was_cut_is_not_opened_twice(here: World) -> None:
    here.forge.faults.answer("cut", method="POST", path=r"/pulls$")
    await started(here)
    assert len(here.pulls()) == 1


@pytest.mark.parametrize("disguise", ["secondary-403", "secondary-429", "429", "primary-403"])
async def test_every_kind_of_limit_is_waited_out(here: World, disguise: str) -> None:
    here.forge.faults.answer(disguise, method="POST", path=r"/git/refs$", retry_after=1)  # type: ignore[arg-type]
    await started(here)
    assert len(here.pulls()) == 1


async def test_tokens_that_expire_are_renewed(here: World) -> None:
    await here.settled()
    here.forge.tokens.expire_all()
    await started(here)


@pytest.mark.parametrize("part", ["reactions", "statuses", "graphql"])
async def test_a_feature_that_this_github_lacks_is_left_out_and_reported_once(here: World, part: str) -> None:
    here.forge.faults.switch_off(part)  # type: ignore[arg-type]
    await here.comment("/migrate start 1")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    assert "Opened #" in here.answers()[0]
    if part != "graphql":
        assert here.status().count(f"This GitHub doesn't support `{part}`") == 1


async def test_statuses_that_were_there_before_a_restart_are_not_taken_to_be_missing(place: World) -> None:
    place.forge.faults.switch_off("reactions")  # the version is that of an old server
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    await started(place)
    await place.stop_bot()
    (pull,) = place.pulls(BRANCH)
    assert pull.pull is not None
    await place.forge.checks.set_status(REPO, pull.pull.head_sha, "failure", "ci/external", by="maya")
    outage = place.forge.faults.answer("404", times=3, method="GET", path=r"/status$")
    await place.start_bot()
    await place.until(lambda: outage.left == 0, "they are not found for a moment")
    await place.settled()
    assert "This GitHub doesn't support `statuses`" not in place.status()
    assert "❌ failed" in place.status()


async def test_a_branch_is_pushed_unsigned_if_the_api_refuses_the_commits(
    here: World,
) -> None:
    async def refuse() -> None:
        said = '{"message": "Resource not accessible by integration"}'
        raise web.HTTPForbidden(text=said, content_type="application/json")

    await here.settled()
    here.forge.faults.before(refuse, method="POST", path=r"/git/commits$", times=99)
    await started(here)
    (pull,) = here.pulls()
    assert "commits aren't signed by GitHub" in (pull.body or "")
    assert (await here.git("log", "--format=%an", f"main..{BRANCH}")).split() == [
        "drover[bot]",
        "drover[bot]",
    ]


async def test_what_github_refuses_is_the_phases_failure_and_can_be_retried(here: World) -> None:
    await here.settled()
    refused = refuse(here, 422, "Repository rule violations found", "POST", r"/git/refs$")
    await here.label(PHASE_1)
    await here.until(lambda: "Repository rule violations found" in here.status(), "the status says why")
    assert "couldn't be prepared" in here.status()
    assert "/migrate retry 1" in here.status()
    await not_tried_again(here, refused)
    refused = refuse(here, 403, "Resource not accessible by integration", "POST", r"/pulls$")
    await here.tick("Retry phase 1")
    await here.until(lambda: f"GitHub refused `POST /repos/{REPO}/pulls`" in here.status(), "and why now")
    assert "Resource not accessible by integration" in here.status()
    await not_tried_again(here, refused)
    await here.tick("Retry phase 1")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    assert len(here.pulls()) == 1
    refused = refuse(here, 403, "Not allowed", "PATCH", r"/git/refs/drover/")
    await here.comment("/migrate regenerate 1")
    await here.push({"shop/a.py": "from shop.old import Old\n\nmore = Old\n"}, "More")
    await here.until(lambda: "Not allowed" in here.status(), "a refused private ref too")
    await not_tried_again(here, refused)
    assert not any("drover:crash" in one for one in here.comments())


async def test_refused_answers_are_no_crash_and_come_as_soon_as_they_may(here: World) -> None:
    await here.settled()
    refused = refuse(here, 403, "Resource not accessible by integration", "POST", r"/(comments|reactions)$")
    await here.comment("/migrate start 1")
    await here.until(lambda: "🔀 open" in here.status(), "the command is carried out all the same")
    await not_tried_again(here, refused, again=8)
    await here.nudge()
    await here.until(lambda: bool(here.answers()), "the answer comes")
    await here.settled()
    assert not any("drover:crash" in one for one in here.comments())


class RefusedRequests:
    def __init__(self, here: World) -> None:
        self.here, self.number, self.refuses = here, 0, True


def refuse(here: World, status: int, message: str, method: str, path: str) -> RefusedRequests:
    """Until it is told to stop."""
    refused = RefusedRequests(here)
    kinds = {403: web.HTTPForbidden, 422: web.HTTPUnprocessableEntity}

    async def answer() -> None:
        if refused.refuses:
            refused.number += 1
            raise kinds[status](text=json.dumps({"message": message}), content_type="application/json")

    here.forge.faults.before(answer, method=method, path=path, times=999)
    return refused


async def not_tried_again(here: World, refused: RefusedRequests, *, again: int = 0) -> None:
    """However often Drover looks; from then on it is no longer refused."""
    await here.settled()
    tries = refused.number
    assert 1 <= tries <= again + 1 + len(TRIES)
    await here.push({"notes.txt": f"{tries}\n"}, "Notes")
    await here.settled()
    assert refused.number <= tries + again
    refused.refuses = False


async def test_a_crash_is_reported_on_the_issue_and_the_next_event_goes_on(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.settled()
    whole = BotWork.run_turn

    async def broken(self: BotWork, migration: object) -> object:
        raise RuntimeError("a bug with a ghp_aaaaaaaaaaaaaaaaaaaa in it")

    monkeypatch.setattr(BotWork, "run_turn", broken)
    await here.label(PHASE_1)
    await here.until(lambda: any("drover:crash" in one for one in here.comments()), "the crash is told")
    told = next(one for one in here.comments() if "drover:crash" in one)
    assert "ghp_" not in told
    monkeypatch.setattr(BotWork, "run_turn", whole)
    await here.nudge()
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")


async def test_a_refusal_is_reported_in_githubs_words(here: World) -> None:
    async def refuse() -> None:
        said = '{"message": "Resource not accessible by integration"}'
        raise web.HTTPForbidden(text=said, content_type="application/json")

    await here.settled()
    here.forge.faults.before(refuse, method="GET", path=r"/issues/1/events", times=8)
    await here.nudge()
    await here.until(lambda: any("drover:crash" in one for one in here.comments()), "the refusal is told")
    told = next(one for one in here.comments() if "drover:crash" in one)
    assert "Resource not accessible by integration" in told
    assert "drover doctor" in told


async def test_a_delivery_that_failed_runs_again_when_it_is_redelivered(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.settled()
    whole = BotWork.needs

    def broken(self: BotWork, events: object) -> object:
        raise RuntimeError("a bug")

    monkeypatch.setattr(BotWork, "needs", broken)
    monkeypatch.setattr("bot.turn.late_ticks.GRACE", 300.0)
    await here.tick("Start phase 1")
    await here.settled()
    assert here.pulls() == []
    monkeypatch.setattr(BotWork, "needs", whole)
    newest = next(one for one in here.forge.hooks.recent(here.app) if one.event == "issue_comment")
    here.forge.hooks.redeliver(here.app, newest.id)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")


async def test_a_noticeable_wait_is_mentioned_on_the_issue(here: World) -> None:
    await here.settled()
    path = r"/git/refs$"
    here.forge.faults.answer("secondary-403", method="POST", path=path, retry_after=6)
    await here.label(PHASE_1)
    await here.until(lambda: "GitHub asked Drover to wait until" in here.status(), "the wait is said")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open after it")
    await here.settled()
    assert "GitHub asked Drover to wait until" not in here.status()


async def test_a_wait_in_a_look_that_changes_nothing_leaves_no_notice(here: World) -> None:
    await here.settled()
    await here.nudge()
    await here.settled()
    before = here.status()
    path = r"/collaborators/maya/permission$"
    here.forge.faults.answer("secondary-403", method="GET", path=path, retry_after=4)
    await here.nudge()
    await here.until(lambda: "GitHub asked Drover to wait until" in here.status(), "the wait is said")
    await here.until(lambda: here.status() == before, "the notice is gone")


async def test_a_short_wait_is_over_when_the_status_is_written(place: World) -> None:
    place.let_waits_pass()
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    place.forge.faults.answer("429", method="POST", path=r"/pulls$", retry_after=2)
    await started(place)
    assert "GitHub asked Drover to wait until" not in place.status()


async def test_a_merge_in_the_middle_of_a_look_is_not_taken_for_a_revert(here: World) -> None:
    """The default branch was read before it, the pull request after it: the phase's change is not there yet."""
    await started(here)
    (pull,) = here.pulls()
    here.forge.faults.before(lambda: here.merge(pull.number), method="GET", path=r"/pulls$")
    await here.comment("/migrate status")
    await here.until(lambda: "✅ merged" in here.status(), "the phase is merged")
    await here.settled()
    assert [event.event for event in here.thread().events if event.event == "unlabeled"] == []
    assert PHASE_1 in here.labels()


async def test_new_objects_and_tokens_are_waited_for_until_every_server_has_them(here: World) -> None:
    await here.settled()
    here.forge.lag.seconds = 0.3
    await started(here)
    assert here.forge.lag.hits
    assert len(here.pulls()) == 1


async def test_a_command_that_somebody_reacted_to_is_not_taken_for_edited(here: World) -> None:
    await here.settled()
    here.forge.hooks.paused = True
    comment = await here.comment("/migrate start 1")
    here.forge.clock.advance(seconds=5)
    await here.forge.issues.react(REPO, here.issue, "heart", by="boss", comment_id=comment.id)
    here.forge.hooks.resume()
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")


async def test_auto_merge_takes_a_method_that_the_branch_allows(here: World) -> None:
    await here.push({".github/migrations/old.yml": f"{PLAN}merge: auto\n"}, "Plan")
    here.forge.repo(REPO).allow_auto_merge = True
    rules = Protection(required_checks=("ci",), linear_history=True)
    here.forge.repos.protect(REPO, "main", rules)
    await started(here)
    (pull,) = here.pulls()
    await here.until(lambda: bool(pull.pull and pull.pull.auto_merge), "auto-merge is on")
    assert pull.pull
    assert pull.pull.auto_merge
    assert pull.pull.auto_merge.method == "squash"


async def test_auto_merge_that_a_clean_pull_request_refuses_is_tried_on_its_next_head(here: World) -> None:
    await here.push({".github/migrations/old.yml": f"{PLAN}merge: auto\n"}, "Plan")
    here.forge.repo(REPO).allow_auto_merge = True
    await started(here)
    (pull,) = here.pulls()
    assert pull.pull
    assert pull.pull.auto_merge is None
    here.forge.repos.protect(REPO, "main", Protection(required_checks=("ci",)))
    await here.push({"notes.txt": "mine\n"}, "By hand", branch=BRANCH)
    await here.until(lambda: bool(pull.pull and pull.pull.auto_merge), "auto-merge is on")


async def test_batches_beyond_those_that_the_api_lists_are_read_by_git(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.look.phases.MOST_COMMITS_LISTED", 1)
    monkeypatch.setattr("sandbox.rest.pulls.COMMITS_AT_MOST", 1)
    await started(here)
    (pull,) = here.pulls()
    await here.merge(pull.number)
    await here.until(lambda: "✅ merged" in here.status(), "the phase is merged")
    await here.comment("/migrate revert 1 batch 2")
    await here.until(lambda: len(here.pulls()) == 2, "the second batch is reverted")


async def test_commits_that_github_does_not_compare_are_compared_by_git(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.rest.repositories.MOST_COMPARED", 0)
    await here.settled()
    await here.push({"shop/d.py": "from shop.old import Old\n"}, "New use", branch="feature")
    await here.forge.pulls.open(REPO, "feature", title="New use", by="maya")
    await here.until(lambda: bool(ratchets(here)), "the ratchet reports")
    await here.until(lambda: ratchets(here)[-1].status == "completed", "it has compared")
    assert "1 " in (ratchets(here)[-1].title or "")


def ratchets(here: World) -> list[CheckRun]:
    return [one for one in here.forge.repo(REPO).check_runs.values() if one.name == "drover / ratchet"]


async def test_rerunning_the_proof_verifies_the_branch_again(here: World) -> None:
    """Where somebody has changed Drover's commits it says so."""
    await started(here)
    (proof,) = proofs(here)
    assert [one.identifier for one in proof.actions] == ["regenerate", "rerun"]
    await here.forge.checks.rerequest_run(REPO, proof.id, by="maya")
    await here.until(lambda: len(proofs(here)) == 2, "the proof is reported again")
    await here.settled()
    assert [(one.conclusion, one.title) for one in proofs(here)] == [("success", proof.title)] * 2
    head = proof.suite.head_sha
    tree = await here.git("rev-parse", f"{head}~1^{{tree}}")
    message = await here.git("log", "-1", "--format=%B", head)
    other = await here.git("commit-tree", tree.strip(), "-p", f"{head}~1", "-m", message)
    await here.forge.repos.update_ref(REPO, f"refs/heads/{BRANCH}", other.strip(), by="maya", force=True)
    await here.settled()
    suite = proofs(here)[-1].suite
    await here.forge.checks.rerequest_suite(REPO, suite.id, by="maya")
    await here.until(lambda: proofs(here)[-1].conclusion == "neutral", "the difference is reported")
    assert suite_state(here.forge.repo(REPO), proofs(here)[-1].suite)[0] == "completed"
    await here.merge(here.pulls()[0].number)
    await here.until(lambda: "✅ merged" in here.status(), "the phase is merged")
    await here.settled()
    known = len(proofs(here))
    await here.forge.checks.rerequest_suite(REPO, suite.id, by="maya")
    await here.until(lambda: len(proofs(here)) > known, "the proof is reported on a merged head, too")
    await here.until(lambda: [one.identifier for one in proofs(here)[-1].actions] == ["revert"], "its button")


def proofs(here: World) -> list[CheckRun]:
    return [one for one in here.forge.repo(REPO).check_runs.values() if one.name == "drover / proof"]


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        (RuleSet(creation=True), "Restrict creations"),
        (RuleSet(branches="drover/*", pull_request=True), "Require a pull request before merging"),
    ],
)
async def test_rules_over_all_branches_are_named_and_not_run_into_again(
    here: World, rules: RuleSet, name: str
) -> None:
    await here.settled()
    here.forge.repos.add_rule_set(REPO, rules)
    await here.label(PHASE_1)
    await here.until(lambda: "Rules of the repository apply" in here.status(), "the status says why")
    assert name in here.status()
    assert "exclude `drover/**`" in here.status()
    await here.settled()
    tried = attempts(here)
    await here.nudge()
    await here.settled()
    assert attempts(here) == tried
    here.forge.repo(REPO).rule_sets.clear()
    await here.comment("/migrate retry 1")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")


async def test_a_regeneration_that_needs_a_force_push_says_what_to_allow(here: World) -> None:
    await started(here)
    (pull,) = here.pulls()
    here.forge.repos.add_rule_set(REPO, RuleSet(force_pushes=True))
    head = (await here.branches())[BRANCH]
    await here.push({"shop/d.py": "from shop.old import Old\n\nd = Old\n"}, "One more use")
    await here.comment("/migrate regenerate 1")
    await here.until(lambda: "Block force pushes" in here.status(), "the status says why")
    assert "exclude `drover/**`" in here.status()
    assert "comment `/migrate regenerate 1`" in here.status()
    await here.settled()
    assert any("Block force pushes" in one for one in here.answers())
    assert sum("Block force pushes" in one for one in here.comments(pull.number)) == 1
    tried = attempts(here)
    await here.push({"notes.txt": "1\n"}, "Notes")
    await here.settled()
    assert attempts(here) == tried
    assert (await here.branches())[BRANCH] == head
    here.forge.repo(REPO).rule_sets.clear()
    await here.comment("/migrate regenerate 1")
    await here.until(lambda: "Block force pushes" not in here.status(), "it is regenerated")
    await here.settled()
    assert (await here.branches())[BRANCH] != head


def attempts(here: World) -> int:
    return sum(
        one.method == "POST" and one.path.endswith(("/git/refs", "/git/commits")) for one in here.forge.log
    )


@pytest.mark.parametrize("rules", [RuleSet(restricted_paths=("shop/*",)), RuleSet(largest_file=10)])
async def test_a_push_rule_refuses_with_its_reason(here: World, rules: RuleSet) -> None:
    await here.settled()
    here.forge.repos.add_rule_set(REPO, rules)
    await here.label(PHASE_1)
    await here.until(lambda: "GitHub refused the push" in here.status(), "the status says why")
    assert "shop/a.py" in here.status()


async def test_a_branch_that_rules_protect_is_left_alone(here: World) -> None:
    await started(here)
    here.forge.repos.add_rule_set(REPO, RuleSet(deletion=True))
    await here.unlabel(PHASE_1)
    await here.until(lambda: bool(here.pulls(BRANCH, "closed")), "the pull request is closed")
    await here.settled()
    assert BRANCH in await here.branches()
    await here.comment("/migrate status")
    await here.until(lambda: bool(here.answers()), "it goes on")


async def test_a_revert_with_conflicts_is_marked_in_its_title_where_there_are_no_drafts(here: World) -> None:
    repo = here.forge.repo(REPO)
    repo.private = repo.free_plan = True
    await started(here)
    (pull,) = here.pulls()
    await here.merge(pull.number)
    await here.until(lambda: "✅ merged" in here.status(), "the phase is merged")
    text = await here.read("shop/a.py")
    await here.push({"shop/a.py": text.replace("New", "Newer")}, "Later work")
    await here.comment("/migrate revert 1")
    await here.until(lambda: len(here.pulls()) == 2, "the revert is open")
    assert here.pulls()[-1].title.startswith("[Draft] ")


async def test_only_a_phase_that_changes_workflows_needs_that_permission(place: World) -> None:
    del place.app.permissions["workflows"]
    del place.installation.permissions["workflows"]
    workflow = {".github/workflows/ci.yml": "run: python -m shop.old.Old\n"}
    plan = PLAN.replace("phases:\n", "also: [docs]\nphases:\n").replace(
        'paths: ["**"]', 'paths: ["tests/**", ".github/**"]'
    )
    await place.push({**workflow, ".github/migrations/old.yml": plan}, "Plan", by="boss")
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    await place.label(PHASE_1)
    await place.until(lambda: "🔀 open" in place.status(), "a phase without workflows is open")
    await place.settled()
    await place.comment("/migrate start 2 --force", by="boss")
    await place.until(lambda: bool(place.answers()), "the second one is answered")
    assert "*Workflows: write*" in place.answers()[0]


async def test_doctor_names_the_rules_that_are_in_the_way(here: World) -> None:
    here.forge.repos.add_rule_set(REPO, RuleSet(branches="*", force_pushes=True))
    status, said = await call(here, "doctor")
    assert status == 1
    assert f"Rules of {REPO} apply to Drover's branches: Block force pushes." in said
