"""The names in a string annotation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codemods.model.facts import ANNOTATION, IN_STRING, Mention
from codemods.read.annotations.typing_names import names_of_typing
from codemods.read.node_facts import mention_fact
from codemods.read.scopes import ScopeWalk
from codemods.read.source import Source, Unreadable, parse_python
from codemods.read.strings import LiteralNode, literal_nodes


def mentions_in_annotation(
    source: Source, literal: LiteralNode, words: frozenset[str], typing_names: Mapping[str, str] | None = None
) -> Iterator[Mention]:
    """Each name at its position in the file; none if the string holds none of the words."""
    if literal.context != "annotation" or literal.content_start < 0:
        return
    if not any(word in literal.value for word in words):
        return
    expression = Source(b"(" + literal.value.encode() + b"\n)")
    tree = parse_python(expression.text)
    if isinstance(tree, Unreadable) or len(tree.body) != 1:
        return
    walk = ScopeWalk().run(tree.body, ANNOTATION)
    if typing_names is None:
        typing_names = names_of_typing(source.text)
    for name_node in walk.names:
        mention = mention_fact(expression, name_node, {})
        yield shift_mention(source, mention, literal.content_start - 1, literal)
    for inner in literal_nodes(walk, expression, typing_names):
        if inner.context == "annotation":
            for mention in mentions_in_annotation(expression, inner, words, typing_names):
                yield shift_mention(source, mention, literal.content_start - 1, literal)


def shift_mention(source: Source, mention: Mention, by: int, literal: LiteralNode) -> Mention:
    start = mention.start + by
    line, column = source.position(start)
    attributes = tuple(a._replace(start=a.start + by, end=a.end + by) for a in mention.attributes)
    return mention._replace(
        scope=literal.scope,
        line=line,
        column=column,
        start=start,
        end=mention.end + by,
        attributes=attributes,
        call=None,
        flags=literal.flags | ANNOTATION | IN_STRING,
    )
