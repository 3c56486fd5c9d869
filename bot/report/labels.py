"""The labels that Drover makes: colour and description of each."""

from __future__ import annotations

from bot.decide.requests import phase_of_label
from bot.decide.status import ADOPT, AUDIT, PAUSED

_LOOKS = {
    ADOPT: ("1d76db", "A tracking issue that Drover works from"),
    AUDIT: ("5319e7", "Drover: count every reference and report; taken off when done"),
    PAUSED: ("e99695", "Drover: nothing is started or changed while this is on"),
}


def look_of(name: str) -> tuple[str, str]:
    number = phase_of_label(name)
    if number is not None:
        return "0e8a16", f"Drover: start phase {number}; taking it off cancels the phase"
    return _LOOKS[name]
