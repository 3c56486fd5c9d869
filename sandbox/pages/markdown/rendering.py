"""GitHub-flavored Markdown as sanitized HTML."""

from __future__ import annotations

import functools
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urljoin

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from sandbox.pages.markdown.charts import UnsupportedChart, draw
from sandbox.pages.markdown.highlight import highlight

LONGEST_RENDERED = 400_000
"""The longest text that is rendered. Longer ones are shown as plain text."""


@dataclass(frozen=True)
class MarkdownContext:
    """Where a text is shown, which decides its links."""

    repo: str = ""
    """`/owner/name`."""
    folder: str = ""
    """The base of relative links."""
    breaks: bool = True
    """Whether line breaks are kept, as in comments."""
    boxes: bool = False
    """Whether the viewer can tick tasks."""
    users: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()


def render(text: str, context: MarkdownContext = MarkdownContext()) -> Markup:
    if len(text) > LONGEST_RENDERED:
        return Markup("<pre>{}</pre>").format(text)
    # No author can know the token, so only this module can write task boxes that survive sanitizing.
    token = secrets.token_hex(8)
    env: dict[str, Any] = {"place": context, "token": token, "boxes": {}}
    return _clean(_parser(context.breaks).render(text, env), token, context)


@dataclass(frozen=True)
class TaskBox:
    """A task in a text, identified by its words."""

    key: str
    line: int
    ticked: bool


def task_boxes(text: str) -> list[TaskBox]:
    """Return the tasks of a text in order."""
    tokens = _parser(True).parse(text, {"place": MarkdownContext(), "token": "", "boxes": {}})
    return [token.meta["box"] for token in _walk(tokens) if token.type == "task_box"]


def with_task_set(text: str, key: str, ticked: bool) -> str | None:
    """Return the text with a task ticked or cleared, or None if the task no longer exists."""
    box = next((box for box in task_boxes(text) if box.key == key), None)
    if box is None:
        return None
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    lines[box.line] = _BOX.sub(
        lambda found: f"{found[1]}[{'x' if ticked else ' '}]", lines[box.line], count=1
    )
    return "".join(lines)


_BOX = re.compile(r"^((?:[\s>]|[-+*]\s|\d{1,9}[.)]\s)*?(?:[-+*]|\d{1,9}[.)])\s+)\[[ xX]\]")
_TASK = re.compile(r"^\[([ xX])\](?=\s)")
_REFERENCE = re.compile(
    r"(?<![\w/&#])(?:(?P<other>[\w.-]+/[\w.-]+)?#|GH-)(?P<number>\d{1,7})\b"
    r"|(?<![\w`/@.])@(?P<login>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))(?:\[bot\]|/[\w.-]+)?",
    re.IGNORECASE,
)
_ENDED = r"[^\s<>\"'`\x00-\x1f]*[^\s<>\"'`\x00-\x1f.,:;!?)\]]"
_BARE = re.compile(
    rf"(?:https?|ftp)://{_ENDED}|(?<![^\s*_~(])www\.{_ENDED}|(?P<mail>[\w.+-]+@(?:[\w-]+\.)+[A-Za-z][\w-]*)",
    re.IGNORECASE,
)
"""As GitHub's `autolink` extension of Markdown: also addresses without a scheme, and of mail."""
_ALERT = re.compile(r"^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*$")


def _walk(tokens: Sequence[Token]) -> list[Token]:
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


@functools.cache
def _parser(breaks: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "breaks": breaks}).enable(["table", "strikethrough"])
    parser.core.ruler.push("tasks", _tasks)
    parser.core.ruler.push("alerts", _alerts)
    parser.core.ruler.push("references", _references)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("task_box", _task_box)
    return parser


# token rules


def _tasks(state: StateCore) -> None:
    for at, token in enumerate(state.tokens):
        if at < 2 or token.type != "inline" or state.tokens[at - 2].type != "list_item_open":
            continue
        first = token.children[0] if token.children else None
        found = _TASK.match(first.content) if first and first.type == "text" else None
        if not first or not found or token.map is None or not token.children:
            continue
        first.content = first.content[found.end() :]
        box = TaskBox(_key(token.content, state.env["boxes"]), token.map[0], found[1] != " ")
        token.children.insert(0, Token("task_box", "", 0, meta={"box": box}))
        state.tokens[at - 2].attrSet("class", "task")


def _key(content: str, seen: dict[str, int]) -> str:
    words = content.split("\n")[0][3:].strip()
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    seen[digest] = seen.get(digest, 0) + 1
    return f"{digest}.{seen[digest]}"


def _alerts(state: StateCore) -> None:
    """Render alerts such as `> [!NOTE]`."""
    for at, token in enumerate(state.tokens[:-2]):
        inline = state.tokens[at + 2]
        if token.type != "blockquote_open" or inline.type != "inline" or not inline.children:
            continue
        if found := _ALERT.match(inline.children[0].content):
            kind = found[1].lower()
            token.attrSet("class", f"alert alert-{kind}")
            title = Token(
                "html_inline", "", 0, content=f'<strong class="alert-title">{kind.title()}</strong>'
            )
            inline.children[0] = title


def _references(state: StateCore) -> None:
    """Link #12, GH-12, @name and bare addresses, except in code and links."""
    context: MarkdownContext = state.env["place"]
    for token in state.tokens:
        if token.type != "inline" or not token.children:
            continue
        out: list[Token] = []
        in_link = 0
        for child in token.children:
            in_link += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            in_link += _raw_link(child)
            out += _linked(child.content, context) if child.type == "text" and in_link <= 0 else [child]
        token.children = out


def _raw_link(token: Token) -> int:
    if token.type != "html_inline":
        return 0
    text = token.content.lower()
    return 1 if text.startswith(("<a ", "<a>")) else -1 if text.startswith("</a") else 0


def _linked(text: str, context: MarkdownContext) -> list[Token]:
    out: list[Token] = []
    at = 0
    for found in sorted(
        (*_BARE.finditer(text), *_REFERENCE.finditer(text)), key=lambda found: (found.start(), -found.end())
    ):
        link = _link(found, context) if found.start() >= at else None
        if link:
            out += [_text(text[at : found.start()]), link]
            at = found.end()
    return [*out, _text(text[at:])]


def _link(found: re.Match[str], context: MarkdownContext) -> Token | None:
    said = escape(found[0])
    if found.re is _BARE:
        scheme = "mailto:" if found["mail"] else "" if "://" in said else "http://"
        return _raw(f'<a href="{scheme}{said}">{said}</a>')
    if found["login"]:
        known = found["login"].lower() in context.users
        return _raw(f'<span class="mention">{said}</span>') if known else None
    here = found["other"] is None or f"/{found['other']}".lower() == context.repo.lower()
    if not here or int(found["number"]) not in context.numbers:
        return None
    return _raw(f'<a href="{context.repo}/issues/{found["number"]}" class="reference">{said}</a>')


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _raw(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


# rendering


def _fence(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[at]
    language = token.info.strip().split(" ")[0] if token.info.strip() else ""
    if language == "mermaid":
        try:
            return f'<figure class="drawing">{draw(token.content)}</figure>\n'
        except UnsupportedChart:
            language = ""
    return f'<div class="highlight"><pre><code>{highlight(token.content, language)}</code></pre></div>\n'


def _task_box(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    box: TaskBox = tokens[at].meta["box"]
    ticked = ' checked=""' if box.ticked else ""
    return f'<input type="checkbox" data-box="{env["token"]}-{box.key}"{ticked} disabled="">'


# sanitizing

_SHAPE = {"class", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "width", "height", "d", "points"}
_DRAWN = {"rect", "line", "polyline", "circle", "path", "text", "g"}
_TAGS = _DRAWN | set(
    re.findall(
        r"\w+",
        """a abbr b blockquote br caption code dd del details div dl dt em figure h1 h2 h3 h4 h5 h6 hr i img
        ins input kbd li ol p picture pre q s samp span strike strong sub summary sup svg table tbody td th thead
        tfoot tr tt ul var""",
    )
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "align", "title"},
    "a": {"href"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "input": {"type", "checked", "disabled", "data-box"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "style"},
    "th": {"colspan", "rowspan", "style"},
    "svg": {"viewBox", "role", "aria-label", "class"},
    **{tag: _SHAPE | {"text-anchor"} for tag in _DRAWN},
}
_CLASS = re.compile(r"(?:[a-z]{1,2}[0-9a-z]?|highlight|drawing|chart(?:-[a-z0-9]+)*|task|alert(?:-[a-z]+)?)")
_WORDS = {"reference", "mention"}


def _clean(html: str, token: str, context: MarkdownContext) -> Markup:
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "iframe", "title", "textarea", "template", "noscript"},
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute_filter(token, context),
        filter_style_properties={"text-align"},
        url_schemes={"http", "https", "ftp", "mailto"},
        link_rel="nofollow noopener",
        url_relative=(lambda url: urljoin(context.folder, url)) if context.folder else "pass_through",
    )
    return Markup(cleaned)


def _attribute_filter(token: str, context: MarkdownContext) -> Callable[[str, str, str], str | None]:
    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "class":
            kept = [word for word in value.split() if _CLASS.fullmatch(word) or word in _WORDS]
            return " ".join(kept) or None
        if attribute == "data-box":
            return value.removeprefix(f"{token}-") if value.startswith(f"{token}-") else None
        if attribute == "disabled" and context.boxes:
            return None
        if tag == "input" and attribute == "type":
            return "checkbox"
        return value

    return keep
