"""The help for commands and labels."""

from __future__ import annotations

from bot.report.text import fold, table

HELP = "`/migrate help`"
_COMMANDS = (
    ("`/migrate status`", "updates the status comment"),
    ("`/migrate start N`", "starts phase N (`--force`, for maintainers: even if its gate is closed)"),
    ("`/migrate retry N`", "tries phase N again"),
    ("`/migrate cancel N`", "closes the pull request of phase N and deletes its branch"),
    (
        "`/migrate regenerate N`",
        "rebuilds the branch of phase N from the default branch (`--discard`: without other people's commits)",
    ),
    ("`/migrate revert N`", "opens a pull request that reverts phase N"),
    ("`/migrate revert N batch K`", "reverts one batch of it"),
    ("`/migrate revert all`", "reverts every phase"),
    ("`/migrate skip PATH…`", "leaves files out of the phases; patterns as in `.gitignore`"),
    (
        "`/migrate approve`",
        "approves the plan in the issue's text, if whoever wrote it can't write to the repository",
    ),
    ("`/migrate pause`, `/migrate resume`", "stops and continues all work"),
    ("`/migrate audit`", "counts every reference; without a plan, proposes one"),
    ("`/migrate plan`", "opens a pull request that adds the proposed plan as a file"),
)
_LABELS = (
    ("`migration:phase-N`", "starts phase N; removing it cancels the phase"),
    ("`migration:audit`", "runs an audit"),
    ("`migration:paused`", "stops all work until it is removed"),
)


def help_text() -> str:
    """What most people need in one line, the rest folded."""
    common = "Comment `/migrate start N` to start phase N and `/migrate revert N` to revert it."
    commands, labels = table(("Command", "Does"), _COMMANDS), table(("Label", "Does"), _LABELS)
    return f"{common}\n\n{fold('All commands and labels', f'{commands}{chr(10) * 2}{labels}')}"
