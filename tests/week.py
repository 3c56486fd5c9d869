"""A team at work on a repository for a week: what its people push, and what they ask of the bot."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.access.refusals import Refusal
from sandbox.git.repository import Git, MergeConflict
from tests.world import FILES, PLAN, REPO, World

PEOPLE = ("maya", "boss", "ann", "ben", "cid")
METHODS = ("merge", "squash", "rebase")
USE = "from shop.old import Old\n\n\ndef made() -> Old:\n    return Old()\n"
SHOP: Mapping[str, str] = {
    **FILES,
    ".github/migrations/old.yml": PLAN.replace("checks:\n  wait: 60\n", "checks:\n  required: []\n"),
    "README.md": "# Shop\n",
    "shop/d.py": USE,
    "shop/two words.py": USE,
    "shop/größe.py": USE,
    "tests/test_b.py": USE,
    "tests/-dash.py": USE,
}
_MARK = re.compile(r"# by \w+, \d+")
_PHASE_FILE = re.compile(r"(shop|tests)/(?!__init__|old\.py|new\.py).+\.py")


@dataclass
class Week:
    here: World
    dice: random.Random
    pushes: int = 0
    made: int = 0
    told: list[str] = field(default_factory=list)
    """What GitHub refused to do."""
    standing: set[str] = field(default_factory=set)
    """What people wrote that has to be on the default branch still."""
    on_branches: list[str] = field(default_factory=list)
    """Subjects of the commits that people put on phases' branches."""

    @property
    def git(self) -> Git:
        return self.here.forge.repo(REPO).git

    def someone(self) -> str:
        return self.dice.choice(PEOPLE)

    def fresh(self) -> int:
        self.made += 1
        return self.made

    async def day(self, pushes: int) -> None:
        """Pushes in quick succession, with gestures among them; then people wait, and review, and merge."""
        for _ in range(pushes):
            await self.do(self.dice.choice(PUSHES))
            if self.dice.random() < 0.25:
                await self.do(self.dice.choice(GESTURES))
        await self.do(self.dice.choice(GESTURES))
        if self.dice.random() < 0.7:
            await self.here.settled()
        for _ in range(self.dice.randint(0, 2)):
            await self.do(Week.merge)
        await self.do(self.dice.choice((*GESTURES, *TAKING_BACK)))

    async def do(self, deed: Callable[[Week], Awaitable[None]]) -> None:
        try:
            await deed(self)
        except Refusal as refusal:
            self.told.append(f"{deed.__name__}: {refusal}")

    # pushes to the default branch

    async def files(self, wanted: re.Pattern[str] = _PHASE_FILE) -> list[str]:
        names = (await self.git.text("ls-tree", "-r", "-z", "--name-only", "main")).split("\0")
        return sorted(name for name in names if wanted.fullmatch(name))

    def mark(self, who: str) -> str:
        mark = f"# by {who}, {self.fresh()}"
        self.standing.add(mark)
        return mark

    async def push(self, files: Mapping[str, str | None], what: str, who: str) -> None:
        await self.here.push(files, f"{what} ({self.fresh()})", by=who)
        self.pushes += 1

    async def edit(self) -> None:
        path, who = self.dice.choice([*await self.files(), "README.md"]), self.someone()
        text = await self.here.read(path)
        above = self.dice.random() < 0.5
        mark = self.mark(who)
        await self.push({path: f"{mark}\n{text}" if above else f"{text}{mark}\n"}, f"Edit {path}", who)

    async def conflict(self) -> None:
        """In the very lines that an open phase changes."""
        path, who = self.dice.choice(await self.files()), self.someone()
        text = await self.here.read(path)
        lines = [line for line in text.splitlines() if line.startswith("from shop.")]
        if not lines:
            await self.edit()
            return
        kept = [line.partition("#")[0].rstrip() for line in lines[:1]]
        for mark in _MARK.findall(lines[0]):
            self.standing.discard(mark)
        await self.push({path: text.replace(lines[0], f"{kept[0]}  {self.mark(who)}")}, f"Touch {path}", who)

    async def use(self) -> None:
        who = self.someone()
        path = f"{self.dice.choice(['shop', 'tests'])}/n{self.fresh()}.py"
        await self.push({path: f"{USE}{self.mark(who)}\n"}, f"Add {path}", who)

    async def move(self) -> None:
        old = self.dice.choice(await self.files())
        folder = self.dice.choice(["shop", "shop/deep", "tests"])
        text = await self.here.read(old)
        await self.push({old: None, f"{folder}/r{self.fresh()}.py": text}, f"Move {old}", self.someone())

    async def remove(self) -> None:
        found = await self.files(re.compile(r"(shop|tests)/(.+/)?[nr]\d+\.py"))
        if not found:
            await self.edit()
            return
        path = self.dice.choice(found)
        self.standing -= set(_MARK.findall(await self.here.read(path)))
        await self.push({path: None}, f"Remove {path}", self.someone())

    async def several(self) -> None:
        """One push that changes many files."""
        who = self.someone()
        paths = self.dice.sample(await self.files(), 3)
        texts = {path: f"{await self.here.read(path)}{self.mark(who)}\n" for path in paths}
        await self.push(texts, "Edit a few", who)

    async def open_revert(self) -> None:
        """A person takes one of the last commits back, as `git revert` does."""
        commits = await self.git.commits(await self.git.revisions("--no-merges", "-n8", "main"))
        mine = [one for one in commits if _is_persons(one.message) and one.parents]
        if not mine:
            await self.edit()
            return
        one, head = self.dice.choice(mine), await self.git.commit(await self.here.forge.repos.tip(REPO))
        who = self.here.forge.people.signature(self.here.forge.actor(self.someone()).user)
        ours = await self.git.write(head.tree, [one.sha], "ours", who, who)
        theirs = await self.git.write(
            (await self.git.commit(one.parents[0])).tree, [one.sha], "theirs", who, who
        )
        tree = await self.git.merge(ours, theirs)
        if isinstance(tree, MergeConflict) or tree == head.tree:
            await self.edit()
            return
        sha = await self.git.write(tree, [head.sha], f"Revert {one.sha[:8]} ({self.fresh()})", who, who)
        await self.set_main(sha)

    async def rewrite(self) -> None:
        """A force-push: the last commits are dropped, whosever they are."""
        head = await self.here.forge.repos.tip(REPO)
        line = await self.git.revisions("--first-parent", "-n6", head)
        if len(line) < 3 or self.dice.random() < 0.5:
            await self.edit()
            return
        await self.set_main(self.dice.choice(line[1:-1]))
        await self.edit()

    async def set_main(self, sha: str) -> None:
        await self.holds("main")
        await self.here.forge.repos.update_ref(REPO, "refs/heads/main", sha, "boss", force=True)
        self.standing &= await self.marks(sha)
        self.pushes += 1

    async def marks(self, at: str) -> set[str]:
        found = await self.git.output("grep", "-h", "-I", "-e", "# by ", at, ok=(0, 1))
        return set(_MARK.findall(found[1].decode()))

    async def holds(self, at: str) -> None:
        """Nobody's work is gone from the default branch."""
        lost = self.standing - await self.marks(at)
        assert not lost, f"gone from {at}: {sorted(lost)}"

    # gestures

    async def label(self) -> None:
        await self.here.label(f"migration:phase-{self.dice.choice([1, 1, 1, 2])}", by=self.someone())

    async def unlabel(self) -> None:
        labels = sorted(name for name in self.here.labels() if "phase" in name)
        if labels and self.dice.random() < 0.5:
            await self.here.unlabel(self.dice.choice(labels), by=self.someone())

    async def tick(self) -> None:
        boxes = re.findall(r"- \[ \] (.*?) <!-- drover:box", self.here.status())
        wanted = [box for box in boxes if "Cancel" not in box or self.dice.random() < 0.3]
        if wanted:
            await self.here.tick(self.dice.choice(wanted), by=self.someone())

    async def ask(self) -> None:
        asked = self.dice.choice(COMMANDS)
        await self.here.comment(asked, by=self.dice.choice((*PEOPLE, "reed")))

    async def ask_on_pull(self) -> None:
        pulls = self.here.pulls()
        if pulls:
            asked = self.dice.choice(("/migrate status", "/migrate regenerate", "/migrate retry"))
            await self.here.comment(asked, by=self.someone(), on=self.dice.choice(pulls).number)

    async def touch_branch(self) -> None:
        """A commit of somebody's own on an open phase's branch."""
        branches = sorted(name for name in await self.here.branches() if re.search(r"/phase-\d+$", name))
        if not branches:
            return
        subject, branch = f"Mine {self.fresh()}", self.dice.choice(branches)
        await self.here.push({f"notes/{self.made}.md": "note\n"}, subject, by=self.someone(), branch=branch)
        self.on_branches.append(subject)

    async def close(self) -> None:
        pulls = self.here.pulls(state="open")
        if pulls and self.dice.random() < 0.3:
            await self.here.forge.issues.close(REPO, self.dice.choice(pulls).number, by=self.someone())

    async def press(self) -> None:
        runs = [run for run in self.here.forge.repo(REPO).check_runs.values() if run.actions]
        if runs:
            run = self.dice.choice(runs[-4:])
            action = self.dice.choice(run.actions).identifier
            await self.here.forge.checks.press(REPO, run.id, action, by=self.someone())

    async def merge(self) -> None:
        pulls = self.here.pulls(state="open")
        if pulls:
            method = self.dice.choice(METHODS)
            await self.here.merge(self.dice.choice(pulls).number, method, by=self.someone())

    async def take_back(self) -> None:
        asked = self.dice.choice(("/migrate revert 1", "/migrate revert 2", "/migrate revert 1 batch 1"))
        await self.here.comment(asked, by=self.someone())

    async def take_all_back(self) -> None:
        await self.here.comment("/migrate revert all", by=self.someone())

    async def replan(self) -> None:
        plan = await self.here.read(".github/migrations/old.yml")
        other = (
            plan.replace("batch: 2", "batch: 3")
            if "batch: 2" in plan
            else plan.replace("batch: 3", "batch: 2")
        )
        await self.push({".github/migrations/old.yml": other}, "Change the plan", self.someone())


COMMANDS = (
    "/migrate status",
    "/migrate help",
    "/migrate hlep",
    "/migrate retry 1",
    "/migrate start 2",
    "/migrate start 1\n\nPlease.",
    "/migrate cancel 2",
    "/migrate regenerate 1",
    "> /migrate start 1\n\nShould we?",
    "/migrate skip shop/c.py",
    "/migrate pause\n/migrate resume",
)
PUSHES: tuple[Callable[[Week], Awaitable[None]], ...] = (
    *(Week.edit,) * 5,
    *(Week.conflict,) * 3,
    *(Week.use,) * 2,
    *(Week.move,) * 3,
    Week.remove,
    Week.several,
    *(Week.open_revert,) * 2,
    Week.rewrite,
)
GESTURES: tuple[Callable[[Week], Awaitable[None]], ...] = (
    *(Week.label,) * 4,
    Week.unlabel,
    *(Week.tick,) * 3,
    *(Week.ask,) * 2,
    Week.ask_on_pull,
    *(Week.touch_branch,) * 2,
    Week.close,
    Week.press,
    Week.replan,
)
TAKING_BACK: tuple[Callable[[Week], Awaitable[None]], ...] = (
    Week.take_back,
    Week.take_back,
    Week.take_all_back,
)


def _is_persons(message: str) -> bool:
    return "Drover-" not in message and re.search(r" \(\d+\)$", message.strip()) is not None


# What is so at the end


async def state(here: World) -> dict[str, object]:
    """All that people see, the burndown's points apart: a look adds one."""
    chart, points = r"<details><summary>Burndown</summary>.*?</details>", r"<!-- drover:state .*?-->"
    shown = re.sub(f"{chart}|{points}", "", here.status(), flags=re.DOTALL)
    return {
        "status": shown,
        "labels": sorted(here.labels()),
        "issue": here.thread().state,
        "branches": await here.branches(),
        "pulls": {one.number: (one.state, one.title, one.body) for one in here.pulls()},
        "comments": {number: len(here.comments(number)) for number in here.forge.repo(REPO).issues},
    }


def unanswered(here: World) -> list[str]:
    """Commands without an answer, boxes still ticked."""
    found = [line for line in here.status().splitlines() if line.startswith("- [x]")]
    for number in here.forge.repo(REPO).issues:
        answers = "\n".join(here.answers(number))
        found += [
            f"#{number}: {one.body}"
            for one in here.thread(number).comments
            if one.body.startswith("/migrate") and f"drover:answer comment-{one.id} " not in answers
        ]
    return found


def twice(here: World) -> Iterable[str]:
    """Phases with more than one open pull request."""
    for branch in {one.pull.head_ref for one in here.pulls() if one.pull}:
        if len(here.pulls(branch, "open")) > 1:
            yield branch


async def lost(week: Week) -> list[str]:
    """Commits that people put on phases' branches, and that no branch and no pull request has."""
    await week.holds("main")
    everywhere = await week.here.git("log", "--all", "--format=%s%n%b")
    return [subject for subject in week.on_branches if subject not in everywhere]
