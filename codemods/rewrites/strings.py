"""Dotted names in string literals: `mock.patch` targets, `import_module`, settings."""

from __future__ import annotations

import re

from codemods.edit.file_rewrite import FileRewrite
from codemods.link.symbol_match import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import StringLiteral
from codemods.model.patterns import lazy_pattern
from codemods.rewrites.run_time_names.loaded_modules import ensure_loaded

DOTTED = lazy_pattern(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*[.:][^\W\d]\w*(?:\.[^\W\d]\w*)*")
NOT_ASKED = "strings are left alone unless the plan has `also: [strings]`"
NOT_PLAIN = "the string is assembled from parts or has escapes"
ENTRY_POINT = lazy_pattern(r"\s*[\w.-]+\s*=\s*(?P<target>[\w.]+:[\w.]+)\s*(?:\[[\w\s,.-]*\])?\s*")
WARNING_FILTER = lazy_pattern(
    r"(?:default|error|ignore|always|module|once):[^:]*:(?P<target>\w+(?:\.\w+)+)(?::.*)?"
)
LOGGING_REFERENCE = lazy_pattern(r"ext://(?P<target>\w+(?:\.\w+)+)")
WRAPPERS = (ENTRY_POINT, WARNING_FILTER, LOGGING_REFERENCE)
"""What a dotted name stands in."""
SINGLE = lazy_pattern(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def decide(file: FileRewrite) -> None:
    for text in file.facts.strings:
        if text.context in ("patch", "module", "loaded", "plain"):
            decide_text(file, text)


def decide_text(file: FileRewrite, text: StringLiteral) -> None:
    if text.context == "module" and text.value.startswith("."):
        decide_relative(file, text)
        return
    wrapped = wrapped_name(text) if text.context == "plain" else None
    if wrapped:
        start = len(text.value[: wrapped.start("target")].encode())
        inner = text.content_start + start if text.content_start >= 0 else -1
        decide_text(file, text._replace(value=wrapped["target"], content_start=inner))
        return
    is_module = text.context in ("module", "loaded")
    name = SINGLE.fullmatch(text.value) if is_module else DOTTED.fullmatch(text.value)
    if name is None:
        return
    parts = tuple(re.split(r"[.:]", text.value))
    tail = tuple(attribute.name for attribute in text.attributes)
    match = file.find_text((*parts, *tail))
    if match is None or (match.via_reexport and match.new_name is None):
        return
    if text.context == "plain" and (file.defines_old(match.rule_number) or names_nothing(file, match)):
        return
    kind = {"plain": "string", "loaded": "module"}.get(text.context, text.context)
    if not file.links.rules.strings:
        file.add_site_at(text, kind, match, NOT_ASKED)
        return
    trouble = match.trouble or ("" if text.content_start >= 0 else NOT_PLAIN)
    if match.length == len(parts) + len(tail):
        trouble = trouble or file.patch_trouble(text, match)
    if match.length > len(parts):
        trouble = trouble or tail_trouble(text, match, len(parts))
        stays_loaded = match.reached_through in file.links.whole_modules or match.new_module == ".".join(
            parts
        )
        if text.context == "loaded" and not trouble and not stays_loaded:
            old_module = match.old_symbol.partition(":")[0]
            loaded = ensure_loaded(file, text, old_module, match.new_module)
            trouble = "" if loaded else f"{match.new_module} may not be loaded here"
    if text.context == "loaded" and match.reached_through in file.links.whole_modules:
        not_loaded = keeps_import(file, ".".join(parts), match.new_module)
        trouble = trouble or (f"{match.new_module} may not be loaded here" if not_loaded else "")
    file.add_site_at(text, kind, match, trouble)
    if not trouble:
        replace_name(file, text, match, len(parts))


def names_nothing(file: FileRewrite, match: SymbolMatch) -> bool:
    """Whether a text only begins like something of a module that moves as a whole: `"m.json"`."""
    names = file.links.module_names.get(match.reached_through)
    is_member = match.new_name is not None and match.reached_through in file.links.whole_modules
    return is_member and names is not None and names.has(match.new_name or "") is False


def keeps_import(file: FileRewrite, old: str, new: str) -> bool:
    """Whether the file imports the old module, and goes on doing so."""
    imported = (file.alias(one).name if one.binds_root else ".".join(one.origin) for one in file.bindings)
    after = (f"{one.module}.{one.name}" if one.name else one.module for one in file.new_imports)
    return old in imported and new not in after


def wrapped_name(text: StringLiteral) -> re.Match[str] | None:
    """`tool = m:Old`, `ignore::m.Old`, `ext://m.Old`"""
    return next(filter(None, (wrapper.fullmatch(text.value) for wrapper in WRAPPERS)), None)


def decide_relative(file: FileRewrite, text: StringLiteral) -> None:
    """`import_module(".m", "pkg").Old`: the new module's name counts from the same package."""
    package, module = named_package(file, text)
    if not module:
        return
    parts = tuple(module.split("."))
    match = file.find((*parts, *(attribute.name for attribute in text.attributes)))
    if match is None or match.length < len(parts):
        return
    trouble = "" if file.links.rules.strings else NOT_ASKED
    trouble = trouble or match.trouble or ("" if text.content_start >= 0 else NOT_PLAIN)
    if match.length > len(parts):
        trouble = trouble or tail_trouble(text, match, len(parts))
    if not match.new_module.startswith(package + "."):
        trouble = trouble or f"{match.new_module} is not below {package}, which the name counts from"
    file.add_site_at(text, "module", match, trouble)
    if not trouble:
        replace_module(file, text, match, len(parts), match.new_module[len(package) :])


def named_package(file: FileRewrite, text: StringLiteral) -> tuple[str, str]:
    """The package that a relative name counts from, and the module that it names."""
    level = len(text.value) - len(text.value.lstrip("."))
    if text.package == ".":
        module = file.links.modules.absolute(file.path, level, text.value[level:])
        package = file.links.modules.absolute(file.path, 1, "")
        return package or "", (module or "") if level == 1 and package else ""
    return text.package, f"{text.package}{text.value}" if level == 1 and text.package else ""


def tail_trouble(text: StringLiteral, match: SymbolMatch, count: int) -> str:
    if match.length != count + 1:
        return "the name is assembled in a way that can't be traced"
    return "" if text.attributes[0].is_plain else NOT_PLAIN


def replace_name(file: FileRewrite, text: StringLiteral, match: SymbolMatch, count: int) -> None:
    if match.length > count:
        replace_module(file, text, match, count, match.new_module)
        return
    separators = [match.group() for match in re.finditer(r"[.:]", text.value)]
    prefix_end = prefix_length(text.value, match.length)
    new = match.new_dotted
    if match.new_name and ":" in separators[: match.length - 1]:
        new = f"{match.new_module}:{match.new_name}"
    file.replace(text.content_start, text.content_start + len(text.value[:prefix_end].encode()), new)


def replace_module(
    file: FileRewrite, text: StringLiteral, match: SymbolMatch, count: int, new_module: str
) -> None:
    """The string that names a module, and the attribute behind it where that is the symbol."""
    file.replace(text.content_start, text.content_start + len(text.value.encode()), new_module)
    if match.length > count:
        attribute = text.attributes[0]
        written = file.source.text[attribute.start : attribute.end]
        name = written.rindex(attribute.name.encode()) + attribute.start
        file.replace(name, attribute.end, match.new_name or attribute.name)


def prefix_length(value: str, count: int) -> int:
    ends = [match.start() for match in re.finditer(r"[.:]", value)]
    return ends[count - 1] if count - 1 < len(ends) else len(value)


EXAMPLES = (
    Example(
        "a patch for what the old module itself does with the symbol",
        'with patch("m.Old"): ...\n',
        strings=True,
        other_files={"m.py": "from n import New as Old\n\ndef make(): return Old()\n"},
        note="m.make itself uses Old, which is patched here",
    ),
    Example(
        "a patch of what the old module only builds on while it is loaded",
        'with patch("m.Old"): ...\n',
        'with patch("n.New"): ...\n',
        strings=True,
        other_files={"m.py": "from n import New as Old\n\nclass Sub(Old): ...\n"},
    ),
    Example(
        "a patch by the module, for what that does with the symbol",
        'import m\n\nwith patch.object(m, "Old"): ...\nmonkeypatch.setattr(m, "Old", 1)\n',
        other_files={"m.py": "from n import New as Old\n\ndef make(): return Old()\n"},
        note="m.make itself uses Old, which is patched here",
    ),
    Example(
        "text that holds the name among others",
        'x = "see m.Old for more"\nlog("m.Old failed: %s")\n',
        strings=True,
    ),
    Example(
        "a docstring, a comment",
        'def f():\n    """m.Old"""\n    # m.Old\n    run()\n',
        strings=True,
    ),
    Example(
        "the old module says what it is called itself",
        'class Old:\n    name = "m.Old"\n',
        strings=True,
        path="m.py",
    ),
    Example(
        "the name of a file, or of a logger, that begins with a module's",
        'open("m.json"), open("a.b.py"), getLogger("m.requests")\n',
        replace=("m=n", "a.b=a.n"),
        strings=True,
    ),
    Example(
        "such names where strings are not asked for",
        'open("m.json"), open("a.b.py"), getLogger("m.requests")\n',
        replace=("m=n", "a.b=a.n"),
    ),
    Example("a longer name", 'patch("m.Older")\npatch("xm.Old")\n', strings=True),
    Example("a value that `Literal` has", 'x: Literal["m.Old"]\n', note="also: [strings]"),
    Example("strings are not asked for", 'patch("m.Old")\n', note="also: [strings]"),
    Example("nor settings", 'ENGINE = "m.Old"\nresolve_name("m:Old")\n', note="also: [strings]"),
    Example("put together from parts", 'patch("m." "Old")\n', strings=True, note="assembled"),
    Example(
        "a patch target is migrated with the symbol",
        'patch("m.Old.run")\n',
        'patch("n.New.run")\n',
        strings=True,
    ),
    Example(
        "a setting",
        'ENGINE = "m.Old"\nENTRY = "m:Old"\n',
        'ENGINE = "n.New"\nENTRY = "n:New"\n',
        strings=True,
    ),
    Example(
        "an entry point",
        'setup(entry_points={"console_scripts": ["tool = m:Old.run", "x=m:Old [extra]"]})\n',
        'setup(entry_points={"console_scripts": ["tool = n:New.run", "x=n:New [extra]"]})\n',
        strings=True,
    ),
    Example(
        "a filter of warnings, a reference in the configuration of logging",
        'FILTERS = ["ignore::m.Old", "error:some text:m.Old:m"]\nSTREAM = "ext://m.Old"\n',
        'FILTERS = ["ignore::n.New", "error:some text:n.New:m"]\nSTREAM = "ext://n.New"\n',
        strings=True,
    ),
    Example(
        "a module loaded by name, with what is taken of it",
        'importlib.import_module("m").Old\n',
        'importlib.import_module("n").New\n',
        strings=True,
    ),
    Example(
        "a patch of a consumer that keeps its name",
        'patch("c.Old")\n',
        strings=True,
        other_files={"c.py": "from m import Old\n"},
    ),
    Example(
        "a patch of a consumer is migrated when that binding is renamed",
        'patch("c.Old")\n',
        'patch("c.New")\n',
        strings=True,
        style="rename",
        other_files={"c.py": "from m import Old\n\nOld()\n"},
    ),
    Example(
        "a patch through a consumer's name for the module",
        'patch("c.b.Old")\npatch("c.b.Old.run")\n',
        'patch("a.n.New")\npatch("a.n.New.run")\n',
        strings=True,
        replace=("a.b:Old=a.n:New",),
        other_files={"c.py": "from a import b\n\nb.Old()\n"},
    ),
    Example(
        "a module loaded by a relative name",
        'import_module(".b", "a").Old\n',
        'import_module(".n", "a").New\n',
        strings=True,
        replace=("a.b:Old=a.n:New",),
    ),
    Example(
        "a module loaded by a name relative to this package",
        "import_module('.b', package=__package__).Old\n",
        "import_module('.n', package=__package__).New\n",
        strings=True,
        path="a/x.py",
        replace=("a.b:Old=a.n:New",),
    ),
    Example(
        "a relative name that can't name the new module",
        'import_module(".b", "a").Old\n',
        strings=True,
        replace=("a.b:Old=n:New",),
        note="n is not below a",
    ),
    Example(
        "what is loaded already, but not by this file",
        'sys.modules["m"].Old\n',
        strings=True,
        note="n may not be loaded here",
    ),
    Example(
        "a whole module that this file has to go on importing under its old name",
        'import a.b\n\nexec("a.b.keep()")\nsys.modules["a.b"]\n',
        strings=True,
        replace=("a.b=a.n",),
        other_files={"a/n.py": "class Old: ...\ndef keep(): ...\n"},
        note="a.n may not be loaded here",
    ),
    Example(
        "what this file has loaded: it loads the new module, too",
        'import m\n\nsys.modules["m"].Old, m.keep()\n',
        'import m\nimport n\n\nsys.modules["n"].New, m.keep()\n',
        strings=True,
    ),
    Example(
        "a module loaded by name, with a string that names what is taken of it",
        'getattr(import_module("m"), "Old")\npatch.object(import_module("m"), "Old")\n',
        'getattr(import_module("n"), "New")\npatch.object(import_module("n"), "New")\n',
        strings=True,
    ),
    Example(
        "the only keyword of `patch.multiple`",
        'patch.multiple("m", Old=1)\n',
        'patch.multiple("n", New=1)\n',
        strings=True,
    ),
    Example(
        "a whole module",
        'import_module("a.b")\nsys.modules["a.b"]\npatch("a.b.keep")\n',
        'import_module("a.n")\nsys.modules["a.n"]\npatch("a.n.keep")\n',
        strings=True,
        replace=("a.b=a.n",),
        other_files={"a/n.py": "class Old: ...\ndef keep(): ...\n"},
    ),
)
