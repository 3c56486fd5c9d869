from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from bot.plan.plan import Phase, Plan, PlanChecks, PlanErrors, PullRequestOptions
from bot.plan.read import LARGEST, plan_block, read_plan
from bot.plan.replacements import RIGHT_SYMBOL
from bot.plan.schema import json_schema
from codemods.model.rules import CallChange, Replacement, RetiredModule, Symbol, renamed_arguments

DOCS = Path(__file__).parents[2] / "docs"

WHOLE = """\
title: Engine becomes UserEngine
replace:
  - old: shop.engine:Engine
    new: shop.user_engine:UserEngine
    style: alias
    calls:
      to: UserEngine.create
      arguments: {bridge: emitter}
  - old: shop.legacy
    new: shop.modern
codemods:
  - name: log-calls
    options: {level: 3, strict: true, words: [a, b], factor: 0.5, endless: 1.0e+999, none: ~}
also: [strings, docs]
phases:
  - name: Mission critical
    paths: ["shop/dependencies.py", "tests/mission_critical/**"]
    batch: 5
    split: owners
  - name: Everything else
    paths: ["**"]
  - name: Settle
    settle: true
  - name: Retire
    retire:
      - {module: shop.engine, to: redirect}
checks:
  required: [ci / tests]
  commands: [python -m pytest -q]
  each: batch
  wait: 15
on_failure: revert
advance: automatic
merge: auto
ratchet: fail
watch: 30
roots: [".", src/]
public: drop
format: off
pull_requests: {labels: [migration], reviewers: ["@maya", acme/web], prefix: "refactor: ", draft: true}
issue: 12
"""

SMALLEST = """\
title: A becomes B
replace:
  - {old: "m:A", new: "n:B"}
phases:
  - {name: All, paths: ["**"]}
"""


def plan(text: str) -> Plan:
    read = read_plan(text, "plan.yml", slug="engine")
    assert isinstance(read, Plan), str(read)
    return read


def errors(text: str) -> list[str]:
    read = read_plan(text, "plan.yml", slug="engine")
    assert isinstance(read, PlanErrors)
    return str(read).splitlines()


def test_a_plan_is_read_whole() -> None:
    read = plan(WHOLE)
    assert (read.title, read.slug, read.source) == ("Engine becomes UserEngine", "engine", "plan.yml")
    assert read.replace == (
        Replacement(
            Symbol("shop.engine", "Engine"),
            Symbol("shop.user_engine", "UserEngine"),
            "alias",
            CallChange("UserEngine.create", renamed_arguments(bridge="emitter")),
        ),
        Replacement(Symbol("shop.legacy"), Symbol("shop.modern")),
    )
    assert read.phases == (
        Phase(
            1,
            "Mission critical",
            ("shop/dependencies.py", "tests/mission_critical/**"),
            batch=5,
            split="owners",
        ),
        Phase(2, "Everything else", ("**",)),
        Phase(3, "Settle", settle=True),
        Phase(4, "Retire", retire=(RetiredModule("shop.engine", "redirect"),)),
    )
    assert read.checks == PlanChecks(("ci / tests",), ("python -m pytest -q",), "batch", 15)
    assert (read.on_failure, read.advance, read.merge, read.ratchet, read.watch_days) == (
        "revert",
        "automatic",
        "auto",
        "fail",
        30,
    )
    assert (set(read.also), read.roots, read.public) == ({"strings", "docs"}, ("", "src"), "drop")
    assert read.format == "off"
    assert read.issue == 12
    assert read.pull_requests == PullRequestOptions(("migration",), ("maya", "acme/web"), "refactor: ", True)
    (codemod,) = read.codemods
    numbers = {"level": 3, "factor": 0.5, "endless": "1.0e+999"}
    assert codemod.options == {**numbers, "strict": True, "words": ["a", "b"], "none": None}


def test_what_a_plan_leaves_out_has_a_default() -> None:
    read = plan(SMALLEST)
    assert read.replace[0].style == "as"
    assert read.phases[0].batch == 10
    assert (read.also, read.checks, read.roots) == (frozenset(), PlanChecks(), None)


def test_every_key_knows_its_line() -> None:
    where = plan(WHOLE).where
    assert where["title"] == (1, 8)
    assert where["replace[2].old"] == (9, 10)
    assert where["phases[1].paths[2]"] == (17, 37)


def test_words_beyond_ascii_are_names_too() -> None:
    assert plan(SMALLEST.replace("m:A", "größe.módulo:Ä")).replace[0].old == Symbol("größe.módulo", "Ä")


def changed(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new, 1)


WRONG = {
    "a label that acts on issues": (
        changed("labels: [migration]", "labels: ['migration:phase-1']"),
        "plan.yml:40:26: pull_requests.labels[1]: `migration:phase-1` is no label for a pull request. "
        "Expected: a label of the repository's own, or `migration`",
    ),
    "a reviewer that is nobody": (
        changed('"@maya", acme/web', "acme/web/x"),
        "plan.yml:40:50: pull_requests.reviewers[1]: `acme/web/x` is neither a person nor a team. "
        "Expected: a login such as `maya`, or a team such as `acme/web`",
    ),
    "reviewers in one text": (
        changed('["@maya", acme/web]', "maya"),
        "plan.yml:40:49: pull_requests.reviewers: `maya` is not allowed here. Expected: `owners`, or a list of logins",
    ),
    "an unknown key, with the nearest": (
        changed("batch: 5", "batsh: 5"),
        "plan.yml:18:5: phases[1].batsh: unknown key `batsh`. Expected: `batch`",
    ),
    "an unknown key that is near to none": (
        changed("merge: auto", "zzz: auto"),
        "plan.yml:34:1: zzz: unknown key `zzz`. Expected: one of `title`, `replace`, "
        "`codemods`, `also`, `phases`, `checks`, `on_failure`, `advance`, `merge`, `ratchet`, `watch`,",
    ),
    "a plan that extends another": (
        changed("merge: auto", "extends: other.yml"),
        "plan.yml:34:1: extends: unknown key `extends`. Expected: one of `title`,",
    ),
    "a key twice": (
        changed("ratchet: fail", "title: Again"),
        "plan.yml:35:1: title: duplicate key `title`. Expected: the key once",
    ),
    "a key that is a list": (
        changed("ratchet: fail", "? [a, b]\n: fail"),
        "plan.yml:35:3: ?: a key must be a plain word. Expected: one of `title`,",
    ),
    "no title": (
        SMALLEST.removeprefix("title: A becomes B\n"),
        "plan.yml:1:1: title: `title` is missing. Expected: one line",
    ),
    "an empty title": (
        SMALLEST.replace("A becomes B", ""),
        "plan.yml:1:7: title: this is empty. Expected: one line",
    ),
    "a title that YAML takes for a number": (
        SMALLEST.replace("A becomes B", "2.0"),
        "plan.yml:1:8: title: this is a number, not text. "
        'Expected: one line; quote it to make it text: "2.0"',
    ),
    "a title that is a list": (
        SMALLEST.replace("A becomes B", "[A, B]"),
        "plan.yml:1:8: title: this is a list, not one value. Expected: one line",
    ),
    "a title without end": (
        SMALLEST.replace("A becomes B", "A" * 201),
        "plan.yml:1:8: title: this is longer than 200 characters. Expected: one line",
    ),
    "nothing to replace": (
        "title: A\nphases:\n  - {name: All, paths: ['**']}\n",
        "plan.yml:1:1: one of `replace`, `codemods` is missing. Expected: `title`, `replace` and `phases`",
    ),
    "an empty list of replacements": (
        SMALLEST.replace('\n  - {old: "m:A", new: "n:B"}', " []"),
        "plan.yml:2:10: replace: this list is empty. Expected: a list of `old` and `new`, 1 to 200 entries",
    ),
    "a replacement that is not in a list": (
        SMALLEST.replace("  - {", "  {"),
        "plan.yml:3:3: replace: this is a set of keys, not a list. Expected: a list of `old` and `new`",
    ),
    "a replacement that is a text": (
        SMALLEST.replace('{old: "m:A", new: "n:B"}', "m:A=n:B"),
        "plan.yml:3:5: replace[1]: this is text, not a set of keys. "
        "Expected: `old: package.module:Name` and `new: package.module:Name`",
    ),
    "no new one": (
        SMALLEST.replace(', new: "n:B"', ""),
        f"plan.yml:3:5: replace[1].new: `new` is missing. Expected: {RIGHT_SYMBOL}",
    ),
    "a name that cannot be imported": (
        SMALLEST.replace("m:A", "m/a.py"),
        f"plan.yml:3:11: replace[1].old: `m/a.py` is not an importable name. Expected: {RIGHT_SYMBOL}",
    ),
    "a method": (
        SMALLEST.replace("m:A", "m:A.method"),
        "plan.yml:3:30: replace[1].new: a member can only get another name in its own class. "
        "Expected: `m:A.name`; for another class, `members` where that is replaced",
    ),
    "a method of a method": (
        SMALLEST.replace("m:A", "m:A.method.x"),
        f"plan.yml:3:11: replace[1].old: `m:A.method.x` is not an importable name. Expected: {RIGHT_SYMBOL}",
    ),
    "a special method": (
        SMALLEST.replace("m:A", "m:A.__call__").replace("n:B", "m:A.call"),
        "plan.yml:3:11: replace[1].old: `__call__` is called by Python itself. "
        "Expected: a member that code names itself",
    ),
    "members of a module": (
        changed("new: shop.modern", "new: shop.modern\n    members: {a: b}"),
        "plan.yml:11:14: replace[2].members: only a class has members. "
        "Expected: `members` only where `old` is `package.module:Class`",
    ),
    "a member of which nothing becomes": (
        changed("style: alias", "style: alias\n    members: {a: a}"),
        "plan.yml:6:14: replace[1].members: nothing becomes of `a`. Expected: another name",
    ),
    "a keyword": (
        SMALLEST.replace("m:A", "m.class:A"),
        f"plan.yml:3:11: replace[1].old: `m.class:A` is not an importable name. Expected: {RIGHT_SYMBOL}",
    ),
    "a name without its module": (
        SMALLEST.replace("n:B", ":B"),
        f"plan.yml:3:23: replace[1].new: `:B` is not an importable name. Expected: {RIGHT_SYMBOL}",
    ),
    "the same on both sides": (
        SMALLEST.replace("n:B", "m:A"),
        "plan.yml:3:23: replace[1].new: `m:A` is the same on both sides. Expected: what replaces it",
    ),
    "a module for a name": (
        SMALLEST.replace("n:B", "n"),
        "plan.yml:3:23: replace[1].new: one side is a module, the other a name in a module. "
        "Expected: `package.module:Name` on both sides, or `package.module` on both",
    ),
    "the same old name twice": (
        changed("shop.legacy\n    new: shop.modern", "shop.engine:Engine\n    new: shop.modern:E"),
        "plan.yml:9:10: replace[2].old: `shop.engine:Engine` is already replaced by replace[1]. "
        "Expected: each old name once",
    ),
    "an unknown style": (
        changed("style: alias", "style: move"),
        "plan.yml:5:12: replace[1].style: `move` is not allowed here. Expected: `as`, `alias` or `rename`",
    ),
    "calls of a module": (
        changed("new: shop.modern", "new: shop.modern\n    calls: {to: x}"),
        "plan.yml:11:12: replace[2].calls: a module can't be called. "
        "Expected: `calls` only where `old` is `package.module:Name`",
    ),
    "calls to no name": (
        changed("to: UserEngine.create", "to: UserEngine.create()"),
        "plan.yml:7:11: replace[1].calls.to: `UserEngine.create()` is not a valid name. "
        "Expected: `New`, `New.method`, `function` or `package.module:name`",
    ),
    "an argument that is no name": (
        changed("{bridge: emitter}", "{bridge: the-emitter}"),
        "plan.yml:8:18: replace[1].calls.arguments: `the-emitter` is not a valid argument name. "
        "Expected: `old_name: new_name`",
    ),
    "an argument twice": (
        changed("{bridge: emitter}", "{bridge: a, bridge: b}"),
        "plan.yml:8:30: replace[1].calls.arguments.bridge: duplicate key `bridge`. Expected: the key once",
    ),
    "an argument that goes and comes": (
        changed("{bridge: emitter}", "{bridge: {remove: true, position: 1}}"),
        "plan.yml:8:27: replace[1].calls.arguments.bridge: an argument that goes has nothing else. "
        "Expected: `remove: true` alone",
    ),
    "an argument that is no literal": (
        changed("{bridge: emitter}", "{bridge: {add: f()}}"),
        "plan.yml:8:27: replace[1].calls.arguments.bridge: `f()` is not a literal. "
        'Expected: a literal in quotes: "None", "0", "[]"',
    ),
    "nothing becomes of an argument": (
        changed("{bridge: emitter}", "{bridge: {}}"),
        "plan.yml:8:27: replace[1].calls.arguments.bridge: one of `to`, `remove`, `add`, `position`, `keyword` "
        "is missing. Expected: `to`, `remove`, `add`, `position` or `keyword`",
    ),
    "another place of what stays": (
        changed(
            "new: shop.modern",
            "new: shop.modern\n  - {old: 'm:f', new: 'm:f', calls: {arguments: {a: {position: 2}}}}",
        ),
        "plan.yml:11:53: replace[3].calls.arguments.a: `m:f` stays, so its calls before and after the change "
        "look the same. Expected: `keyword: true`",
    ),
    "another function than what stays": (
        changed("new: shop.modern", "new: shop.modern\n  - {old: 'm:f', new: 'm:f', calls: {to: g}}"),
        "plan.yml:11:42: replace[3].calls.to: `m:f` stays. Expected: `arguments` alone, or another `new`",
    ),
    "arguments in a list": (
        changed("{bridge: emitter}", "[bridge]"),
        "plan.yml:8:18: replace[1].calls.arguments: this is a list, not a set of keys. "
        "Expected: `old_name: new_name`",
    ),
    "options that are no keys": (
        changed("{level: 3, strict: true, words: [a, b], factor: 0.5, endless: 1.0e+999, none: ~}", "high"),
        "plan.yml:13:14: codemods[1].options: this is text, not a set of keys. "
        "Expected: keys with plain values",
    ),
    "something else as well": (
        changed("[strings, docs]", "[strings, comments]"),
        "plan.yml:14:17: also[2]: `comments` is not allowed here. Expected: `strings`, `docs` or `history`",
    ),
    "no phases": (
        SMALLEST[: SMALLEST.index("phases")],
        "plan.yml:1:1: phases: `phases` is missing. Expected: a list of `name` and `paths`",
    ),
    "a phase without a name": (
        SMALLEST.replace("name: All, ", ""),
        "plan.yml:5:5: phases[1].name: `name` is missing. Expected: a few words",
    ),
    "a phase with nothing to do": (
        SMALLEST.replace(', paths: ["**"]', ""),
        "plan.yml:5:5: phases[1]: one of `paths`, `retire`, `settle` is missing. "
        'Expected: `name`, and `paths: ["…"]`, `retire` or `settle: true`',
    ),
    "a phase that settles nothing": (
        changed("settle: true", "settle: false"),
        "plan.yml:23:13: phases[3].settle: this phase has nothing to do. "
        'Expected: `paths: ["…"]`, `retire` or `settle: true`',
    ),
    "settle with a text": (
        changed("settle: true", "settle: later"),
        "plan.yml:23:13: phases[3].settle: this is text, not `true` or `false`. Expected: `true` or `false`",
    ),
    "paths that are one path": (
        SMALLEST.replace('["**"]', "src"),
        'plan.yml:5:24: phases[1].paths: this is text, not a list. Expected: a list: ["tests/**"]',
    ),
    "a path out of the repository": (
        SMALLEST.replace('"**"', '"../other/**"'),
        "plan.yml:5:25: phases[1].paths[1]: `../other/**` is outside the repository. "
        "Expected: a path from the repository's root, as in .gitignore: `tests/unit/**`",
    ),
    "a path that is a comment": (
        SMALLEST.replace('"**"', '"#tests"'),
        "plan.yml:5:25: phases[1].paths[1]: `#tests` is a comment in .gitignore syntax. "
        "Expected: a path from the repository's root, as in .gitignore: `tests/unit/**`",
    ),
    "a path that is no pattern": (
        SMALLEST.replace('"**"', '"!"'),
        "plan.yml:5:25: phases[1].paths[1]: `!` is not a valid pattern. "
        "Expected: a path from the repository's root, as in .gitignore: `tests/unit/**`",
    ),
    "a path over two lines": (
        SMALLEST.replace('"**"', '"a\\nb"'),
        "plan.yml:5:25: phases[1].paths[1]: `a b` has a line break. "
        "Expected: a path from the repository's root, as in .gitignore: `tests/unit/**`",
    ),
    "a batch of text": (
        changed("batch: 5", "batch: five"),
        "plan.yml:18:12: phases[1].batch: `five` is not a whole number. "
        "Expected: a whole number from 1 to 300",
    ),
    "a batch of nothing": (
        changed("batch: 5", "batch: 0"),
        "plan.yml:18:12: phases[1].batch: 0 is out of range. Expected: a whole number from 1 to 300",
    ),
    "a batch written as hours": (
        changed("batch: 5", "batch: 1:30"),
        "plan.yml:18:12: phases[1].batch: `1:30` is not a whole number. "
        "Expected: a whole number from 1 to 300",
    ),
    "a batch without an end": (
        changed("batch: 5", "batch: .inf"),
        "plan.yml:18:12: phases[1].batch: `.inf` is not a whole number. "
        "Expected: a whole number from 1 to 300",
    ),
    "a split by something else": (
        changed("split: owners", "split: size"),
        "plan.yml:19:12: phases[1].split: `size` is not allowed here. Expected: `owners`",
    ),
    "a retired module that is none": (
        changed("module: shop.engine,", "module: shop/engine,"),
        "plan.yml:26:18: phases[4].retire[1].module: `shop/engine` is not a module name. "
        "Expected: `package.module`",
    ),
    "a retirement to nowhere": (
        changed("to: redirect", "to: deleted"),
        "plan.yml:26:35: phases[4].retire[1].to: `deleted` is not allowed here. "
        "Expected: `redirect` or `removed`",
    ),
    "an unknown check setting": (
        changed("each: batch", "every: batch"),
        "plan.yml:30:3: checks.every: unknown key `every`. "
        "Expected: one of `required`, `commands`, `each`, `wait`",
    ),
    "a wait of weeks": (
        changed("wait: 15", "wait: 100000"),
        "plan.yml:31:9: checks.wait: 100000 is out of range. Expected: a whole number from 1 to 1440",
    ),
    "an unknown way of failing": (
        changed("on_failure: revert", "on_failure: panic"),
        "plan.yml:32:13: on_failure: `panic` is not allowed here. Expected: `hold` or `revert`",
    ),
    "a root elsewhere": (
        changed("src/]", "/usr/lib]"),
        'plan.yml:37:14: roots[2]: `/usr/lib` is outside the repository. Expected: `src`, or "."',
    ),
    "nothing at all": (
        "# later\n",
        "plan.yml:1:1: the plan is empty. Expected: `title`, `replace` and `phases`",
    ),
    "a list": (
        "- a\n- b\n",
        "plan.yml:1:1: this is a list, not a set of keys. Expected: `title`, `replace` and `phases`",
    ),
    "an open bracket": (
        "title: [a\n",
        "plan.yml:2:1: invalid YAML: expected ',' or ']', but got '<stream end>'. "
        "Expected: `key: value`, indented by spaces, with brackets and quotes closed",
    ),
    "a tab": (
        "title: A\nphases:\n\t- name: x\n",
        "plan.yml:3:1: invalid YAML: found character '\\t' that cannot start any token. "
        "Expected: spaces, where there are tabs",
    ),
    "a character that is none": (
        "title: A\nphases: \x00\n",
        "plan.yml:2:1: invalid YAML: a character that YAML does not allow. Expected: printable text",
    ),
    "an anchor": (
        "title: &t A\n",
        "plan.yml:1:8: anchors (`&`) and aliases (`*`) are not allowed. "
        "Expected: the value itself, quoted if it starts with one",
    ),
    "an alias": (
        "title: *t\n",
        "plan.yml:1:8: anchors (`&`) and aliases (`*`) are not allowed. "
        "Expected: the value itself, quoted if it starts with one",
    ),
    "a tag": (
        "title: !!python/object/apply:os.system ['true']\n",
        "plan.yml:1:8: tags (`!`) are not allowed. Expected: the plain value, quoted if it starts with one",
    ),
    "a merge key": (
        changed("ratchet: fail", "<<: {ratchet: fail}"),
        "plan.yml:35:1: <<: unknown key `<<`. Expected: one of",
    ),
    "two documents": (
        f"{SMALLEST}---\n{SMALLEST}",
        "plan.yml:6:1: there's a second document. Expected: one plan per file, without `---`",
    ),
    "a depth that no plan has": (
        "title: " + "[" * 30_000,
        "plan.yml:1:19: this is nested too deeply. Expected: at most 12 levels",
    ),
    "a size that no plan has": (
        SMALLEST + "#" * LARGEST,
        "plan.yml:1:1: the plan is too large: 65,632 bytes. Expected: at most 65,536 bytes",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_an_error_has_line_column_key_and_what_is_expected(kind: str) -> None:
    text, message = WRONG[kind]
    assert errors(text)[0].startswith(message)


def test_all_mistakes_are_listed_at_once() -> None:
    text = (
        changed("style: alias", "style: move")
        .replace("batch: 5", "batch: x")
        .replace("watch: 30", "wotch: 30")
    )
    assert [line.split(": ")[1] for line in errors(text)] == ["replace[1].style", "phases[1].batch", "wotch"]


def test_a_plan_full_of_mistakes_lists_the_first_twenty() -> None:
    wrong = SMALLEST + "".join(f"key{number}: 1\n" for number in range(200))
    assert len(errors(wrong)) == 20


BODY = """\
We move to the new engine.

```python
title: not_this
```

```yaml
services: {web: 1}
```

~~~~YAML
title: A becomes B
replace:
  - {old: "m:A", new: "n:B", stile: as}
phases:
  - {name: "```", paths: ["**"]}
~~~~

```yaml
title: nor this
```
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_issue_s_block_is_found_and_answered_with_the_issue_s_lines(ends: str) -> None:
    block = plan_block(BODY.replace("\n", ends))
    assert block is not None
    text, first_line = block
    assert first_line == 12
    read = read_plan(text, "issue", slug="7", first_line=first_line)
    assert str(read) == ("issue:14:30: replace[1].stile: unknown key `stile`. Expected: `style`")


@pytest.mark.parametrize(
    "body", ["", "no block", "```yaml\na: 1\n```", "    ```yaml\n    title: x\n    ```", "```\ntitle: x\n```"]
)
def test_an_issue_without_a_plan_has_none(body: str) -> None:
    assert plan_block(body) is None


def test_a_block_that_is_never_closed_ends_with_the_issue() -> None:
    assert plan_block("```yaml\ntitle: x") == ("title: x\n", 2)


def test_the_exported_schema_is_current() -> None:
    told = "python -m bot.plan.schema > docs/plan.schema.json"
    assert (DOCS / "plan.schema.json").read_text() == json_schema(), f"regenerate it: {told}"


def test_the_schema_names_every_key_that_a_whole_plan_has() -> None:
    schema = json.loads(json_schema())
    assert set(yaml.safe_load(WHOLE)) <= set(schema["properties"])
    assert schema["required"] == ["title", "phases"]


def test_every_plan_in_the_documentation_can_be_read() -> None:
    text = (DOCS / "plan.md").read_text()
    block = plan_block(text)
    assert block is not None
    assert isinstance(read_plan(*block[:1], "docs/plan.md", slug="docs"), Plan)


@pytest.mark.parametrize("odd", ["<<", "="])
def test_a_word_of_yamls_own_is_text(odd: str) -> None:
    found = read_plan(SMALLEST.replace("title: A becomes B", f"title: {odd}"), "plan.yml", slug="odd")
    assert isinstance(found, Plan)
    assert found.title == odd
