"""docs/codemods.md, written from the examples of the codemods: `python -m codemods.catalog.reference_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from codemods.catalog.order import DOCUMENTED
from codemods.model.example import Example
from codemods.model.rules import ArgumentChange, CallChange

PAGE = Path(__file__).parent.parent.parent / "docs" / "codemods.md"
HEAD = """# What is rewritten, and what is not

Written from the examples that live with each codemod by `python -m codemods.catalog.reference_page`; each is a test.
The old symbol is `m.Old` or `a.b.Old`, the new one `n.New` or `a.n.New`, and the style `as` where nothing else is said.
"""
LINTERS = """
## Linters

Without any configuration, an import stays next to the one that it replaces, and a name joins the import of its module that
is there already. Where the repository configures ruff's `I`
rules or isort (`pyproject.toml`, `ruff.toml`, `.isort.cfg`, `setup.cfg`, `tox.ini`, or the hook in
`.pre-commit-config.yaml`), it stands where that sorter would put it: in its section, in the statement of its module
where the configuration joins them, with its names sorted, and wrapped as configured. isort's part is done by isort
itself, as a library, on a file that it would leave alone before the change, or else on a block of imports that it would
leave alone: so nothing changes that isn't due to Drover's own edits. Where ruff sorts, only the statements that Drover
writes change. A comment goes with its name, and a section keeps the heading that the configuration gives it
(`import_heading_…`). Where a block was in another order before, it keeps that order.

Where only black, ruff's formatter or flake8 is configured, an import that is longer than their line length is wrapped.

Where a longer name makes a line of code too long, it is wrapped as black and ruff's formatter do it, if the repository
checks that: ruff's `E501`, flake8, pycodestyle or pylint, black or ruff's formatter in a configuration file or as a hook.
The content of the last brackets comes onto a line of its own; if that is too long too, each element gets a line, with a
comma behind the last; an expression without brackets gets parentheses. A statement that was laid out that way is laid out
again as a whole; of any other, only the line that is too long changes. Strings aren't split, lines with a comment inside of
them and those between `# fmt: off` and `# fmt: on` stay, and lines that a shorter name leaves room on aren't joined. The
syntax tree stays the same. What can't be wrapped is listed in the verification. Where flake8 or pycodestyle looks at it
(`E128`), continuation lines stay aligned with their bracket.

`Old = New` of the style `alias` stands below the last import at the top of the file, so that no import comes after code.
Where ruff's `N806` or `RUF067` would find it (in a function, in a package's `__init__.py`), in a block above other
imports where the repository sorts them, and in a block of a file that black or ruff's formatter formats:
`from n import New as Old`.
An import that its file no longer uses, but other files take from it, gets `# noqa: F401` where ruff or flake8 would find
it; one that only annotations use, `# noqa: TC001` where ruff passed over it for the other names of its old module.
`format: off` in the plan switches all of this but the last off. A formatter that the plan names runs afterwards
([plan.md](plan.md#formatters-and-linters)).
"""
NAMESAKES = """
## Packages of one name

Services that lie side by side often have packages of one name, as `services/a/app` and `services/b/app`. A file means the
one in the nearest folder around it. The plan means the one that has all of the modules that it names; else the one at the
top of the repository; else the one in its `roots`. Nothing of the others changes, also where the one in its `roots` lacks
a module. Where it can't be told which of them is
meant, the references are listed and stay as they are.

A script may import a file beside it by its bare name (`from mod import Old` for `pkg/mod.py`). Such an import is migrated
where the folder is no package, or the file says that it is run by itself (`#!`, `if __name__ == "__main__":`), and where the
new module lies beside it as well. Otherwise it is listed. A file with a relative import outside of any block is no script:
its bare names are those of other packages.
"""
LEFT = """
## What needs manual work

A call with `*` or `**` whose arguments would change, a call of an async function where `await` can't stand, a call
whose result wouldn't be what its surroundings expect, a class or function that is passed on where its calls change, a
name that is missing where it is imported from, an import beyond the top package, a string that is put together from
parts that aren't constants, the new module where it is built on the old symbol, a use that the new class can't serve
([plan.md](plan.md#a-new-class-that-differs)), a name that is computed (`getattr(m, name)`), an alias that others reach
through its module (`p.Old`), a re-export through which somebody calls what would not fit, the deprecated module's own
uses of the symbol, a name that nothing in its file binds, and files that aren't rewritten: notebooks, Cython, shell
scripts, Dockerfiles, templates, JSON. They are reported with file and line, and nothing is guessed.

Some of it could be rewritten, but not so that it is certain to be right:

- **Two rules that swap names, or one that continues another.** A second run would change the result again, so nobody
  could tell what has been migrated. Use two plans, one after the other.
- **The deprecated module's own uses.** Whether they should follow, stay, or go with the symbol is a decision about
  that module. The same holds for a value that changes while the program runs (`m.DEBUG = True`, `global DEBUG`): as
  long as the old module reads or sets it, two modules would each have their own, so all references stay.
- **A dict or a list that both modules keep for themselves**, in a file that uses it together with the symbol.
- **A patch of something else in the old module** (`patch("m.helper")`), unless the new symbol reads the same thing of
  its own module and nothing else in the old one does.
- **`patch.multiple` with several names, or with `DEFAULT`.** What it gives back has the old names as its keys.
- **A bare import of a neighbour in a package** (`from mod import Old` in `pkg/tool.py`), where nothing says that the
  file is run as a script. An installed library may have that name.
- **A new name that the file's encoding can't write.**
- **A module that is passed on as a value**, or taken of a table: what is reached through it is known only at run
  time.
- **A name that is put together** (`getattr(m, "O" + "ld")`). It is evaluated as far as it comes from constants of the
  same file. One that comes from outside of it (input, a setting, a parameter, another file) can be any name, and no
  reading of the code can tell which. Where it is taken of the deprecated module, it is listed; where it is taken of
  another module, which loses the name in the style `rename`, it isn't found.
- **Code that looks at code.** What reads source, line numbers or the names in a function (`inspect.getsource`,
  `f.__code__.co_names`, the text of a traceback) sees what has changed, as after any other edit. It isn't searched for.
"""
ACCOUNT = """
## What stays, and why

After a migration the old name is still mentioned: in changelogs, in comments, as an attribute of something else. The audit
explains each mention in any file of the repository, as text and in `drover audit --json` under `mentions`; the status
comment and each pull request have the same, folded. There are four outcomes:

| outcome | meaning |
| --- | --- |
| `on purpose` | It stays by a rule, which is named, as `as` keeps a name in a file. |
| `something else` | It only has the same name, as an attribute of another object. |
| `manual` | It's a reference that needs manual work, for the reason that is listed. |
| `unexplained` | Drover can't tell. It is listed and counted like manual work. |

A migration ends only once nothing is `manual` or `unexplained`.
"""


def page() -> str:
    return "\n".join(
        [
            HEAD,
            *(part for module in DOCUMENTED for part in section(module)),
            LINTERS.strip() + "\n",
            NAMESAKES.strip() + "\n",
            LEFT.strip() + "\n",
            ACCOUNT.strip(),
            "",
        ]
    )


def section(module: ModuleType) -> Iterator[str]:
    title = (module.__doc__ or "").strip().partition("\n\n")[0].replace("\n", " ")
    yield f"## {module.__name__.rpartition('.')[2]}\n\n{title}\n"
    untouched = [example for example in module.EXAMPLES if example.after is None]
    if untouched:
        yield "Stays as it is:\n"
        yield from (f"{bullet(example)}\n" for example in untouched)
    for example in module.EXAMPLES:
        if example.after is not None:
            before, after = code_fence(example.before), code_fence(example.after)
            yield f"**{title_and_options(example)}**\n\n{before}\n\nbecomes\n\n{after}\n"


def bullet(example: Example) -> str:
    return f"- {title_and_options(example)}\n\n{indented(code_fence(example.before))}"


def title_and_options(example: Example) -> str:
    """The title, and the options that differ from the defaults."""
    asked = (
        [f"`{example.style}`"] if example.style != "as" and f"`{example.style}`" not in example.title else []
    )
    asked += [f"`also: {word}`" for word in ("strings", "docs", "history") if getattr(example, word)]
    asked += ["`public: drop`"] if example.public == "drop" else []
    asked += ["`settle`"] if example.settle else []
    asked += ["the plan retires the module"] if example.ending else []
    asked += [f"`calls: {calls_text(example.calls)}`"] if example.calls else []
    asked += [f"`{one.owner}.{one.old}` → `{one.new}`" for one in example.members if one.old != "total_price"]
    asked += [f"in `{example.path}`"] if example.path != "app.py" else []
    text = f"{example.title} ({', '.join(asked)})" if asked else example.title
    return f"{text} — reported" if example.note or example.proof_failure else text


def calls_text(calls: CallChange) -> str:
    """As a plan says it."""
    keys = [f"to: {calls.to}"] if calls.to else []
    keys += [f"async: {str(calls.is_async).lower()}"] if calls.is_async is not None else []
    changes = ", ".join(f"{name}: {argument_text(change)}" for name, change in calls.arguments.items())
    return f"{{{', '.join([*keys, *([f'arguments: {{{changes}}}'] if changes else [])])}}}"


def argument_text(change: ArgumentChange) -> str:
    if change.is_renaming_only:
        return change.to
    keys = [f"to: {change.to}"] if change.to else []
    keys += ["remove: true"] if change.remove else []
    keys += [f'add: "{change.add}"'] if change.add else []
    keys += [f"position: {change.position}"] if change.position else []
    keys += ["keyword: true"] if change.keyword else []
    return f"{{{', '.join(keys)}}}"


def code_fence(text: str) -> str:
    fence = "````" if "```" in text else "```"
    return f"{fence}python\n{text.rstrip()}\n{fence}"


def indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.splitlines())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
