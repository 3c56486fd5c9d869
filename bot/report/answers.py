"""The answer to a command, a label or a checkbox: one line that says what happened and what to do next."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.decide.actions import Answer, Reason
from bot.decide.requests import MOST_COMMANDS, UserRequest
from bot.report.help import HELP, help_text
from bot.report.text import code, plain, short_digest


def answer(*endings: Answer) -> str:
    """Addressed to whoever asked; of several answers, each once."""
    said = (f"{_opening(ending)}{SENTENCES[ending.why](ending)}".strip() for ending in endings)
    return f"@{endings[0].request.by} {(chr(10) * 2).join(dict.fromkeys(said))}".strip()


def addressee(text: str) -> str:
    """The login that an answer's text, as it stands on GitHub, is addressed to; empty if it is to nobody."""
    found = re.match(r"@([\w\[\].-]{1,100}) ", text.lstrip().partition("\n")[2])
    return found[1] if found else ""


def _opening(ending: Answer) -> str:
    if ending.ending == "done" or ending.request.verb == "unknown":
        return ""
    return f"**{'Can' if ending.ending == 'refused' else 'Couldn'}'t {_request_words(ending.request)}.** "


def _request_words(request: UserRequest) -> str:
    verb = {
        "audit": "run the audit",
        "plan": "propose a plan",
        "approve": "approve the plan",
        "skip": "skip files",
        "rerun": "re-run checks",
        "adopt": "track this issue",
        "drop": "stop tracking this issue",
        "close": "close this",
    }
    words = verb.get(request.verb, request.verb)
    if request.verb == "revert" and request.everything:
        return "revert everything"
    if request.batch is not None:
        words += f" batch {request.batch} of"
    return words + (f" phase {request.phase}" if request.phase is not None else "")


def _no_such_phase(ending: Answer) -> str:
    return f"The plan has phases {ending.about}." if ending.about else "The plan has no phases."


def _gate(ending: Answer) -> str:
    about = plain(ending.about)
    reason = f"{about[:1].upper()}{about[1:]}."
    command = code(f"/migrate start {ending.request.phase} --force")
    return f"{reason} Start it after that; a maintainer can start it now with {command}."


def _failure(ending: Answer) -> str:
    if ending.request.verb == "revert":
        return ending.about
    return f"{ending.about} Then comment `/migrate retry {ending.request.phase}`."


def _pulls(ending: Answer, one: str, several: str) -> str:
    """`about` holds the numbers besides the first."""
    numbers = f"#{ending.number}" + (f", {ending.about}" if ending.about else "")
    return (several if ending.about else one).format(numbers)


def _reverted_by(ending: Answer) -> str:
    request = ending.request
    what = "every phase" if request.everything else f"phase {request.phase}"
    what = f"batch {request.batch} of {what}" if request.batch is not None else what
    return f"Opened #{ending.number} to revert {ending.about or what}. Review and merge it."


SENTENCES: Mapping[Reason, Callable[[Answer], str]] = {
    "help": lambda ending: help_text(),
    "status": lambda ending: "The status comment on the tracking issue is up to date.",
    "not understood": lambda ending: f"{ending.about} See {HELP}.",
    "may not": lambda ending: "You need write access to this repository.",
    "permission unknown": lambda ending: (
        "GitHub didn't say whether you have write access to this repository. Please try again."
    ),
    "may not force": lambda ending: f"`--force` needs the maintain or admin role, and {plain(ending.about)}.",
    "no plan": lambda ending: (
        "There's no plan that can be used yet. Add one to the issue as a `yaml` block or to the default branch as "
        "`.github/migrations/<name>.yml`; `/migrate audit` proposes one."
    ),
    "no such phase": _no_such_phase,
    "gate": _gate,
    "nothing to do": lambda ending: "There's nothing left to migrate in this phase.",
    "paused": lambda ending: (
        "The migration is paused. To continue, remove the label `migration:paused` or comment `/migrate resume`."
    ),
    "resumed": lambda ending: "Removed the label `migration:paused`; work continues.",
    "not paused": lambda ending: "The migration isn't paused.",
    "cancelled": lambda ending: (
        f"Cancelled phase {ending.request.phase}: closed its pull request and deleted its branch. "
        "Add its label to start it again."
    ),
    "not open": lambda ending: "It has no open pull request.",
    "not merged": lambda ending: "It isn't merged.",
    "no such batch": lambda ending: f"The phase was merged with {ending.about}.",
    "open": lambda ending: _pulls(
        ending, "{} is open already. Review and merge it.", "{} are open already. Review and merge them."
    ),
    "opened": lambda ending: _pulls(
        ending, "Opened {}. Review and merge it.", "Opened {}. Review and merge them."
    ),
    "regenerated": lambda ending: _pulls(
        ending, "Regenerated {} from the default branch.", "Regenerated {} from the default branch."
    ),
    "unchanged": lambda ending: _pulls(ending, "{} is up to date.", "{} are up to date."),
    "which slice": lambda ending: (
        "The phase has a pull request for each owner, and each counts its batches from 1. "
        "Comment on the pull request that you mean."
    ),
    "verified": lambda ending: "Verified the branch again: see its `drover / proof` check.",
    "checks rerun": lambda ending: "Running the failed checks again.",
    "nothing to rerun": lambda ending: "No failed check can be run again.",
    "reverting": _reverted_by,
    "restoring": lambda ending: f"Opened #{ending.number} to restore it. Review and merge it.",
    "revert not merged": lambda ending: (
        f"#{ending.number} isn't merged. To keep everything as it is, close it."
    ),
    "already restored": lambda ending: "What it reverted is on the default branch again.",
    "conflicts": lambda ending: f"Opened #{ending.number} as a draft{ending.about}.",
    "trouble": _failure,
    "audited": lambda ending: f"Here's the audit.\n\n{ending.about}",
    "skipped": lambda ending: (
        f"Skipping {code(ending.about)}: left out of every phase, but still counted. "
        "Delete your comment to include it again."
    ),
    "skips nothing": lambda ending: (
        f"No file with references matches {code(ending.about)}. Write patterns as in a `.gitignore`."
    ),
    "skip elsewhere": lambda ending: "Comment it on the tracking issue: it applies to every phase.",
    "proposed": lambda ending: f"Opened #{ending.number} with a plan. Edit it as you like, then merge it.",
    "not proposed": lambda ending: ending.about,
    "nothing named": lambda ending: (
        "There's no plan, and the issue doesn't say what replaces what. Add `pkg.module:Old=pkg.other:New` to the "
        "issue (or `pkg.old=pkg.new` for a module) and ask again to get a plan proposed."
    ),
    "plan wrong": lambda ending: f"The plan has errors:\n\n{ending.about}",
    "not approved": lambda ending: (
        "Whoever wrote the plan can't write to this repository. Read the plan, comment `/migrate approve`, and try again."
    ),
    "nothing to approve": lambda ending: "No plan in this issue's text waits for approval.",
    "plan edited": lambda ending: (
        f"The plan was edited since. Read it, then comment {code(f'/migrate approve {short_digest(ending.about)}')}."
        if ending.about
        else "The plan was removed since."
    ),
    "approved": lambda ending: (
        f"Approved the plan {code(short_digest(ending.about))}: Drover uses it from now on."
    ),
    "approve elsewhere": lambda ending: "Comment it on the tracking issue: that is where the plan is.",
    "unsupported": lambda ending: f"This version doesn't support {code(ending.about)} yet.",
    "edited": lambda ending: (
        "The comment was edited before I answered, so I can't tell who wrote the command. Please comment it again."
    ),
    "too many": lambda ending: f"I read only the first {MOST_COMMANDS} commands of a comment.",
    "elsewhere": lambda ending: (
        f"Please comment it on the tracking issue, #{ending.number}, or on a phase's newest pull request."
    ),
    "unknown user": lambda ending: (
        "I couldn't tell who ticked this box, so I cleared it. Please tick it again."
    ),
}
