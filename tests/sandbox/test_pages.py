"""The web pages: what they show, what forms do, and what is refused."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from yarl import URL

from sandbox.forge import Forge
from sandbox.model.accounts import Actor
from sandbox.model.checks import Annotation, CheckRunAction, RunChange
from sandbox.model.repositories import Issue, Protection, Repository
from sandbox.pages.routes import setup_pages
from sandbox.pages.walkthrough import Walkthrough, migration_steps
from sandbox.sample.setup import NAME, create_sample


class Person:
    """A person with a browser."""

    def __init__(self, session: ClientSession, url: URL) -> None:
        self._session = session
        self.url = url

    async def get(self, path: str) -> str:
        async with self._session.get(
            self.url / path.lstrip("/") if "?" not in path else f"{self.url}{path}"
        ) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.text()

    async def status(self, path: str) -> int:
        async with self._session.get(URL(f"{self.url}{path}", encoded=True)) as answer:
            return answer.status

    async def post(self, path: str, /, **form: str) -> ClientResponse:
        headers = {"Origin": str(self.url), "Sec-Fetch-Site": "same-origin"}
        answer = await self._session.post(f"{self.url}{path}", data=form, headers=headers)
        await answer.read()
        return answer

    async def become(self, login: str) -> None:
        assert (await self.post("/_/viewer", login=login, back="/")).ok


class SandboxPages:
    def __init__(self, forge: Forge, repo: Repository, issue: Issue) -> None:
        self.forge = forge
        self.repo = repo
        self.issue = issue
        self.at = f"/{NAME}"
        self.page = f"/{NAME}/issues/{issue.number}"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SandboxPages]:
    forge = Forge(tmp_path)
    repo, issue = await create_sample(forge, checks=False)
    forge.issues.create_label(repo, "migration:phase-1", by="maya", color="1d76db")
    yield SandboxPages(forge, repo, issue)
    await forge.close()


@pytest.fixture
async def maya(world: SandboxPages) -> AsyncIterator[Person]:
    app = web.Application()
    walk = Walkthrough(NAME, "maya", "Try it", migration_steps, f"/{NAME}/pulls")
    setup_pages(app, world.forge, walk)
    server = TestServer(app)
    await server.start_server()
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Person(session, server.make_url("/").origin())
    await server.close()


def labels(issue: Issue) -> list[str]:
    return [label.name for label in issue.labels]


async def test_every_page_is_served(maya: Person, world: SandboxPages) -> None:
    tip = await world.forge.repos.tip(world.repo)
    for path in (
        *(
            "",
            "/issues",
            "/issues?state=closed",
            "/issues/1",
            "/issues/new",
            "/pulls",
            "/pull/2",
            "/pull/2/commits",
        ),
        *(
            "/pull/2/checks",
            "/pull/2/files",
            "/commits/main",
            f"/commit/{tip}",
            "/branches",
            "/tree/main/shop",
        ),
        *(f"/tree/{tip}", "/blob/main/shop/app.py", "/blob/main/docs/architecture.md", "/tree/wish-list"),
    ):
        assert "<main" in await maya.get(f"{world.at}{path}"), path
    for path in ("/maya", "/", "/_/style.css", "/_/page.js", "/_/icon.svg"):
        assert await maya.get(path)


async def test_a_missing_page_is_a_404(maya: Person, world: SandboxPages) -> None:
    for path in (
        "/issues/999",
        "/pull/1",
        "/tree/nothing",
        "/blob/main/nothing.py",
        "/commit/abcdef0",
        "/runs/1",
    ):
        assert await maya.status(f"{world.at}{path}") == 404, path
    assert await maya.status("/nobody") == 404
    assert await maya.status("/acme/nothing") == 404


async def test_a_label_is_added_and_removed_by_a_click(maya: Person, world: SandboxPages) -> None:
    assert (await maya.post(f"{world.page}/labels", add="migration")).ok
    assert labels(world.issue) == ["migration"]
    assert (await maya.post(f"{world.page}/labels", remove="migration")).ok
    assert labels(world.issue) == []
    assert "removed the label" in await maya.get(world.page)


async def test_labelling_needs_more_than_read_access(maya: Person, world: SandboxPages) -> None:
    await maya.become("sam")
    answer = await maya.post(f"{world.page}/labels", add="migration")
    assert answer.status == 403
    assert "triage access" in await answer.text()
    assert labels(world.issue) == []


async def test_ticking_a_task_changes_only_that_task(maya: Person, world: SandboxPages) -> None:
    before = world.issue.body or ""
    key = re.findall(r'data-box="([^"]+)"', await maya.get(world.page))[1]
    assert (await maya.post(f"{world.page}/tick", on="issue", box=key, ticked="1")).ok
    after = world.issue.body or ""
    assert after.count("[x]") == before.count("[x]") + 1
    assert after.replace("[x]", "[ ]") == before.replace("[x]", "[ ]")


async def test_ticking_a_removed_task_is_refused(maya: Person, world: SandboxPages) -> None:
    key = re.findall(r'data-box="([^"]+)"', await maya.get(world.page))[1]
    await world.forge.issues.edit(world.repo, 1, body="Nothing to tick.", by="ivo")
    answer = await maya.post(f"{world.page}/tick", on="issue", box=key, ticked="1")
    assert answer.status == 409
    assert world.issue.body == "Nothing to tick."


async def test_ticking_in_others_texts_needs_write_access(maya: Person, world: SandboxPages) -> None:
    comment = await world.forge.issues.comment(world.repo, 1, "- [ ] mine", by="ivo")
    await maya.become("tess")
    key = re.findall(
        r'data-box="([^"]+)" disabled', (await maya.get(world.page)).replace(' disabled=""', " disabled")
    )[-1]
    assert (await maya.post(f"{world.page}/tick", on=str(comment.id), box=key, ticked="1")).status == 403
    await maya.become("noor")
    assert (await maya.post(f"{world.page}/tick", on=str(comment.id), box=key, ticked="1")).ok
    assert comment.body == "- [x] mine"
    assert comment.edits[-1].editor.login == "noor"


async def test_a_comment_can_close_the_issue(maya: Person, world: SandboxPages) -> None:
    await maya.post(f"{world.page}/comment", body="Done.\r\nReally.", then="close")
    assert world.issue.comments[-1].body == "Done.\nReally."
    assert "Reopen issue" in await maya.get(world.page)
    await maya.post(f"{world.page}/comment", body="", then="reopen")
    assert "Close issue" in await maya.get(world.page)
    assert len(world.issue.comments) == 1


async def test_an_empty_comment_is_refused(maya: Person, world: SandboxPages) -> None:
    assert (await maya.post(f"{world.page}/comment", body=" ", then="")).status == 422


async def test_a_second_click_removes_a_reaction(maya: Person, world: SandboxPages) -> None:
    for count in (1, 0):
        await maya.post(f"{world.page}/react", on="issue", content="rocket")
        assert len(world.issue.reactions) == count


async def test_an_issue_is_opened(maya: Person, world: SandboxPages) -> None:
    answer = await maya.post(f"{world.at}/issues", title="Engines", body="slow")
    assert answer.url.path == f"{world.at}/issues/5"
    assert "Engines" in await answer.text()


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_a_pull_request_is_merged_by_each_method(
    maya: Person, world: SandboxPages, method: str
) -> None:
    page = f"{world.at}/pull/3"
    assert "no conflicts with the base branch" in await maya.get(page)
    assert (await maya.post(f"{page}/merge", method=method)).ok
    assert world.repo.issues[3].pull is not None
    assert world.repo.issues[3].pull.merged_at
    assert "merged this" in await maya.get(page)
    assert await maya.status(f"{world.at}/blob/main/scripts/old_report.py") == 404
    assert (await maya.post(f"{page}/delete-branch")).ok
    assert ">loose-ends<" not in await maya.get(f"{world.at}/branches")


async def test_without_write_access_the_page_says_so(maya: Person, world: SandboxPages) -> None:
    await maya.become("sam")
    assert "sam doesn't have permission to merge" in await maya.get(f"{world.at}/pull/3")
    assert (await maya.post(f"{world.at}/pull/3/merge", method="merge")).status == 403


async def test_a_conflict_is_shown_before_merging(maya: Person, world: SandboxPages) -> None:
    await world.forge.repos.push(world.repo, {"shop/admin/replay.py": "other = 1\n"}, "Else", by="lena")
    assert "This branch has conflicts" in await maya.get(f"{world.at}/pull/3")


async def test_a_diff_has_both_line_numbers_and_highlighting(maya: Person, world: SandboxPages) -> None:
    html = await maya.get(f"{world.at}/pull/3/files")
    assert '<tr class="removed">' in html
    assert re.search(r'<tr class="added" id="file\d+R\d+">', html)
    assert '<span class="kn">from</span>' in html


async def test_a_file_is_edited_and_becomes_a_commit(maya: Person, world: SandboxPages) -> None:
    page = await maya.get(f"{world.at}/blob/main/docs/operations.md")
    was = re.findall(r'name="was" value="([0-9a-f]{40})"', page)[0]
    answer = await maya.post(f"{world.at}/edit/main/docs/operations.md", text="# New\n", was=was, message="")
    assert answer.ok
    assert await world.repo.git.read("main", "docs/operations.md") == b"# New\n"
    assert "Update docs/operations.md" in await maya.get(f"{world.at}/commits/main")
    again = await maya.post(f"{world.at}/edit/main/docs/operations.md", text="# Old\n", was=was, message="")
    assert again.status == 409


async def test_branches_with_slashes_and_unusual_names_have_pages(maya: Person, world: SandboxPages) -> None:
    await world.forge.repos.push(
        world.repo,
        {"a b/é#?.txt": "x\n", "-r": "y\n", "c\nd.txt": "z", "[a]*.py": "w"},
        "Odd",
        by="ivo",
        branch="drover/1/phase-1",
    )
    html = await maya.get(f"{world.at}/tree/drover/1/phase-1")
    links = re.findall(r'href="(/acme/shop/(?:blob|tree)/drover/1/phase-1/[^"]+)"', html)
    assert f"{world.at}/blob/drover/1/phase-1/-r" in links
    for link in links:
        assert await maya.status(link) == 200, link
    assert await maya.status(f"{world.at}/blob/drover/1/phase-1/a%20b/%C3%A9%23%3F.txt") == 200


@pytest.mark.parametrize("path", ["%00", "..%2f..%2fetc%2fpasswd", "shop%2f..%2f..", "-x", "shop%00"])
async def test_an_impossible_path_is_a_404(maya: Person, world: SandboxPages, path: str) -> None:
    for kind in ("blob", "tree", "raw", "commits"):
        assert await maya.status(f"{world.at}/{kind}/main/{path}") == 404, kind


async def test_a_malformed_form_is_refused(maya: Person, world: SandboxPages) -> None:
    headers = {"Origin": str(maya.url), "Content-Type": "multipart/form-data"}
    async with ClientSession() as session:
        url = f"{maya.url}{world.page}/comment"
        async with session.post(url, data=b"\xff\xfe", headers=headers) as answer:
            assert answer.status == 400


async def test_a_very_long_file_is_truncated_with_a_note(maya: Person, world: SandboxPages) -> None:
    await world.forge.repos.push(world.repo, {"big.py": "x = 1\n" * 50_000}, "Big", by="ivo", branch="big")
    html = await maya.get(f"{world.at}/blob/big/big.py")
    assert html.count('<tr id="L') == 5000
    assert "45000 more lines" in html


# forged requests


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
async def test_forms_from_another_site_are_refused(
    maya: Person, world: SandboxPages, headers: dict[str, str]
) -> None:
    async with ClientSession() as session:
        url = f"{maya.url}{world.page}/labels"
        async with session.post(url, data={"add": "migration"}, headers=headers) as answer:
            assert answer.status == 403
    assert labels(world.issue) == []


async def test_viewing_pages_changes_nothing(maya: Person, world: SandboxPages) -> None:
    for path in ("/labels", "/comment", "/tick", "/edit", "/react"):
        assert await maya.status(f"{world.page}{path}") in (404, 405)


async def test_the_redirect_after_switching_users_stays_on_the_site(
    maya: Person, world: SandboxPages
) -> None:
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        answer = await maya.post("/_/viewer", login="ivo", back=back)
        assert answer.url.host == maya.url.host


async def test_titles_names_and_files_are_escaped(maya: Person, world: SandboxPages) -> None:
    attack = "<script>alert(1)</script>"
    issue = await world.forge.issues.open(world.repo, attack, attack, by="sam")
    await world.forge.repos.push(
        world.repo, {f"{attack}.py": f'x = "{attack}"\n'}, f"{attack}\n\n{attack}", by="ivo", branch="attack"
    )
    pull = await world.forge.pulls.open(world.repo, "attack", title=attack, body=attack, by="ivo")
    world.forge.issues.create_label(world.repo, '"><img src=x>', by="ivo", description=attack)
    await world.forge.issues.label(world.repo, issue.number, '"><img src=x>', by="ivo")
    at = world.at
    for path in (
        *(f"{at}", f"{at}/issues", f"{at}/issues/{issue.number}", f"{at}/pulls", f"{at}/pull/{pull.number}"),
        *(f"{at}/pull/{pull.number}/files", f"{at}/pull/{pull.number}/commits", f"{at}/branches"),
        *(f"{at}/commits/attack", f"{at}/tree/attack", f"{at}/commit/{pull.pull and pull.pull.head_sha}"),
    ):
        html = await maya.get(path)
        assert "<script>alert" not in html, path
        assert "<img" not in html, path


async def test_pages_have_a_strict_content_security_policy(maya: Person, world: SandboxPages) -> None:
    async with ClientSession() as session, session.get(f"{maya.url}{world.page}") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy


# live updates


async def test_an_open_page_receives_every_change(maya: Person, world: SandboxPages) -> None:
    async with ClientSession() as session, session.get(f"{maya.url}/_/events?repo={NAME}") as stream:
        assert await stream.content.readuntil(b"\n\n") == b"retry: 500\n\n"
        await world.forge.issues.label(world.repo, 1, "migration", by="maya")
        assert b"data: issues 1" in await stream.content.readuntil(b"\n\n")


async def test_a_branch_is_deleted_after_the_merge_and_restored(maya: Person, world: SandboxPages) -> None:
    at = f"{world.at}/pull/3"
    await maya.post(f"{at}/merge", method="merge")
    for button, other in (("Delete branch", "Restore branch"), ("Restore branch", "Delete branch")):
        html = await maya.get(at)
        assert button in html
        assert other not in html
        assert (await maya.post(f"{at}/{button.lower().replace(' ', '-')}")).ok
    html = await maya.get(at)
    assert "deleted the branch" in html
    assert "restored the branch" in html


async def test_a_renamed_repository_redirects(maya: Person, world: SandboxPages) -> None:
    await world.forge.repos.rename(NAME, "store", by="lena")
    html = await maya.get(f"/{NAME}/issues/1")
    assert "acme/store" in html
    assert await maya.status(f"/{NAME}/tree/main/tests%2Funit?x=%C3%BC") == 200


async def test_the_merge_box_shows_the_rules_of_a_protected_branch(maya: Person, world: SandboxPages) -> None:
    world.forge.repos.protect(world.repo, "main", Protection(required_checks=("gate",)))
    assert "Required status check &#34;gate&#34; is expected." in await maya.get(f"{world.at}/pull/3")


async def test_a_large_diff_has_pages_that_its_file_list_links_to(maya: Person, world: SandboxPages) -> None:
    files = {f"many/f{number:03}.py": "x = 1\n" * 9 for number in range(150)}
    await world.forge.repos.push(NAME, files, "Many", by="maya", branch="many")
    pull = await world.forge.pulls.open(NAME, "many", title="Many", by="maya")
    at = f"{world.at}/pull/{pull.number}/files"
    first, second = await maya.get(at), await maya.get(f"{at}?part=2")
    assert "150 files changed" in first
    assert "Page 1 of 2" in first
    assert ("file1R9" in first, "file101R9" in first) == (True, False)
    assert ("file1R9" in second, "file101R9" in second) == (False, True)
    assert 'href="?part=2#diff-150"' in first
    for odd in ("0", "3", "-1", "x", "9" * 30):
        assert "Page 1 of 2" in await maya.get(f"{at}?part={odd}")


async def test_the_middle_of_a_long_thread_is_folded(maya: Person, world: SandboxPages) -> None:
    for number in range(120):
        await world.forge.issues.comment(world.repo, 1, f"comment {number}.", by="ivo")
    html = await maya.get(world.page)
    assert "Show 21 more" in html
    assert [f"comment {at}." in html for at in (0, 38, 39, 59, 60, 119)] == [
        True,
        True,
        False,
        False,
        True,
        True,
    ]
    assert "comment 39." in await maya.get(f"{world.page}?all")


async def test_an_empty_repository_shows_the_clone_command(maya: Person, world: SandboxPages) -> None:
    await world.forge.repos.create("acme/empty")
    assert "git clone http://localhost/acme/empty.git" in await maya.get("/acme/empty")


async def test_an_unknown_address_has_an_error_page(maya: Person) -> None:
    for path in ("/a/b/c/d", f"/{NAME}/issues/999", f"/{NAME}/issues/x", "/nobody", f"/{NAME}/wiki", "/%00"):
        assert await maya.status(path) == 404, path


# walkthrough


async def test_the_walkthrough_ticks_off_completed_steps(maya: Person, world: SandboxPages) -> None:
    assert "0 of 8" in await maya.get(world.page)
    await maya.get(f"{world.at}/pull/2/checks")
    assert "1 of 8" in await maya.get(world.page)


async def test_the_walkthrough_leads_to_the_dashboard(maya: Person, world: SandboxPages) -> None:
    """Which is another server's; here it is a page of this one."""
    assert 'Open <a href="/walkthrough/dashboard">the dashboard</a>' in await maya.get(world.page)
    assert "Untangle shop/admin" in await maya.get("/walkthrough/dashboard")
    assert "1 of 8" in await maya.get(world.page)


async def test_a_check_page_shows_the_output_of_its_app(maya: Person, world: SandboxPages) -> None:
    head = world.repo.issues[2].pull
    assert head
    app = world.forge.apps.register("Proof", "acme", permissions={"checks": "write"})
    by = Actor(app.bot, world.forge.apps.install(app, world.repo))
    note = Annotation("shop/wishlist/agent.py", 5, 5, "warning", "use <the new one>", "New use")
    change = RunChange(
        name="proof",
        status="completed",
        conclusion="failure",
        title="Two things",
        summary="| a |\n| - |\n| 1 |",
        text="**more**",
        annotations=[note],
        actions=[CheckRunAction("Fix it", "Rewrites it", "fix")],
    )
    run = await world.forge.checks.create_run(world.repo, head.head_sha, change, by=by)
    for page in ("/pull/2/checks", f"/runs/{run.id}"):
        html = await maya.get(f"{world.at}{page}")
        for words in (
            "Two things",
            "<td>1</td>",
            "<strong>more</strong>",
            "use &lt;the new one&gt;",
            "Fix it",
        ):
            assert words in html, (page, words)
    assert "use &lt;the new one&gt;" in await maya.get(f"{world.at}/pull/2/files")
    assert "Some checks failed" in await maya.get(f"{world.at}/pull/2")
