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
    WordOrListShape,
)

SYMBOL = TextShape(
    "`package.module:Name`, `package.module:Class.member`, or `package.module` for a whole module",
    longest=300,
)
MODULE = TextShape("`package.module`", longest=300)
PATTERN = TextShape("a path from the repository's root, as in .gitignore: `tests/unit/**`", longest=500)

ARGUMENT = RecordShape(
    {
        "to": KeyShape(TextShape("an argument's name", longest=200), "Another name."),
        "remove": KeyShape(FlagShape(), "The argument is no longer passed."),
        "add": KeyShape(
            TextShape('a literal in quotes: "None"', longest=200),
            "A literal that is passed where a call doesn't pass the argument.",
        ),
        "position": KeyShape(NumberShape(1, 100), "Its place among the positional arguments, from 1."),
        "keyword": KeyShape(FlagShape(), "It is passed by its name from now on."),
    },
    "`to`, `remove`, `add`, `position` or `keyword`",
    one_of=("to", "remove", "add", "position", "keyword"),
)
CALLS = RecordShape(
    {
        "to": KeyShape(
            TextShape("`New`, `New.method`, `function` or `package.module:name`", longest=300),
            "What to call instead of the old name.",
        ),
        "arguments": KeyShape(
            NamesShape("`old_name: new_name`", ARGUMENT), "What becomes of the calls' arguments."
        ),
        "async": KeyShape(
            FlagShape(), "Whether `to` is `async def`. Needed only where its definition can't be read."
        ),
    },
    "`to`, `arguments`",
    one_of=("to", "arguments"),
)
MEMBER = RecordShape(
    {
        "to": KeyShape(TextShape("a member's name", longest=200), "Another name."),
        "arguments": KeyShape(
            NamesShape("`old_name: new_name`", ARGUMENT), "What becomes of the arguments of its calls."
        ),
    },
    "`to`, `arguments`",
    one_of=("to", "arguments"),
)
REPLACE = RecordShape(
    {
        "old": KeyShape(SYMBOL, "What is deprecated: `module:Name`, or a whole `module`.", required=True),
        "new": KeyShape(SYMBOL, "What replaces it.", required=True),
        "style": KeyShape(
            TextShape("`as`, `alias` or `rename`", ("as", "alias", "rename")),
            "as: `from new import New as Old`. alias: the import, then `Old = New`. rename: every use, too.",
            default="as",
        ),
        "calls": KeyShape(CALLS, "How calls change."),
        "members": KeyShape(
            NamesShape("`old_name: new_name`", MEMBER),
            "Members that have another name in the new class, on values that a type checker proves to be of the class.",
        ),
    },
    "`old: package.module:Name` and `new: package.module:Name`",
)
RETIRE = RecordShape(
    {
        "module": KeyShape(MODULE, "The deprecated module.", required=True),
        "to": KeyShape(
            TextShape("`redirect` or `removed`", ("redirect", "removed")),
            "redirect: a short re-export that warns. removed: the file is deleted once nothing refers to it.",
            required=True,
        ),
    },
    "`module: package.module` and `to: redirect`",
)
PHASE = RecordShape(
    {
        "name": KeyShape(TextShape("a few words", longest=100), "The name of the phase.", required=True),
        "paths": KeyShape(
            ListShape(PATTERN, 'a list: ["tests/**"]'),
            "Its files, as in .gitignore. A file belongs to the first phase that matches it.",
        ),
        "batch": KeyShape(NumberShape(1, 300), "The most files per commit.", default=10),
        "retire": KeyShape(
            ListShape(RETIRE, "a list of `module` and `to`"), "Deprecated modules to retire in this phase."
        ),
        "settle": KeyShape(
            FlagShape(),
            "Removes the aliases that `as` and `alias` left behind, and renames the uses.",
            default=False,
        ),
        "split": KeyShape(
            TextShape("`owners`", ("owners",)), "One pull request for each owner in CODEOWNERS."
        ),
    },
    '`name`, and `paths: ["…"]`, `retire` or `settle: true`',
    one_of=("paths", "retire", "settle"),
)
CHECKS = RecordShape(
    {
        "required": KeyShape(
            ListShape(TextShape("a check's name", longest=255), "a list of check names", least=0),
            "Checks that must pass. By default, every check that reports; with an empty list, none.",
        ),
        "commands": KeyShape(
            ListShape(TextShape("a command"), "a list of commands", least=0, most=50),
            "Commands to run in a temporary checkout, if the operator allows it.",
        ),
        "each": KeyShape(
            TextShape("`phase` or `batch`", ("phase", "batch")), "How often the checks run.", default="phase"
        ),
        "wait": KeyShape(
            NumberShape(1, 1440),
            "Minutes to wait for checks before reporting that none arrived.",
            default=60,
        ),
    },
    "`required`, `commands`, `each` or `wait`",
)
PULL_REQUESTS = RecordShape(
    {
        "labels": KeyShape(
            ListShape(TextShape("a label's name", longest=50), "a list of labels", most=10),
            "Labels that each pull request gets when it is opened.",
        ),
        "reviewers": KeyShape(
            WordOrListShape(
                TextShape("`owners`", ("owners",)),
                ListShape(
                    TextShape("a login, or `organization/team`", longest=100), "a list of logins", most=15
                ),
            ),
            "Who is asked for a review when it is opened. owners: those in CODEOWNERS for the changed files.",
        ),
        "prefix": KeyShape(
            TextShape("a few characters", longest=40), "What the titles begin with, such as `refactor:`."
        ),
        "draft": KeyShape(FlagShape(), "Opens them as drafts, which people mark as ready.", default=False),
    },
    "`labels`, `reviewers`, `prefix` or `draft`",
    one_of=("labels", "reviewers", "prefix", "draft"),
)
CODEMOD = RecordShape(
    {
        "name": KeyShape(
            TextShape("the name of its entry point", longest=100),
            "A codemod that the operator installed.",
            required=True,
        ),
        "options": KeyShape(AnyKeysShape(), "Its options."),
    },
    "`name`, and `options` where it takes some",
)
PLAN = RecordShape(
    {
        "title": KeyShape(TextShape("one line", longest=200), "The migration in one line.", required=True),
        "replace": KeyShape(ListShape(REPLACE, "a list of `old` and `new`", most=200), "What replaces what."),
        "codemods": KeyShape(
            ListShape(CODEMOD, "a list of `name` and `options`", most=20),
            "Codemods that the operator installed.",
        ),
        "also": KeyShape(
            ListShape(
                TextShape("`strings`, `docs` or `history`", ("strings", "docs", "history")),
                "`[strings, docs]`",
                least=0,
                most=3,
            ),
            "strings: mock.patch targets and dotted strings. docs: Markdown, reST, TOML, YAML, INI, docstrings, comments. "
            "history: of these, changelogs, migration guides and what tells of a deprecation as well.",
        ),
        "phases": KeyShape(
            ListShape(PHASE, "a list of `name` and `paths`", most=50),
            "In order, counted from 1.",
            required=True,
        ),
        "checks": KeyShape(CHECKS, "The repository's own checks."),
        "on_failure": KeyShape(
            TextShape("`hold` or `revert`", ("hold", "revert")),
            "When checks fail on the default branch after a merge: hold the next phase, or open a revert.",
            default="hold",
        ),
        "advance": KeyShape(
            TextShape("`manual` or `automatic`", ("manual", "automatic")),
            "Who starts the next phase when its gate is open.",
            default="manual",
        ),
        "merge": KeyShape(
            TextShape("`manual` or `auto`", ("manual", "auto")),
            "auto: GitHub merges a phase's pull request when its requirements are met.",
            default="manual",
        ),
        "ratchet": KeyShape(
            TextShape("`neutral` or `fail`", ("neutral", "fail")),
            "The conclusion of the check on a pull request with new uses of deprecated symbols.",
            default="neutral",
        ),
        "watch": KeyShape(
            NumberShape(0, 365),
            "Days after the end during which a reference that comes back reopens the issue.",
            default=14,
        ),
        "pull_requests": KeyShape(PULL_REQUESTS, "What the pull requests of the phases get."),
        "issue": KeyShape(
            NumberShape(1, 99_999_999), "The tracking issue that the plan belongs to. Counts in a file only."
        ),
        "roots": KeyShape(
            ListShape(TextShape('a folder, or "." for the top', longest=300), 'a list: ["src"]', most=50),
            "Folders where imports start. Found automatically by default.",
        ),
        "public": KeyShape(
            TextShape("`keep` or `drop`", ("keep", "drop")),
            "Whether an old name that a package's `__init__` or an `__all__` offers stays importable from there.",
            default="keep",
        ),
        "format": KeyShape(
            TextShape(
                "`auto`, `off`, `ruff`, `black`, `isort`, or a command with `{files}` in it",
                ("auto", "off", "ruff", "black", "isort"),
                template="{files}",
            ),
            "auto: imports are written as the repository's ruff, isort, black or flake8 configuration wants them. "
            "A formatter or a command runs on the changed files; it counts in a file only.",
            default="auto",
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
