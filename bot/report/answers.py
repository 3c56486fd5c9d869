"""Every sentence that a person reads, a function each. They say what happened, why, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from bot.decide.actions import Answer, Reason
from bot.decide.facts import Facts, PhaseFacts
from bot.decide.ratchet import DeprecatedUse
from bot.decide.requests import UserRequest
from bot.report.slices import slice_title
from bot.report.status.criteria import criteria
from bot.report.text import code, counted, line_url, link, listed, plain, table

COMMANDS = """\
| command | does |
| --- | --- |
| `/migrate help` | this list |
| `/migrate status` | where the migration stands |
| `/migrate audit` | counts every reference; without a plan, proposes one |
| `/migrate plan` | opens a pull request that adds the proposed plan as a file |
| `/migrate start N` | starts phase N, as its label does (`--force` past a gate, for maintainers) |
| `/migrate retry N` | tries phase N again |
| `/migrate cancel N` | closes its pull request and deletes its branch |
| `/migrate regenerate N` | makes its branch anew from today's default branch (`--discard`: without others' commits) |
| `/migrate skip PATH…` | leaves these files out |
| `/migrate revert N` · `revert N batch K` · `revert all` | opens the pull request that takes it back |
| `/migrate pause` · `resume` | stops everything · goes on |"""


def help_text() -> str:
    return (
        f"{COMMANDS}\n\nLabels do the same: `migration:phase-N` starts phase N, taking it off cancels it; "
        "`migration:audit` counts; `migration:paused` stops everything until it is removed."
    )


def answer(what: Answer, *, repo: str) -> str:
    """The outcome of an intent, addressed to whoever asked."""
    sentence = SENTENCES[what.why](what)
    word = {"done": "Done", "refused": "Not done", "failed": "Failed"}[what.ending]
    return f"@{what.request.by} **{word}: {_asked(what.request)}.** {sentence}".strip()


def _asked(request: UserRequest) -> str:
    """What was asked for, in a few words."""
    if request.verb == "unknown":
        return "`/migrate`"
    if request.verb == "revert" and request.everything:
        return "revert everything"
    parts: list[str] = [request.verb]
    if request.phase is not None:
        parts.append(f"phase {request.phase}")
    if request.batch is not None:
        parts.append(f"batch {request.batch}")
    return " ".join(parts)


def _may_not(what: Answer) -> str:
    return (
        "This needs write access to the repository, and GitHub says that you don't have it. "
        "Nothing was changed; ask somebody with write access to do it."
    )


def _no_such_phase(what: Answer) -> str:
    phases = f"The plan has phases {what.about}." if what.about else "The plan has no phases."
    return f"{phases} Nothing was changed."


def _gate(what: Answer) -> str:
    return (
        f"It can't start yet: {what.about}. Start it when that holds; somebody with maintain or admin "
        f"can start it all the same with `/migrate start {what.request.phase} --force`."
    )


def _trouble(what: Answer) -> str:
    if what.request.verb == "revert":
        return what.about
    return f"{what.about} Then try again with `/migrate retry {what.request.phase}`."


def _pulls(what: Answer, one: str, several: str) -> str:
    """`about`: those besides the first."""
    numbers = f"#{what.number}" + (f", {what.about}" if what.about else "")
    return (several if what.about else one).format(numbers)


SENTENCES: Mapping[Reason, Callable[[Answer], str]] = {
    "help": lambda what: "\n\n" + help_text(),
    "status": lambda what: "It stands in the status comment on the tracking issue, which is up to date now.",
    "not understood": lambda what: f"{what.about[:1].upper()}{what.about[1:]}.\n\n{COMMANDS}",
    "may not": _may_not,
    "may not force": lambda what: (
        f"`--force` needs maintain or admin, and {what.about}. Nothing was changed."
    ),
    "no plan": lambda what: (
        "There is no plan that can be used yet. Put one into the issue's text as a `yaml` block, or into "
        "`.github/migrations/<name>.yml` on the default branch; `/migrate audit` proposes one."
    ),
    "no such phase": _no_such_phase,
    "gate": _gate,
    "nothing to do": lambda what: "Nothing that could be moved is left in its files.",
    "paused": lambda what: "Everything is paused until the label `migration:paused` is taken off.",
    "resumed": lambda what: "The label `migration:paused` is off; work goes on.",
    "not paused": lambda what: "It was not paused.",
    "cancelled": lambda what: (
        "Its pull request is closed and its branch deleted; nothing else was touched. "
        "The label starts it again."
    ),
    "not open": lambda what: "It has no open pull request.",
    "not merged": lambda what: "There is nothing to take back: it is not merged.",
    "no such batch": lambda what: f"The phase was merged with {what.about}. Nothing was changed.",
    "open": lambda what: _pulls(what, "Its pull request is {}.", "Its pull requests are {}."),
    "opened": lambda what: _pulls(
        what,
        "Its pull request is {}; review it and merge it.",
        "Its pull requests are {}; review and merge them.",
    ),
    "regenerated": lambda what: _pulls(
        what, "{} now stands on today's default branch.", "{} now stand on today's default branch."
    ),
    "unchanged": lambda what: _pulls(what, "{} is up to date already.", "{} are up to date already."),
    "which slice": lambda what: (
        "Owners split the phase, and each of its pull requests counts its batches from 1: "
        "write it on the one that is meant."
    ),
    "checks rerun": lambda what: "What failed is run once more.",
    "nothing to rerun": lambda what: "Nothing of it is red that could be run once more.",
    "reverting": lambda what: f"#{what.number} takes it back once it is merged.",
    "restoring": lambda what: f"#{what.number} puts it back once it is merged.",
    "revert not merged": lambda what: (
        f"#{what.number} is not merged: to leave everything as it is, close it."
    ),
    "already restored": lambda what: "What this had taken back is on the default branch again.",
    "conflicts": lambda what: f"#{what.number} takes back what could be; it is a draft, since {what.about}.",
    "trouble": _trouble,
    "audited": lambda what: "\n\n" + what.about,
    "skipped": lambda what: (
        f"{code(what.about)} is left out of the phases from now on, and still counted. "
        "Delete your comment to have it taken in again."
    ),
    "skips nothing": lambda what: (
        f"No file with something left matches {code(what.about)}. Patterns are written as in a `.gitignore`."
    ),
    "skip elsewhere": lambda what: "Write it on the tracking issue: it holds for every phase.",
    "proposed": lambda what: f"#{what.number} adds the plan; correct it and merge it.",
    "not proposed": lambda what: what.about,
    "nothing named": lambda what: (
        "There is no plan yet, and this issue doesn't say what replaces what. Write it into the issue's text as "
        "`pkg.module:Old=pkg.other:New` (or `pkg.old=pkg.new` for a module), then ask again: a plan is proposed."
    ),
    "plan wrong": lambda what: f"The plan can't be used:\n\n{what.about}",
    "unsupported": lambda what: f"This version can't do {code(what.about)} yet.",
    "edited": lambda what: (
        "The comment was edited before it was answered, so that it isn't sure who asked. "
        "Write it as a new comment."
    ),
    "elsewhere": lambda what: (
        f"Commands are heard on the tracking issue, #{what.number}, and on the newest pull request of each phase. "
        "Nothing was changed; write it there."
    ),
    "unknown user": lambda what: (
        "The box is ticked, but GitHub did not say by whom. It is open again: tick it once more."
    ),
}


def phase_withdrawn(why: str, label: str) -> str:
    again = f"; the label {code(label)} on the issue starts it again" if label else ""
    return f"Closed: {why}. Its branch is deleted and nothing else was touched{again}."


def astray(to: str, closed: bool) -> str:
    """The tracking issue is gone: moved to another repository, or deleted."""
    happened = f"has moved to {to}" if to else "was deleted, or moved where Drover may not look"
    what = (
        "Closed, and its branch deleted: the tracking issue"
        if closed
        else "This can be merged or closed as any other: only the tracking issue"
    )
    return (
        f"{what} {happened}, and without it nobody can steer the migration here. What was merged stays. "
        f"To go on in this repository, open an issue and label it {code('migration')}: a plan that lies in the "
        "repository is taken up as it is, one that stood in the issue has to be put into the new one."
    )


def crash(error: str) -> str:
    """The error's own text is for the log; here stands what a person can do."""
    return (
        "Something went wrong inside Drover that it did not expect, after several tries. Nothing half done is "
        "left behind: it looks again at the next event, and every few minutes anyway.\n\n"
        f"If this stays, the operator finds it in the log under {code(error[:200])}."
    )


def refused(error: str) -> str:
    """GitHub's own words, and whom they concern."""
    words = error.partition(": ")[2].strip()
    return (
        f"GitHub does not let Drover go on: {code(words[:300])}. It tries again at the next event, and every few "
        "minutes anyway.\n\nIf this stays, ask whoever operates Drover: `drover doctor` names a permission that is "
        "missing, and a rule of the repository may be in the way."
    )


def waiting(until: float, why: str) -> str:
    moment = datetime.fromtimestamp(until, UTC).strftime("%H:%M:%S UTC")
    return f"GitHub asks us to wait until {moment} ({plain(why)})."


def missing_parts(parts: tuple[str, ...]) -> str:
    names = ", ".join(code(part) for part in parts)
    return f"This GitHub does not offer {names}; what needs it is switched off."


def trouble_push(reason: str) -> str:
    return f"GitHub did not take the branch: {plain(reason)}."


def trouble_nothing(left_out: int) -> str:
    if left_out:
        files = counted(left_out, "file")
        return f"Nothing could be changed: {files} need a human (listed in the status comment)."
    return "Nothing in its files is left to change."


class DoesNotApply(Protocol):
    @property
    def sha(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def files(self) -> tuple[str, ...]: ...


def trouble_people(one: DoesNotApply) -> str:
    files = ", ".join(code(path) for path in one.files[:5]) + (" …" if len(one.files) > 5 else "")
    return (
        f"The commit {code(one.sha[:10])} by {plain(one.author)} (“{plain(one.subject)}”) does not apply in {files} "
        "to what the branch would become. Nothing was pushed. Bring the branch up to date by hand, or drop others' "
        "commits on it with `/migrate regenerate N --discard`."
    )


def trouble_foreign(branch: str, phase: int) -> str:
    return (
        f"The branch {code(branch)} holds commits that are not Drover's. Nothing was pushed: delete it, "
        f"or have it made anew with `/migrate regenerate {phase} --discard`."
    )


def foreign_branch(branch: str) -> str:
    return (
        f"The branch {code(branch)} has commits that aren't Drover's, so it was left as it is. "
        "Rename or delete it, then try again."
    )


def loose_branch(branch: str) -> str:
    return (
        f"The branch {code(branch)} holds commits that no pull request has, so it is not deleted. They are taken along "
        "when its phase starts again; if nobody needs them, delete the branch."
    )


def trouble_moved(branch: str) -> str:
    return f"Somebody pushed to {code(branch)} at that moment; nothing was written over."


def made_anew(files: tuple[str, ...]) -> str:
    shown = "\n".join(f"- {code(path)}" for path in files[:30])
    more = f"\n- … and {len(files) - 30:,} more" if len(files) > 30 else ""
    return f"Made anew from today's default branch. What this changes is different now in:\n\n{shown}{more}"


def given_up(part: PhaseFacts, number: int, why: str) -> str:
    phase = part.phase.number
    return (
        f"**Phase {phase} is given up:** #{number} is closed. {why}\n\nMend the files, or what their checks want, "
        f"and start the phase again."
    )


def stuck(trouble: str) -> str:
    return f"**This can't be brought up to date by itself.** {trouble}"


def finished(facts: Facts) -> str:
    """The final report: what was done, phase by phase."""
    rows = [
        (
            str(one.phase.number),
            plain(f"{one.phase.name}{slice_title(one.slice)}"),
            f"#{one.pull.number}" if one.pull else "–",
            _ended(one),
        )
        for one in facts.parts
    ]
    return (
        f"**Finished.** Nothing refers to what was deprecated any more at {code(facts.head[:10])}.\n\n"
        + "\n".join(criteria(facts))
        + f"\n\n{table(('#', 'Phase', 'Pull request', 'Merged'), rows)}\n\n"
        "The issue is closed; if a reference comes back, open it again."
    )


class Arrival(Protocol):
    @property
    def use(self) -> DeprecatedUse: ...
    @property
    def commit(self) -> str: ...
    @property
    def author(self) -> str: ...


def came_in(found: Sequence[Arrival], repo_url: str, head: str) -> str:
    lines = [f"- {_arrival(one, repo_url, head)}" for one in found]
    return (
        f"**{counted(len(found), 'new use')} of what is deprecated came in** with the last push:\n\n"
        + listed(lines, 30)
        + "\n\nThey are counted; the phase that has the file moves them."
    )


def _arrival(one: Arrival, repo_url: str, head: str) -> str:
    place = link(code(f"{one.use.path}:{one.use.line}"), line_url(repo_url, head, one.use.path, one.use.line))
    by = f", by {plain(one.author)} in {one.commit}" if one.commit else ""
    return f"{place} ({code(one.use.symbol)}){by}"


def plan_pull(path: str, issue: int) -> tuple[str, str]:
    body = (
        f"The plan that Drover proposes for #{issue}: phases by risk, from what the tree shows.\n\n"
        "Correct it as you like. Once it is merged, #{issue} works from it; nothing starts by itself."
    ).replace("{issue}", str(issue))
    return f"Add the plan {path}", body


def reopened(facts: Facts) -> str:
    left = sum(one.remaining.total for one in facts.phases)
    places = "\n".join(
        f"- phase {one.phase.number}: {one.remaining.total:,}" for one in facts.phases if one.remaining.total
    )
    return (
        f"**Opened again:** {counted(left, 'reference')} came back to {code(facts.default_branch)} after the end.\n\n"
        f"{places}\n\nStart the phase once more to have them moved."
    )


def _ended(one: PhaseFacts) -> str:
    pull = one.pull
    if pull is None or pull.ended_at is None:
        return "nothing to do"
    return datetime.fromtimestamp(pull.ended_at, UTC).strftime("%Y-%m-%d") + (
        f" by {plain(pull.merged_by)}" if pull.merged_by else ""
    )
