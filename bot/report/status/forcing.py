"""What people are told of a phase that was started past its gate."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.decide.facts import Facts
from bot.decide.forcing import ForcedStart, forced_start_of
from bot.decide.status import Status
from bot.report.text import plain


def forcing(one: ForcedStart) -> str:
    return f"⚠️ Phase {one.phase} was started past its gate by @{plain(one.by)} (`--force`), though {plain(one.gate)}."


def forced_lines(facts: Facts, status: Status) -> list[str]:
    """As long as the phase stands by that start."""
    found = [one for phase in status.phases if (one := forced_start_of(facts, phase)) is not None]
    return [
        f"⚠️ Phase {one.phase}: started past its gate by {plain(one.by)} at {_moment(one.at)}, though {plain(one.gate)}."
        for one in found
    ]


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
