"""What a class or a function takes, and whether a call fits."""

from __future__ import annotations

import ast

from codemods.model.facts import Call
from codemods.model.records import record


@record
class PassedArguments:
    """What a call passes: how many by place, and which by name."""

    positional_count: int
    keywords: tuple[str, ...]
    hides_some: bool = False
    """Passes more with `*` or `**`."""


def passed_by(call: Call) -> PassedArguments:
    plain = [argument for argument in call.arguments if not argument.starred]
    keywords = tuple(argument.keyword for argument in plain if argument.keyword is not None)
    return PassedArguments(len(plain) - len(keywords), keywords, len(plain) < len(call.arguments))


def passed_in(call: ast.Call) -> PassedArguments:
    plain = [one for one in call.args if not isinstance(one, ast.Starred)]
    keywords = tuple(one.arg for one in call.keywords if one.arg is not None)
    hides_some = len(plain) < len(call.args) or len(keywords) < len(call.keywords)
    return PassedArguments(len(plain), keywords, hides_some)


@record
class CallSignature:
    positional: tuple[str, ...]
    """Those that can be passed by position; the first `positional_only` of them only so."""
    positional_only: int
    required: frozenset[str]
    keyword_only: frozenset[str]
    """Those that can be passed by name only."""
    takes_more_positional: bool
    takes_more_keywords: bool

    @property
    def names(self) -> frozenset[str]:
        """Those that can be given by name."""
        return self.keyword_only.union(self.positional[self.positional_only :])

    def misfit(self, passed: PassedArguments) -> str:
        """Why a call would fail; empty where it fits or can't be seen."""
        count = passed.positional_count
        if count > len(self.positional) and not self.takes_more_positional:
            return f"the new one takes {len(self.positional)} positional arguments, but {count} are passed"
        for name in passed.keywords:
            if name not in self.names and not self.takes_more_keywords:
                return f"the new one has no argument {name}"
            if name in self.positional[:count]:
                return f"{name} would be passed twice"
        if passed.hides_some:
            return ""
        missing = self.required - set(self.positional[:count]) - set(passed.keywords)
        return f"the new one needs {', '.join(sorted(missing))}" if missing else ""

    def takes_all_of(self, other: CallSignature) -> bool:
        """Whether every call that fits the other one fits this one as well, and passes the same to the same names."""
        by_place = other.positional_only
        moved = dict(zip(other.positional[:by_place], self.positional, strict=False))
        pairs = zip(other.positional[by_place:], self.positional[by_place:], strict=False)
        fewer_places = len(self.positional) < len(other.positional) or other.takes_more_positional
        fewer_names = not other.names <= self.names or other.takes_more_keywords
        return (
            all(old == new for old, new in pairs)
            and (self.takes_more_positional or not fewer_places)
            and (self.takes_more_keywords or not fewer_names)
            and self.required <= {moved.get(name, name) for name in other.required}
        )


NOTHING = CallSignature((), 0, frozenset(), frozenset(), False, False)
ANYTHING_BY_PLACE = CallSignature((), 0, frozenset(), frozenset(), True, False)


def signature_from_arguments(node: ast.arguments, skipped: int) -> CallSignature:
    places = [argument.arg for argument in (*node.posonlyargs, *node.args)]
    optional = set(places[len(places) - len(node.defaults) :]) if node.defaults else set()
    named = [argument.arg for argument in node.kwonlyargs]
    optional |= {name for name, default in zip(named, node.kw_defaults, strict=True) if default is not None}
    positional = tuple(places[skipped:])
    return CallSignature(
        positional,
        max(0, len(node.posonlyargs) - skipped),
        frozenset({*positional, *named} - optional),
        frozenset(named),
        node.vararg is not None,
        node.kwarg is not None,
    )
