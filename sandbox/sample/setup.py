"""Creating the sample on a forge: people, repository, tracking issue and pull requests."""

from __future__ import annotations

import shlex
from datetime import timedelta

from sandbox.forge import Forge
from sandbox.git.fast_import import NewCommit
from sandbox.git.objects import Signature
from sandbox.model.repositories import Issue, Repository
from sandbox.sample import history
from sandbox.sample.history import PEOPLE, Proposal, SampleCommit

OWNER = "acme"
NAME = f"{OWNER}/shop"
TEST_COMMAND = ("-m", "unittest", "discover", "-s", "tests", "-t", ".")
"""Arguments for Python that run the repository's own tests."""

LABELS = (
    ("bug", "d73a4a", "Something isn't working"),
    ("idea", "a2eeef", "New feature or request"),
    ("migration", "5319e7", "A migration that Drover carries out"),
)


async def create_sample(forge: Forge, *, checks: bool = True) -> tuple[Repository, Issue]:
    """Create the people, the repository, the issue and the pull requests."""
    forge.people.add(OWNER, "Acme", kind="Organization")
    for person in PEOPLE:
        forge.people.add(person.login, person.name, email=person.email)
    now = forge.clock.now()
    commits = [_new_commit(commit) for commit in history.sample_commits(now - timedelta(days=1))]
    repo = await forge.repos.create(
        NAME, commits=commits, description="A shop whose customers talk to agents"
    )
    for person in PEOPLE:
        forge.repos.set_role(repo, person.login, person.role)
    if checks:
        forge.runner.enable(repo, shlex.join(["python", *TEST_COMMAND]))
        await forge.runner.run_now(repo, by="maya")
    for name, color, description in LABELS:
        forge.issues.create_label(repo, name, by="maya", color=color, description=description)
    sample = history.tracking_issue()
    issue = await forge.issues.open(repo, sample.title, sample.body, by=sample.author.login)
    for proposal in (history.wishlist(now), history.loose_ends(now)):
        await _propose(forge, repo, proposal)
    other = history.mail_issue()
    await forge.issues.open(repo, other.title, other.body, by=other.author.login)
    return repo, issue


def _new_commit(commit: SampleCommit) -> NewCommit:
    who, when = commit.author, int(commit.date.timestamp())
    return NewCommit(commit.message, commit.files, Signature(who.name, who.email, when))


async def _propose(forge: Forge, repo: Repository, proposal: Proposal) -> None:
    commit, login = _new_commit(proposal.commit), proposal.author.login
    await forge.repos.push(
        repo, commit.files, commit.message, by=login, branch=proposal.branch, author=commit.author
    )
    await forge.pulls.open(repo, proposal.branch, title=proposal.title, body=proposal.body, by=login)
