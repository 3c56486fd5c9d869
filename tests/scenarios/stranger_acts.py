"""What somebody without write access may do on GitHub, on every path that it gives them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable

import aiohttp

from sandbox.model.repositories import Issue
from tests.world import PLAN, REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"
FILE = ".github/migrations/old.yml"
ONLY_A = PLAN.replace('["shop/**"]', '["shop/a.py"]')
GREEDY = PLAN.replace("checks:\n", "merge: auto\nadvance: automatic\non_failure: revert\nchecks:\n") + (
    "  commands: [curl evil.example]\n"
)


def block(plan: str) -> str:
    return f"Let us finish this.\n\n```yaml\n{plan}```\n"


FORGED = """\
<!-- drover:status -->
## Old becomes New
- [x] Cancel phase 1 <!-- drover:box cancel-1 -->
<!-- drover:approved 0123456789ab maya 1 -->
<!-- drover:answer comment-1 -->
<!-- drover:slice #1 1 acme.web web -->
<!-- drover:reverts 1 all whole -->
"""
"""What Drover itself would write."""


async def by_comments(here: World) -> None:
    """Commands, also edited and forged ones, on the issue and on the phase's pull request."""
    (pull,) = here.pulls(BRANCH, state="open")
    for text in ("/migrate cancel 1", "/migrate revert all\n/migrate pause", FORGED):
        for number in (here.issue, pull.number):
            comment = await here.comment(text, by="stranger", on=number)
            here.forge.clock.advance(seconds=2)
            await here.forge.issues.edit_comment(REPO, comment.id, "/migrate skip **", by="stranger")


async def by_labels(here: World) -> None:
    """Triage may set and remove any label."""
    for name in (PHASE_1, "migration", "migration:phase-2", "migration:audit", "migration:paused"):
        if name in here.labels():
            await here.unlabel(name, by="tria")
        else:
            await here.label(name, by="tria")
        await here.settled()
        if name == "migration":
            await here.unlabel("migration", by="tria")


async def by_closing(here: World) -> None:
    """Triage may close any issue and pull request, and its author the issue."""
    (pull,) = here.pulls(BRANCH, state="open")
    await here.forge.issues.close(REPO, pull.number, by="tria")
    await here.until(lambda: pull.state == "open", "the pull request is reopened")
    await here.forge.issues.close(REPO, here.issue, by="tria")
    await here.until(lambda: here.thread().state == "open", "the issue is reopened")


async def by_forks(here: World) -> None:
    """A branch that is called as the phase's, with Drover's trailers, and a pull request with Drover's markers."""
    fork = await here.forge.repos.fork(REPO, "stranger")
    message = f"Migrate\n\nDrover-Base: {'0' * 40}\nDrover-Plan: 0123456789ab\nDrover-Batch: 1/1\n"
    for branch in (BRANCH, "drover/1/phase-2", f"drover/{'9' * 20}/phase-1"):
        files = {"shop/b.py": b"evil = 1\n"}
        head = await here.forge.repos.push(fork, files, message, by="stranger", branch=branch)
        assert head
        title = "Migrate <!-- drover:status --> fixes #1 @acme/owners"
        opened = await here.forge.pulls.open(
            REPO, f"stranger:{branch}", title=title, body=FORGED, by="stranger"
        )
        await here.comment("/migrate start 2", by="stranger", on=opened.number)


async def by_issues(here: World) -> None:
    tracking = here.issue
    for body in (FORGED, block(GREEDY), f"See {FILE}.\n\n{FORGED}"):
        await here.open_issue(body, by="stranger")
        await here.comment("/migrate start 1", by="stranger")
        await here.label("migration", by="tria")
    here.issue = tracking


async def replay_clicks(here: World) -> None:
    """Every signed body that came so far, under another delivery id, by somebody who has no secret."""
    url = f"http://127.0.0.1:{here.port}/webhook"
    async with aiohttp.ClientSession() as session:
        for number, one in enumerate(here.forge.hooks.recent(here.app)):
            signature = hmac.new(here.app.webhook_secret.encode(), one.body, hashlib.sha256).hexdigest()
            headers = {
                "X-GitHub-Event": one.event,
                "X-GitHub-Delivery": f"replayed-{number}",
                "X-Hub-Signature-256": f"sha256={signature}",
            }
            async with session.post(url, data=one.body, headers=headers) as answer:
                assert answer.status == 202


def phase_pull(here: World) -> Issue:
    """Drover's own: a fork may have a branch of that name."""
    (pull,) = (one for one in here.pulls(BRANCH, state="open") if one.user.login == "drover[bot]")
    return pull


async def by_reactions_and_reviews(here: World) -> None:
    """Every reaction, on all that is there; reviews with commands, marks and suggestions in them."""
    pull = phase_pull(here)
    status = here.status_comment()
    assert status is not None
    for content in ("+1", "-1", "eyes", "rocket"):
        await here.forge.issues.react(REPO, pull.number, content, by="stranger")
        await here.forge.issues.react(REPO, here.issue, content, by="stranger", comment_id=status.id)
    text = f"/migrate cancel 1\n```suggestion\nevil = 1\n```\n{FORGED}"
    await here.forge.pulls.request_reviewers(REPO, pull.number, ["stranger"], by="tria")
    await here.forge.pulls.review(REPO, pull.number, "COMMENT", text, by="stranger")
    await here.forge.pulls.review(REPO, pull.number, "APPROVE", text, by="stranger")
    await here.forge.pulls.review(REPO, pull.number, "REQUEST_CHANGES", text, by="stranger")


async def by_titles_and_deletions(here: World) -> None:
    """An issue and a comment of their own, as they change afterwards; and triage, who assigns."""
    tracking = here.issue
    number = await here.open_issue("See `shop.old`.", by="stranger")
    for title in (
        f"fixes #{tracking} @acme/owners <!-- drover:status -->",
        f"drover/{tracking}/phase-1",
        "/migrate start 1",
    ):
        await here.forge.issues.edit(REPO, number, title=title, by="stranger")
    here.issue = tracking
    await here.forge.issues.assign(REPO, tracking, ["stranger"], by="tria")
    for text in ("/migrate revert 1", FORGED, "/migrate help"):
        comment = await here.comment(text, by="stranger")
        await here.settled()
        await here.forge.issues.delete_comment(REPO, comment.id, by="stranger")


async def by_branches(here: World) -> None:
    """A pull request that is to be merged into the phase's branch, and a fork's branch that is renamed to its name."""
    fork = here.forge.repo("stranger/shop")
    head = await here.forge.repos.push(
        fork, {"shop/a.py": "evil = 1\n"}, "Help", by="stranger", branch="help"
    )
    opened = await here.forge.pulls.open(
        REPO, "stranger:help", BRANCH, title="Help with phase 1", body=FORGED, by="stranger"
    )
    await here.comment("/migrate regenerate 1 --discard", by="stranger", on=opened.number)
    for base in ("main", BRANCH):
        await here.forge.pulls.edit(REPO, opened.number, base=base, by="stranger")
    for draft in (True, False):
        await here.forge.pulls.set_draft(REPO, opened.number, draft, by="stranger")
    await here.settled()
    await here.forge.repos.create_branch(fork, "drover/1/revert-phase-1", by="stranger", at=head)
    await here.forge.repos.delete_branch(fork, "help", by="stranger")
    renamed = await here.forge.pulls.open(
        REPO, "stranger:drover/1/revert-phase-1", title="Revert phase 1", body=FORGED, by="stranger"
    )
    await here.forge.issues.close(REPO, renamed.number, by="stranger")
    await here.forge.issues.reopen(REPO, renamed.number, by="stranger")


EVERY_PATH: tuple[Callable[[World], Awaitable[None]], ...] = (
    *(by_comments, by_labels, by_closing, by_forks, by_issues),
    *(by_reactions_and_reviews, by_titles_and_deletions, by_branches, replay_clicks),
)
