"""The color and description of each label that Drover creates."""

from __future__ import annotations

from bot.decide.requests import phase_of_label
from bot.decide.status import ADOPT, AUDIT, PAUSED

_LOOKS = {
    ADOPT: ("1d76db", "A tracking issue that Drover works from"),
    AUDIT: ("5319e7", "Drover: run an audit (removed when done)"),
    PAUSED: ("e99695", "Drover: nothing starts or changes until this is removed"),
}


def look_of(name: str) -> tuple[str, str]:
    number = phase_of_label(name)
    if number is not None:
        return "0e8a16", f"Drover: start phase {number}; remove to cancel it"
    return _LOOKS[name]
