"""What people read about a phase that was started although its gate was closed."""

from __future__ import annotations

from bot.decide.facts import Facts
from bot.decide.forced_start import ForcedStart, forced_start_of
from bot.decide.status import Status
from bot.report.check_lines import moment
from bot.report.text import plain


def forced_start(one: ForcedStart) -> str:
    return f"⚠️ @{plain(one.by)} started phase {one.phase} with `--force`, although {plain(one.gate)}."


def forced_start_lines(facts: Facts, status: Status) -> list[str]:
    """As long as the phase stands by that start."""
    found = [one for phase in status.phases if (one := forced_start_of(facts, phase)) is not None]
    return [
        f"⚠️ {plain(one.by)} started phase {one.phase} with `--force` on {moment(one.at)}, although {plain(one.gate)}."
        for one in found
    ]
