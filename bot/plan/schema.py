"""The schema of a plan: both the reader and the exported JSON Schema are derived from it."""

from __future__ import annotations

import json

from bot.plan.shapes import (
    AnyKeysShape,
    FlagShape,
    KeyShape,
    ListShape,
    NamesShape,
    NumberShape,
    RecordShape,
    TextShape,
)

SYMBOL = TextShape("`package.module:Name`, or `package.module` for a whole module", longest=300)
MODULE = TextShape("`package.module`", longest=300)
PATTERN = TextShape("a path from the repository's root, as in .gitignore: `tests/unit/**`", longest=500)

CALLS = RecordShape(
    {
        "to": KeyShape(
            TextShape("`New` or `New.method`"), "What is called instead of the old name.", required=True
        ),
        "arguments": KeyShape(
            NamesShape("`old_name: new_name`"), "Keyword arguments that have another name now."
        ),
    },
    "`to`, and `arguments` where names changed",
)
REPLACE = RecordShape(
    {
        "old": KeyShape(SYMBOL, "What is deprecated: `module:Name`, or a whole `module`.", required=True),
        "new": KeyShape(SYMBOL, "What takes its place.", required=True),
        "style": KeyShape(
            TextShape("`as`, `alias` or `rename`", ("as", "alias", "rename")),
            "as: `from new import New as Old`. alias: an import, then `Old = New`. rename: every use too.",
            default="as",
        ),
        "calls": KeyShape(CALLS, "How a call of the old one becomes a call of the new one."),
    },
    "`old: package.module:Name` and `new: package.module:Name`",
)
RETIRE = RecordShape(
    {
        "module": KeyShape(MODULE, "The deprecated module.", required=True),
        "to": KeyShape(
            TextShape("`redirect` or `removed`", ("redirect", "removed")),
            "redirect: a short re-export that warns. removed: the file goes, once nothing refers to it.",
            required=True,
        ),
    },
    "`module: package.module` and `to: redirect`",
)
PHASE = RecordShape(
    {
        "name": KeyShape(TextShape("a few words", longest=100), "What people call it.", required=True),
        "paths": KeyShape(
            ListShape(PATTERN, 'a list: ["tests/**"]'),
            "Its files, as in .gitignore. The first phase that matches a file has it.",
        ),
        "batch": KeyShape(NumberShape(1, 300), "At most so many files a commit.", default=10),
        "retire": KeyShape(
            ListShape(RETIRE, "a list of `module` and `to`"), "Deprecated modules that go in this phase."
        ),
        "settle": KeyShape(
            FlagShape(), "Takes away what `as` and `alias` left behind, and renames the uses.", default=False
        ),
        "split": KeyShape(TextShape("`owners`", ("owners",)), "A pull request for each owner in CODEOWNERS."),
    },
    '`name`, and `paths: ["…"]`, `retire` or `settle: true`',
    one_of=("paths", "retire", "settle"),
)
CHECKS = RecordShape(
    {
        "required": KeyShape(
            ListShape(TextShape("a check's name", longest=255), "a list of check names", least=0),
            "Checks that have to be green. Without it: every check that reports. Empty: none is awaited.",
        ),
        "commands": KeyShape(
            ListShape(TextShape("a command"), "a list of commands", least=0, most=50),
            "Run in a temporary checkout, where the operator allows it.",
        ),
        "each": KeyShape(
            TextShape("`phase` or `batch`", ("phase", "batch")), "How often the checks run.", default="phase"
        ),
        "wait": KeyShape(
            NumberShape(1, 1440),
            "Minutes after which no check at all is said so, and not taken for green.",
            default=60,
        ),
    },
    "`required`, `commands`, `each` or `wait`",
)
CODEMOD = RecordShape(
    {
        "name": KeyShape(
            TextShape("the name of its entry point", longest=100),
            "A codemod of the operator's.",
            required=True,
        ),
        "options": KeyShape(AnyKeysShape(), "What it is given."),
    },
    "`name`, and `options` where it takes some",
)
PLAN = RecordShape(
    {
        "title": KeyShape(TextShape("one line", longest=200), "What becomes what, in a line.", required=True),
        "replace": KeyShape(ListShape(REPLACE, "a list of `old` and `new`", most=200), "What replaces what."),
        "codemods": KeyShape(
            ListShape(CODEMOD, "a list of `name` and `options`", most=20), "Codemods of the operator's own."
        ),
        "also": KeyShape(
            ListShape(
                TextShape("`strings` or `docs`", ("strings", "docs")), "`[strings, docs]`", least=0, most=2
            ),
            "strings: mock.patch targets and dotted strings. docs: Markdown, reST, TOML, YAML, INI, docstrings, comments.",
        ),
        "phases": KeyShape(
            ListShape(PHASE, "a list of `name` and `paths`", most=50),
            "In order, counted from 1.",
            required=True,
        ),
        "checks": KeyShape(CHECKS, "The repository's own checks."),
        "on_failure": KeyShape(
            TextShape("`hold` or `revert`", ("hold", "revert")),
            "When the default branch goes red at a phase's merge: hold the next phase, or open the revert.",
            default="hold",
        ),
        "advance": KeyShape(
            TextShape("`manual` or `automatic`", ("manual", "automatic")),
            "Who starts the next phase when the gate is open.",
            default="manual",
        ),
        "merge": KeyShape(
            TextShape("`manual` or `auto`", ("manual", "auto")),
            "auto: GitHub merges a phase's pull request when its requirements are met.",
            default="manual",
        ),
        "ratchet": KeyShape(
            TextShape("`neutral` or `fail`", ("neutral", "fail")),
            "What a pull request with a new use of a deprecated name gets.",
            default="neutral",
        ),
        "watch": KeyShape(
            NumberShape(0, 365),
            "Days after the end in which a reference that comes back reopens the issue.",
            default=14,
        ),
        "roots": KeyShape(
            ListShape(TextShape('a folder, or "." for the top', longest=300), 'a list: ["src"]', most=50),
            "Where imports start. Without it they are found.",
        ),
    },
    "`title`, `replace` and `phases`",
    one_of=("replace", "codemods"),
)


def json_schema() -> str:
    """For editors: `# yaml-language-server: $schema=…` at the head of a plan."""
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "A Drover plan"}
    return json.dumps({**head, **PLAN.json_schema()}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(json_schema(), end="")
