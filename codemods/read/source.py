"""A file's text as UTF-8 bytes, so that the parser's columns are offsets; and back to the file's own bytes."""

from __future__ import annotations

import ast
import codecs
import hashlib
import pickle
import symtable
import sys
import warnings
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from cachetools import LRUCache

from codemods.model.contents import TOO_LARGE, is_too_large
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.read.top_level import TopLevelStatements, split_statements

CODING = lazy_pattern(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
LINE_END = lazy_pattern(rb"\r\n|\r|\n")
BYTE_ORDER_MARK = codecs.BOM_UTF8


@record
class Unreadable:
    """Why a file can't be worked on, in words that go into a report."""

    reason: str
    line: int = 0

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@record
class Source:
    text: bytes
    """UTF-8, without a byte order mark; line ends as they are in the file."""
    encoding: str = "utf-8"
    has_byte_order_mark: bool = False

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line starts; the first is line 1."""
        return [0, *accumulate(map(len, self.text.splitlines(keepends=True)))]

    @cached_property
    def statements(self) -> TopLevelStatements:
        return split_statements(self.text)

    @cached_property
    def tree(self) -> ast.Module:
        """Without statements where the text can't be read."""
        tree = parse_python(self.text)
        return ast.Module([], []) if isinstance(tree, Unreadable) else tree

    @cached_property
    def newline(self) -> bytes:
        """The line end that the file begins with."""
        first = LINE_END.search(self.text)
        return first.group() if first else b"\n"

    def offset(self, line: int, column: int) -> int:
        return self.line_starts[line - 1] + column

    def position(self, offset: int) -> tuple[int, int]:
        """Line, from 1, and column, from 0, of an offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1]

    def with_text(self, text: bytes) -> Source:
        return Source(text, self.encoding, self.has_byte_order_mark)


def read_source(data: bytes) -> Source | Unreadable:
    if is_too_large(data):
        return Unreadable(TOO_LARGE)
    mark = data.startswith(BYTE_ORDER_MARK)
    body = data[len(BYTE_ORDER_MARK) :] if mark else data
    encoding = declared_encoding(body)
    if encoding is None:
        return Unreadable("the coding line names an encoding that Python does not know", 1)
    try:
        text = body.decode(encoding)
    except (UnicodeDecodeError, ValueError):
        return Unreadable(f"it isn't valid {encoding}")
    utf8 = body if encoding == "utf-8" else text.encode("utf-8", "surrogatepass")
    source = Source(utf8, encoding, mark)
    if encoding != "utf-8" and write_source(source) != data:
        return Unreadable(f"its {encoding} text can't be written back byte for byte")
    return source


def write_source(source: Source) -> bytes:
    mark = BYTE_ORDER_MARK if source.has_byte_order_mark else b""
    if source.encoding == "utf-8":
        return mark + source.text
    return mark + source.text.decode("utf-8", "surrogatepass").encode(source.encoding)


def declared_encoding(body: bytes) -> str | None:
    """What the first or second line says, by PEP 263; `utf-8` where nothing is said."""
    if b"coding" not in body[:1000]:
        return "utf-8"
    for number, line in enumerate(LINE_END.split(body, maxsplit=2)[:2]):
        match = CODING.match(line)
        if match:
            return known_encoding(match.group(1).decode("ascii", "replace"))
        if number == 0 and line.strip() and not line.lstrip().startswith(b"#"):
            break
    return "utf-8"


def known_encoding(name: str) -> str | None:
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return None
    return codec.name if codec._is_text_encoding else None


TOO_DEEP = "it is nested too deeply for the parser"
NEWER_SYNTAX = lazy_pattern(
    rb"\btype[ \t]+\w+[ \t]*[=\[]|\b(?:def|class)[ \t]+\w+[ \t]*\[|\bexcept\*?[ \t]+[\w.]+[ \t]*,"
    rb"|\b[rR]?[tT][rR]?['\"]|[fF][rR]?['\"]"
)
"""What could be newer syntax than the running Python's: a reason to try another parser."""


SECONDS_PER_TEXT = 60.0
"""Seconds that the slower parser has for a file."""
TIMED_OUT: dict[bytes, Unreadable] = {}
LARGE = 2**20
"""Above this many bytes, a text is first parsed in a process that may crash."""
LARGE_TEXTS: LRUCache[bytes, Unreadable | None] = LRUCache(1024)


def newer_syntax(text: bytes) -> ast.Module | Unreadable | None:
    if not NEWER_SYNTAX.search(text):
        return None
    from codemods.workers.isolate import run_isolated  # these take a while to load, and are seldom needed
    from codemods.workers.processes import FailedTask

    key = hashlib.sha256(text).digest()
    if key not in TIMED_OUT:
        result = run_isolated(read_newer_isolated, text.decode("utf-8", "surrogatepass"), SECONDS_PER_TEXT)
        if not isinstance(result, FailedTask):
            return None if result is None else pickle.loads(result)
        TIMED_OUT[key] = Unreadable(f"its syntax is newer than this Python's, and to read it {result.reason}")
    return TIMED_OUT[key]


DEEPEST_PICKLE = 6000
"""Calls within each other that a tree may take to be sent."""


def read_newer_isolated(_: None, text: str) -> bytes | None:
    from codemods.read.newer_syntax import read_newer

    tree = read_newer(text)
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(max(usual, DEEPEST_PICKLE))
    try:
        return None if tree is None else pickle.dumps(tree)
    finally:
        sys.setrecursionlimit(usual)


def check_python(text: bytes) -> Unreadable | None:
    """Whether all of it parses and its scopes hold together; cheaper than a tree."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            symtable.symtable(text.decode("utf-8", "surrogatepass"), "", "exec")
    except SyntaxError as error:
        newer_tree = newer_syntax(text)
        if newer_tree is not None:
            return newer_tree if isinstance(newer_tree, Unreadable) else None
        return Unreadable(error.msg or "it doesn't parse", error.lineno or 0)
    except (RecursionError, MemoryError):
        return Unreadable(TOO_DEEP)
    except ValueError as error:
        return Unreadable(str(error))
    return None


NO_FEATURE = "nothing_that_python_has"


def parses(text: bytes) -> bool:
    """Whether the running Python parses all of it. Its scopes aren't looked at, which would take a fifth of the time
    more: the compiler, which comes to features once it has parsed the text, ends at one that there isn't."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = f"from __future__ import {NO_FEATURE}\n{text.decode('utf-8', 'surrogatepass')}"
            compile(code, "", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.msg == f"future feature {NO_FEATURE} is not defined"
    except (ValueError, RecursionError, MemoryError):
        return False
    return False


def isolated_parse_trouble(text: bytes) -> Unreadable | None:
    """Why a large text is better not parsed in this process."""
    from codemods.workers.isolate import is_watched, run_isolated
    from codemods.workers.processes import FailedTask

    if is_watched():
        return None
    key = hashlib.sha256(text).digest()
    if key not in LARGE_TEXTS:
        result = run_isolated(parse_isolated, text, SECONDS_PER_TEXT)
        LARGE_TEXTS[key] = (
            Unreadable(f"to read it {result.reason}") if isinstance(result, FailedTask) else None
        )
    return LARGE_TEXTS[key]


def parse_isolated(_: None, text: bytes) -> None:
    parse_python(text)


def parse_python(text: bytes) -> ast.Module | Unreadable:
    """The running Python's own parser."""
    if len(text) > LARGE and (trouble := isolated_parse_trouble(text)):
        return trouble
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.decode("utf-8", "surrogatepass"))
    except SyntaxError as error:
        return newer_syntax(text) or Unreadable(error.msg or "it doesn't parse", error.lineno or 0)
    except (RecursionError, MemoryError):
        return Unreadable(TOO_DEEP)
    except ValueError as error:
        return Unreadable(str(error))
