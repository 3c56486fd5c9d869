"""The walkthrough at the top of the pages, whose steps are ticked off by the repository's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from sandbox.forge import Forge
from sandbox.model.repositories import Issue, Repository


@dataclass(frozen=True)
class WalkthroughStep:
    what: Markup
    more: Markup
    done: Callable[[Repository, frozenset[str]], bool]
    """Whether the step is done, from the repository and the visited pages."""


@dataclass(frozen=True)
class StepView:
    what: Markup
    more: Markup
    state: Literal["done", "now", "later"]


@dataclass(frozen=True)
class WalkthroughView:
    title: str
    steps: tuple[StepView, ...]
    done: int


class Walkthrough:
    """Remembers the visited pages and the completed steps."""

    def __init__(
        self,
        repo: str,
        hero: str,
        title: str,
        steps: Callable[[Repository], Sequence[WalkthroughStep]],
        dashboard: str = "",
    ) -> None:
        self.repo = repo
        self.hero = hero
        self.dashboard = dashboard
        """Where the bot shows every migration; empty if it isn't part of the walkthrough."""
        self._title = title
        self._steps = steps
        self._seen: set[str] = set()
        self._done: set[int] = set()

    def view_for(self, forge: Forge, path: str) -> WalkthroughView | None:
        """Return the walkthrough for a page, or None if its repository was deleted."""
        repo = forge.current_or_former(self.repo)
        if repo is None:
            return None
        self._seen.add(path)
        steps = [*self._steps(repo), *([_dashboard()] if self.dashboard else [])]
        visited = frozenset(self._seen)
        self._done |= {number for number, step in enumerate(steps) if step.done(repo, visited)}
        now = next((number for number in range(len(steps)) if number not in self._done), len(steps))
        shown = tuple(
            StepView(step.what, step.more, "done" if at in self._done else "now" if at == now else "later")
            for at, step in enumerate(steps)
        )
        title = self._title if now < len(steps) else "You've finished the walkthrough. Keep exploring."
        return WalkthroughView(title, shown, len(self._done))

    def visit(self, path: str) -> None:
        self._seen.add(path)


def migration_steps(repo: Repository) -> list[WalkthroughStep]:
    """Return the steps of the demo: label, review, merge, revert."""
    return [
        _adopt(repo),
        _start(repo),
        _read(repo),
        _merge(repo),
        _ratchet(repo),
        _revert(repo),
        _finish(repo),
    ]


def _adopt(repo: Repository) -> WalkthroughStep:
    return WalkthroughStep(
        Markup('Add the label <code>migration</code> to <a href="{}">the tracking issue</a>').format(
            _issue_page(repo)
        ),
        Markup(
            "You are Maya, who maintains this shop. The labels are in the sidebar. Drover counts the references that "
            "are left and keeps one status comment up to date."
        ),
        lambda repo, visited: _has_status(tracking_issue(repo)),
    )


def _start(repo: Repository) -> WalkthroughStep:
    return WalkthroughStep(
        Markup("Add the label <code>migration:phase-1</code>"),
        Markup("Drover rewrites the files of phase 1, verifies every change and opens one pull request."),
        lambda repo, visited: phase_pull(repo, 1) is not None,
    )


def _read(repo: Repository) -> WalkthroughStep:
    page = _phase_page(repo)
    return WalkthroughStep(
        Markup('Review <a href="{0}/files">the diff</a> and <a href="{0}/checks">the checks</a>').format(
            page
        ),
        Markup("Each batch is one commit. The shop's own tests run on the branch."),
        lambda repo, visited: any(f"{page}/{tab}" in visited for tab in ("files", "checks")),
    )


def _merge(repo: Repository) -> WalkthroughStep:
    return WalkthroughStep(
        Markup('<a href="{}">Merge the pull request</a>').format(_phase_page(repo)),
        Markup(
            "Any merge method works. Then go back to the issue: the count is lower and the next phase can start."
        ),
        lambda repo, visited: _is_merged(phase_pull(repo, 1)),
    )


def _ratchet(repo: Repository) -> WalkthroughStep:
    at = f"/{repo.full_name}/pull"
    stray = next((one.number for one in repo.pulls if one.user.login == "noor"), 0)
    return WalkthroughStep(
        Markup(
            'Open <a href="{}/{}/checks">Noor\'s pull request</a>, which adds a new use of the old engine'
        ).format(at, stray),
        Markup(
            "The check <code>drover / ratchet</code> points at the line. Press <em>Fix it</em> to fix it."
        ),
        lambda repo, visited: any(path.startswith(f"{at}/{stray}/") for path in visited),
    )


def _revert(repo: Repository) -> WalkthroughStep:
    return WalkthroughStep(
        Markup('Revert phase 1: tick <em>Revert phase 1</em> on <a href="{}">the issue</a>').format(
            _issue_page(repo)
        ),
        Markup("Drover opens a pull request that reverts phase 1 and keeps later work. Merge it."),
        lambda repo, visited: any(
            one.pull and _from_bot(one) and "/revert-" in one.pull.head_ref for one in repo.pulls
        ),
    )


def _finish(repo: Repository) -> WalkthroughStep:
    return WalkthroughStep(
        Markup("Finish the migration: start phase 1 again, then the other phases"),
        Markup(
            '<a href="/{}/pulls">Ivo\'s pull request</a> does the manual work. Merge it too. '
            "When no references are left, Drover closes the issue."
        ).format(repo.full_name),
        lambda repo, visited: _is_finished(tracking_issue(repo)),
    )


DASHBOARD = "/walkthrough/dashboard"
"""Leads to the dashboard, which is on another server."""


def _dashboard() -> WalkthroughStep:
    return WalkthroughStep(
        Markup('Open <a href="{}">the dashboard</a>').format(DASHBOARD),
        Markup("It shows every migration on one page: what it waits for, how much is left, and what failed."),
        lambda repo, visited: DASHBOARD in visited,
    )


def _issue_page(repo: Repository) -> str:
    issue = tracking_issue(repo)
    return f"/{repo.full_name}/issues/{issue.number}" if issue else f"/{repo.full_name}/issues"


def _phase_page(repo: Repository) -> str:
    pull = phase_pull(repo, 1)
    return f"/{repo.full_name}/pull/{pull.number}" if pull else f"/{repo.full_name}/pulls"


def _is_merged(issue: Issue | None) -> bool:
    return bool(issue and issue.pull and issue.pull.merged_at)


def _is_finished(issue: Issue | None) -> bool:
    return bool(issue and issue.state == "closed" and issue.closed_by and issue.closed_by.kind == "Bot")


def tracking_issue(repo: Repository) -> Issue | None:
    return next((one for one in repo.issues.values() if not one.pull), None)


def phase_pull(repo: Repository, number: int) -> Issue | None:
    """Return the bot's newest pull request for a phase."""
    ends = f"/phase-{number}"
    found = [one for one in repo.pulls if _from_bot(one) and one.pull and one.pull.head_ref.endswith(ends)]
    return found[-1] if found else None


def _from_bot(issue: Issue) -> bool:
    return issue.user.kind == "Bot"


def _has_status(issue: Issue | None) -> bool:
    return issue is not None and any(comment.user.kind == "Bot" for comment in issue.comments)
