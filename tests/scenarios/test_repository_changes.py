"""Repositories that move, close and come back, installations that come and go, and a default branch that is rewritten:
what was asked for goes on where it was, and people see how it stands."""

from __future__ import annotations

from tests.scenarios.test_revert_all import UNCHECKED
from tests.world import REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"


async def opened(here: World) -> int:
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    return here.pulls(BRANCH)[-1].number


async def use(here: World, name: str) -> None:
    await here.push({f"shop/{name}.py": "from shop.old import Old\n\nx = Old\n"}, f"Use {name}")


async def test_an_archived_repository_rests_until_it_is_unarchived(here: World) -> None:
    await here.settled()
    await here.forge.repos.archive(REPO, by="boss")
    await here.settled()
    before = here.status()
    assert here.engine is not None
    await here.engine.sweep_now()
    await here.settled()
    assert here.status() == before
    await here.forge.repos.archive(REPO, by="boss", archived=False)
    await opened(here)


async def test_a_renamed_repository_goes_on_under_its_new_name(here: World) -> None:
    number = await opened(here)
    await here.forge.repos.rename(REPO, "store", by="boss")
    content = {"shop/d.py": b"from shop.old import Old\n\nx = Old\n"}
    await here.forge.repos.push("acme/store", content, "A use", by="maya")
    await here.settled()
    store = here.forge.repo("acme/store")
    text = next(one.body for one in store.issues[here.issue].comments if "drover:status" in one.body)
    assert "**5 of 5 references left**" in text
    assert [one.number for one in store.pulls] == [number]
    assert "import New as Old" in (await store.git.text("show", f"{BRANCH}:shop/d.py"))


async def test_a_suspended_or_removed_app_rests_until_it_is_back(here: World) -> None:
    await here.settled()
    apps, one = here.forge.apps, here.installation
    apps.suspend(one, by="boss")
    await use(here, "d")
    await here.settled()
    apps.unsuspend(one, by="boss")
    await here.until(lambda: "**5 of 5 references left**" in here.status(), "it goes on after a suspension")
    await here.settled()
    apps.remove_repository(one, REPO, by="boss")
    await use(here, "e")
    await here.settled()
    apps.add_repository(one, REPO, by="boss")
    await here.until(lambda: "**6 of 6 references left**" in here.status(), "it goes on in its repository")
    await here.settled()
    apps.uninstall(one, by="boss")
    await use(here, "f")
    await here.settled()
    apps.install(here.app, REPO)
    await here.until(
        lambda: "**7 of 7 references left**" in here.status(), "it goes on after it is installed again"
    )
    await here.settled()
    assert len([text for text in here.comments() if "drover:status" in text]) == 1
    assert not any("drover:crash" in text for text in here.comments())


async def test_a_transferred_repository_goes_on_if_the_new_owner_has_the_app(here: World) -> None:
    number = await opened(here)
    here.forge.people.add("other", kind="Organization")
    await here.forge.repos.transfer(REPO, "other", by="boss")
    await here.settled()
    here.forge.apps.install(here.app, "other/shop")
    content = {"shop/d.py": b"from shop.old import Old\n\nx = Old\n"}
    await here.forge.repos.push("other/shop", content, "A use", by="maya")
    await here.settled()
    shop = here.forge.repo("other/shop")
    text = next(one.body for one in shop.issues[here.issue].comments if "drover:status" in one.body)
    assert "**5 of 5 references left**" in text
    assert [one.number for one in shop.pulls] == [number]


async def test_a_deleted_issue_leaves_nothing_open_and_a_new_one_goes_on(
    here: World,
) -> None:
    number = await opened(here)
    await here.forge.removals.delete(REPO, here.issue, by="boss")
    await here.until(lambda: not here.pulls(state="open"), "the phase is closed")
    await here.settled()
    assert BRANCH not in await here.branches()
    (said,) = here.comments(number)
    assert "the tracking issue was deleted" in said
    assert "open an issue with the label `migration`" in said

    assert await here.open_issue() != 1
    await here.label("migration")
    await here.label(PHASE_1)
    await here.until(lambda: len(here.pulls(state="open")) == 1, "the phase is open again")
    await here.settled()
    assert "🔀 open" in here.status()
    assert (await here.git("merge-base", "main", here.pulls(state="open")[0].pull.head_sha)) != ""  # type: ignore[union-attr]


async def test_a_transferred_issue_closes_open_phases_and_says_where_it_is(here: World) -> None:
    await here.push({".github/migrations/old.yml": UNCHECKED}, "No checks")
    await here.merge(await opened(here))
    await here.settled()
    await here.label("migration:phase-2")
    await here.comment("/migrate revert 1")
    await here.until(lambda: len(here.pulls(state="open")) == 2, "phase 2 and the revert are open")
    await here.settled()
    await here.forge.repos.create("acme/other", {"readme.md": "Other\n"})
    here.forge.repos.set_role("acme/other", "boss", "admin")
    here.forge.apps.add_repository(here.installation, "acme/other", by="boss")
    there = await here.forge.removals.transfer(REPO, here.issue, "acme/other", by="boss")
    await here.until(lambda: len(here.pulls(state="open")) == 1, "the phase is closed")
    await here.settled()
    (revert,) = here.pulls(state="open")
    (phase,) = here.pulls("drover/1/phase-2")
    assert f"acme/other/issues/{there.number}" in here.comments(phase.number)[-1]
    assert "Closed because the tracking issue" in here.comments(phase.number)[-1]
    assert "can still merge or close this" in here.comments(revert.number)[-1]
    assert "drover/1/phase-2" not in await here.branches()
    await here.engine.sweep_now()  # type: ignore[union-attr]
    await here.settled()
    assert len(here.comments(revert.number)) == 1


async def test_one_wrong_answer_about_the_issue_closes_nothing(here: World) -> None:
    await opened(here)
    here.forge.faults.answer("404", method="GET", path=f"/issues/{here.issue}$")
    await use(here, "d")
    await here.settled()
    assert len(here.pulls(state="open")) == 1


async def test_open_phases_are_retargeted_to_a_new_default_branch(here: World) -> None:
    number = await opened(here)
    await here.forge.repos.create_branch(REPO, "trunk", by="boss")
    await here.push({"shop/d.py": "from shop.old import Old\n\nx = Old\n"}, "A use", branch="trunk")
    await here.forge.repos.set_default_branch(REPO, "trunk", by="boss")
    await here.settled()
    assert "on `trunk`" in here.status()
    (pull,) = here.pulls(BRANCH)
    assert pull.pull is not None
    assert (pull.number, pull.state, pull.pull.base_ref) == (number, "open", "trunk")
    assert "import New as Old" in await here.read("shop/d.py", BRANCH)


async def test_a_reopened_pull_request_is_the_phases_again(here: World) -> None:
    number = await opened(here)
    head = (await here.branches())[BRANCH]
    await here.forge.issues.close(REPO, number, by="maya")
    await here.settled()
    assert PHASE_1 not in here.labels()
    await here.forge.repos.create_ref(REPO, f"refs/heads/{BRANCH}", head, by="maya")
    await here.forge.issues.reopen(REPO, number, by="maya")
    await here.until(lambda: PHASE_1 in here.labels(), "the phase is open again")
    await here.settled()
    assert "🔀 open" in here.status()
    assert [one.number for one in here.pulls(state="open")] == [number]


async def test_a_closed_issue_is_only_counted_until_it_is_reopened(here: World) -> None:
    number = await opened(here)
    await here.forge.issues.close(REPO, here.issue, by="maya")
    await use(here, "d")
    await here.until(lambda: "**The issue is closed**" in here.status(), "the status says so")
    await here.settled()
    assert "**5 of 5 references left**" in here.status()
    assert "shop/d.py" not in await here.git("ls-tree", "-r", "--name-only", BRANCH)
    await here.forge.issues.reopen(REPO, here.issue, by="maya")
    await here.settled()
    assert "import New as Old" in await here.read("shop/d.py", BRANCH)
    assert [one.number for one in here.pulls(state="open")] == [number]


async def test_a_merge_that_is_force_pushed_away_can_be_repeated(here: World) -> None:
    before = (await here.git("rev-parse", "main")).strip()
    await here.merge(await opened(here))
    await here.settled()
    assert "✅ merged" in here.status()
    await here.forge.repos.update_ref(REPO, "refs/heads/main", before, "boss", force=True)
    await here.until(lambda: "↩️ reverted" in here.status(), "the phase can start again")
    await here.settled()
    assert "was reverted" in here.status()
    assert PHASE_1 not in here.labels()
    await here.comment("/migrate revert 1")
    await here.until(lambda: bool(here.answers()), "there is an answer")
    assert "It isn't merged." in here.answers()[-1]
    await here.merge(await opened(here))
    await here.settled()
    assert "✅ merged" in here.status()
    assert "import New as Old" in await here.read("shop/a.py")
