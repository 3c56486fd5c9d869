"""The comments of a file, and the names in its type comments."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Sequence

from codemods.model.facts import ANNOTATION, IN_COMMENT, LOAD, Attribute, Mention
from codemods.model.patterns import lazy_pattern
from codemods.read.name_walk import ScopeBuilder
from codemods.read.source import Source

TYPE_COMMENT = lazy_pattern(rb"#[ \t]*type:(?![ \t]*ignore\b)[ \t]*")
IDENTIFIER = lazy_pattern(r"[^\W\d]\w*")


def is_in_comment(text: bytes, offset: int) -> bool:
    """Whether it is in a comment beyond doubt, as no quote stands before that; type comments don't count."""
    line = max(text.rfind(b"\n", 0, offset), text.rfind(b"\r", 0, offset)) + 1
    start = text.find(b"#", line, offset)
    if start < 0 or TYPE_COMMENT.match(text, start):
        return False
    return b'"' not in text[line:start] and b"'" not in text[line:start]


def comments(source: Source) -> Iterator[tuple[int, str]]:
    """Every comment with its offset."""
    reader = io.StringIO(source.text.decode(), newline="").readline
    try:
        for token in tokenize.generate_tokens(reader):
            if token.type == tokenize.COMMENT:
                line, column = token.start
                start = source.line_starts[line - 1]
                yield start + len(token.line[:column].encode()), token.string
    except (tokenize.TokenError, IndentationError, IndexError):
        return


def mentions_in_type_comments(
    source: Source, scopes: Sequence[ScopeBuilder], names: frozenset[str]
) -> Iterator[Mention]:
    """`# type: (Old) -> None`, but not `# type: ignore`."""
    if not any(name in names for name in words_in_type_comments(source)):
        return
    for start, comment in comments(source):
        match = re.match(r"#\s*type:(?!\s*ignore\b)\s*", comment)
        if not match:
            continue
        further = comment.find("#", match.end())
        for word in IDENTIFIER.finditer(comment, match.end(), further if further >= 0 else len(comment)):
            if word.group() in names and comment[word.start() - 1] != ".":
                yield mention_in_comment(
                    source, scopes, start + len(comment[: word.start()].encode()), word.group()
                )


def words_in_type_comments(source: Source) -> Iterator[str]:
    """What could be one; to be sure, the whole text has to be cut into tokens."""
    for match in TYPE_COMMENT.finditer(source.text):
        end = source.text.find(b"\n", match.end())
        line = source.text[match.end() : end if end >= 0 else None]
        yield from IDENTIFIER.findall(line.decode())


def mention_in_comment(source: Source, scopes: Sequence[ScopeBuilder], start: int, name: str) -> Mention:
    line, column = source.position(start)
    end = start + len(name.encode())
    attributes: list[Attribute] = []
    pattern = re.compile(rb"\.(\w+)")
    while match := pattern.match(source.text, attributes[-1].end if attributes else end):
        attributes.append(Attribute(match.group(1).decode(), start, match.end()))
    flags = ANNOTATION | IN_COMMENT
    scope = scope_at(source, scopes, start)
    return Mention(name, LOAD, scope, line, column, start, end, tuple(attributes), None, flags)


def scope_at(source: Source, scopes: Sequence[ScopeBuilder], offset: int) -> int:
    """The innermost scope around an offset; a signature's comment is read in the scope of its function."""
    best = 0
    for number, draft in enumerate(scopes):
        if draft.parent >= 0 and source.offset(*draft.start) <= offset < source.offset(*draft.end):
            best = number
    return best
