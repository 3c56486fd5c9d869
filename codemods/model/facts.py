"""What was read in one file, as plain data without syntax trees: it can be cached by blob id and sent to processes."""

from __future__ import annotations

from typing import NamedTuple

# Flags of a statement or a mention.
TYPE_CHECKING_ONLY = 1  # under `if TYPE_CHECKING:`
RUNS_LATER = 2  # in a function: runs later than the import of the module
ANNOTATION = 4
IN_STRING = 8  # in a string annotation
IN_COMMENT = 16  # in a type comment
IN_TRY = 32  # in a `try` or one of its handlers
ONLY_IN_BLOCK = 64  # the only statement of its block
ASSIGNED = 128  # the attribute or item behind it is assigned or deleted
PASSED_ON = 256  # a value that something else gets: an argument, an assignment, a result
DECORATES = 512  # a decorator without arguments
BASE_CLASS = 1024
OF_PARTIAL = 2048  # the function of a `partial(…)`
PATCHED = 1 << 16  # a string that names what a test replaces for a while

PLACES = (
    "at the top of the module",
    "in a class body",
    "in a function",
    "in an async function",
    "in a lambda",
    "in a default argument",
    "in a decorator",
    "in a generator expression",
    "in a comprehension within another",
    "in an annotation",
    "in a formatted string",
)
"""Where code stands, as far as `await` is concerned."""
IN_MODULE, IN_CLASS, IN_FUNCTION, IN_ASYNC_FUNCTION, IN_LAMBDA, IN_DEFAULT, IN_DECORATOR = range(7)
IN_GENERATOR, IN_INNER_COMPREHENSION, IN_ANNOTATION, IN_FORMATTED_STRING = range(7, 11)
PLACE_SHIFT = 12
PLACE_MASK = 15 << PLACE_SHIFT
ONLY_AS_SCRIPT = 1 << 16  # under `if __name__ == "__main__":`


def at_place(flags: int, place: int) -> int:
    return flags & ~PLACE_MASK | place << PLACE_SHIFT


def place_of(flags: int) -> int:
    return (flags & PLACE_MASK) >> PLACE_SHIFT


LOAD, STORE, DELETE = "load", "store", "delete"
IMPORT, DEFINE, ARGUMENT, DECLARED, CAPTURE = "import", "define", "argument", "declared", "capture"
UNBOUND = -1


class Alias(NamedTuple):
    name: str
    asname: str | None
    start: int
    end: int
    line: int
    column: int

    @property
    def bound_name(self) -> str:
        """The name in the scope: for `import a.b` it is `a`."""
        return self.asname or self.name.partition(".")[0]


class Import(NamedTuple):
    line: int
    column: int
    start: int
    end: int
    level: int
    module: str | None
    """None for `import a.b`; the part after the dots, maybe empty, for `from … import`."""
    aliases: tuple[Alias, ...]
    scope: int
    flags: int

    @property
    def is_star(self) -> bool:
        return self.module is not None and self.aliases[0].name == "*"


class Attribute(NamedTuple):
    name: str
    start: int
    end: int
    is_plain: bool = True
    """From the name that it belongs to there is nothing but names and dots."""


class LooseAttribute(NamedTuple):
    """A searched word as an attribute of what isn't a name: `f().Old`, `x[0].Old`."""

    name: str
    line: int
    column: int
    function: str = ""
    """What is called to get it, where that has a dotted name; also where a name is bound to what it gives."""


class Argument(NamedTuple):
    keyword: str | None
    starred: bool
    start: int
    end: int
    keyword_end: int
    is_simple: bool = True
    """Nothing in it runs code that could be missed: no call, `await`, `yield` or assignment."""


class Call(NamedTuple):
    """A call of a mention, with nothing between the name and its parenthesis."""

    end: int
    arguments: tuple[Argument, ...]
    start: int = -1
    place: int = IN_MODULE
    taken_by: str = ""
    """What takes its result: await, with, async with, for, async for, attribute, subscript, call, decorator, yield from,
    star; empty for anything else."""
    taken_from: int = -1
    """Where the `await` starts."""
    is_argument_of: str = ""
    """The last name of the function that gets the result."""


class Mention(NamedTuple):
    """One occurrence of a name, with the attributes that follow it."""

    name: str
    role: str
    scope: int
    """The scope in which it is mentioned; the one that binds it is `FileFacts.binding_scope`."""
    line: int
    column: int
    start: int
    end: int
    attributes: tuple[Attribute, ...]
    call: Call | None
    flags: int
    position_unknown: bool = False
    """Its position isn't known from the tree: it can be reported, not rewritten."""


class StringLiteral(NamedTuple):
    """A string literal that holds one of the words."""

    line: int
    column: int
    start: int
    end: int
    value: str
    context: str
    """plain, doc, all, annotation, patch, module, loaded, attribute; or, where it is only reported: argument, keyword, part,
    getter, code, item, loaded top, code part, bytes, frame, own name."""
    owner_start: int
    """Where the mention starts whose attribute it names; else -1."""
    scope: int
    content_start: int
    """Where its content starts; -1 where the content is not the value letter for letter."""
    attributes: tuple[Attribute, ...]
    """What follows `import_module("m")`."""
    flags: int
    package: str = ""
    """What a relative `import_module(".m", "pkg")` counts from; `.` for the package of the file."""
    bound_name: str = ""
    """What `x = import_module("m")` binds."""


class AliasAssignment(NamedTuple):
    """`Old = New` as a statement of its own, what the style `alias` writes; or `x = a.b`."""

    name: str
    value: str
    scope: int
    line: int
    start: int
    end: int
    flags: int


class Scope(NamedTuple):
    kind: str
    """module, function, class, comprehension, types."""
    parent: int
    start: int
    end: int
    bindings: dict[str, frozenset[str]]
    """The names bound in it, with the roles in which they are."""
    declared: dict[str, str]
    """`global` and `nonlocal` names."""


class FileFacts(NamedTuple):
    imports: tuple[Import, ...] = ()
    mentions: tuple[Mention, ...] = ()
    strings: tuple[StringLiteral, ...] = ()
    alias_assignments: tuple[AliasAssignment, ...] = ()
    scopes: tuple[Scope, ...] = ()
    exports: tuple[str, ...] | None = None
    """`__all__`, where it can be read; see `all_known`."""
    exports_complete: bool = True
    unreadable: str | None = None
    unreadable_line: int = 0
    loose_attributes: tuple[LooseAttribute, ...] = ()

    def binding_scope(self, name: str, scope: int) -> int:
        """The scope that binds `name` as seen from `scope`, or UNBOUND."""
        at = scope
        while at >= 0:
            current = self.scopes[at]
            declared = current.declared.get(name)
            if declared == "global":
                return 0 if name in self.scopes[0].bindings else UNBOUND
            if name in current.bindings and not declared and (at == scope or current.kind != "class"):
                return at
            at = current.parent
        return UNBOUND

    def binding_scope_at(self, mention: Mention) -> int:
        """Of a name where it stands: the body of a class has what is around it until it binds the name itself."""
        home = self.binding_scope(mention.name, mention.scope)
        if home < 0 or home != mention.scope or self.scopes[home].kind != "class":
            return home
        bound = (
            one.start
            for one in self.mentions
            if (one.name, one.scope) == (mention.name, home) and one.role not in (LOAD, DECLARED)
        )
        is_bound = min(bound, default=0) <= mention.start
        return home if is_bound else self.binding_scope(mention.name, self.scopes[home].parent)
