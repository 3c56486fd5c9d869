"""People push all day: open phases stay up to date by themselves, and nobody's commit is lost."""

from __future__ import annotations

from sandbox.model.repositories import Protection
from tests.world import FILES, PLAN, REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"


async def opened(here: World) -> int:
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    return here.pulls(BRANCH)[0].number


async def head(here: World) -> str:
    return (await here.branches())[BRANCH]


async def test_a_push_to_the_phases_files_regenerates_its_branch(here: World) -> None:
    number = await opened(here)
    before = await head(here)
    text = await here.read("shop/a.py")
    await here.push({"shop/a.py": text + "\n\nLATER = 1\n"}, "Later work")
    await here.settled()
    assert await head(here) != before
    assert (await here.read("shop/a.py", BRANCH)).endswith("LATER = 1\n")
    assert "import New as Old" in await here.read("shop/a.py", BRANCH)
    assert [one.number for one in here.pulls(BRANCH)] == [number]
    assert here.comments(number) == []


async def test_a_push_elsewhere_leaves_the_branch_and_its_approvals_alone(here: World) -> None:
    await opened(here)
    before = await head(here)
    await here.push({"README.md": "hello\n"}, "A readme")
    await here.settled()
    assert await head(here) == before


async def test_a_new_use_on_the_default_branch_is_counted_and_taken_in(here: World) -> None:
    await opened(here)
    await here.push({"shop/d.py": "from shop.old import Old\n\nd = Old\n"}, "A new use")
    await here.settled()
    assert "**5 of 5 references left**" in here.status()
    assert "import New as Old" in await here.read("shop/d.py", BRANCH)


async def test_a_persons_commit_on_the_branch_is_replayed(here: World) -> None:
    number = await opened(here)
    mine = await here.read("shop/c.py", BRANCH)
    await here.push({"shop/c.py": mine + "\nMINE = 1\n"}, "My own touch", by="boss", branch=BRANCH)
    await here.settled()
    text = await here.read("shop/a.py")
    await here.push({"shop/a.py": text + "\n\nLATER = 1\n"}, "Later work")
    await here.settled()
    assert (await here.read("shop/c.py", BRANCH)).endswith("MINE = 1\n")
    assert (await here.read("shop/a.py", BRANCH)).endswith("LATER = 1\n")
    log = await here.git("log", "-1", "--format=%s|%an", BRANCH)
    assert log.strip() == "My own touch|boss"
    assert len(here.pulls(BRANCH)) == 1
    assert here.comments(number) == []


async def test_a_persons_commit_that_does_not_apply_stops_it_and_is_named(here: World) -> None:
    number = await opened(here)
    mine = (await here.read("shop/c.py", BRANCH)).replace("c = Old", "c = Old  # mine")
    await here.push({"shop/c.py": mine}, "My own touch", by="boss", branch=BRANCH)
    await here.settled()
    before = await head(here)
    theirs = (await here.read("shop/c.py")).replace("c = Old", "c = Old  # theirs")
    await here.push({"shop/c.py": theirs}, "Their touch")
    await here.settled()
    assert await head(here) == before
    (told,) = here.comments(number)
    assert "My own touch" in told
    assert "`shop/c.py`" in told
    assert "but Drover can't update it" in here.status()
    await here.comment("/migrate regenerate 1 --discard")
    await here.until(lambda: bool(here.answers()), "there is an answer")
    await here.settled()
    assert "# theirs" in await here.read("shop/c.py", BRANCH)
    assert "# mine" not in await here.read("shop/c.py", BRANCH)


async def test_a_push_at_the_worst_moment_is_not_overwritten(here: World) -> None:
    await opened(here)
    mine = await here.read("shop/c.py", BRANCH)

    async def push() -> None:
        await here.push({"shop/c.py": mine + "\nMINE = 1\n"}, "Just now", by="boss", branch=BRANCH)

    here.forge.faults.before(push, method="POST", path=r"/git/commits$")
    text = await here.read("shop/a.py")
    await here.push({"shop/a.py": text + "\n\nLATER = 1\n"}, "Later work")
    await here.settled()
    await here.until(lambda: _both(here), "both pushes are on the branch")


async def test_a_commit_that_comes_after_the_merge_is_not_deleted_with_the_branch(here: World) -> None:
    number = await opened(here)

    async def push() -> None:
        await here.push({"notes.md": "mine\n"}, "Just now", by="boss", branch=BRANCH)

    here.forge.faults.before(push, method="POST", path=r"git-receive-pack$")
    await here.merge(number)
    await here.settled()
    assert await here.read("notes.md", BRANCH) == "mine\n"
    assert f"`{BRANCH}` has commits that aren't in any pull request" in here.status()
    await here.push({"shop/d.py": "from shop.old import Old\n\nd = Old\n"}, "A new use")
    await here.comment("/migrate start 1")
    await here.until(lambda: len(here.pulls(BRANCH)) == 2, "the phase is open once more")
    await here.settled()
    assert await here.read("notes.md", BRANCH) == "mine\n"
    assert "has commits" not in here.status()


async def _both(here: World) -> bool:
    mine = (await here.read("shop/c.py", BRANCH)).endswith("MINE = 1\n")
    return mine and (await here.read("shop/a.py", BRANCH)).endswith("LATER = 1\n")


async def test_reviewers_are_notified_only_of_changes_that_they_see(here: World) -> None:
    number = await opened(here)
    await here.comment("Looks good so far.", by="boss", on=number)
    await here.settled()
    await here.push({"shop/a.py": "# a\n" + await here.read("shop/a.py")}, "A line above")
    await here.settled()
    assert [text for text in here.comments(number) if "drover:anew" in text] == []
    await here.push({"shop/d.py": "from shop.old import Old\n\nd = Old\n"}, "A new use")
    await here.settled()
    (told,) = [text for text in here.comments(number) if "drover:anew" in text]
    assert "`shop/d.py`" in told
    assert "`shop/a.py`" not in told


async def test_a_plan_that_changes_regenerates_open_phases(here: World) -> None:
    await opened(here)
    plan = await here.read(".github/migrations/old.yml")
    await here.push({".github/migrations/old.yml": plan.replace("batch: 2", "batch: 1")}, "Smaller batches")
    await here.settled()
    log = await here.git("log", "--format=%B", f"main..{BRANCH}")
    assert log.count("Drover-Batch: ") == 3


async def test_a_pull_request_closed_by_a_person_cancels_the_phase(here: World) -> None:
    number = await opened(here)
    await here.forge.issues.close("acme/shop", number, by="maya")
    await here.settled()
    assert PHASE_1 not in here.labels()
    assert set(await here.branches()) == {"main"}
    assert "is ready to start" in here.status()


async def test_a_deleted_branch_cancels_the_phase(here: World) -> None:
    await opened(here)
    await here.forge.repos.delete_branch("acme/shop", BRANCH, by="maya")
    await here.settled()
    assert PHASE_1 not in here.labels()
    assert "is ready to start" in here.status()


async def test_a_renamed_repository_and_default_branch_go_on(here: World) -> None:
    await here.settled()
    await here.forge.repos.create_branch("acme/shop", "trunk", by="boss")
    await here.forge.repos.set_default_branch("acme/shop", "trunk", by="boss")
    await here.settled()
    assert "on `trunk`" in here.status()


async def test_an_approval_survives_fifty_unrelated_pushes(place: World) -> None:
    """The phase takes every file: only what it changes, and what is left for it, matters."""
    plan = PLAN.replace('paths: ["shop/**"]', 'paths: ["**"]').partition("  - name: Tests")[0]
    by_hand = "import shop.old\n\nname = 'Old'\nx = getattr(shop.old, name)\n"
    await place.push({".github/migrations/old.yml": plan, "shop/hand.py": by_hand}, "One phase")
    place.forge.repos.protect(REPO, "main", Protection(approvals=1, dismiss_stale=True))
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    number = await opened(place)
    before = await head(place)
    await place.forge.pulls.review(REPO, number, "APPROVE", by="boss")
    place.forge.hooks.paused = True
    for at in range(50):
        name = ("README.md", f"docs/{at}.md", f"shop/new{at}.py", "shop/hand.py", "shop/new.py")[at % 5]
        text = by_hand if name == "shop/hand.py" else FILES.get(name, "")
        await place.push({name: f"{text}# {at}\n"}, f"Push {at}", by="boss")
    place.forge.hooks.resume()
    tip = await place.git("rev-parse", "main")
    await place.until(lambda: tip[:10] in place.status(), "the count is of the newest commit")
    await place.settled()
    assert await head(place) == before
    pull = place.thread(number).pull
    assert pull is not None
    assert [review.state for review in pull.reviews] == ["APPROVED"]
    assert place.comments(number) == []


async def test_a_change_elsewhere_that_makes_a_use_migratable_reaches_the_open_phase(here: World) -> None:
    """`shop/d.py` stays as it is, and is no other phase's: what its import would bring is there from then on."""
    plan = PLAN.replace("shop.old:Old", "shop.old").replace("shop.new:New", "shop.new")
    new = "class Old: ...\n"
    await here.push(
        {
            ".github/migrations/old.yml": plan,
            "shop/old.py": "class Old: ...\nclass Extra: ...\n",
            "shop/new.py": new,
            "shop/d.py": "from shop.old import Extra\n",
        },
        "The whole module moves",
    )
    await here.settled()
    await here.label("migration:phase-1")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    (pull,) = here.pulls("drover/1/phase-1")
    assert "from shop.new import Old" in await here.read("shop/a.py", "drover/1/phase-1")
    assert "from shop.old import Extra" in await here.read("shop/d.py", "drover/1/phase-1")

    await here.push({"shop/new.py": new + "class Extra: ...\n"}, "The new module has it too")
    await here.settled()

    assert [one.number for one in here.pulls(state="open")] == [pull.number]
    assert "from shop.new import Extra" in await here.read("shop/d.py", "drover/1/phase-1")
