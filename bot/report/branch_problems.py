"""Why a branch could not be created or updated, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.report.text import code, count_of, plain


def push_refused(reason: str, rules: Sequence[str] = (), *, workflows: bool = False) -> str:
    """`rules`: those of the branch that can be the cause. `workflows`: whether it changes files of GitHub Actions."""
    said = f"GitHub refused the push: {plain(reason)}."
    if workflows:
        said += (
            f" The phase changes {code('.github/workflows')}, for which Drover needs the permission *Workflows: write*. "
            "Grant it, or leave these files out of the plan."
        )
    if not rules:
        return said
    return (
        f"{said} Rules of the repository apply to Drover's branches: {', '.join(dict.fromkeys(rules))}. Ask an "
        f"administrator to exclude {code('drover/**')} from them, or to let Drover bypass them. Then try again."
    )


def request_refused(request: str, reason: str) -> str:
    return (
        f"GitHub refused {code(request)}: {plain(reason)}. If a permission is missing, grant it to the App "
        "(`drover doctor` lists them); if a rule forbids it, let Drover bypass the rule. Then try again."
    )


def branch_moved(branch: str) -> str:
    return f"Somebody pushed to {code(branch)} at the same moment, so nothing was overwritten."


def nothing_changed(manual: int) -> str:
    if manual:
        files = count_of(manual, "reference needs", "references need")
        return f"Nothing could be migrated automatically: {files} manual work, listed in the status comment."
    return "There's nothing left to migrate in its files."


def commit_conflicts(sha: str, subject: str, author: str, files: Sequence[str]) -> str:
    names = ", ".join(code(path) for path in files[:5]) + (" …" if len(files) > 5 else "")
    return (
        f"The commit {code(sha[:10])} by {plain(author)} (“{plain(subject)}”) conflicts with the regenerated branch "
        f"in {names}. Nothing was pushed. Rebase the commit on the default branch yourself, or drop other people's "
        "commits with `/migrate regenerate N --discard`."
    )


def foreign_commits(branch: str, phase: int) -> str:
    return (
        f"The branch {code(branch)} has commits that Drover didn't make, so nothing was pushed. Rename or delete the "
        f"branch, or replace its commits with `/migrate regenerate {phase} --discard`."
    )


def unmerged_commits(branch: str) -> str:
    return (
        f"The branch {code(branch)} has commits that aren't in any pull request, so Drover keeps it. They are included "
        "when its phase starts again; if nobody needs them, delete the branch."
    )


def foreign_branch(branch: str) -> str:
    return (
        f"The branch {code(branch)} has commits that Drover didn't make, so it is unchanged. "
        "Rename or delete it, then try again."
    )
