from __future__ import annotations

import io
from pathlib import Path
from random import Random

import pytest
from markdown_it import MarkdownIt

from bot.audit.audit import Audit, PhaseSize
from bot.audit.misleading_names import DanglingImport
from bot.cli.terminal import Terminal
from bot.report.audit.comment import audit_text
from bot.report.audit.page import Rectangle, merge_small_folders, page, squarify
from bot.report.audit.sections import sections
from bot.report.text import LIMIT
from bot.rewrite.file_result import FileSites
from codemods.model.site import Site
from tests.audit.test_audit import PLAN, SHOP, planned

ODD = 'a|b`c`<img src=x onerror=alert(1)>\n@everyone "\udcff.py'


def site(line: int, safe: bool = True) -> Site:
    return Site(line, 0, "import", "m:A", safe, "" if safe else "can't be\nmoved | <b>")


def large(files: int, most: int = 3) -> Audit:
    found = tuple(
        FileSites(
            f"app/part{number % 40}/m{number}.py",
            "",
            tuple(site(line, number % 7 > 0) for line in range(1, most)),
        )
        for number in range(files)
    )
    return Audit("Old becomes New", "c0ffee" * 6, (), 20_000, 9_000, found, {})


def odd() -> Audit:
    return Audit(
        ODD,
        "c0ffee" * 6,
        (),
        3,
        2,
        (FileSites(ODD, "", (site(1, False),)),),
        {ODD: ODD},
        dangling=(DanglingImport(ODD, 3, ODD, ODD, (ODD,)),),
        phases=(PhaseSize(1, ODD, 301, 1, 1, 1, 2),),
        unmatched=(ODD,),
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return planned(tmp_path_factory.mktemp("shop"), SHOP, PLAN)


def test_the_comment_has_every_section_with_links_to_the_lines(shop: Audit) -> None:
    text = audit_text(shop, repo_url="https://github.com/o/r")
    assert "### Audit: Engine becomes UserEngine" in text
    for title in (
        "Kinds",
        "Phases",
        "Broken imports",
        "Can't be parsed",
        "Interface",
        "Same name elsewhere",
        "Files",
    ):
        assert title in text
    assert "[`shop/half.py:1`](https://github.com/o/r/blob/c0ffee/shop/half.py#L1)" in text
    assert "| Context | shop.engine | shop.context |" in text


@pytest.mark.parametrize("files", [1, 500, 9_000])
def test_the_comment_always_fits(files: int) -> None:
    proposed = "title: x\n" + "# a line of the proposed plan\n" * 100
    text = audit_text(large(files), repo_url="https://github.com/owner/repository", proposed=proposed)
    assert len(text) <= LIMIT + 1
    assert "references" in text
    assert "# a line of the proposed plan" in text


def test_no_name_breaks_out_of_its_cell() -> None:
    text = audit_text(odd(), repo_url="https://github.com/o/r")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    assert not [token for token in (*tokens, *inner) if token.type in ("html_block", "html_inline", "image")]
    assert len([token for token in tokens if token.type == "table_open"]) >= 5
    said = " ".join(child.content for child in inner if child.type == "text")
    assert "@everyone" not in said
    text.encode()


def test_a_proposed_plan_stands_in_the_comment_as_it_is() -> None:
    text = audit_text(large(3), proposed='title: "```"\nphases: []\n')
    assert '````yaml\ntitle: "```"\nphases: []\n````' in text


def test_the_page_shows_any_name_as_text() -> None:
    text = page(odd())
    assert "<img" not in text
    assert "&lt;img src=x" in text
    text.encode()


def test_the_page_of_a_large_audit_stays_small() -> None:
    text = page(large(9_000))
    assert len(text) < 1_500_000
    assert text.count("<rect") < 2_000


def test_the_plot_fills_its_box_without_overlap() -> None:
    random = Random(1)
    for count in (1, 2, 7, 60):
        items = sorted(((str(n), random.randrange(1, 500)) for n in range(count)), key=lambda item: -item[1])
        boxes = [box for _, box in squarify(items, Rectangle(0, 0, 1000, 460))]
        assert sum(box.width * box.height for box in boxes) == pytest.approx(1000 * 460)
        assert all(
            box.x >= 0 and box.x + box.width < 1000.01 and box.y + box.height < 460.01 for box in boxes
        )
        for at, (_, weight) in enumerate(items):
            share = weight / sum(each for _, each in items)
            assert boxes[at].width * boxes[at].height == pytest.approx(share * 1000 * 460)


def test_very_many_folders_are_summed_up_by_their_parents() -> None:
    folders = {f"top/pkg{number}/deep": {"a.py": 1, "b.py": 2} for number in range(1_000)}
    shown = merge_small_folders(folders)
    assert list(shown) == ["top"]
    assert sum(shown["top"].values()) == 3_000


def test_plain_columns_hold_one_line_a_row_and_nothing_that_steers_a_terminal() -> None:
    out = io.StringIO()
    terminal = Terminal(out, io.StringIO())
    steering = Audit("t", "", (), 1, 1, (FileSites("\x1b[2Ja\nb.py", "", (site(1),)),), {})
    for section in sections(steering):
        terminal.section(section)
    assert "\x1b" not in out.getvalue()
    assert "\\x1b[2Ja\\x0ab.py" in out.getvalue()


def test_a_stream_that_cannot_encode_a_name_escapes_it() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Terminal(out, out).print("größe \udcff")
    out.flush()
    assert out.buffer.getvalue() == b"gr\\xf6\\xdfe \\udcff\n"


def test_an_audit_that_finds_nothing_says_so(tmp_path: Path) -> None:
    nothing = Audit("t", "", (), 12, 10, (), {})
    assert "No references left in 12 files." in audit_text(nothing)
    assert "<svg" not in page(nothing)
