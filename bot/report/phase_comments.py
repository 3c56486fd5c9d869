"""What Drover writes on a phase's pull request, and on the issue about one phase."""

from __future__ import annotations

from collections.abc import Sequence

from bot.report.text import bounded_list, code


def phase_closed(why: str, label: str) -> str:
    again = f" To start the phase again, add the label {code(label)} to the issue." if label else ""
    return f"Closed because {why}. The branch is deleted.{again}"


def regenerated_text(files: Sequence[str]) -> str:
    lines = [f"- {code(path)}" for path in files]
    return (
        f"Regenerated from the default branch. The change is different now in:\n\n{bounded_list(lines, 30)}"
    )


def cannot_update(problem: str) -> str:
    return f"**Drover can't update this pull request.** {problem}"


def phase_abandoned(phase: int, pull: int, why: str) -> str:
    return (
        f"**Closed #{pull}: phase {phase} can't be merged as it is.** {why}\n\n"
        "Fix the files or their checks, then start the phase again."
    )


def reviews_not_requested(names: Sequence[str]) -> str:
    """A team's name has its organization before it."""
    shown = ", ".join(code(name) for name in names)
    told = f"GitHub refused to request a review from {shown}. Whoever reviews needs read access to this repository."
    return f"{told} {_TEAMS}" if any("/" in name for name in names) else told


_TEAMS = (
    "To request a team's review, the App also needs the organization permission *Members: read-only*: add it under "
    "*Permissions & events* in the App's settings on GitHub and accept it where the App is installed, or request the review "
    "yourself."
)


def issue_lost(moved_to: str, closed: bool) -> str:
    """The tracking issue was deleted, or moved to another repository."""
    happened = f"moved to {moved_to}" if moved_to else "was deleted, or moved where Drover has no access"
    effect = "Closed because the" if closed else "You can still merge or close this. The"
    return (
        f"{effect} tracking issue {happened}. What is merged stays. To continue the migration in this repository, open "
        f"an issue with the label {code('migration')}; if the plan was in the old issue's text, copy it."
    )
