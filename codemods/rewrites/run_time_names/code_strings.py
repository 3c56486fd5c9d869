"""Code in a string: what `exec` runs, what another Python gets by `-c`, a file that a test writes, what doctest runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from textwrap import dedent

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.edits import TextEdit, apply_edits, sorted_edits
from codemods.model.example import Example
from codemods.model.facts import StringLiteral
from codemods.model.rules import Replacement
from codemods.read.compare_trees import unplanned_difference
from codemods.read.extract import facts_of
from codemods.read.node_facts import dotted_name
from codemods.read.source import Source, Unreadable, parse_python
from codemods.read.words import SearchedNames
from codemods.rewrites import attributes, from_imports
from codemods.rewrites.run_time_names.quoted_code import (
    QuotedCode,
    QuotedExamples,
    examples_use,
    quoted_code,
    quoted_examples,
)

CONTEXTS = ("code", "doc", "plain", "patch", "code part")
WORDS_ONLY = re.compile(r"[\w.,;\s]*")
NOT_A_FILE = "<code in a string>"


def decide(file: FileRewrite) -> None:
    for text in file.facts.strings:
        rules = file.links.rules.replace if text.context in CONTEXTS else ()
        notes = [(number, code_in_string(file, text, rule)) for number, rule in enumerate(rules)]
        named = [(number, note) for number, note in notes if note]
        if named:
            own = any(file.defines_old(number) for number, _ in named)
            code = None if own else code_to_edit(file, text)
            edits = edits_of_code(file, text, code) if code else []
            symbol, note = str(rules[named[0][0]].old), "" if edits else named[0][1]
            file.add_site(text.line, text.column, "dynamic", symbol, bool(edits), note)
            file.edits += edits


def code_in_string(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """Code that imports the symbol or its module, or that is evaluated and names it."""
    if text.context in ("code", "doc") and names_local_module(file, text, rule):
        return f"code in a string names {rule.old.dotted}"
    if rule.old.module.rpartition(".")[2] not in text.value:
        return ""
    forms = code_of_module(rule) if rule.old.name is None else code_of_symbol(rule, rule.old.name)
    if text.context == "code":
        forms.append(rf"(?<![\w.]){re.escape(rule.old.dotted)}\b")
    if re.search("|".join(forms), text.value) or (text.context != "doc" and is_code_with(text.value, rule)):
        return f"code in a string names {rule.old.dotted}"
    return ""


def names_local_module(file: FileRewrite, text: StringLiteral, rule: Replacement) -> bool:
    """`exec("x.Old()")`, or an example in a docstring, where the file has the module as `x`."""
    names = list(local_names(file, rule.old.module))
    if text.context == "doc":
        names = [name for name in names if examples_use(text.value, name)]
    pattern = rf"(?<![\w.])(?:{'|'.join(map(re.escape, names))})\.{re.escape(rule.old.name) if rule.old.name else ''}"
    return bool(names) and re.search(rf"{pattern}\b", text.value) is not None


def local_names(file: FileRewrite, module: str) -> Iterator[str]:
    """What the file calls a module: by imports, by `x = m`, by `x = import_module("m")`."""
    origins = {one.name: ".".join(one.origin) for one in file.bindings}
    yield from (name for name, origin in origins.items() if origin == module)
    for one in file.facts.alias_assignments:
        root, dot, rest = one.value.partition(".")
        if f"{origins.get(root, root)}{dot}{rest}" == module:
            yield one.name
    for text in file.facts.strings:
        if text.bound_name and text.value == module:
            yield text.bound_name


def code_of_symbol(rule: Replacement, name: str) -> list[str]:
    module, word = re.escape(rule.old.module), rf"\b{re.escape(name)}\b"
    dotted = rf"(?<![\w.]){module}\.{re.escape(name)}\b"
    return [
        rf"\bfrom\s+{module}\s+import\b[^\n;]*(?:\([^)]*)?{word}",
        rf"\bimport\s+{module}\b(?s:.*){dotted}",
        rf"\bimport\s+{module}\s+as\s+(?P<alias>\w+)\b(?s:.*)\b(?P=alias)\.{re.escape(name)}\b",
    ]


def code_of_module(rule: Replacement) -> list[str]:
    module = re.escape(rule.old.module)
    return [
        rf"\bfrom\s+{module}\s+import\b",
        rf"(?m:^|[;:])\s*import\s+{module}(?:\s+as\s+\w+)?\s*(?m:$|[;,])",
    ]


def is_code_with(text: str, rule: Replacement) -> bool:
    """Whether a text is Python, more than a name, and takes the symbol of its module: `m.Old()`."""
    if rule.old.name is None or rule.old.dotted not in text or WORDS_ONLY.fullmatch(text):
        return False
    tree = parse_python(dedent(text).strip().encode())
    return not isinstance(tree, Unreadable) and any(
        dotted_name(node) == rule.old.dotted
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == rule.old.name
    )


def code_to_edit(file: FileRewrite, text: StringLiteral) -> QuotedCode | QuotedExamples | None:
    """Examples are documentation. None where it isn't asked for, or where an example prints the old name."""
    rules = file.links.rules
    if text.context != "doc":
        return quoted_code(file.source, text) if rules.strings and text.context != "code part" else None
    examples = quoted_examples(file.source, text) if rules.docs else None
    printed = re.findall(r"\w+", " ".join(examples.wants)) if examples else []
    return None if any(rule.old.name in printed for rule in rules.replace) else examples


def edits_of_code(
    file: FileRewrite, text: StringLiteral, code: QuotedCode | QuotedExamples
) -> list[TextEdit]:
    """What has to change in the literal; empty where not all of it can be shown to be right."""
    keeps_names = text.context != "doc" or any(rule.style != "rename" for rule in file.links.rules.replace)
    inner = decided_code(file, code.source, keeps_names)
    edits = sorted_edits(inner.all_edits())
    after = code.source.with_text(apply_edits(code.source.text, edits))
    old, new = parse_python(code.source.text), parse_python(after.text)
    if not edits or isinstance(old, Unreadable) or isinstance(new, Unreadable):
        return []
    if not all(site.safe for site in inner.sites) or unplanned_difference(
        old, new, code.source, after, edits
    ):
        return []
    if any(site for site in decided_code(file, after, keeps_names).sites):
        return []
    left = text._replace(value=after.text.decode("utf-8", "replace"))
    if any(code_in_string(file, left, rule) for rule in file.links.rules.replace):
        return []
    return code.outer_edits(edits)


def decided_code(file: FileRewrite, source: Source, keeps_names: bool) -> FileRewrite:
    """The code as a file of its own; with `keeps_names` every name in it stays what it is."""
    tree = parse_python(source.text)
    rules = file.links.rules.replace
    modules = frozenset(rule.old.module.rpartition(".")[2] for rule in rules)
    new = {part for rule in rules for part in (rule.new.name, rule.new.module.partition(".")[0]) if part}
    words = SearchedNames(frozenset(rule.old.name or "" for rule in rules), modules, frozenset(new))
    facts = facts_of(source, tree if isinstance(tree, ast.Module) else ast.Module([], []), words)
    inner = FileRewrite(NOT_A_FILE, source, facts, file.links, keeps_names=keeps_names)
    from_imports.decide(inner)
    attributes.decide(inner)
    return inner


EXAMPLES = (
    Example("prose", '"""See m.Old."""\nprint("m.Old failed: import it")\n', strings=True),
    Example("prose that parses as code", 'warn("m.Old is deprecated")\nwarn("m.Old or m.Other, not both")\n'),
    Example("code in a list of lines", 'lines = ["import m", "x = m.Old()"]\n', note="code in a string"),
    Example("code in a formatted string", 'run(f"from m import Old\\nOld({x})")\n', note="code in a string"),
    Example(
        "code that imports a module that moves",
        'run("import os; import a.b")\n',
        replace=("a.b=a.n",),
        note="code in a string names a.b",
    ),
    Example(
        "code under another name of the module",
        'exec("import m as x\\nx.Old()")\n',
        note="code in a string",
    ),
    Example(
        "code under a second name of the module",
        'import m as x\n\ny = x\nexec("y.Old()")\n',
        note="code in a string",
    ),
    Example(
        "the module stays where code in a string takes something of it",
        'import m as x\n\nx.Old()\nexec("x.Old()")\n',
        'import m as x\nimport n\n\nn.New()\nexec("x.Old()")\n',
        note="code in a string",
    ),
    Example(
        "so does one without another name",
        'import m\n\nm.Old()\neval("m.keep()")\n',
        'import m\nimport n\n\nn.New()\neval("m.keep()")\n',
    ),
    Example("strings are not asked for", 'exec("from m import Old; Old()")\n', note="code in a string"),
    Example(
        "an example in a docstring",
        'def f():\n    """\n    >>> from m import Old\n    >>> Old()\n    """\n',
        strings=True,
        note="code in a string",
    ),
    Example(
        "an example that prints the old name",
        'def f():\n    """\n    >>> from m import Old\n    >>> Old.__name__\n    \'Old\'\n    """\n',
        docs=True,
        note="code in a string",
    ),
    Example(
        "an example that doctest runs with the names of the module",
        'import m\n\ndef f():\n    """\n    >>> m.Old()\n    """\n\nm.keep\n',
        docs=True,
        note="code in a string",
    ),
    Example(
        "what an expression names comes from elsewhere",
        'import m\n\neval("m.Old()")\n',
        strings=True,
        note="code in a string",
    ),
    Example("escapes", 'exec("from m import Old\\x0aOld()")\n', strings=True, note="code in a string"),
    Example(
        "code that is run",
        'exec("from m import Old\\nx = Old()", ns)\n',
        'exec("from n import New as Old\\nx = Old()", ns)\n',
        strings=True,
        style="rename",
    ),
    Example(
        "examples in a docstring, where documentation is asked for",
        'from m import Old\n\n\ndef f(x=Old):\n    """Text.\n\n'
        "    >>> from m import (\n    ...     Old,\n    ...     keep,\n    ... )\n"
        '    >>> def g(Old): return Old\n    >>> g(keep), Old().y\n    (2, 1)\n    """\n',
        'from n import New\n\n\ndef f(x=New):\n    """Text.\n\n'
        "    >>> from m import (\n    ...     keep,\n    ... )\n    >>> from n import New\n"
        '    >>> def g(Old): return Old\n    >>> g(keep), New().y\n    (2, 1)\n    """\n',
        style="rename",
        docs=True,
    ),
    Example(
        "an import in a block of an example",
        'def f():\n    r"""\\d\n    >>> if x:\n    ...     from m import Old, keep\n    ...     Old()\n    """\n',
        'def f():\n    r"""\\d\n    >>> if x:\n    ...     from m import keep\n    ...     from n import New as Old\n'
        '    ...     Old()\n    """\n',
        docs=True,
    ),
    Example(
        "a block of Markdown beside examples for doctest",
        'def f():\n    """\n    >>> from m import Old\n\n    ```python\n    from m import Old\n    ```\n    """\n',
        docs=True,
        note="code in a string",
    ),
    Example(
        "a block of Markdown that leaves something out",
        'def f():\n    """\n    ```python\n    import m\n    ... m.Old()\n    ```\n    """\n',
        docs=True,
        note="code in a string",
    ),
    Example(
        "blocks of Markdown in a docstring, where documentation is asked for",
        'def f():\n    """Text.\n\n    ```python\n    from m import Old, keep\n\n    Old().y\n    ```\n\n'
        '    So it is:\n\n    ```py\n    Old(keep)\n    ```\n    """\n',
        'def f():\n    """Text.\n\n    ```python\n    from m import keep\n    from n import New\n\n    New().y\n    ```\n\n'
        '    So it is:\n\n    ```py\n    New(keep)\n    ```\n    """\n',
        style="rename",
        docs=True,
    ),
    Example(
        "a block of Markdown that imports the module",
        'def f():\n    """\n    ~~~py\n    import m\n    m.Old(m.keep)\n    ~~~\n\n    See m.Old.\n    """\n',
        'def f():\n    """\n    ~~~py\n    import m\n    import n\n    n.New(m.keep)\n    ~~~\n\n    See n.New.\n    """\n',
        docs=True,
    ),
    Example(
        "an example that imports the module",
        'def f():\n    """\n    >>> import m\n    >>> m.Old(), m.keep\n\n    As m.Old has it.\n    """\n',
        'def f():\n    """\n    >>> import m\n    >>> import n\n    >>> n.New(), m.keep\n\n    As n.New has it.\n    """\n',
        docs=True,
    ),
    Example(
        "code that another Python runs",
        'run([sys.executable, "-c", "from m import Old, keep; print(Old(), keep)"])\n',
        'run([sys.executable, "-c", "from m import keep; from n import New as Old; print(Old(), keep)"])\n',
        strings=True,
    ),
    Example(
        "a file that a test writes",
        'pytester.makepyfile(\n    """\n    import m\n\n    def test(): m.Old()\n    """\n)\n',
        'pytester.makepyfile(\n    """\n    import m\n    import n\n\n    def test(): n.New()\n    """\n)\n',
        strings=True,
    ),
)
