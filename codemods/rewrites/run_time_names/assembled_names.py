"""Dotted names that are put together from parts: `f"{MOD}.Old"`, `MOD + ".Old"`, `"%s.Old" % MOD`."""

from __future__ import annotations

import re

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.edits import TextEdit
from codemods.model.example import Example
from codemods.model.facts import StringLiteral
from codemods.model.patterns import lazy_pattern
from codemods.model.rules import Replacement
from codemods.rewrites.run_time_names.constant_strings import ConstantExpression, ConstantStrings
from codemods.rewrites.strings import DOTTED, NOT_ASKED, prefix_length

NOT_IN_PLACE = lazy_pattern(rb"[#\r\n]")


def decide(file: FileRewrite) -> None:
    parts = [text for text in file.facts.strings if text.context == "part"]
    constants = ConstantStrings(file)
    report_heads(file, constants)
    for text in parts:
        expression = constants.around(text.start, text.end, text.scope)
        if expression is not None:
            decide_known(file, text, expression)
            continue
        is_target = constants.is_target(text.start, text.end)
        for rule in file.links.rules.replace:
            if may_name(file, text, rule, is_target):
                note = f"the name is put together when it runs; it may be {rule.old.dotted}"
                file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)
                break


def report_heads(file: FileRewrite, constants: ConstantStrings) -> None:
    """`f"m.{name}"`, in a file that has the symbol's name as a string."""
    names = {text.value for text in file.facts.strings if text.context in ("plain", "part")}
    for text in file.facts.strings if names else ():
        for rule in file.links.rules.replace if text.context == "head" else ():
            may_name = rule.old.name in names and text.value.startswith(f"{rule.old.module}.")
            if may_name and not constants.is_assigned(text.start):
                note = f"the name is put together when it runs; it may be {rule.old.dotted}"
                file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)
                break


def decide_known(file: FileRewrite, text: StringLiteral, expression: ConstantExpression) -> None:
    """A string literal takes the place of the expression."""
    value = expression.value
    match = file.find_text(tuple(re.split(r"[.:]", value))) if DOTTED.fullmatch(value) else None
    if match is None or match.new_name is None or match.reached_through in file.links.whole_modules:
        return
    written = file.source.text[expression.start : expression.end]
    asked = "" if file.links.rules.strings else NOT_ASKED
    trouble = asked or match.trouble
    if NOT_IN_PLACE.search(written):
        trouble = trouble or "it is written in a way that can't be replaced in place"
    file.add_site_at(text, "string", match, trouble)
    if not trouble:
        quote = "'" if b'"' not in written else '"'
        rest = value[prefix_length(value, match.length) :]
        edit = TextEdit(expression.start, expression.end, f"{quote}{match.new_dotted}{rest}{quote}".encode())
        file.edits.append(edit)
        file.removed_arguments.add(edit)


def may_name(file: FileRewrite, text: StringLiteral, rule: Replacement, is_target: bool) -> bool:
    """Whether the part may end the symbol's dotted name, in a file that names the module or asks for a dotted name."""
    if "." not in text.value:
        return False
    tail = text.value[text.value.rindex(".", 0, text.value.index(".") + 1) :].strip(".").split(".")
    parts = rule.old.dotted.split(".")
    name_count = 1 if rule.old.name else 0
    for count in range(1, len(parts)):
        head, rest = ".".join(parts[:count]), parts[count:]
        named = is_target or names_module(file, head)
        if tail[: len(rest)] == rest and len(rest) > name_count - 1 and named:
            return True
    return False


def names_module(file: FileRewrite, module: str) -> bool:
    names = {module, module.rpartition(".")[2]}
    return any(
        text.value == module for text in file.facts.strings if text.context in ("plain", "module", "loaded")
    ) or any(
        alias.name in names or (statement.module or "").rpartition(".")[2] in names
        for statement in file.facts.imports
        for alias in statement.aliases
    )


EXAMPLES = (
    Example("of another module", 'PATH = "other"\npatch(PATH + ".Old")\n', strings=True),
    Example("strings are not asked for", 'PATH = "m"\npatch(PATH + ".Old")\n', note="also: [strings]"),
    Example(
        "a constant that is assigned twice",
        'PATH = "m"\npatch(PATH + ".Old")\nPATH = other\n',
        strings=True,
        note="put together",
    ),
    Example(
        "a name that is known only at run time",
        'import m\n\ndef f(path):\n    patch(f"{path}.Old")\n',
        strings=True,
        note="put together",
    ),
    Example(
        "a name of several",
        'for name in ("Old", "keep"):\n    patch(f"m.{name}"), patch("m." + name), patch("m.%s" % name)\n',
        strings=True,
        note="put together",
    ),
    Example(
        "over several lines",
        'PATH = "m"\npatch(\n    PATH  # the module\n    + ".Old"\n)\n',
        strings=True,
        note="can't be replaced in place",
    ),
    Example(
        "a constant before the name",
        'PATH = "m"\npatch(PATH + ".Old"), patch(PATH + ".keep")\n',
        'PATH = "m"\npatch("n.New"), patch(PATH + ".keep")\n',
        strings=True,
    ),
    Example(
        "a constant that ends in the dot",
        'PREFIX = "m."\npatch(PREFIX + "Old"), patch(f"{PREFIX}Old")\n',
        'PREFIX = "m."\npatch("n.New"), patch("n.New")\n',
        strings=True,
    ),
    Example(
        "a constant of another file, where a dotted name is asked for",
        'from c import PATH\n\npatch(f"{PATH}.Old")\n',
        strings=True,
        note="put together",
    ),
    Example(
        "the file's own name for the symbol stays",
        'from m import Old\n\npatch(f"{__name__}.Old"), patch("%s.%s" % (__name__, "Old"))\nOld()\n',
        'from n import New as Old\n\npatch(f"{__name__}.Old"), patch("%s.%s" % (__name__, "Old"))\nOld()\n',
        strings=True,
        style="rename",
    ),
    Example(
        "a formatted string",
        "PATH = 'm'\n\ndef f():\n    patch(f'{PATH}.Old.run')\n",
        "PATH = 'm'\n\ndef f():\n    patch('n.New.run')\n",
        strings=True,
    ),
    Example(
        "a template that is filled",
        'PATH = "m"\npatch("%s.Old" % PATH), patch("{}.{}".format(PATH, "Old")), patch(".".join([PATH, "Old"]))\n',
        'PATH = "m"\npatch("n.New"), patch("n.New"), patch("n.New")\n',
        strings=True,
    ),
    Example(
        "a constant that is put together itself",
        'BASE = "a"\nPATH = f"{BASE}.b"\npatch(PATH + ".Old")\n',
        'BASE = "a"\nPATH = f"{BASE}.b"\npatch("a.n.New")\n',
        strings=True,
        replace=("a.b:Old=a.n:New",),
    ),
)
