"""What Drover says where nobody has started a migration yet."""

from __future__ import annotations

from bot.report.help import HELP
from bot.report.text import plain

WELCOME_TITLE = "Finish a migration with Drover"
_PLAN = (
    "Comment `/migrate audit`: Drover counts the references that are left, and proposes a plan. Put it into this "
    "issue as a `yaml` block or onto the default branch as `.github/migrations/<name>.yml`; `/migrate plan` opens "
    "the pull request for that."
)
_PAIRS = (
    "Add a line `OLD=NEW` to this issue's text for each deprecated symbol, with both written as "
    "`package.module:Name` (or `package.module` for a whole module)."
)


def welcome_issue() -> str:
    steps = (
        f"**Say what replaces what.** {_PAIRS}",
        "**Add the label `migration`** to this issue, which makes it the tracking issue: from then on it says what "
        "is left, and takes commands.",
        f"**Get a plan.** {_PLAN}",
        "**Add the label `migration:phase-1`.** A few seconds later there's a pull request to review. The next phases "
        "go the same way, and every phase can be reverted.",
    )
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    return (
        "Drover finishes the migrations that teams start and never finish: it migrates every reference to a "
        "deprecated symbol, with one verified pull request for each phase of a plan. To start one here:\n\n"
        f"{numbered}\n\n"
        "You can use any other issue instead. Nothing happens until somebody adds the label, so close this one if "
        "you don't need it."
    )


def welcome_comment() -> str:
    return (
        "Drover is installed here, and works from this issue.\n\n"
        f"- **No plan yet?** {_PAIRS} {_PLAN}\n"
        "- **To start a phase**, add its label, such as `migration:phase-1`.\n"
        f"- {HELP} lists the commands."
    )


def ordinary_issue(asked_by: str) -> str:
    return (
        f"@{plain(asked_by)} This isn't a tracking issue yet. Add the label `migration` to it: then Drover works from "
        "it, and carries out your comment."
    )
