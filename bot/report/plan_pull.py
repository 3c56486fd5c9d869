"""The pull request that adds a proposed plan."""

from __future__ import annotations

from bot.report.text import inert


def plan_pull_title(path: str) -> str:
    return f"Add the migration plan {inert(path)}"


def plan_pull_body(issue: int) -> str:
    return (
        f"The plan that Drover proposes for #{issue}, with phases ordered by risk.\n\n"
        f"Edit it as you like, then merge it: #{issue} uses it from then on. Nothing starts until you start it."
    )
