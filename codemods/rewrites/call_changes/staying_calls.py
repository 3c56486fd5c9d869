"""Calls of what stays where it is, and takes other arguments now."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.edit.calls.call_plan import plan_call, value_trouble
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.symbol_match import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import BASE_CLASS, DEFINE, STORE, UNBOUND, Mention
from codemods.model.rules import ArgumentChange, CallChange, renamed_arguments
from codemods.rewrites.call_changes.indirect_calls import list_indirect_calls
from codemods.rewrites.call_changes.subclass_constructors import decide_named_constructor, decide_subclass


def decide(file: FileRewrite) -> None:
    if file.links.staying is None:
        return
    inner = FileRewrite(file.path, file.source, file.facts, file.links.staying)
    found = list(uses(inner))
    for mention, match, depth in found:
        decide_use(inner, mention, match, depth)
    list_indirect_calls(inner, found)
    file.staying = inner
    file.sites += inner.sites
    file.edits += inner.edits
    file.removed_arguments |= inner.removed_arguments


def decide_use(file: FileRewrite, mention: Mention, match: SymbolMatch, depth: int) -> None:
    if len(mention.attributes) > depth:
        decide_named_constructor(file, mention, match)
        return
    if mention.flags & BASE_CLASS:
        decide_subclass(file, mention, match)
    if mention.call is None:
        trouble = value_trouble(file, match, mention)
        if trouble:
            file.add_site_at(mention, "use", match, trouble)
        return
    plan = plan_call(file, match, mention, depth)
    if plan.trouble or plan.edits:
        file.add_site_at(mention, "call", match, plan.trouble)
    if not plan.trouble and plan.edits:
        file.add_calls([mention], match, depth)
        file.edits += plan.edits
        file.removed_arguments.update(plan.removed)
        file.fitting_calls += plan.fits


def uses(file: FileRewrite) -> Iterator[tuple[Mention, SymbolMatch, int]]:
    """Uses of the symbols themselves, with how many attributes belong to each."""
    for mention in file.facts.mentions:
        names = tuple(attribute.name for attribute in mention.attributes)
        for origin in origins(file, mention):
            match = file.find((*origin, *names))
            depth = match.length - len(origin) if match is not None and match.new_name else -1
            if match is not None and depth >= 0 and names[depth:] in ((), ("__init__",)):
                yield mention, match, depth
                break


def origins(file: FileRewrite, mention: Mention) -> Iterator[tuple[str, ...]]:
    """What the name may stand for: by imports, by a star import, or as a name of this module."""
    home = file.facts.binding_scope_at(mention)
    for binding in file.bindings_by_name.get((home, mention.name), ()):
        yield binding.origin
    roles = file.roles(home, mention.name) if home >= 0 else frozenset()
    if home == 0 and roles & {DEFINE, STORE}:
        yield from ((*module.split("."), mention.name) for module in file.module_names)
    for statement in file.facts.imports if home == UNBOUND else ():
        module = file.links.modules.absolute(file.path, statement.level, statement.module)
        if statement.is_star and module and mention.name in file.links.star_names.get(module, ()):
            yield (*module.split("."), mention.name)


SLUGIFY = {"m.py": "def slugify(text, unicode=False, *, allow_unicode=None, sep='-'): ...\n"}
RENAMED = CallChange(arguments=renamed_arguments(allow_unicode="unicode"))
STAYS = ("m:slugify=m:slugify",)
EXAMPLES = (
    Example(
        "another function of that name, and calls that pass nothing of it",
        "from other import slugify\nfrom m import slugify as s\n\n"
        "slugify(allow_unicode=1), s(x), s(x, unicode=1), map(s, xs)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
    ),
    Example(
        "arguments that can't be seen",
        "from m import slugify\n\nslugify(x, **options)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
        note="it passes * or ** arguments",
    ),
    Example(
        "a function that is called later, with arguments that are given now",
        "from functools import partial\nfrom m import slugify\n\npartial(slugify, allow_unicode=True)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
        note="it's the function of a partial",
    ),
    Example(
        "by an import, through the module, and in a formatted string",
        "import m\nfrom m import slugify\n\n"
        'slugify(x, allow_unicode=1), m.slugify(allow_unicode=1, text=x), f"{slugify(x)}"\n',
        'import m\nfrom m import slugify\n\nslugify(x, unicode=1), m.slugify(unicode=1, text=x), f"{slugify(x)}"\n',
        replace=STAYS,
        calls=RENAMED,
        other_files=SLUGIFY,
    ),
    Example(
        "through a re-export, and a star import",
        "from p import *\n\nslugify(x, allow_unicode=1)\n",
        "from p import *\n\nslugify(x, unicode=1)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files={**SLUGIFY, "p.py": "from m import slugify\n"},
    ),
    Example(
        "in its own module",
        SLUGIFY["m.py"] + "\n\ndef tag(x):\n    return slugify(x, allow_unicode=True)\n",
        SLUGIFY["m.py"] + "\n\ndef tag(x):\n    return slugify(x, unicode=True)\n",
        replace=STAYS,
        calls=RENAMED,
        path="m.py",
    ),
    Example(
        "a default that is said, and an argument by its name",
        "from m import slugify\n\nslugify(x), slugify(x, True), slugify(x, sep=' ')\n",
        "from m import slugify\n\n"
        "slugify(x, sep='-'), slugify(x, unicode=True, sep='-'), slugify(x, sep=' ')\n",
        replace=STAYS,
        calls=CallChange(
            arguments={"sep": ArgumentChange(add="'-'"), "unicode": ArgumentChange(keyword=True)}
        ),
        other_files=SLUGIFY,
    ),
)
