"""GitHub's Markdown, rendered as safe HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.pages.markdown.charts import UnsupportedChart, draw
from sandbox.pages.markdown.highlight import highlight, highlight_lines
from sandbox.pages.markdown.rendering import MarkdownContext, render, task_boxes, with_task_set

PLACE = MarkdownContext(repo="/acme/shop", boxes=True, users=frozenset({"maya"}), numbers=frozenset({12}))
BURNDOWN = """\
xychart-beta
    title "Sites left"
    x-axis ["Jun 1", "Jun 2", "Jun 3"]
    y-axis "sites" 0 --> 120
    bar [120, 80, 3]
    line [120, 60, 0]
"""


def test_tables_are_rendered() -> None:
    assert "<td>1</td>" in render("| a |\n| --- |\n| 1 |", PLACE)


def test_a_comment_keeps_its_line_breaks_and_a_file_does_not() -> None:
    assert "<br>" in render("one\ntwo", PLACE)
    assert "<br>" not in render("one\ntwo", MarkdownContext(breaks=False))


def test_details_fold_markdown() -> None:
    html = render("<details><summary>More</summary>\n\n**bold**\n\n</details>", PLACE)
    assert "<details><summary>More</summary>" in html
    assert "<strong>bold</strong>" in html


def test_hidden_comments_stay_hidden() -> None:
    assert "drover" not in render("<!-- drover:status -->\nhello", PLACE)


def test_numbers_and_names_that_exist_are_links() -> None:
    html = render("see #12, #13, @maya and @nobody, `#12`", PLACE)
    assert html.count('href="/acme/shop/issues/12"') == 1
    assert '<span class="mention">@maya</span>' in html
    assert "#13" in html
    assert "mention" not in html.split("@nobody")[0].split("@maya")[1]


@pytest.mark.parametrize("text", ["GH-12", "(gh-12)", "acme/shop#12", "&num;12", r"\#12"])
def test_every_way_to_name_an_issue_is_a_link(text: str) -> None:
    assert 'href="/acme/shop/issues/12"' in render(text, PLACE)


def test_the_issues_of_other_repositories_are_no_links() -> None:
    assert "href" not in render("other/shop#12 xGH-12", PLACE)


@pytest.mark.parametrize("text", ["&commat;maya", "@maya/owners", r"\@maya", "é @Maya"])
def test_every_way_to_name_a_person_is_a_mention(text: str) -> None:
    assert 'class="mention"' in render(text, PLACE)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("www.example.com", "http://www.example.com"),
        (r"\_www.example.com", "http://www.example.com"),
        (r"\_https://example.com", "https://example.com"),
        ("1ftp://example.com", "ftp://example.com"),
        ("maya@example.com", "mailto:maya@example.com"),
    ],
)
def test_addresses_are_links_however_they_are_written(text: str, address: str) -> None:
    assert f'href="{address}"' in render(text, PLACE)


def test_bare_addresses_become_one_link() -> None:
    html = render("http://localhost:1/a/b#x. and [there](http://localhost:1/c) <http://localhost:1/d>", PLACE)
    assert re.findall(r'href="([^"]+)"', html) == [
        "http://localhost:1/a/b#x",
        "http://localhost:1/c",
        "http://localhost:1/d",
    ]


def test_alerts_have_their_style() -> None:
    html = render("> [!WARNING]\n> careful", PLACE)
    assert 'class="alert alert-warning"' in html
    assert "[!WARNING]" not in html


def test_links_in_a_file_are_relative_to_its_folder() -> None:
    place = MarkdownContext(folder="/acme/shop/blob/main/docs/", breaks=False)
    assert 'href="/acme/shop/blob/main/docs/b.md"' in render("[b](b.md)", place)


BOXES = """\
# List
- [ ] one
- [x] two <!-- drover:start:2 -->
```
- [ ] not a box
```
> - [ ] quoted
1. [X] numbered
   * [ ] nested
- [] no box
-  [ ] wide
"""


def test_every_rendered_task_is_one_of_the_text() -> None:
    html = render(BOXES, PLACE)
    assert re.findall(r'data-box="([^"]+)"', html) == [box.key for box in task_boxes(BOXES)]
    assert [box.ticked for box in task_boxes(BOXES)] == [False, True, False, True, False, False]
    assert html.count("checked") == 2


@pytest.mark.parametrize("at", range(6))
def test_ticking_a_task_changes_nothing_else(at: int) -> None:
    was = task_boxes(BOXES)
    text = with_task_set(BOXES, was[at].key, not was[at].ticked)
    assert text is not None
    now = task_boxes(text)
    assert [number for number in range(6) if was[number].ticked != now[number].ticked] == [at]
    assert sum(one != other for one, other in zip(BOXES, text, strict=True)) == 1


def test_a_task_is_found_after_the_text_around_it_changed() -> None:
    key = task_boxes("- [ ] one\n- [ ] two\n")[1].key
    assert with_task_set("News\n\n- [ ] zero\n- [ ] two\n", key, True) == "News\n\n- [ ] zero\n- [x] two\n"


def test_tasks_with_the_same_words_are_distinct() -> None:
    first, second = task_boxes("- [ ] a\n- [ ] a\n")
    assert with_task_set("- [ ] a\n- [ ] a\n", second.key, True) == "- [ ] a\n- [x] a\n"
    assert first.key != second.key


def test_a_removed_task_cannot_be_ticked() -> None:
    assert with_task_set(BOXES, "0123456789.1", True) is None


def test_windows_line_endings_survive_a_tick() -> None:
    text = "a\r\n\r\n- [ ] b\r\n"
    assert with_task_set(text, task_boxes(text)[0].key, True) == "a\r\n\r\n- [x] b\r\n"


def test_tasks_are_disabled_without_write_access() -> None:
    assert "disabled" in render("- [ ] a", MarkdownContext())
    assert "disabled" not in render("- [ ] a", PLACE)


# hostile text

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></foreignObject></svg>",
    "<form action=/x><button formaction=javascript:alert(1)>x</button></form>",
    "<style>*{display:none}</style><div style='position:fixed;inset:0'>x</div>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    '<details title="\n\n```mermaid\npie\n"a onmouseover=alert(1)" : 1\n```\n\n">',
    '```mermaid\npie title <img src=x onerror=alert(1)>\n"</text><script>alert(1)</script>" : 1\n```',
    '```mermaid\nxychart-beta\ntitle "</title><script>alert(1)</script>"\nbar [1]\n```',
    '```"><script>alert(1)</script>\nx\n```',
    "http://a/\"onmouseover='alert(1)'",
    "http://a/<script>alert(1)</script>",
    "<a href=x>#12 <a href=y>@maya",
    "<iframe src='//evil'></iframe><object data=x></object><embed src=x><base href=//evil>",
    "<meta http-equiv=refresh content='0; //evil'><link rel=stylesheet href=//evil>",
    "<input type=text name=q autofocus onfocus=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
HARMLESS = {
    "href",
    "src",
    "class",
    "title",
    "open",
    "type",
    "checked",
    "disabled",
    "data-box",
    "rel",
    "style",
}


class Attributes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def assert_safe(html: str) -> None:
    seen = Attributes()
    seen.feed(html)
    assert not [name for name in seen.attributes if name.startswith("on")]
    assert not seen.tags & {
        *("script", "style", "iframe", "object", "embed", "base", "meta", "form", "button", "link"),
        *("foreignobject", "animate", "math", "textarea", "noscript", "template"),
    }
    assert not [
        url for url in seen.addresses if re.match(r"\s*(javascript|data|vbscript):", url, re.IGNORECASE)
    ]


@pytest.mark.parametrize("attack", ATTACKS)
def test_known_attacks_are_neutralized(attack: str) -> None:
    assert_safe(render(attack, PLACE))
    assert_safe(render(f"text {attack} text\n\n| a |\n| - |\n| {attack} |", PLACE))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([*ATTACKS, "- [ ] ", "```mermaid\n", "\n\n", "<!--", '"', "'", ">"]), st.text()
        )
    )
)
def test_any_text_renders_to_safe_html(parts: list[str]) -> None:
    assert_safe(render("".join(parts), PLACE))


def test_authors_cannot_forge_tasks_or_page_styles() -> None:
    html = render('<input type="checkbox" data-box="0"><div class="walkthrough merge-box">x</div>', PLACE)
    assert "data-box" not in html
    assert "walkthrough" not in html
    assert "merge-box" not in html


def test_a_text_too_long_to_render_is_shown_as_plain_text() -> None:
    assert render("<b>" * 200_000, PLACE).startswith("<pre>&lt;b&gt;")


@pytest.mark.parametrize("text", ["> " * 5000 + "x", "[" * 20_000, "*a" * 20_000, "- " * 3000, "|a" * 5000])
def test_deeply_nested_texts_are_rendered_in_time(text: str) -> None:
    render(text, PLACE)


# charts


def test_a_burndown_is_drawn_with_bars_and_a_line() -> None:
    svg = draw(BURNDOWN)
    assert svg.count("<rect") == 3
    assert svg.count("<polyline") == 1
    assert "Jun 3" in svg
    assert 'aria-label="Sites left. sites: Jun 1 120' in svg


def test_a_chart_survives_sanitizing() -> None:
    html = render(f"```mermaid\n{BURNDOWN}```", PLACE)
    assert draw(BURNDOWN) in html


def test_a_pie_chart_shows_percentages() -> None:
    svg = draw('pie showData title Sites by kind\n  "import" : 30\n  "patch" : 10\n')
    assert svg.count("<path") == 2
    assert "import [30] · 75%" in svg


def test_a_pie_chart_with_one_slice_is_a_circle() -> None:
    assert "<circle" in draw('pie\n "done" : 5\n "left" : 0')


def test_a_chart_can_have_front_matter_and_directives() -> None:
    text = "---\nconfig:\n  theme: x\n---\n%%{init: {}}%%\n%% said aside\n" + BURNDOWN
    assert draw(text) == draw(BURNDOWN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gantt\n title x",
        "graph TD; A-->B",
        "xychart-beta horizontal\nbar [1]",
        "xychart-beta",
        "xychart-beta\nbar []",
        "xychart-beta\nbar [a]",
        "xychart-beta\nbar [nan, inf]",
        "xychart-beta\nbar [1e300]",
        "pie",
        'pie\n"a" : 0',
        "xychart-beta\nbar [" + "1," * 5000 + "1]",
    ],
)
def test_an_unsupported_chart_is_shown_as_code(text: str) -> None:
    with pytest.raises(UnsupportedChart):
        draw(text)
    assert "<pre><code>" in render(f"```mermaid\n{text}\n```", PLACE)


@pytest.mark.parametrize("values", ["0", "0, 0", "5", "-3, 4", "0.001, 0.002", "1000000, 2"])
def test_any_values_can_be_drawn(values: str) -> None:
    assert "nan" not in draw(f"xychart-beta\nline [{values}]")


# code


def test_code_is_highlighted_and_escaped() -> None:
    assert '<span class="kn">import</span>' in highlight("import a", "python")
    assert highlight("<b>", "no-such-language") == "&lt;b&gt;"


def test_a_multiline_string_is_highlighted_on_each_line() -> None:
    lines = highlight_lines('x = """a\nb\n"""\n', "a.py")
    assert len(lines) == 4
    assert all(line.count("<span") == line.count("</span>") for line in lines)
