"""The sample's history, tracking issue and open pull requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.sample import application, documents, engines, mail, proposals, suites, unit_suites

Role = Literal["read", "triage", "write", "maintain", "admin"]


@dataclass(frozen=True)
class Person:
    login: str
    name: str
    role: Role

    @property
    def email(self) -> str:
        return f"{self.login}@shop.example"


MAYA = Person("maya", "Maya Lindqvist", "maintain")
IVO = Person("ivo", "Ivo Marek", "write")
NOOR = Person("noor", "Noor Haddad", "write")
TESS = Person("tess", "Tess Okafor", "triage")
SAM = Person("sam", "Sam Rivers", "read")
LENA = Person("lena", "Lena Vogt", "admin")
PEOPLE = (MAYA, IVO, NOOR, TESS, SAM, LENA)


@dataclass(frozen=True)
class SampleCommit:
    author: Person
    date: datetime
    message: str
    files: Mapping[str, str | None]
    """The files that the commit writes; None deletes one."""


@dataclass(frozen=True)
class TrackingIssue:
    author: Person
    title: str
    body: str


@dataclass(frozen=True)
class Proposal:
    """An open pull request."""

    author: Person
    branch: str
    title: str
    body: str
    commit: SampleCommit


FIXED_END = datetime(2026, 6, 26, 15, 0, tzinfo=UTC)
_Step = tuple[float, Person, str, Mapping[str, str | None]]


def sample_commits(end: datetime = FIXED_END) -> list[SampleCommit]:
    """Return the commits of the weeks before `end`, oldest first."""
    return [
        SampleCommit(author, end - timedelta(days=days), message, files)
        for days, author, message, files in _steps()
    ]


def _steps() -> list[_Step]:
    first = {**documents.FIRST, **engines.FOUNDATION, engines.LEGACY_PATH: engines.LEGACY_FIRST}
    return [
        (61, LENA, "A shop whose customers talk to agents", first),
        (58, IVO, "Orders and invoices", {**application.ORDERS, **application.BILLING}),
        (54, NOOR, "The catalogue, in plain words", application.CATALOG),
        (51, MAYA, "Put the application together", application.TOP | application.SUPPORT),
        (47, NOOR, "Tests: what must never break", suites.MISSION_CRITICAL_FIRST),
        (44, NOOR, "Tests: integration and end to end", suites.INTEGRATION | suites.END_TO_END),
        (39, IVO, "Reports, and a few things for the admin page", application.REPORTS | application.ADMIN),
        (36, LENA, "Scripts from the old machine", application.SCRIPTS),
        (33, MAYA, "Documentation, and the settings file", documents.DOCUMENTS),
        (27, MAYA, "UserExecutionEngine: one engine for each user\n\n" + _WHY, _isolation()),
        (25, IVO, "Engines for one request are made in a factory", _factory()),
        (24, NOOR, "Unit tests", unit_suites.UNIT),
        (21, NOOR, "Mail to customers", mail.MAIL),
        (17, LENA, "Run the tests on every push", {".github/workflows/ci.yml": documents.WORKFLOW}),
        (2, MAYA, "The plan for the move, in phases", {documents.PLAN_PATH: documents.PLAN}),
    ]


_WHY = "A customer read somebody else's invoice in her chat. See the decision record."


def _isolation() -> Mapping[str, str | None]:
    return {
        **engines.ISOLATION,
        "docs/decisions/0007-one-engine-per-user.md": documents.DECISION,
        "tests/mission_critical/test_isolation.py": suites.MISSION_CRITICAL[
            "tests/mission_critical/test_isolation.py"
        ],
    }


def _factory() -> Mapping[str, str | None]:
    """The helper moves out of the deprecated module; some imports of it are left behind."""
    return {
        "shop/agents/factory.py": engines.FACTORY,
        engines.LEGACY_PATH: engines.LEGACY,
        "CHANGELOG.md": documents.CHANGELOG,
    }


def sample_files() -> dict[str, str]:
    """Return the files after the last commit."""
    tree: dict[str, str] = {}
    for commit in sample_commits():
        for path, text in commit.files.items():
            if text is None:
                tree.pop(path, None)
            else:
                tree[path] = text
    return tree


def tracking_issue() -> TrackingIssue:
    return TrackingIssue(MAYA, documents.TRACKING_TITLE, documents.TRACKING_BODY)


def mail_issue() -> TrackingIssue:
    """Return an issue whose plan is in its text: an async factory, and a method with another name."""
    return TrackingIssue(MAYA, mail.ISSUE_TITLE, mail.ISSUE_BODY)


def wishlist(end: datetime = FIXED_END) -> Proposal:
    """Return a pull request that adds a new use of the deprecated engine."""
    commit = SampleCommit(NOOR, end - timedelta(hours=20), "A wish list\n", proposals.WISHLIST)
    return Proposal(NOOR, "wish-list", "A wish list", proposals.WISHLIST_BODY, commit)


def loose_ends(end: datetime = FIXED_END) -> Proposal:
    """Return a pull request with the manual work: the computed name, the unpacked call, the moved helper."""
    commit = SampleCommit(IVO, end - timedelta(hours=5), "Untangle shop/admin\n", proposals.LOOSE_ENDS)
    return Proposal(IVO, "loose-ends", "Untangle shop/admin", proposals.LOOSE_ENDS_BODY, commit)
