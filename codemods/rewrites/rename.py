"""Every use of the old name renamed, in its scope and nowhere else."""

from __future__ import annotations

import re

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.link.symbol_match import SymbolMatch
from codemods.model.facts import (
    DELETE,
    IMPORT,
    IN_COMMENT,
    IN_STRING,
    LOAD,
    STORE,
    TYPE_CHECKING_ONLY,
    Mention,
    StringLiteral,
)
from codemods.read.formatted_strings import shows_its_text
from codemods.read.run_time_names.evaluated_names import lists_its_names, reads_by_strings
from codemods.rewrites.examples import names_by_data
from codemods.rewrites.examples import rename as rename_examples
from codemods.rewrites.run_time_names.quoted_code import examples_use

TYPE = re.compile(r"[\w.]+(?:\s*[|,\[\]]\s*[\w.]*)*")
"""No prose: nothing but names with what types have between them."""
ASSIGNED_TO = re.compile(rb"[ \t]*\w+[ \t]*=[ \t(]*[rR]?")
KEEPS_TYPES = re.compile(rb"\b(?:__annotations__|make_dataclass|create_model|ForwardRef)\b")
CLASS_NAME = re.compile(rb"(?:\w+\.)*_*[A-Z]\w*[a-z]\w*[ \t]*\[")


def alias_trouble(file: FileRewrite, binding: ImportBinding, new: str) -> str:
    others = file.bindings_by_name.get((binding.scope, new), [])
    if (
        others
        and file.roles(binding.scope, new) == {IMPORT}
        and all(imports_same_symbol(other, binding) for other in others)
    ):
        return ""
    if not file.is_free(new, binding.scope):
        return f"{new} already means something else here"
    if binding.scope == 0 and is_module_of_package(file, new):
        return f"{new} is a module of this package"
    if binding.scope == 0 and not file.links.modules_by_data.isdisjoint(file.module_names):
        return "another file takes names of this module that are known only at run time"
    if binding.scope == 0 and lists_its_names(file.source.text):
        return "the names of this module are listed"
    brought = next((name for name in (new, binding.name) if star_brings_another(file, binding, name)), "")
    return f"a star import below may bring another {brought}" if brought else ""


def is_module_of_package(file: FileRewrite, name: str) -> bool:
    modules = file.links.modules
    return modules.is_package(file.path) and any(
        modules.is_known(f"{one}.{name}") for one in file.module_names
    )


def star_brings_another(file: FileRewrite, binding: ImportBinding, name: str) -> bool:
    links, own = file.links, file.statement(binding)
    target = binding.match.new_dotted if binding.match else ""
    for statement in file.facts.imports:
        if statement.is_star and statement.scope == binding.scope and statement.start > own.start:
            module = links.modules.absolute(file.path, statement.level, statement.module) or ""
            key = (module, name)
            same = f"{module}.{name}" == target or links.reexports.get(key) == target
            if key in links.names_in_stars and not same and key not in links.symbols:
                return True
    return False


def imports_same_symbol(other: ImportBinding, binding: ImportBinding) -> bool:
    """Whether another import brings the very symbol that this one will."""
    return binding.match is not None and other.brings(binding.match)


def rename_trouble(file: FileRewrite, binding: ImportBinding, match: SymbolMatch, uses: list[Mention]) -> str:
    """Why the uses can't be renamed here; empty if they can."""
    scope, old, new = binding.scope, binding.name, match.new_name or ""
    scope_fact = file.facts.scopes[scope]
    if scope_fact.kind == "class":
        return "it's an attribute of a class"
    if old in scope_fact.declared:
        return f"{old} is a {scope_fact.declared[old]} name here"
    if old in file.links.names_of_frames:
        return f"another file takes {old} of whatever runs or calls it"
    if file.statement(binding).flags & TYPE_CHECKING_ONLY and old in file.links.names_given:
        return f"another file may give it as {old} to what evaluates types"
    if match.rule_number in file.links.fixtures:
        return f"tests ask for the fixture by the name {old}"
    if scope == 0 and is_reexported(file, old):
        return f"other files use {old} through this module"
    if scope == 0 and is_public(file, old):
        return f"{old} is a public name here"
    return (
        roles_trouble(file, binding, old, uses)
        or alias_trouble(file, binding, new)
        or hidden_trouble(file, scope, new, uses)
        or named_trouble(file, scope, old, new, uses)
    )


def named_trouble(file: FileRewrite, scope: int, old: str, new: str, uses: list[Mention]) -> str:
    """What needs the old name but isn't one of the uses that are renamed, or shows how they are spelled."""
    if reads_by_strings(file.source.text) or is_read_by_own_name(file, old):
        return "names are read by strings in this file"
    if scope == 0 and is_in_doctest(file, old):
        return f"an example in a docstring uses {old}"
    if any(shows_its_text(file.source.text, use.start) for use in uses):
        return f"a formatted string shows the text of {old}"
    return (
        text_trouble(file, scope, old)
        or kept_type_trouble(file, old)
        or brackets_trouble(file, old)
        or evaluated_trouble(file, scope, old, new, uses)
    )


def is_read_by_own_name(file: FileRewrite, name: str) -> bool:
    """`patch(f"{__name__}.Old")`."""
    parts = [text.value.split(".") for text in file.facts.strings if text.context == "part"]
    return any(name in part for part in parts) and b"__name__" in file.source.text


def is_in_doctest(file: FileRewrite, name: str) -> bool:
    """Examples in docstrings are run with the names of the module."""
    return any(text.context == "doc" and examples_use(text.value, name) for text in file.facts.strings)


def evaluated_trouble(file: FileRewrite, scope: int, old: str, new: str, uses: list[Mention]) -> str:
    """A string annotation is evaluated with the names of the module and of its class, should something evaluate it."""
    scopes = file.facts.scopes
    for mention in file.facts.mentions:
        home = file.facts.binding_scope(old, mention.scope) if mention.name == old else -1
        if mention.flags & IN_STRING and home > 0 and (scope == 0 or scopes[home].kind == "class"):
            return f"a string names {old} where a function or a class binds it as well"
    bound = next((name for name in (old, new) if is_quoted_below(file, scope, name, uses)), "")
    return f"a string names {old}, and the module binds {bound} as well" if bound else ""


def is_quoted_below(file: FileRewrite, scope: int, name: str, uses: list[Mention]) -> bool:
    """Whether types in strings name what a function imports, and the module may have a name like it."""
    inner = uses if scope else [use for home in file.homes_below(name) for use in file.mentions(home, name)]
    return any(use.flags & IN_STRING for use in inner) and (
        name in file.facts.scopes[0].bindings
        or any(one.declared.get(name) == "global" for one in file.facts.scopes)
        or any(one.is_star for one in file.facts.imports)
    )


def is_reexported(file: FileRewrite, name: str) -> bool:
    links = file.links
    return any(
        (module, name) in links.referenced
        or (module, name) in links.names_to_keep
        or ((module, name) in links.named_in_strings and not links.rules.strings)
        for module in file.module_names
    )


def is_public(file: FileRewrite, name: str) -> bool:
    """Whether code outside the repository may import the name from here, and the plan does not say otherwise."""
    if file.links.rules.public == "drop":
        return False
    if export_strings(file, name):
        return True
    offers_all = file.facts.exports is None or not file.facts.exports_complete
    return file.links.modules.is_package(file.path) and offers_all and not name.startswith("_")


def roles_trouble(file: FileRewrite, binding: ImportBinding, old: str, uses: list[Mention]) -> str:
    roles = file.roles(binding.scope, old) - {IMPORT, STORE, DELETE}
    if roles:
        return f"other statements assign {old} too"
    for other in file.bindings_by_name.get((binding.scope, old), ()):
        if other.match is None or binding.match is None or other.match.new_dotted != binding.match.new_dotted:
            return f"{old} is also imported from elsewhere"
        if file.alias(other).asname is not None:
            return f"{old} is imported under this name on purpose"
    for use in uses:
        if use.role not in (LOAD, STORE, DELETE) or use.position_unknown:
            return f"line {use.line} assigns or declares {old}"
    return ""


def hidden_trouble(file: FileRewrite, scope: int, new: str, uses: list[Mention]) -> str:
    if file.is_shadowed(new, uses, scope):
        return f"{new} means something else where it is used"
    if new.startswith("__") and not new.endswith("__"):
        return f"{new} would be name-mangled in a class"
    return ""


def text_trouble(file: FileRewrite, scope: int, old: str) -> str:
    for text in file.facts.strings:
        listed = text.context == "all" and text.value == old
        if text.content_start < 0 and (listed or (text.context == "annotation" and old in text.value)):
            return f"the string on line {text.line} can't be rewritten in place"
    if old.startswith("__") and not old.endswith("__"):
        return f"{old} is name-mangled in a class"
    return ""


def kept_type_trouble(file: FileRewrite, old: str) -> str:
    """`A = "Old | None"`, and elsewhere `x: A`: what evaluates that asks this module for the name."""
    whole = file.source.text
    for text in file.facts.strings:
        if text.context == "plain" and names_type(text.value, old):
            start = whole.rfind(b"\n", 0, text.start) + 1
            if ASSIGNED_TO.fullmatch(whole, start, text.start) or KEEPS_TYPES.search(whole):
                return f"the string on line {text.line} may be a type"
    return ""


def names_type(value: str, name: str) -> bool:
    return (
        TYPE.fullmatch(value) is not None and re.search(rf"(?<![\w.]){re.escape(name)}\b", value) is not None
    )


def brackets_trouble(file: FileRewrite, old: str) -> str:
    """`Repo["Old"]`: a type where `Repo` is generic, a key where it is an enum."""
    for text in file.facts.strings:
        if text.context == "item" and text.value == old:
            owner = CLASS_NAME.match(file.source.text, text.owner_start)
            if owner:
                return f"the string on line {text.line} may be a type"
    return ""


def rename_uses(file: FileRewrite, scope: int, old: str, new: str, match: SymbolMatch) -> None:
    for use in file.mentions(scope, old):
        if use.role in (LOAD, STORE, DELETE) and use.start not in file.retargeted:
            kind = "annotation" if use.flags & (IN_STRING | IN_COMMENT) else "use"
            file.add_site_at(use, kind, match)
            file.replace(use.start, use.end, new)
    if scope == 0:
        file.renamed_globals[old] = new
        for text in export_strings(file, old):
            file.add_site_at(text, "all", match)
            file.replace(text.content_start, text.content_start + len(old.encode()), new)


def export_strings(file: FileRewrite, name: str) -> list[StringLiteral]:
    return [
        text
        for text in file.facts.strings
        if text.context == "all" and text.value == name and text.scope == 0
    ]


EXAMPLES = (*rename_examples.EXAMPLES, *names_by_data.EXAMPLES)
